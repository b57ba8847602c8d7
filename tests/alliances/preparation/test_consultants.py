"""The register of consultants: who writes credentials down, who verifies them, until when."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from alliances.models import Consultant, Credential, Event, Membership
from alliances.preparation.services import register_credential, verify_credential
from paap.errors import DomainError, NotAllowed
from tests.factories.alliances import AT, Cast, make_membership

pytestmark = pytest.mark.django_db


@pytest.fixture
def member() -> Membership:
    return make_membership("consultant")


@pytest.fixture
def consultant(member: Membership) -> Consultant:
    return Consultant.objects.create(user=member.user, profession="Agrónoma", experience_years=7)


def register(consultant: Consultant, acting: Membership, **changes: Any) -> Credential:
    given = {
        "title": "Agronomía", "issuer": "Udenar", "issued_on": date(2012, 12, 1),
        "expires_on": None, "acting": acting, "at": AT,
    }  # fmt: skip
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
