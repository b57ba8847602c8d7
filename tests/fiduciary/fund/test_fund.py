"""The rotating fund: rules first, signatures before goods, what came back and what is late."""

from datetime import date
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from alliances.lifecycle import home
from alliances.lifecycle.desk import Desk
from alliances.lifecycle.selectors import actions_for
from alliances.lifecycle.services import advance
from fiduciary.fund.models import Commitment, Instalment
from fiduciary.fund.requirements import fund_repaid, fund_rules_approved
from fiduciary.fund.rules import debt_on, portfolio_of
from fiduciary.fund.selectors import commitments_visible_to, fund_of, producers_without_commitment
from fiduciary.fund.services import (
    Rules,
    approve_fund_rules,
    record_repayment,
    sign_commitment,
)
from fiduciary.ledger.models import AccountKind
from fiduciary.ledger.selectors import balance_cop
from kit.errors import Conflict, DomainError, NotAllowed
from paap.roles import as_owner
from tests.factories.alliances import Cast, make_cast, make_producer
from tests.factories.fiduciary import MILLION, MONDAY, make_commitment, make_evidence, make_rules

SCHEDULE = [(date(2026, 9, 30), MILLION), (date(2027, 3, 31), MILLION)]
RULES = Rules(Decimal(60), 6, Decimal(0), Decimal(80), date(2026, 2, 20))


def approve_rules(cast: Cast, role: str = "organisation", rules: Rules = RULES) -> None:
    approve_fund_rules(
        alliance_id=cast.alliance.pk,
        rules=rules,
        act=make_evidence(cast["organisation"], cast.alliance),
        acting=cast[role],
        at=MONDAY,
    )


def repay(cast: Cast, commitment: Commitment, amount: Decimal, **fields: object) -> Commitment:
    arguments: dict = {
        "commitment_id": commitment.pk,
        "amount_cop": amount,
        "paid_on": date(2026, 3, 2),
        "acting": cast["organisation"],
        "at": MONDAY,
        "key": uuid4(),
    }
    return record_repayment(**(arguments | fields))


@pytest.mark.django_db
def test_the_organisation_writes_its_rules_once() -> None:
    cast = make_cast("executing")
    assert not fund_rules_approved(cast.alliance)

    approve_rules(cast)

    assert fund_rules_approved(cast.alliance)
    with pytest.raises(Conflict):
        approve_rules(cast)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "role", ["eip", "ogr", "oga", "trustee", "ally", "evaluator", "policy", "cir"]
)
def test_nobody_else_writes_the_rules(role: str) -> None:
    cast = make_cast("executing")

    with pytest.raises(NotAllowed):
        approve_rules(cast, role)


@pytest.mark.django_db
def test_rules_of_the_future_or_of_a_profile_are_refused() -> None:
    with pytest.raises(DomainError):
        approve_rules(
            make_cast("executing"), rules=Rules(**(vars(RULES) | {"approved_on": date(2026, 3, 3)}))
        )
    with pytest.raises(NotAllowed):
        approve_rules(make_cast("scored"))


@pytest.mark.django_db
@pytest.mark.parametrize("role", ["organisation", "manager", "oga"])
def test_a_producer_signs_before_the_organisation_or_the_oga(role: str) -> None:
    cast = make_cast("executing")
    make_rules(cast)
    producer = make_producer(cast.alliance)

    sign_commitment(
        producer_id=producer.pk,
        schedule=SCHEDULE,
        conditions="Después de cosecha",
        signed_on=date(2026, 3, 2),
        acting=cast[role],
        at=MONDAY,
    )

    assert producer.commitment.amount_cop == 2 * MILLION
    assert not producers_without_commitment(cast.alliance)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("schedule", "signed_on"),
    [
        ([], date(2026, 3, 2)),
        (SCHEDULE, date(2026, 3, 3)),
        ([(date(2026, 3, 1), MILLION)], date(2026, 3, 2)),
        ([SCHEDULE[0], SCHEDULE[0]], date(2026, 3, 2)),
    ],
)
def test_commitments_that_make_no_sense_are_refused(schedule: list, signed_on: date) -> None:
    cast = make_cast("executing")
    make_rules(cast)

    with pytest.raises(DomainError):
        sign_commitment(
            producer_id=make_producer(cast.alliance).pk,
            schedule=schedule,
            conditions="x",
            signed_on=signed_on,
            acting=cast["organisation"],
            at=MONDAY,
        )

    assert not Commitment.objects.exists()


