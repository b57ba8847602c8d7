"""The register: each change is one event, and no row is other than its last event says."""

import re
from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, connection, transaction
from django.utils.timezone import now

from alliances.lifecycle.audit import verify_audit
from alliances.lifecycle.models import Event, chain_of
from alliances.people.models import Organisation
from alliances.people.services import Party
from alliances.register.services import (
    change_organisation,
    end_membership,
    find_or_register,
    find_or_register_many,
    grant_membership,
)
from kit.errors import Conflict, DomainError, NotAllowed
from paap.roles import as_owner
from tests.application import as_application
from tests.factories.alliances import (
    AT,
    make_department,
    make_membership,
    make_municipality,
    make_organisation,
    make_user,
)

pytestmark = pytest.mark.django_db
WHY = {"reason": "Ya no trabaja en la entidad", "reason_code": "organisation"}
LAST_DAY = date(2026, 3, 31)


def last_event(organisation: Organisation) -> Event:
    return Event.objects.filter(chain=chain_of(organisation)).latest("sequence")


def speak() -> None:
    """Let the deferred triggers speak now."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")


def test_granting_tells_who_acts_for_whom_and_between_which_days() -> None:
    body, person = make_organisation("ogr"), make_user()
    membership = grant_membership(
        user=person,
        organisation=body,
        role="ogr",
        valid_from=date(2026, 1, 1),
        valid_until=date(2026, 12, 31),
        acting=None,
        at=AT,
    )
    event = last_event(body)
    assert (event.verb, event.sequence, event.at) == ("grant_membership", 2, AT)
    assert event.data == {
        "membership": membership.pk,
        "stands": {
            "user": person.pk,
            "organisation": body.pk,
            "role": "ogr",
            "valid_from": "2026-01-01",
            "valid_until": "2026-12-31",
        },
    }
    speak()


def test_ending_tells_why_and_what_it_was_before() -> None:
    membership = make_membership("ogr")
    end_membership(membership_id=membership.pk, valid_until=LAST_DAY, acting=None, at=AT, **WHY)
    event = last_event(membership.organisation)
    assert (event.verb, event.reason) == ("end_membership", WHY["reason"])
    assert event.data["changed"] == {"valid_until": [None, "2026-03-31"]}
    membership.refresh_from_db()
    assert membership.valid_until == LAST_DAY
    speak()


def test_a_membership_ends_once_with_a_reason_and_only_becomes_shorter() -> None:
    membership = make_membership("ogr", valid_until=LAST_DAY)
    ending = {"membership_id": membership.pk, "acting": None, "at": AT}
    with pytest.raises(DomainError, match="sentence"):
        end_membership(valid_until=AT.date(), reason=".", reason_code="other", **ending)
    with pytest.raises(Conflict, match="already ends"):
        end_membership(valid_until=LAST_DAY, **WHY, **ending)
    with pytest.raises(ValidationError, match="before it begins"):
        end_membership(valid_until=date(2019, 1, 1), **WHY, **ending)
    assert last_event(membership.organisation).verb == "grant_membership"


def test_changing_an_organisation_tells_the_old_and_the_new() -> None:
    body = make_organisation("ogr", "OGR Nariño")
    change_organisation(
        organisation_id=body.pk,
        name="OGR del Sur",
        departments=[make_department("05", "Antioquia")],
        acting=None,
        at=AT,
    )
    assert last_event(body).data["changed"] == {
        "name": ["OGR Nariño", "OGR del Sur"],
        "departments": [["52"], ["05"]],
    }
    change_organisation(organisation_id=body.pk, name="OGR del Sur", acting=None, at=AT)
    assert last_event(body).sequence == 2  # what changes nothing leaves no event
    speak()


def test_an_organisation_keeps_its_kind() -> None:
    body = make_organisation("ogr")
    with pytest.raises(TypeError, match="keeps its kind"):
        change_organisation(organisation_id=body.pk, kind="eip", acting=None, at=AT)


def test_who_does_not_keep_the_register_changes_nothing_of_it() -> None:
    eip = make_membership("eip")
    with pytest.raises(NotAllowed):
        end_membership(membership_id=eip.pk, valid_until=LAST_DAY, acting=eip, at=AT, **WHY)
    with pytest.raises(NotAllowed):
        grant_membership(
            user=eip.user,
            organisation=eip.organisation,
            role="policy",
            valid_from=LAST_DAY,
            acting=eip,
            at=AT,
        )
    with pytest.raises(NotAllowed):
        change_organisation(organisation_id=eip.organisation_id, name="X", acting=eip, at=AT)


def test_the_application_registers_what_a_profile_names_in_the_name_of_who_wrote_it() -> None:
    ogr, place = make_membership("ogr"), make_municipality()
    with as_application():
        one = find_or_register(kind="producer", party=Party("Unión"), acting=ogr, at=now())
        many = find_or_register_many(
            kind="producer",
            parties=[(Party("Asopastos"), place), (Party("Unión"), None)],
            acting=ogr,
            at=now(),
        )
    for organisation in (one, many[Party("Asopastos"), place]):
        event = last_event(organisation)
        assert (event.verb, event.sequence, event.actor) == ("register_organisation", 1, ogr.user)
        assert event.recorded_at is not None
    assert many[Party("Unión"), None] == one


CHANGES = (
    "UPDATE alliances_membership SET valid_until = '2099-01-01' WHERE id = {membership}",
    "UPDATE alliances_membership SET role = 'eip' WHERE id = {membership}",
    "INSERT INTO alliances_membership (user_id, organisation_id, role, valid_from)"
    " SELECT user_id, organisation_id, 'eip', '2000-01-01' FROM alliances_membership"
    " WHERE id = {membership}",
    "UPDATE alliances_organisation SET kind = 'eip' WHERE id = {body}",
    "INSERT INTO alliances_organisation (kind, name, nit) VALUES ('eip', 'Otra', '')",
    "DELETE FROM alliances_organisation_departments WHERE organisation_id = {body}",
)


@pytest.mark.parametrize("change", CHANGES)
def test_the_owner_too_changes_the_register_only_with_its_event(change: str) -> None:
    membership = make_membership("ogr")
    speak()
    named = change.format(membership=membership.pk, body=membership.organisation_id)
    together = pytest.raises(DatabaseError, match="only together with its event")
    with together, transaction.atomic(), as_owner(), connection.cursor() as cursor:
        cursor.execute(named)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("DELETE FROM alliances_membership WHERE id = {membership}", "never deleted"),
        ("DELETE FROM alliances_organisation WHERE id = {other}", "never deleted"),
        (
            "UPDATE alliances_membership SET organisation_id = {other} WHERE id = {membership}",
            "never changes hands",
        ),
    ],
)
def test_nobody_removes_a_row_of_the_register_or_gives_it_away(change: str, message: str) -> None:
    membership, other = make_membership("ogr"), make_organisation("eip")
    named = change.format(membership=membership.pk, other=other.pk)
    refused = pytest.raises(DatabaseError, match=message)
    with refused, transaction.atomic(), as_owner(), connection.cursor() as cursor:
        cursor.execute(named)


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (CHANGES[0], r"membership \d+: its valid_until is «2099-01-01», .* «None»"),
        (CHANGES[1], r"membership \d+: its role is «eip», its last event says «ogr»"),
        (CHANGES[2], r"membership \d+: no event tells of it"),
        (CHANGES[3], r"organisation \d+: its kind is «eip», its last event says «ogr»"),
        (CHANGES[4], r"organisation \d+: no event tells of it"),
        (CHANGES[5], r"organisation \d+: its departments is «\[\]»"),
        ("DELETE FROM alliances_membership WHERE id = {membership}", "it is gone"),
    ],
)
def test_an_owner_who_switches_the_triggers_off_is_found(change: str, found: str) -> None:
    membership = make_membership("ogr")
    speak()
    with as_owner(), connection.cursor() as cursor:
        for table in ("membership", "organisation", "organisation_departments"):
            cursor.execute(f"ALTER TABLE alliances_{table} DISABLE TRIGGER USER")
        cursor.execute(change.format(membership=membership.pk, body=membership.organisation_id))
    (difference,) = verify_audit().differences
    assert re.search(found, str(difference)), difference
