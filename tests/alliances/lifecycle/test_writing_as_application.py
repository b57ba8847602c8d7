"""What the database asks of the application's own role, whatever code it runs."""

from datetime import timedelta

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction
from django.utils.timezone import now

from alliances.calls.models import Call
from alliances.lifecycle.models import Event
from alliances.lifecycle.services import advance, appoint
from tests.application import as_application, session_of_the_application
from tests.factories.alliances import Cast, end, make_cast, make_producer

pytestmark = pytest.mark.django_db
WITH_FUNCTION = "SELECT set_config('pgtrigger.ignore', '{names}', false)"


def write(cast: Cast, **changes: object) -> Event:
    """An event as the OGR that promotes the profile would leave it, but for ``changes``."""
    ogr = cast["ogr"]
    known = {"alliance": cast.alliance, "verb": "submit", "duty": "promote", "at": now()}
    who = {"actor": ogr.user, "organisation": ogr.organisation}
    move = {"from_status": "draft", "to_status": "submitted"}
    return Event.objects.create(**(known | who | move | changes))


def test_an_act_of_now_by_a_member_in_force_is_written() -> None:
    cast = make_cast()
    with as_application():
        event = write(cast)
    event.refresh_from_db()
    cast.alliance.refresh_from_db()
    assert event.recorded_at is not None
    assert cast.alliance.status == "submitted"


def test_services_work_as_the_application() -> None:
    cast = make_cast()
    make_producer(cast.alliance)
    scorer = cast["scorer"].organisation
    with as_application():
        advance(alliance_id=cast.alliance.pk, verb="submit", acting=cast["ogr"], at=now())
        cast.alliance.appointments.filter(organisation=scorer).update(until=now().date())
        appoint(
            alliance_id=cast.alliance.pk,
            duty="score",
            organisation=scorer,
            acting=cast["eip"],
            at=now(),
        )


@pytest.mark.parametrize("minutes", [-60 * 24 * 400, -11, 2, 60 * 24])
def test_nobody_dates_an_act_back_or_ahead(minutes: int) -> None:
    cast = make_cast()
    with pytest.raises(DatabaseError, match="written when it is done"), as_application():
        write(cast, at=now() + timedelta(minutes=minutes))


def test_the_clock_of_the_database_is_not_overruled() -> None:
    cast = make_cast()
    with as_application():
        event = write(cast, recorded_at=now() - timedelta(days=400))
    event.refresh_from_db()
    assert event.recorded_at > now() - timedelta(minutes=10)


def test_nobody_signs_for_another_organisation_or_for_nobody() -> None:
    cast = make_cast()
    refused = pytest.raises(DatabaseError, match="a member of that organisation")
    with refused, as_application():
        write(cast, organisation=cast["eip"].organisation)
    with refused, as_application():
        write(cast, actor=None, organisation=None)


def test_a_membership_that_ended_signs_nothing() -> None:
    cast = make_cast()
    yesterday = now().date() - timedelta(days=2)
    end(cast["ogr"], yesterday)
    with pytest.raises(DatabaseError, match="in force"), as_application():
        write(cast)


def test_a_move_is_under_its_own_duty_by_a_role_that_holds_it() -> None:
    cast = make_cast()
    with pytest.raises(DatabaseError, match="no submit under the duty verify"), as_application():
        write(cast, duty="verify")
    eip = cast["eip"]
    with pytest.raises(DatabaseError, match="nobody holds the duty promote"), as_application():
        write(cast, actor=eip.user, organisation=eip.organisation)


@pytest.mark.parametrize(
    ("change", "verb"),
    [
        (
            "UPDATE alliances_alliance SET incentive_cop = 1 WHERE id = %(alliance)s",
            "update_profile",
        ),
        ("UPDATE alliances_alliance SET ally_id = NULL WHERE id = %(alliance)s", "replace_ally"),
        (
            "UPDATE alliances_producer SET document_number = '1' WHERE alliance_id = %(alliance)s",
            "update_producer",
        ),
        ("DELETE FROM alliances_producer WHERE alliance_id = %(alliance)s", "remove_producer"),
        (
            "UPDATE alliances_appointment SET until = since WHERE alliance_id = %(alliance)s",
            "end_appointment",
        ),
        (
            "INSERT INTO alliances_appointment"
            " (alliance_id, duty, organisation_id, person_id, since)"
            " SELECT alliance_id, 'advise', organisation_id, %(person)s, since"
            " FROM alliances_appointment WHERE alliance_id = %(alliance)s LIMIT 1",
            "appoint",
        ),
    ],
)
def test_who_may_act_changes_only_with_an_act_that_may_change_it(change: str, verb: str) -> None:
    cast = make_cast()
    make_producer(cast.alliance)
    values = {"alliance": cast.alliance.pk, "person": cast["ogr"].user_id}
    without = pytest.raises(DatabaseError, match="only together with its event")
    with without, as_application(), connection.cursor() as cursor:
        cursor.execute(change, values)
    with without, as_application(), connection.cursor() as cursor:
        cursor.execute(change, values)
        write(cast, verb="upload_document", from_status="", to_status="")
    with as_application(), connection.cursor() as cursor:
        cursor.execute(change, values)
        write(cast, verb=verb, from_status="", to_status="")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE alliances_membership SET role = 'eip'",
        "UPDATE alliances_membership SET user_id = 1",
        "DELETE FROM alliances_membership",
        "UPDATE alliances_invitation SET role = 'eip'",
        "UPDATE alliances_organisation SET kind = 'eip'",
        "UPDATE alliances_alliance SET status = 'approved'",
        "UPDATE alliances_alliance SET code = 'X'",
        "UPDATE fiduciary_account SET balance_cop = 0",
        "ALTER TABLE alliances_event DISABLE TRIGGER USER",
        "DROP TRIGGER pgtrigger_acts_are_judged_44b1b ON alliances_event",
        "CREATE FUNCTION public.mine() RETURNS boolean LANGUAGE sql AS 'SELECT true'",
        "CREATE TEMPORARY TABLE mine (id int)",
        "CREATE TABLE mine (id int)",
        "SET session_replication_role = replica",
        "SET ROLE alianzas",
        "SELECT setval('alliances_event_id_seq', 1)",
    ],
)
def test_what_is_not_the_applications_is_denied(statement: str) -> None:
    denied = pytest.raises(psycopg.errors.InsufficientPrivilege, match=r"denied|must be owner")
    with session_of_the_application() as session, denied:
        session.execute(statement)


@pytest.mark.parametrize("way", ["SET \"pgtrigger.ignore\" = '{names}'", WITH_FUNCTION])
def test_no_trigger_is_passed_over(way: str) -> None:
    cast = make_cast()
    names = ", ".join(row.get_pgid(Call) for row in Call._meta.triggers)  # type: ignore[attr-defined]
    rename = f"UPDATE alliances_call SET name = 'x' WHERE id = {cast.alliance.call_id}"
    with as_application(), connection.cursor() as cursor:
        cursor.execute(way.replace("names", names))
        with pytest.raises(DatabaseError, match="This call is sealed"), transaction.atomic():
            cursor.execute(rename)