@pytest.mark.django_db
def test_no_signature_before_the_rules_and_none_twice() -> None:
    cast = make_cast("executing")
    producer = make_producer(cast.alliance)

    with pytest.raises(NotAllowed):
        make_commitment(cast, producer)
    make_rules(cast)
    make_commitment(cast, producer)
    with pytest.raises(Conflict):
        make_commitment(cast, producer)


@pytest.mark.django_db
def test_repayment_lands_in_the_fund_and_not_in_the_trust() -> None:
    cast = make_cast("fund_operating")
    make_rules(cast)
    commitment = make_commitment(cast, make_producer(cast.alliance))
    key = uuid4()

    repay(cast, commitment, MILLION, key=key)
    again = repay(cast, commitment, MILLION, key=key)

    assert (again.repaid_cop, again.owed_cop) == (MILLION, MILLION)
    assert balance_cop(cast.alliance, AccountKind.FUND_CASH) == MILLION
    assert balance_cop(cast.alliance, AccountKind.CASH) == 0


@pytest.mark.django_db
@pytest.mark.parametrize("role", ["eip", "trustee", "oga", "ally", "evaluator"])
def test_only_the_organisation_receives_repayments(role: str) -> None:
    cast = make_cast("fund_operating")
    make_rules(cast)
    commitment = make_commitment(cast, make_producer(cast.alliance))

    with pytest.raises(NotAllowed):
        repay(cast, commitment, MILLION, acting=cast[role])


@pytest.mark.django_db
def test_more_than_owed_and_the_future_are_refused() -> None:
    cast = make_cast("fund_operating")
    make_rules(cast)
    commitment = make_commitment(cast, make_producer(cast.alliance))

    with pytest.raises(DomainError, match=r"\$\s2\.000\.000"):
        repay(cast, commitment, 3 * MILLION)
    with pytest.raises(DomainError):
        repay(cast, commitment, MILLION, paid_on=date(2026, 3, 3))


@pytest.mark.django_db
def test_the_fund_is_opened_by_its_producers_and_not_by_their_ally() -> None:
    cast = make_cast("closed")
    make_rules(cast)
    arguments: dict = {"alliance_id": cast.alliance.pk, "verb": "open_fund", "at": MONDAY}
    offered = [row.verdict for row in actions_for(cast.alliance, cast["ally"])]

    with pytest.raises(NotAllowed, match="not to their ally"):
        advance(acting=cast["ally"], **arguments)

    assert not any(offered)
    assert not home.waiting_for(Desk(cast["ally"], MONDAY))
    assert [row.title for row in home.waiting_for(Desk(cast["organisation"], MONDAY))] == [
        "Open rotating fund"
    ]
    assert advance(acting=cast["organisation"], **arguments).status == "fund_operating"


@pytest.mark.django_db
def test_graduation_waits_for_the_recovery_its_rules_ask_for() -> None:
    cast = make_cast("fund_operating")
    make_rules(cast, recovery_target_pct=Decimal(80))
    commitment = make_commitment(cast, make_producer(cast.alliance))

    repay(cast, commitment, Decimal(1_500_000))
    assert fund_repaid(cast.alliance).reason == (
        "The fund recovered 75\N{NO-BREAK SPACE}% and its rules ask for 80\N{NO-BREAK SPACE}%."
    )
    repay(cast, commitment, Decimal(100_000))
    assert fund_repaid(cast.alliance)


