"""The register of consultants: who writes credentials down, who verifies them, until when."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.urls import reverse

from alliances.lifecycle.duties import Duty
from alliances.lifecycle.models import Appointment
from alliances.lifecycle.selectors import may_act
from alliances.lifecycle.services import appoint, end_appointment
from alliances.models import Consultant, Credential, Event, Membership
from alliances.preparation.services import (
    appoint_consultant,
    register_credential,
    verify_credential,
)
from kit.errors import Conflict, DomainError, NotAllowed
from tests.alliances.preparation.conftest import client_of
from tests.factories.alliances import (
    AT,
    Cast,
    make_alliance,
    make_department,
    make_membership,
    make_organisation,
    walk_to,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def member() -> Membership:
    return make_membership("consultant")


@pytest.fixture
def consultant(member: Membership) -> Consultant:
    return Consultant.objects.create(user=member.user, profession="Agrónoma", experience_years=7)


def register(consultant: Consultant, acting: Membership, **changes: Any) -> Credential:
    given = {
        "title": "Agronomía",
        "issuer": "Udenar",
        "issued_on": date(2012, 12, 1),
        "expires_on": None,
        "acting": acting,
        "at": AT,
    }
    return register_credential(consultant=consultant, **(given | changes))


def test_a_credential_is_registered_once(consultant: Consultant, member: Membership) -> None:
    assert register(consultant, member) == register(consultant, member)
    [event] = Event.objects.filter(verb="register_credential")
    assert (event.actor, event.alliance) == (member.user, None)


def test_a_credential_of_tomorrow_is_refused(consultant: Consultant, member: Membership) -> None:
    with pytest.raises(DomainError):
        register(consultant, member, issued_on=date(2026, 3, 3))


@pytest.mark.parametrize("role", ["oga", "organisation", "policy", "consultant"])
def test_nobody_else_writes_or_verifies(
    consultant: Consultant, member: Membership, role: str
) -> None:
    stranger = make_membership(role)
    with pytest.raises(NotAllowed):
        register(consultant, stranger)
    with pytest.raises(NotAllowed):
        verify_credential(credential=register(consultant, member), acting=stranger, at=AT)


def test_the_first_verification_stands(
    consultant: Consultant, member: Membership, cast: Cast
) -> None:
    credential = register(consultant, member)
    for role in ("ogr", "eip"):
        verified = verify_credential(credential=credential, acting=cast[role], at=AT)
    assert verified.verified_by == cast["ogr"]
    assert Event.objects.filter(verb="verify_credential").count() == 1


def test_a_credential_holds_to_the_end_of_its_last_day_in_colombia(consultant: Consultant) -> None:
    credential = Credential(
        consultant=consultant, verified_at=AT, issued_on="2020-01-01", expires_on=date(2026, 3, 2)
    )
    assert credential.is_valid_at(datetime(2026, 3, 3, 3, tzinfo=UTC))  # ten in the evening
    assert not credential.is_valid_at(datetime(2026, 3, 3, 6, tzinfo=UTC))


# -- Advising --------------------------------------------------------------------------------------
@pytest.fixture
def ready(cast: Cast) -> Membership:
    """A consultant of the alliance's OGR with a verified credential and room for one alliance."""
    member = make_membership("consultant", organisation=cast["ogr"].organisation)
    entry = Consultant.objects.create(
        user=member.user, profession="Agrónomo", experience_years=4, maximum_profiles=1
    )
    credential = register(entry, member)
    verify_credential(credential=credential, acting=cast["ogr"], at=AT)
    return member


def give(cast: Cast, member: Membership, by: str = "eip", **changes: Any) -> Appointment:
    given = {"alliance_id": cast.alliance.pk, "consultant": member, "acting": cast[by], "at": AT}
    return appoint_consultant(**(given | changes))


def test_a_consultant_advises_what_they_were_given(cast: Cast, ready: Membership) -> None:
    assert not may_act(cast.alliance, Duty.ADVISE, ready)
    appointment = give(cast, ready)
    assert (appointment.person, appointment.duty) == (ready.user, "advise")
    assert may_act(cast.alliance, Duty.ADVISE, ready)
    colleague = make_membership("consultant", organisation=cast["ogr"].organisation)
    assert not may_act(cast.alliance, Duty.ADVISE, colleague)


@pytest.mark.parametrize("role", ["ogr", "oga", "policy"])
def test_only_who_directs_gives_alliances(cast: Cast, ready: Membership, role: str) -> None:
    with pytest.raises(NotAllowed):
        give(cast, ready, role)


def test_nobody_carries_more_than_they_may(cast: Cast, ready: Membership) -> None:
    first = give(cast, ready)
    other = make_alliance("draft", call=cast.alliance.call)
    with pytest.raises(NotAllowed):
        give(cast, ready, alliance_id=other.pk)
    end_appointment(
        appointment_id=first.pk,
        acting=cast["eip"],
        at=AT,
        reason="Ya no hace falta aquí",
        reason_code="replaced",
    )
    assert give(cast, ready, alliance_id=other.pk).alliance == other


def test_the_same_consultant_is_appointed_once(cast: Cast, ready: Membership) -> None:
    Consultant.objects.update(maximum_profiles=5)
    give(cast, ready)
    with pytest.raises(Conflict):
        give(cast, ready)


def test_who_has_shown_nothing_valid_advises_nobody(cast: Cast, ready: Membership) -> None:
    Credential.objects.update(expires_on=date(2026, 3, 1))
    with pytest.raises(NotAllowed):
        give(cast, ready)


@pytest.mark.parametrize("of_the_register", [True, False])
def test_no_appointment_to_advise_passes_beside_the_register(
    cast: Cast, ready: Membership, of_the_register: bool
) -> None:
    """Whatever service appoints: not the whole organisation, nor somebody without credential."""
    Credential.objects.all().delete()
    with pytest.raises(NotAllowed):
        appoint(
            alliance_id=cast.alliance.pk,
            duty=Duty.ADVISE,
            organisation=ready.organisation,
            person=ready.user if of_the_register else None,
            acting=cast["eip"],
            at=AT,
        )
    assert not Appointment.objects.filter(duty=Duty.ADVISE).exists()


def test_the_page_offers_the_consultants_of_the_department(cast: Cast, ready: Membership) -> None:
    walk_to(cast.alliance, "submitted")
    page = reverse("alliances:adviser-appoint", args=[cast.alliance.code])
    elsewhere = make_organisation("ogr", departments=[make_department("05", "Antioquia")])
    far = make_membership("consultant", organisation=elsewhere)
    Consultant.objects.create(user=far.user, profession="X", experience_years=1)
    assert client_of(cast.outsider).get(page).status_code == 404
    assert client_of(cast["ogr"]).post(page, {"consultant": ready.pk}).status_code == 403
    eip = client_of(cast["eip"])
    shown = eip.get(page).content.decode()
    assert ready.user.display_name in shown
    assert far.user.display_name not in shown
    assert eip.post(page, {"consultant": far.pk}).status_code == 422
    done = eip.post(page, {"consultant": ready.pk}, follow=True)
    [said] = [str(message) for message in done.context["messages"]]
    assert ready.user.display_name in said
    assert ready.user.username not in said
    assert cast.alliance.appointments.get(duty="advise").person == ready.user
