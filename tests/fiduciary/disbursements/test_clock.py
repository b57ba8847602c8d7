"""The clock kept on each request: read when anything moves, and every night."""

import time
from datetime import UTC, date, datetime, timedelta
from threading import Barrier

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from fiduciary.disbursements.models import DisbursementRequest, StepTiming
from fiduciary.disbursements.services import clock
from fiduciary.disbursements.services.clock import (
    override_window,
    refresh_clocks,
    refresh_timings,
)
from fiduciary.disbursements.services.requests import approve_disbursement
from kit.errors import NotAllowed
from tests.alliances.preparation.conftest import at_once
from tests.factories.alliances import Cast
from tests.factories.fiduciary import (
    MONDAY,
    make_funded_cast,
    make_line,
    make_request,
    make_windows,
)

pytestmark = pytest.mark.django_db


def funded(*windows: tuple[str, str]) -> Cast:
    cast = make_funded_cast()
    make_windows(cast.alliance, *windows)
    return cast


def test_request_is_born_with_its_reading() -> None:
    # Window to Fri 15 May 2026; - 10 days = Tue 5 May; 4 (1) 30 Apr (2) 29 (3) 28 (4) 27 (5).
    # Monday 2 March, approve 2 / 5 and pay 2 / 5: P50 4 = Fri 6, P90 10 = Mon 16 March.
    # Slack 16 Mar -> 27 Apr: 17-20 (4) [23] 24-27 (8) 30-31 (10) 1 Apr (11) [2, 3] 6-10 (16)
    # 13-17 (21) 20-24 (26) 27 (27).
    request = make_request(funded(("03-01", "05-15"), ("09-15", "12-15")))

    assert request.window_ends_on == date(2026, 5, 15)
    assert request.need_by_on == date(2026, 4, 27)
    assert request.forecast_p50_on == date(2026, 3, 6)
    assert request.forecast_p90_on == date(2026, 3, 16)
    assert (request.slack_days, request.slack_state) == (27, "on_time")
    assert not request.forecast_is_observed


def test_no_calendar_is_no_data() -> None:
    request = make_request(make_funded_cast())

    assert (request.slack_state, request.slack_days, request.urgency_days) == (
        "no_data",
        None,
        None,
    )


def test_what_is_for_no_operation_waits_for_no_season() -> None:
    cast = make_funded_cast()
    line = make_line(cast.alliance, crop=None, operation="", concept="Honorarios")

    assert make_request(cast, line=line).slack_state == "no_limit"


def test_season_is_the_one_the_plan_was_made_for() -> None:
    cast = funded(("03-01", "05-15"), ("09-15", "12-15"))
    line = make_line(cast.alliance, planned_on=date(2026, 9, 20))

    assert make_request(cast, line=line).window_ends_on == date(2026, 12, 15)


def test_windows_are_those_in_force_on_the_day_it_is_wanted() -> None:
    cast = make_funded_cast()
    make_windows(cast.alliance, ("03-01", "05-15"), ("09-15", "12-15"), until=date(2026, 3, 31))
    ends = {
        planned: make_request(
            cast, line=make_line(cast.alliance, planned_on=planned, concept=f"Semilla {planned}")
        )
        for planned in (date(2026, 3, 20), date(2026, 5, 10), date(2026, 9, 20))
    }

    assert [row.window_ends_on for row in ends.values()] == [date(2026, 5, 15)] * 2 + [None]
    assert ends[date(2026, 9, 20)].slack_state == "no_data"

    make_windows(cast.alliance, ("10-01", "11-30"), since=date(2026, 4, 1))
    refresh_clocks(at=datetime(2026, 5, 16, 12, tzinfo=UTC))

    for row in ends.values():
        row.refresh_from_db()
    assert [row.window_ends_on for row in ends.values()] == [
        date(2026, 5, 15),
        date(2026, 5, 15),
        date(2026, 11, 30),
    ]
    # 30 Nov - 10 = Fri 20; 19 (1) 18 (2) 17 (3) [16 a holiday] 13 (4) 12 (5).
    missed = ends[date(2026, 3, 20)]
    assert (missed.slack_state, missed.next_need_by_on) == ("missed", date(2026, 11, 12))


def test_night_passes_and_the_season_is_missed() -> None:
    cast = funded(("03-01", "05-15"), ("09-15", "12-15"))
    request = make_request(cast)

    changed = refresh_clocks(at=datetime(2026, 4, 28, 12, tzinfo=UTC))

    request.refresh_from_db()
    assert changed == 1
    assert request.slack_state == "missed"
    assert request.window_ends_on == date(2026, 5, 15)
    # 15 Dec 2026 - 10 = Sat 5 -> Fri 4 Dec; 3 (1) 2 (2) 1 (3) 30 Nov (4) 27 (5).
    assert request.next_need_by_on == date(2026, 11, 27)
    assert request.slack_days is not None
    assert request.slack_days < 0 < request.urgency_days


