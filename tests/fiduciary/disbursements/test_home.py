"""What the home page says about money: mine by slack, and what I wait for."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from alliances.lifecycle.desk import LIMIT, Desk
from alliances.lifecycle.home import debtors
from fiduciary.disbursements.home import expected_by, waiting_for
from fiduciary.disbursements.services.requests import approve_disbursement, clear_disbursement
from tests.factories.alliances import Cast
from tests.factories.fiduciary import (
    MILLION,
    MONDAY,
    make_funded_cast,
    make_line,
    make_request,
    make_windows,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def new_cast() -> Callable[[], Cast]:
    return with_windows


def with_windows() -> Cast:
    """A funded cast in the season of its crop."""
    cast = make_funded_cast()
    make_windows(cast.alliance, ("03-01", "06-30"))
    return cast


def waiting(cast: Cast) -> dict[str, int]:
    roles = ("trustee", "payer", "eip", "oga")
    return {role: len(waiting_for(Desk(cast[role], MONDAY))) for role in roles}


def test_request_waits_for_whoever_holds_its_step(cast: Cast) -> None:
    request = make_request(cast)
    assert waiting(cast) == {"trustee": 1, "payer": 1, "eip": 0, "oga": 0}

    approve_disbursement(request_id=request.pk, acting=cast["trustee"], at=MONDAY)

    assert waiting(cast) == {"trustee": 0, "payer": 1, "eip": 0, "oga": 0}


def test_no_objection_waits_for_the_eip(cast: Cast) -> None:
    request = make_request(cast, departure="Otro proveedor")
    assert waiting(cast) == {"trustee": 0, "payer": 0, "eip": 1, "oga": 0}

    clear_disbursement(request_id=request.pk, acting=cast["eip"], at=MONDAY)

    assert waiting(cast) == {"trustee": 1, "payer": 1, "eip": 0, "oga": 0}


def test_what_i_approved_does_not_hide_what_waits_for_me(cast: Cast) -> None:
    """Nobody pays what they approved, so those rows take no place in the column."""
    line = make_line(cast.alliance, planned_cop=90 * MILLION)
    for _ in range(2 * LIMIT):
        tight = make_request(cast, line=line, amount_cop=MILLION, delivery_lead_days=110)
        approve_disbursement(request_id=tight.pk, acting=cast["trustee"], at=MONDAY)
    relaxed = make_request(cast, line=line, amount_cop=MILLION)

    [row] = waiting_for(Desk(cast["trustee"], MONDAY))

    assert row.url.endswith(f"/{relaxed.pk}/")


def test_least_slack_comes_first_with_its_consequence(cast: Cast) -> None:
    line = make_line(cast.alliance, planned_cop=90 * MILLION)
    make_request(cast, line=line)
    make_request(cast, line=line, delivery_lead_days=110)

    rows = waiting_for(Desk(cast["trustee"], MONDAY))

    assert [row.tone for row in rows] == ["late", "good"]
    assert rows[0].slack is not None
    assert rows[0].slack < 0
    assert "2026" in rows[0].why


def test_who_asked_sees_with_whom_it_is_and_since_when(cast: Cast) -> None:
    first, second = make_request(cast), make_request(cast, departure="Otro proveedor")

    rows = expected_by(Desk(cast["oga"], MONDAY + timedelta(days=2)))

    assert {
        (debtor.whom, row.title, row.count) for debtor in debtors(rows) for row in debtor.rows
    } == {
        (cast["trustee"].organisation.name, "Approve disbursement", 1),
        ("EIP", "Give no objection", 1),
    }
    assert {row.since for row in rows} == {first.step_since, second.step_since}
    assert all("2 working days" in row.wait for row in rows)
    assert not expected_by(Desk(cast["trustee"], MONDAY))


@pytest.mark.parametrize("role", ["oga", "organisation", "manager", "ally"])
def test_what_others_owe_is_counted_as_the_queue_lists_it(cast: Cast, role: str) -> None:
    line = make_line(cast.alliance, planned_cop=90 * MILLION)
    approved = make_request(cast, line=line, amount_cop=MILLION)
    approve_disbursement(request_id=approved.pk, acting=cast["trustee"], at=MONDAY)
    for _ in range(2):
        make_request(cast, line=line, amount_cop=MILLION)
    make_request(cast, line=line, departure="Otro proveedor")
    client = Client()
    client.force_login(cast[role].user)

    rows = expected_by(Desk(cast[role], MONDAY))

    assert sorted(row.count for row in rows) == [1, 1, 2]
    for row in rows:
        assert client.get(row.url).context["page"].paginator.count == row.count, row
    for rubbish in ("0", "nobody", "9" * 40, "²"):
        answer = client.get("/desembolsos/", {"all": "1", "waits_on": rubbish})
        assert answer.context["page"].paginator.count == 0


def test_strangers_have_nothing_waiting(cast: Cast) -> None:
    make_request(cast)

    assert not waiting_for(Desk(cast.outsider, MONDAY))
    assert not waiting_for(Desk(cast["policy"], MONDAY))


def test_home_costs_the_same_queries_for_one_as_for_many(cast: Cast) -> None:
    line = make_line(cast.alliance, planned_cop=90 * MILLION)
    counts = []
    for _round in range(2):
        make_request(cast, line=line)
        with CaptureQueriesContext(connection) as queries:
            waiting_for(Desk(cast["trustee"], MONDAY))
        counts.append(len(queries))
        for _ in range(5):
            make_request(cast, line=line)

    assert counts[0] == counts[1]
