"""Promises of money: committed, certified, due and received, in the open."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError

from alliances.people.models import Membership
from fiduciary.ledger.models import AccountKind, Transaction
from fiduciary.ledger.selectors import balance_cop
from fiduciary.ledger.services import reverse_receipt
from fiduciary.trust.models import Contribution, ContributionKind, ContributionState
from fiduciary.trust.requirements import contributions_certified
from fiduciary.trust.selectors import contributions_visible_to, money_bar
from fiduciary.trust.services import (
    certify_contribution,
    commit_contribution,
    receive_contribution,
    withdraw_contribution,
)
from kit.errors import Conflict, DomainError, NotAllowed, Unconfirmed
from tests.factories.alliances import Cast, make_cast, make_organisation
from tests.factories.fiduciary import MILLION, MONDAY, make_contribution, make_evidence, make_trust

pytestmark = pytest.mark.django_db


def commit(cast: Cast, acting: Membership, **fields: object) -> Contribution:
    arguments: dict = {
        "alliance_id": cast.alliance.pk,
        "organisation": make_organisation("government", "Gobernación de Nariño"),
        "kind": ContributionKind.CASH,
        "concept": "Aporte departamental",
        "committed_cop": 50 * MILLION,
        "due_on": date(2026, 4, 30),
        "acting": acting,
        "at": MONDAY,
        "key": uuid4(),
    }
    return commit_contribution(**(arguments | fields))


def receive(
    cast: Cast, contribution: Contribution, amount: Decimal, role: str = "trustee", **fields: object
) -> Contribution:
    arguments: dict = {
        "contribution_id": contribution.pk,
        "amount_cop": amount,
        "received_on": date(2026, 3, 2),
        "reference": "Transferencia 81",
        "acting": cast[role],
        "at": MONDAY,
        "key": uuid4(),
    }
    return receive_contribution(**(arguments | fields))


@pytest.mark.parametrize("role", ["organisation", "eip"])
def test_the_organisation_or_the_direction_commits(role: str) -> None:
    cast = make_cast("closing")

    contribution = commit(cast, cast[role])

    assert contribution.state_on(date(2026, 4, 30)) is ContributionState.COMMITTED
    event = cast.alliance.events.get(verb="commit_contribution")
    assert event.data["amount_cop"] == "50000000"


@pytest.mark.parametrize("role", ["ogr", "oga", "trustee", "evaluator", "policy", "scorer"])
def test_others_do_not_commit(role: str) -> None:
    cast = make_cast("closing")

    with pytest.raises(NotAllowed):
        commit(cast, cast[role])

    assert not Contribution.objects.exists()


def test_the_same_commitment_sent_twice_is_one() -> None:
    cast, key = make_cast("closing"), uuid4()

    promise = {"key": key, "organisation": make_organisation("government", "Gobernación")}
    first = commit(cast, cast["organisation"], **promise)
    second = commit(cast, cast["organisation"], **promise)

    assert first == second
    assert cast.alliance.events.filter(verb="commit_contribution").count() == 1


def test_nothing_is_committed_to_a_draft() -> None:
    cast = make_cast("draft")

    with pytest.raises(NotAllowed, match="«"):
        commit(cast, cast["organisation"])


def test_amount_must_be_positive() -> None:
    cast = make_cast("closing")

    with pytest.raises(ValidationError):
        commit(cast, cast["organisation"], committed_cop=Decimal(0))


def test_direction_certifies_once_with_its_document() -> None:
    cast = make_cast("closing")
    contribution = make_contribution(cast.alliance)
    evidence = make_evidence(cast["organisation"], cast.alliance)
    arguments = {"contribution_id": contribution.pk, "certificate": evidence, "at": MONDAY}

    with pytest.raises(NotAllowed):
        certify_contribution(acting=cast["organisation"], **arguments)
    certified = certify_contribution(acting=cast["eip"], **arguments)

    assert certified.is_certified
    with pytest.raises(Conflict):
        certify_contribution(acting=cast["eip"], **arguments)


def test_certificates_must_cover_the_whole_plan() -> None:
    cast = make_cast("closing")
    evidence = make_evidence(cast["organisation"], cast.alliance)
    half = make_contribution(cast.alliance, committed_cop=cast.alliance.total_value_cop / 2)

    assert str(half.organisation) in contributions_certified(cast.alliance).reason
    certify_contribution(
        contribution_id=half.pk, certificate=evidence, acting=cast["eip"], at=MONDAY
    )
    assert "$\u00a0350.000.000" in contributions_certified(cast.alliance).reason
    other = make_contribution(cast.alliance, committed_cop=cast.alliance.total_value_cop / 2)
    certify_contribution(
        contribution_id=other.pk, certificate=evidence, acting=cast["eip"], at=MONDAY
    )
    assert contributions_certified(cast.alliance)


def test_what_arrives_is_read_from_the_ledger() -> None:
    cast = make_cast("executing")
    make_trust(cast, cash_cop=Decimal(0))
    contribution = make_contribution(cast.alliance)

    received = receive(cast, contribution, 30 * MILLION)

    assert (received.received_cop, received.missing_cop) == (30 * MILLION, 70 * MILLION)
    assert received.state_on(date(2026, 5, 1)) is ContributionState.DUE
    assert balance_cop(cast.alliance, AccountKind.CASH) == 30 * MILLION
    bar = money_bar(cast.alliance, date(2026, 5, 1))
    assert (bar.committed_cop, bar.due_cop, bar.received_cop) == (
        100 * MILLION,
        100 * MILLION,
        30 * MILLION,
    )
    assert receive(cast, contribution, 70 * MILLION).state_on(date(2026, 5, 1)) is (
        ContributionState.RECEIVED
    )


def test_the_same_receipt_sent_twice_is_one() -> None:
    cast, key = make_cast("executing"), uuid4()
    make_trust(cast, cash_cop=Decimal(0))
    contribution = make_contribution(cast.alliance)

    receive(cast, contribution, 30 * MILLION, key=key)
    again = receive(cast, contribution, 30 * MILLION, key=key)

    assert again.received_cop == 30 * MILLION


def test_more_than_promised_or_of_tomorrow_is_refused() -> None:
    cast = make_cast("executing")
    make_trust(cast, cash_cop=Decimal(0))
    contribution = make_contribution(cast.alliance)

    with pytest.raises(DomainError, match=r"\$\s100\.000\.000"):
        receive(cast, contribution, 101 * MILLION)
    with pytest.raises(DomainError):
        receive(cast, contribution, MILLION, received_on=date(2026, 3, 3))
    with pytest.raises(DomainError):
        receive(cast, contribution, Decimal(0))


def test_nothing_is_received_before_there_is_a_trust() -> None:
    cast = make_cast("closing")

    with pytest.raises(NotAllowed):
        receive(cast, make_contribution(cast.alliance), MILLION)


def test_cash_is_received_by_the_trustee_and_labour_by_who_accompanies() -> None:
    cast = make_cast("executing")
    make_trust(cast, cash_cop=Decimal(0))
    cash = make_contribution(cast.alliance)
    labour = make_contribution(cast.alliance, kind="in_kind")

    with pytest.raises(NotAllowed):
        receive(cast, cash, MILLION, role="oga")
    with pytest.raises(NotAllowed):
        receive(cast, labour, MILLION, role="trustee")
    receive(cast, labour, MILLION, role="oga")

    assert balance_cop(cast.alliance, AccountKind.IN_KIND) == MILLION
    assert balance_cop(cast.alliance, AccountKind.CASH) == 0


def test_contributions_of_other_alliances_are_not_visible() -> None:
    cast, other = make_cast("closing"), make_cast("closing")
    contribution = make_contribution(cast.alliance)

    assert list(contributions_visible_to(cast["organisation"])) == [contribution]
    assert not contributions_visible_to(other["organisation"])
    assert not contributions_visible_to(cast.outsider)


def test_overdue_counts_from_the_day_after() -> None:
    cast = make_cast("closing")
    contribution = make_contribution(cast.alliance, due_on=date(2026, 4, 30))

    assert contribution.state_on(date(2026, 4, 30)) is ContributionState.COMMITTED
    assert contribution.state_on(date(2026, 5, 1)) is ContributionState.DUE


def test_night_in_bogota_is_not_tomorrow() -> None:
    """22:30 of 2 March in Bogotá is already 3 March in UTC."""
    cast = make_cast("executing")
    make_trust(cast, cash_cop=Decimal(0))
    night = datetime(2026, 3, 3, 3, 30, tzinfo=UTC)

    with pytest.raises(DomainError):
        receive(
            cast,
            make_contribution(cast.alliance),
            MILLION,
            at=night,
            received_on=date(2026, 3, 3),
        )


# -- Taking a promise back ------------------------------------------------------------------------
def withdraw(cast: Cast, contribution: Contribution, role: str, **fields: object) -> Contribution:
    arguments: dict = {
        "reason": "La gobernación no tiene presupuesto",
        "reason_code": "organisation",
        "at": MONDAY,
    }
    return withdraw_contribution(
        contribution_id=contribution.pk, acting=cast[role], **(arguments | fields)
    )


@pytest.mark.parametrize("role", ["organisation", "eip"])
def test_who_promised_or_who_directs_takes_a_promise_back(role: str) -> None:
    cast, key = make_cast("closing"), uuid4()
    contribution = commit(cast, cast["organisation"])

    for _again in range(2):
        withdrawn = withdraw(cast, contribution, role, key=key)

    assert withdrawn.state_on(date(2027, 1, 1)) is ContributionState.WITHDRAWN
    assert (withdrawn.missing_cop, withdrawn.due_by(date(2027, 1, 1))) == (0, 0)
    assert money_bar(cast.alliance, date(2027, 1, 1)).committed_cop == 0
    event = cast.alliance.events.get(verb="withdraw_contribution")
    assert (event.reason, event.data["amount_cop"]) == (
        "La gobernación no tiene presupuesto",
        "50000000.00",
    )
    with pytest.raises(Conflict, match="Withdrawn"):
        withdraw(cast, contribution, role)


@pytest.mark.parametrize("role", ["ally", "ogr", "oga", "trustee", "policy"])
def test_nobody_else_takes_it_back(role: str) -> None:
    cast = make_cast("closing")
    contribution = commit(cast, cast["organisation"])

    with pytest.raises(NotAllowed):
        withdraw(cast, contribution, role)
    with pytest.raises(DomainError):
        withdraw(cast, contribution, "eip", reason=" ")


def test_a_party_takes_back_what_was_written_in_its_name() -> None:
    cast = make_cast("closing")
    theirs = commit(cast, cast["organisation"], organisation=cast["ally"].organisation)

    assert withdraw(cast, theirs, "ally").is_withdrawn


def test_a_promise_that_nobody_confirms_bars_no_trust_once_it_is_withdrawn() -> None:
    cast = make_cast("closing")
    whole = make_contribution(cast.alliance, committed_cop=cast.alliance.total_value_cop)
    evidence = make_evidence(cast["organisation"], cast.alliance)
    certify_contribution(
        contribution_id=whole.pk, certificate=evidence, acting=cast["eip"], at=MONDAY
    )
    idle = commit(cast, cast["ally"])
    assert "withdraw" in contributions_certified(cast.alliance).reason

    withdraw(cast, idle, "eip")

    assert contributions_certified(cast.alliance)
    for again in (
        lambda: certify_contribution(
            contribution_id=idle.pk, certificate=evidence, acting=cast["eip"], at=MONDAY
        ),
        lambda: withdraw(cast, whole, "eip"),
    ):
        with pytest.raises(Conflict):
            again()


def test_what_has_begun_to_arrive_is_not_withdrawn_and_what_is_withdrawn_does_not_arrive() -> None:
    cast = make_cast("executing")
    make_trust(cast, cash_cop=Decimal(0))
    arriving, idle = make_contribution(cast.alliance), make_contribution(cast.alliance)
    receive(cast, arriving, MILLION)
    withdraw(cast, idle, "eip")

    with pytest.raises(Conflict):
        withdraw(cast, arriving, "eip")
    with pytest.raises(Conflict, match="withdrawn"):
        receive(cast, idle, MILLION)


def test_nothing_arrives_before_the_trust_that_receives_it() -> None:
    cast = make_cast("executing")
    make_trust(cast, cash_cop=Decimal(0))

    with pytest.raises(DomainError, match=r"2 ene 1990 .* 1 feb 2026"):
        receive(cast, make_contribution(cast.alliance), MILLION, received_on=date(1990, 1, 2))


def test_a_reference_used_before_is_asked_about_wherever_it_was() -> None:
    """Named to who may see that alliance; to others it is said without a name."""
    cast, other = make_cast("executing"), make_cast("executing")
    make_trust(cast, cash_cop=Decimal(0))
    make_trust(other, cash_cop=Decimal(0))
    first, second = (make_contribution(cast.alliance) for _number in (1, 2))
    elsewhere = make_contribution(other.alliance)
    sent: dict[str, Any] = {"reference": " transferencia  81", "despite": ""}
    receive(cast, first, Decimal(5))

    with pytest.raises(Unconfirmed, match=cast.alliance.code):
        receive(cast, second, Decimal(5), **sent)
    with pytest.raises(Unconfirmed) as told:
        receive(other, elsewhere, Decimal(5), **sent)
    assert cast.alliance.code not in told.value.message
    receive(cast, second, Decimal(5), **sent | {"despite": "El banco repite sus consecutivos"})
    assert cast.alliance.events.latest("pk").data["despite"]["same_reference"] == (
        cast.alliance.code
    )


def test_the_reference_of_a_reversed_receipt_is_free_again() -> None:
    cast = make_cast("executing")
    make_trust(cast, cash_cop=Decimal(0))
    contribution = make_contribution(cast.alliance)
    receive(cast, contribution, Decimal(5))
    reverse_receipt(
        transaction_id=Transaction.objects.get().pk,
        reason="Era de otro convenio",
        reason_code="mistake",
        acting=cast["payer"],
        at=MONDAY,
        key=uuid4(),
    )

    receive(cast, contribution, Decimal(5), despite="")
