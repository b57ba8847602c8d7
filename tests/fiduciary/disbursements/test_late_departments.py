"""What the home page says to the ministry: where money comes too late for the crop."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from alliances.lifecycle.desk import Desk
from fiduciary.disbursements.home import waiting_for
from paap.home import home_of
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
    """Three requests in Nariño: one in time, one late and one whose season was missed."""
    cast = make_funded_cast()
    make_windows(cast.alliance, ("03-01", "06-30"))
    line = make_line(cast.alliance, planned_cop=90 * MILLION)
    for days in (10, 105, 130):
        make_request(cast, line=line, delivery_lead_days=days)
    return cast


def test_late_requests_are_told_by_department(cast: Cast) -> None:
    states = cast.alliance.disbursement_requests.order_by("pk").values_list("slack_state")
    assert [state for (state,) in states] == ["on_time", "late", "missed"]

    [row] = home_of(cast["policy"], MONDAY).waiting

    assert (row.title, row.alliance) == ("2 requests late for their season", "Nariño")
    assert row.why.startswith("$\u00a010.000.000; the latest by ")
    client = Client(headers={"accept-language": "en"})
    client.force_login(cast["policy"].user)
    page = client.get(row.url).content.decode()
    assert "D-" in page


@pytest.mark.parametrize("role", ["eip", "trustee", "evaluator", "organisation"])
def test_only_the_ministry_is_told_so(cast: Cast, role: str) -> None:
    assert not [row for row in waiting_for(Desk(cast[role], MONDAY)) if "department=" in row.url]


def test_more_requests_cost_no_more_queries(cast: Cast) -> None:
    with CaptureQueriesContext(connection) as queries:
        waiting_for(Desk(cast["policy"], MONDAY))

    assert len(queries) == 1