def test_second_look_changes_nothing() -> None:
    cast = funded(("03-01", "05-15"))
    make_request(cast)

    assert refresh_clocks(at=MONDAY) == 0


def test_override_by_name_and_reason_moves_the_clock() -> None:
    cast = funded(("03-01", "05-15"))
    request = make_request(cast)

    override_window(
        alliance_id=cast.alliance.pk,
        crop=cast.alliance.crop,
        operation="sowing",
        starts_on=date(2026, 3, 1),
        ends_on=date(2026, 3, 31),
        reason="A 3.200 m se siembra antes de las heladas",
        reason_code="local_practice",
        acting=cast["oga"],
        at=MONDAY,
    )

    # Tue 31 March - 10 = Sat 21 -> Fri 20; 19 (1) 18 (2) 17 (3) 16 (4) 13 (5); P90 16: one late.
    request.refresh_from_db()
    assert request.need_by_on == date(2026, 3, 13)
    assert (request.slack_days, request.slack_state) == (-1, "late")
    assert "heladas" in request.window_source
    assert cast.alliance.events.filter(verb="override_window").exists()


@pytest.mark.parametrize("role", ["eip", "trustee", "ogr", "organisation"])
def test_only_who_accompanies_overrides(role: str) -> None:
    cast = funded(("03-01", "05-15"))

    with pytest.raises(NotAllowed):
        override_window(
            alliance_id=cast.alliance.pk,
            crop=cast.alliance.crop,
            operation="sowing",
            starts_on=date(2026, 3, 1),
            ends_on=date(2026, 3, 31),
            reason="Ya no hace falta aquí",
            reason_code="local_practice",
            acting=cast[role],
            at=MONDAY,
        )


def test_approval_shortens_the_forecast() -> None:
    cast = funded(("03-01", "05-15"))
    request = make_request(cast)

    approve_disbursement(request_id=request.pk, acting=cast["trustee"], at=MONDAY)

    request.refresh_from_db()
    assert request.forecast_p90_on == date(2026, 3, 9)  # 3 (1) .. 6 (4) 9 (5)
    assert request.slack_days == 32


def test_observed_durations_replace_the_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "MIN_OBSERVATIONS", 3)
    cast = funded(("03-01", "05-15"))
    line = make_line(cast.alliance, planned_cop=90_000_000)
    for days in (1, 2, 9):
        request = make_request(cast, line=line)
        approve_disbursement(
            request_id=request.pk, acting=cast["trustee"], at=MONDAY + timedelta(days=days)
        )

    refresh_timings(at=MONDAY)

    timing = StepTiming.objects.get()
    # 3 Mar (1), 4 Mar (2), 11 Mar (7): median 2, ninth decile 7.
    assert (timing.observations, timing.p50_days, timing.p90_days) == (3, 2, 7)
    fresh = make_request(cast, line=line)
    # P90: 7 observed for the approval, 5 by default for the payment: 12 from 2 March = 18 March.
    assert fresh.forecast_p90_on == date(2026, 3, 18)
    assert not fresh.forecast_is_observed


def test_refreshing_many_costs_no_more_queries_than_one() -> None:
    cast = funded(("03-01", "05-15"))
    line = make_line(cast.alliance, planned_cop=90_000_000)
    make_request(cast, line=line)
    counts = []
    for day in (1, 2):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            refresh_clocks(at=MONDAY + timedelta(days=60 + day))
        counts.append(len(queries))
        for _ in range(5):
            make_request(cast, line=line)

    assert DisbursementRequest.objects.count() == 11
    assert counts[0] == counts[1]


@pytest.mark.django_db(transaction=True)
def test_a_request_that_moved_while_its_clock_waited_is_read_where_it_stands() -> None:
    cast = make_funded_cast()
    make_windows(cast.alliance, ("03-15", "04-15"))
    request = make_request(cast)
    gate = Barrier(2, timeout=10)

    def approve() -> None:
        with transaction.atomic():
            approve_disbursement(request_id=request.pk, acting=cast["trustee"], at=MONDAY)
            gate.wait()
            time.sleep(0.3)  # the clock waits for the row by now

    def refresh() -> int:
        gate.wait()
        return refresh_clocks(at=MONDAY)

    assert at_once(approve, refresh) == [None, 0]  # the approval had read it already
    later = refresh_clocks(at=MONDAY)
    request.refresh_from_db()
    assert (later, request.step.verb) == (0, "pay")
