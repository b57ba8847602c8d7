"""What the home page says about money: mine by slack, and what I wait for."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from fiduciary.disbursements.home import expected_by, waiting_for
from fiduciary.disbursements.services.requests import approve_disbursement
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


@pytest.fixture
def cast() -> Cast:
    cast = make_funded_cast()
    make_windows(cast.alliance, ("03-01", "06-30"))
    return cast


def test_request_waits_for_whoever_holds_its_step(cast: Cast) -> None:
    request = make_request(cast)
    assert [len(waiting_for(cast[role], MONDAY)) for role in ("eip", "trustee", "oga")] == [1, 0, 0]

    approve_disbursement(request_id=request.pk, acting=cast["eip"], at=MONDAY)

    assert [len(waiting_for(cast[role], MONDAY)) for role in ("eip", "trustee", "oga")] == [0, 1, 0]


def test_least_slack_comes_first_with_its_consequence(cast: Cast) -> None:
    line = make_line(cast.alliance, planned_cop=90 * MILLION)
    make_request(cast, line=line)
    make_request(cast, line=line, delivery_lead_days=110)

    rows = waiting_for(cast["eip"], MONDAY)

    assert [row.tone for row in rows] == ["late", "good"]
    assert rows[0].slack is not None
    assert rows[0].slack < 0
    assert "2026" in rows[0].why


def test_who_asked_sees_with_whom_it_is(cast: Cast) -> None:
    make_request(cast)

    rows = expected_by(cast["oga"], MONDAY + timedelta(days=2))

    assert [row.why for row in rows] == [rows[0].why]
    assert "2" in rows[0].why
    assert not expected_by(cast["trustee"], MONDAY)


def test_strangers_have_nothing_waiting(cast: Cast) -> None:
    make_request(cast)

    assert not waiting_for(cast.outsider, MONDAY)
    assert not waiting_for(cast["policy"], MONDAY)


def test_home_costs_the_same_queries_for_one_as_for_many(cast: Cast) -> None:
    line = make_line(cast.alliance, planned_cop=90 * MILLION)
    counts = []
    for _round in range(2):
        make_request(cast, line=line)
        with CaptureQueriesContext(connection) as queries:
            waiting_for(cast["eip"], MONDAY)
        counts.append(len(queries))
        for _ in range(5):
            make_request(cast, line=line)

    assert counts[0] == counts[1]