@pytest.mark.django_db
def test_a_fund_without_commitments_is_not_repaid() -> None:
    assert not fund_repaid(make_cast("fund_operating").alliance)


@pytest.mark.django_db
def test_fund_shows_the_latest_to_pay_first() -> None:
    cast = make_cast("fund_operating")
    make_rules(cast)
    late, punctual = (make_commitment(cast, make_producer(cast.alliance)) for _ in range(2))
    repay(cast, punctual, MILLION)

    view = fund_of(cast.alliance, date(2026, 11, 10))

    assert [row.commitment for row in view.rows] == [late, punctual]
    assert view.rows[0].debt.late_days == 41
    assert view.portfolio.at_risk_pct == Decimal("66.7")
    assert view.portfolio.recovery_pct == Decimal("25.0")


@pytest.mark.django_db
def test_commitments_of_other_alliances_are_not_visible() -> None:
    cast, other = make_cast("fund_operating"), make_cast("fund_operating")
    make_rules(cast)
    commitment = make_commitment(cast, make_producer(cast.alliance))

    assert list(commitments_visible_to(cast["organisation"])) == [commitment]
    assert not commitments_visible_to(other["organisation"])


@pytest.mark.django_db
def test_database_wants_instalments_that_add_up() -> None:
    cast = make_cast("executing")
    make_rules(cast)
    commitment = make_commitment(cast, make_producer(cast.alliance))

    with pytest.raises(IntegrityError, match="add up"), transaction.atomic():
        add_instalment(commitment)


def add_instalment(commitment: Commitment) -> None:
    Instalment.objects.create(commitment=commitment, due_on=date(2028, 1, 1), amount_cop=5)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


@pytest.mark.django_db
@pytest.mark.parametrize("table", ["commitment", "instalment", "fundrules"])
def test_what_was_signed_is_not_rewritten(table: str) -> None:
    cast = make_cast("executing")
    make_rules(cast)
    make_commitment(cast, make_producer(cast.alliance))
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")

    for sql in (f"DELETE FROM fiduciary_{table}", f"UPDATE fiduciary_{table} SET id = id"):
        with (
            pytest.raises(DatabaseError, match="never changed"),
            transaction.atomic(),
            as_owner(),
            connection.cursor() as cursor,
        ):
            cursor.execute(sql)


def test_money_pays_the_oldest_instalment_first() -> None:
    debt = debt_on(date(2026, 10, 30), SCHEDULE, Decimal(400_000))

    assert (debt.overdue_cop, debt.late_days, debt.owed_cop) == (600_000, 30, 1_600_000)
    assert not debt.is_at_risk
    assert debt_on(date(2026, 10, 31), SCHEDULE, Decimal(400_000)).is_at_risk


def test_instalment_is_late_the_day_after() -> None:
    assert debt_on(date(2026, 9, 30), SCHEDULE, Decimal(0)).overdue_cop == 0
    assert debt_on(date(2026, 10, 1), SCHEDULE, Decimal(0)).overdue_cop == MILLION


def test_empty_portfolio_has_no_shares() -> None:
    empty = portfolio_of([])

    assert (empty.recovery_pct, empty.at_risk_pct) == (None, None)


@given(
    schedule=st.lists(
        st.tuples(st.dates(date(2026, 1, 1), date(2027, 1, 1)), st.integers(1, 10**6).map(Decimal)),
        min_size=1,
        max_size=6,
        unique_by=lambda row: row[0],
    ),
    repaid=st.integers(0, 10**6).map(Decimal),
    day=st.dates(date(2026, 1, 1), date(2027, 6, 1)),
)
def test_late_money_is_what_fell_due_less_what_came_back(
    schedule: list[tuple[date, Decimal]], repaid: Decimal, day: date
) -> None:
    fallen_due = sum(amount for due_on, amount in schedule if due_on < day)

    assert debt_on(day, schedule, repaid).overdue_cop == max(fallen_due - repaid, 0)
