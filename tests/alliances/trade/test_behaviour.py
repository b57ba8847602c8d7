"""How parties kept their word: hand-worked cases, laws that always hold, and constant queries."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from alliances.trade.models import Agreement, ProduceSale
from alliances.trade.rules import (
    AgreementFacts,
    SaleFacts,
    TradeBehaviour,
    state_of,
    trade_behaviour_of,
)
from alliances.trade.selectors import trade_behaviour
from tests.alliances.trade.conftest import TERMS
from tests.factories.alliances import AT, make_alliance, make_membership

START, TODAY = date(2026, 1, 1), date(2026, 6, 30)


def sale(**changes: Any) -> SaleFacts:
    """One tonne promised for 1 April, delivered that day at 1,000 and paid ten days later."""
    kept = SaleFacts(
        promised_on=date(2026, 4, 1),
        promised_kg=Decimal(1000),
        delivered_on=date(2026, 4, 1),
        delivered_kg=Decimal(1000),
        price_cop=Decimal(1000),
        paid_on=date(2026, 4, 11),
        floor_cop=Decimal(900),
        ceiling_cop=Decimal(1400),
        payment_days=15,
    )
    return replace(kept, **changes)


UNDELIVERED: dict[str, Any] = {
    "delivered_on": None,
    "delivered_kg": Decimal(0),
    "price_cop": None,
    "paid_on": None,
}
SIGNED = AgreementFacts(signed_on=date(2026, 1, 15), ends_on=date(2026, 12, 31))


# -- By hand --------------------------------------------------------------------------------------
def test_nothing_signed_and_nothing_due_is_no_data() -> None:
    assert trade_behaviour_of([], [], TODAY) == TradeBehaviour()


def test_a_promise_still_to_come_is_no_data() -> None:
    to_come = sale(promised_on=TODAY + timedelta(days=1), **UNDELIVERED)
    answer = trade_behaviour_of([to_come], [SIGNED], TODAY)
    assert answer == TradeBehaviour(agreement_current=True)


def test_kilos_are_counted_promise_by_promise() -> None:
    plenty, none = sale(delivered_kg=Decimal(1900)), sale(**UNDELIVERED)
    assert trade_behaviour_of([plenty, none], [SIGNED], TODAY).deliveries_honoured == 0.5
    quarter = sale(delivered_kg=Decimal(250))
    assert trade_behaviour_of([quarter], [SIGNED], TODAY).deliveries_honoured == 0.25


@pytest.mark.parametrize(
    ("price", "share"), [("900", 1.0), ("1400", 1.0), ("899.99", 0.0), ("1400.01", 0.0)]
)
def test_the_price_range_includes_both_ends(price: str, share: float) -> None:
    answer = trade_behaviour_of([sale(price_cop=Decimal(price))], [SIGNED], TODAY)
    assert answer.price_in_range == share


@pytest.mark.parametrize(
    ("paid_on", "on", "share"),
    [
        (date(2026, 4, 16), TODAY, 1.0),  # the last day
        (date(2026, 4, 17), TODAY, 0.0),  # one day late
        (None, date(2026, 4, 16), None),  # not paid, still in time
        (None, date(2026, 4, 17), 0.0),  # not paid, overdue
        (date(2026, 4, 30), date(2026, 4, 20), 0.0),  # paid later than the day we look from
    ],
)
def test_a_payment_has_its_days(paid_on: date | None, on: date, share: float | None) -> None:
    assert trade_behaviour_of([sale(paid_on=paid_on)], [SIGNED], on).paid_on_time == share


@pytest.mark.parametrize(
    ("agreements", "current"),
    [
        ([], None),
        ([replace(SIGNED, signed_on=TODAY + timedelta(days=1))], None),
        ([SIGNED], True),
        ([replace(SIGNED, ended_on=date(2026, 5, 1))], False),
        ([replace(SIGNED, ended_on=TODAY)], False),
        ([replace(SIGNED, ended_on=TODAY + timedelta(days=1))], True),
        ([replace(SIGNED, ends_on=date(2026, 5, 1))], False),
        ([replace(SIGNED, ended_on=date(2026, 5, 1)), replace(SIGNED, signed_on=TODAY)], True),
    ],
)
def test_an_agreement_is_current_when_in_force_or_replaced(
    agreements: list[AgreementFacts], current: bool | None
) -> None:
    assert trade_behaviour_of([], agreements, TODAY).agreement_current is current


@pytest.mark.parametrize(
    ("changes", "received", "on", "tone"),
    [
        (UNDELIVERED, False, date(2026, 4, 1), "plain"),
        (UNDELIVERED, False, date(2026, 4, 2), "late"),
        ({"paid_on": None}, False, date(2026, 4, 3), "attention"),
        ({"paid_on": None}, False, date(2026, 4, 9), "late"),  # three working days for the ally
        ({"paid_on": None}, True, date(2026, 4, 3), "plain"),
        ({"paid_on": None}, True, date(2026, 4, 17), "late"),
        ({"paid_on": None}, False, date(2026, 4, 17), "late"),
        ({}, True, TODAY, "good"),
        ({"paid_on": date(2026, 4, 17)}, True, TODAY, "attention"),
    ],
)
def test_the_state_of_a_sale(changes: dict[str, Any], received: bool, on: date, tone: str) -> None:
    assert state_of(sale(**changes), received, on).tone == tone


# -- Always ---------------------------------------------------------------------------------------
days = st.integers(0, 200).map(lambda n: START + timedelta(days=n))
kilos = st.decimals("0.01", "5000", places=2)


@st.composite
def sales(draw: st.DrawFn) -> SaleFacts:
    promised_on = draw(days)
    floor = draw(st.decimals("100", "2000", places=2))
    base = sale(
        promised_on=promised_on,
        promised_kg=draw(kilos),
        floor_cop=floor,
        ceiling_cop=floor + draw(st.decimals("0", "500", places=2)),
        payment_days=draw(st.integers(0, 60)),
        **UNDELIVERED,
    )
    if not draw(st.booleans()):
        return base
    delivered_on = promised_on + timedelta(days=draw(st.integers(-20, 40)))
    paid_after = draw(st.none() | st.integers(0, 90))
    return replace(
        base,
        delivered_on=delivered_on,
        delivered_kg=draw(kilos),
        price_cop=draw(st.decimals("50", "3000", places=2)),
        paid_on=None if paid_after is None else delivered_on + timedelta(days=paid_after),
    )


@given(st.lists(sales(), max_size=12), days)
def test_shares_lie_between_none_and_all_and_count_what_they_say(
    rows: list[SaleFacts], on: date
) -> None:
    answer = trade_behaviour_of(rows, [], on)
    for share, count in (
        (answer.deliveries_honoured, answer.promises),
        (answer.price_in_range, answer.deliveries),
        (answer.paid_on_time, answer.payments_due),
    ):
        assert (share is None) == (count == 0)
        assert share is None or 0 <= share <= 1
    assert answer.payments_due <= answer.deliveries <= len(rows)


@given(st.lists(sales(), max_size=12), days, st.randoms())
def test_the_order_of_the_rows_is_nothing(rows: list[SaleFacts], on: date, random: Any) -> None:
    shuffled = random.sample(rows, len(rows))
    assert trade_behaviour_of(rows, [], on) == trade_behaviour_of(shuffled, [], on)


@given(st.lists(sales(), max_size=12), days)
def test_what_happened_later_is_not_seen(rows: list[SaleFacts], on: date) -> None:
    """Erasing every fact after the day changes no answer about that day."""
    erased = [
        replace(row, **UNDELIVERED)
        if row.delivered_on is None or row.delivered_on > on
        else replace(row, paid_on=row.paid_on if row.paid_on and row.paid_on <= on else None)
        for row in rows
    ]
    assert trade_behaviour_of(rows, [], on) == trade_behaviour_of(erased, [], on)


@given(st.lists(sales(), min_size=1, max_size=12), days)
def test_delivering_more_of_one_promise_never_lowers_the_share(
    rows: list[SaleFacts], on: date
) -> None:
    before = trade_behaviour_of(rows, [], on).deliveries_honoured
    more = replace(
        rows[0],
        delivered_on=rows[0].delivered_on or rows[0].promised_on,
        delivered_kg=rows[0].delivered_kg + 1,
        price_cop=rows[0].price_cop or Decimal(1),
    )
    after = trade_behaviour_of([more, *rows[1:]], [], on).deliveries_honoured
    assert before is None or after is None or after >= before


@given(st.lists(sales(), max_size=12), days)
def test_keeping_every_promise_gives_full_marks(rows: list[SaleFacts], on: date) -> None:
    kept = [
        replace(
            row,
            delivered_on=row.promised_on,
            delivered_kg=row.promised_kg,
            price_cop=row.floor_cop,
            paid_on=row.promised_on,
        )
        for row in rows
    ]
    answer = trade_behaviour_of(kept, [], on)
    expected = 1.0 if any(row.promised_on <= on for row in rows) else None
    assert answer.deliveries_honoured == expected
    assert answer.price_in_range == expected
    assert answer.paid_on_time == expected


# -- From the database ----------------------------------------------------------------------------
@pytest.mark.django_db
def test_every_alliance_gets_an_answer_in_constant_queries() -> None:
    alliances = [make_traded_alliance(sales) for sales in range(4)]
    wanted = [row.pk for row in alliances]
    with CaptureQueriesContext(
        connection,
    ) as few:
        trade_behaviour(wanted[:1], TODAY)
    with CaptureQueriesContext(connection) as many:
        answers = trade_behaviour(wanted, TODAY)
    assert len(few) == len(many) == 2
    assert [answers[pk].promises for pk in wanted] == [0, 1, 2, 3]
    assert answers[wanted[0]].deliveries_honoured is None
    assert answers[wanted[3]].deliveries_honoured == 0.5
    assert answers[wanted[3]].price_in_range == 1.0
    assert {answers[pk].agreement_current for pk in wanted} == {True}


@pytest.mark.django_db
def test_nothing_is_told_of_an_agreement_that_was_never_signed() -> None:
    alliance = make_traded_alliance(2, signed=False)
    assert trade_behaviour([alliance.pk], TODAY) == {alliance.pk: TradeBehaviour()}


def make_traded_alliance(sales: int, *, signed: bool = True) -> Any:
    """An alliance with that many promises, half of each delivered."""
    alliance = make_alliance()
    member = make_membership("ally", organisation=alliance.ally)
    signature = (
        {
            "signed_by_organisation_at": AT,
            "signed_by_organisation": member,
            "signed_by_ally_at": AT,
            "signed_by_ally": member,
        }
        if signed
        else {}
    )
    agreement = Agreement.objects.create(
        alliance=alliance, ally=alliance.ally, **vars(TERMS), **signature
    )
    for number in range(sales):
        ProduceSale.objects.create(
            agreement=agreement,
            key=uuid4(),
            promised_on=date(2026, 4, 1 + number),
            promised_kg=Decimal(1000),
            delivered_on=date(2026, 4, 1 + number),
            delivered_kg=Decimal(500),
            price_cop=Decimal(1000),
        )
    return alliance
