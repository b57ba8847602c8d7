"""What the home page tells each party, and that it says so in constant queries."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from alliances.lifecycle.desk import Desk, counts_of_tasks, task_total
from alliances.trade.home import waiting_for
from alliances.trade.models import Agreement, ProduceSale
from alliances.trade.services import confirm_delivery, confirm_payment
from tests.alliances.trade.conftest import LATER, deliver, promise, sign, write
from tests.factories.alliances import AT, Cast, make_cast

pytestmark = pytest.mark.django_db
PARTIES = ("organisation", "manager", "ally")


def told(cast: Cast, role: str, at: object = AT) -> list[str]:
    return [item.tone for item in waiting_for(Desk(cast[role], at))]  # type: ignore[arg-type]


def test_an_alliance_in_closing_needs_its_agreement() -> None:
    cast = make_cast("closing")
    assert [len(told(cast, role)) for role in PARTIES] == [1, 1, 0]
    draft = write(cast)
    assert [len(told(cast, role)) for role in PARTIES] == [1, 0, 1]
    sign(cast, draft, "ally")
    assert [len(told(cast, role)) for role in PARTIES] == [1, 0, 0]
    sign(cast, draft, "organisation")
    assert [len(told(cast, role)) for role in PARTIES] == [0, 0, 0]


def test_a_sale_moves_from_hand_to_hand(cast: Cast, agreement: Agreement) -> None:
    sale = promise(cast, agreement, on=date(2026, 3, 20))
    assert not told(cast, "organisation")  # more than a week away
    on_the_day = AT + timedelta(days=18)
    assert told(cast, "manager", on_the_day) == ["attention"]
    assert told(cast, "manager", LATER) == ["late"]
    assert not told(cast, "ally", LATER)

    deliver(cast, sale, at=on_the_day)
    assert told(cast, "ally", on_the_day) == ["attention"]  # confirm it
    confirm_delivery(sale_id=sale.pk, acting=cast["ally"], at=on_the_day)
    assert told(cast, "ally", on_the_day) == ["good"]  # pay it in fifteen days
    assert told(cast, "ally", LATER) == ["late"]

    confirm_payment(
        sale_id=sale.pk, paid_on=date(2026, 4, 2), acting=cast["organisation"], at=LATER
    )
    assert [told(cast, role, LATER) for role in PARTIES] == [[], [], []]


@pytest.mark.parametrize("role", ["eip", "ogr", "oga", "trustee", "policy", "evaluator", "cir"])
def test_others_are_told_nothing(role: str, cast: Cast, sale: ProduceSale) -> None:
    assert not told(cast, role, LATER)


@pytest.mark.parametrize("role", PARTIES)
def test_rows_cost_no_queries(role: str, cast: Cast, agreement: Agreement) -> None:
    deliver(cast, promise(cast, agreement), at=LATER)
    with CaptureQueriesContext(connection) as one:
        assert len(waiting_for(Desk(cast[role], LATER))) == 1
    for day in range(1, 6):
        deliver(cast, promise(cast, agreement, on=date(2026, 3, day)), at=LATER)
    with CaptureQueriesContext(connection) as many:
        assert len(waiting_for(Desk(cast[role], LATER))) == 6
    assert len(one) == len(many) <= 4


def test_of_sixty_sales_the_first_are_those_due_first(cast: Cast, agreement: Agreement) -> None:
    """Payments of fifteen days wait behind a promise of today, however old their promises are."""
    for number in range(30):
        deliver(
            cast,
            promise(cast, agreement, on=AT.date() - timedelta(days=20)),
            delivered_on=AT.date(),
        )
        promise(cast, agreement, on=AT.date() - timedelta(days=number % 3))
    rows = waiting_for(Desk(cast["manager"], AT))
    assert {row.title for row in rows} == {"Deliver what was promised"}
    assert counts_of_tasks(cast["manager"])["trade"] == 1  # one alliance in its list
    assert task_total(cast["manager"], "trade", 1) == 60


def test_an_agreement_is_counted_where_it_waits() -> None:
    cast = make_cast("closing")
    tasks = {role: set(counts_of_tasks(cast[role])) for role in PARTIES}
    assert tasks == {
        "organisation": {"write_agreement"},
        "manager": {"write_agreement"},
        "ally": set(),
    }

    write(cast)

    tasks = {role: set(counts_of_tasks(cast[role])) for role in PARTIES}
    assert tasks == {
        "organisation": {"sign_agreement"},
        "manager": set(),
        "ally": {"sign_agreement"},
    }
