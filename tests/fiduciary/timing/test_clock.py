"""The slack clock against cases worked by hand on the real calendars and Colombian holidays.

Each comment writes the arithmetic out: [n] is a day nobody works, (n) counts a working day.
"""

import csv
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alliances.territory.calendar import (
    MonthDay,
    Occurrence,
    Window,
    occurrence_at_or_after,
)
from alliances.territory.workdays import add_working_days, is_working_day
from fiduciary.timing import clock
from fiduciary.timing.clock import Forecast, Leads, SlackReading, SlackState, StepForecast

CALENDARS = Path(__file__).parents[3] / "alliances/territory/data/crop_windows.csv"
TWO_STEPS = [StepForecast(p50_days=2, p90_days=4), StepForecast(p50_days=3, p90_days=6)]


def real_windows(crop: str, place: str, operation: str) -> list[Window]:
    with CALENDARS.open(encoding="utf-8-sig", newline="") as file:
        return [
            Window(MonthDay.parse(row["starts"]), MonthDay.parse(row["ends"]))
            for row in csv.DictReader(file)
            if (row["crop"], row["place"], row["operation"]) == (crop, place, operation)
        ]


def read(
    today: date,
    windows: list[Window],
    leads: Leads,
    steps: list[StepForecast],
    target: Occurrence | None = None,
) -> SlackReading:
    target = target or occurrence_at_or_after(windows, today)
    return clock.read_clock(
        today=today,
        target=target,
        following=clock.next_servable(windows, target, leads, today) if target else None,
        leads=leads,
        expected=clock.forecast(today, steps),
    )


POTATO_NARINO = ("papa", "Nariño", "sowing")  # 1 Mar - 15 May and 15 Sep - 15 Dec
TEN_AND_FIVE = Leads(delivery_days=10, contracting_days=5)


def test_on_time_with_a_holiday_in_the_forecast() -> None:
    # Need-by: 15 Dec 2026 - 10 days = Sat 5 -> Fri 4 Dec; 3 (1) 2 (2) 1 (3) 30 Nov (4) 27 (5).
    # P50 = 2 + 3 from Thu 5 Nov: 6 (1) 9 (2) 10 (3) 11 (4) 12 (5).
    # P90 = 4 + 6: 13 (6) [16 Independence of Cartagena] 17 (7) 18 (8) 19 (9) 20 (10).
    # Slack 20 -> 27 Nov: 23 (1) 24 (2) 25 (3) 26 (4) 27 (5).
    reading = read(date(2026, 11, 5), real_windows(*POTATO_NARINO), TEN_AND_FIVE, TWO_STEPS)

    assert reading.need_by_on == date(2026, 11, 27)
    assert reading.forecast == Forecast(date(2026, 11, 12), date(2026, 11, 20))
    assert (reading.slack_days, reading.state) == (5, SlackState.ON_TIME)


def test_at_risk_one_day_later() -> None:
    # P90 from Fri 6 Nov: 9 (1) 10 (2) 11 (3) 12 (4) 13 (5) [16] 17 (6) 18 (7) 19 (8) 20 (9)
    # 23 (10).
    # Slack 23 -> 27 Nov: 24 (1) 25 (2) 26 (3) 27 (4); under five days it wants attention.
    reading = read(date(2026, 11, 6), real_windows(*POTATO_NARINO), TEN_AND_FIVE, TWO_STEPS)

    assert (reading.slack_days, reading.state) == (4, SlackState.AT_RISK)


def test_late_while_a_faster_payment_would_still_serve() -> None:
    # P90 from Fri 20 Nov: 23 (1) .. 27 (5) 30 (6) 1 Dec (7) 2 (8) 3 (9) 4 (10).
    # Slack 27 Nov -> 4 Dec: 30 (1) 1 (2) 2 (3) 3 (4) 4 (5), past: -5. Need-by still ahead.
    reading = read(date(2026, 11, 20), real_windows(*POTATO_NARINO), TEN_AND_FIVE, TWO_STEPS)

    assert reading.forecast.p90_on == date(2026, 12, 4)
    assert (reading.slack_days, reading.state) == (-5, SlackState.LATE)


def test_missed_names_the_next_window() -> None:
    # Mon 30 Nov is past the need-by of 27 Nov.
    # P90: 1 Dec (1) 2 (2) 3 (3) 4 (4) 7 (5) [8] 9 (6) 10 (7) 11 (8) 14 (9) 15 (10).
    # Slack 27 Nov -> 15 Dec: 30 (1) 1 (2) 2 (3) 3 (4) 4 (5) 7 (6) 9 (7) 10 (8) 11 (9) 14 (10)
    # 15 (11), past: -11.
    # Next: 15 May 2027 - 10 = Wed 5 May; 4 (1) 3 (2) 30 Apr (3) 29 (4) 28 (5).
    # Next slack 15 Dec -> 28 Apr: 16-18 (3) 21-24 (7) [25] 28-31 (11); January [1, 11] 19 (30);
    # February 20 (50); March [22, 25, 26] 20 (70); April to the 28th 20 (90).
    reading = read(date(2026, 11, 30), real_windows(*POTATO_NARINO), TEN_AND_FIVE, TWO_STEPS)

    assert (reading.need_by_on, reading.slack_days) == (date(2026, 11, 27), -11)
    assert reading.state is SlackState.MISSED
    assert (reading.next_need_by_on, reading.next_slack_days) == (date(2027, 4, 28), 90)
    assert reading.urgency_days == 90


def test_window_that_wraps_the_year_end_seen_from_december() -> None:
    # Coffee, Magdalena, main harvest 1 Oct - 15 Jan. Fri 15 Jan 2027 - 7 = Fri 8 Jan;
    # 7 (1) 6 (2) 5 (3). P90 8 from Mon 21 Dec: 22 (1) 23 (2) 24 (3) [25] 28 (4) 29 (5) 30 (6)
    # 31 (7) [1 Jan] 4 (8). Slack 4 -> 5 Jan: 1.
    windows = real_windows("cafe", "Magdalena", "harvest_main")
    reading = read(date(2026, 12, 21), windows, Leads(7, 3), [StepForecast(4, 8)])

    assert reading.need_by_on == date(2027, 1, 5)
    assert reading.forecast.p90_on == date(2027, 1, 4)
    assert (reading.slack_days, reading.state) == (1, SlackState.AT_RISK)


def test_window_that_wraps_the_year_end_seen_from_january() -> None:
    # The same season, begun last October, is the one still open on Mon 4 Jan 2027.
    # P90 2: 5 (1) 6 (2). Slack 5 -> 6 Jan, past: -1.
    windows = real_windows("cafe", "Magdalena", "harvest_main")
    reading = read(date(2027, 1, 4), windows, Leads(7, 3), [StepForecast(1, 2)])

    assert reading.need_by_on == date(2027, 1, 5)
    assert (reading.slack_days, reading.state) == (-1, SlackState.LATE)


def test_forecast_steps_over_holy_week() -> None:
    # Potato, Cundinamarca, second harvest 1 Jan - 15 Apr. Wed 15 Apr 2026 - 5 = Fri 10;
    # 9 (1) 8 (2) 7 (3) 6 (4). P90 6 from Wed 25 Mar: 26 (1) 27 (2) 30 (3) 31 (4) 1 Apr (5)
    # [2 Holy Thursday, 3 Good Friday] 6 (6). Slack 0.
    windows = real_windows("papa", "Cundinamarca", "harvest_secondary")
    reading = read(date(2026, 3, 25), windows, Leads(5, 4), [StepForecast(3, 6)])

    assert reading.need_by_on == date(2026, 4, 6)
    assert reading.forecast.p90_on == date(2026, 4, 6)
    assert (reading.slack_days, reading.state) == (0, SlackState.AT_RISK)


def test_need_by_steps_back_over_holy_week() -> None:
    # 15 Apr 2026 - 10 = Easter Sunday 5 [5, 4, 3, 2] -> Wed 1 Apr; 31 Mar (1) 30 (2) 27 (3).
    assert clock.need_by(date(2026, 4, 15), Leads(10, 3)) == date(2026, 3, 27)


def test_need_by_knows_the_holiday_created_in_2026() -> None:
    # Ley 2578 of 2026: 9 July, kept on Mon 13 July. Coffee, Caribe, sowing to Wed 15 Jul:
    # 14 (1) [13, 12, 11] 10 (2). P90 6 from Thu 2 Jul: 3 (1) 6 (2) 7 (3) 8 (4) 9 (5) 10 (6).
    windows = real_windows("cafe", "Caribe", "sowing")
    reading = read(date(2026, 7, 2), windows, Leads(0, 2), [StepForecast(3, 6)])

    assert reading.need_by_on == date(2026, 7, 10)
    assert reading.slack_days == 0


def test_two_windows_a_year_the_next_to_open_counts() -> None:
    # Potato, Cundinamarca, sowing 15 Feb - 15 May and 1 Aug - 31 Oct; on Wed 10 Jun neither.
    # Sat 31 Oct 2026 - 15 = Fri 16; 15 (1) 14 (2) 13 (3) [12] 9 (4) 8 (5) 7 (6) 6 (7) 5 (8)
    # 2 (9) 1 (10). P90 10: 11 (1) 12 (2) [15] 16 (3) 17 (4) 18 (5) 19 (6) 22 (7) 23 (8) 24 (9)
    # 25 (10). Slack 25 Jun -> 1 Oct: 26, 30 [29] (2); July 23 - [13, 20] = 21 (23);
    # August 21 - [7, 17] = 19 (42); September 22 (64); 1 Oct (65).
    windows = real_windows("papa", "Cundinamarca", "sowing")
    reading = read(date(2026, 6, 10), windows, Leads(15, 10), TWO_STEPS)

    assert reading.need_by_on == date(2026, 10, 1)
    assert (reading.slack_days, reading.state) == (65, SlackState.ON_TIME)


def test_override_of_the_alliance_counts_instead_of_the_calendar() -> None:
    # High ground sows 1 Nov - 20 Jan. Wed 20 Jan 2027 - 12 = Fri 8; 7 (1) 6 (2) 5 (3) 4 (4)
    # [1 Jan] 31 Dec (5). P90 from 30 Nov is 15 Dec, as above; slack to 31 Dec: 11.
    # By the calendar of Nariño the same request would have missed its season.
    override = Occurrence(date(2026, 11, 1), date(2027, 1, 20))
    windows = real_windows(*POTATO_NARINO)
    reading = read(date(2026, 11, 30), windows, Leads(12, 5), TWO_STEPS, target=override)

    assert reading.need_by_on == date(2026, 12, 31)
    assert (reading.slack_days, reading.state) == (11, SlackState.ON_TIME)


def test_no_calendar_is_no_data_and_never_on_time() -> None:
    reading = read(date(2026, 11, 5), [], TEN_AND_FIVE, TWO_STEPS)

    assert reading.state is SlackState.NO_DATA
    assert (reading.need_by_on, reading.slack_days, reading.urgency_days) == (None, None, None)
    assert reading.forecast.p90_on == date(2026, 11, 20)


def test_all_year_operation_has_no_limit() -> None:
    all_year = Window(MonthDay(1, 1), MonthDay(12, 31))
    today = date(2026, 11, 5)
    reading = clock.read_clock(
        today=today,
        target=occurrence_at_or_after([all_year], today),
        following=None,
        leads=TEN_AND_FIVE,
        expected=clock.forecast(today, TWO_STEPS),
        unlimited=all_year.is_all_year,
    )

    assert (reading.state, reading.slack_days) == (SlackState.NO_LIMIT, None)


def test_time_already_spent_in_a_step_is_not_counted_again() -> None:
    # First step 3 / 6 with 4 days spent: median used up, so one day more; slow end 6 - 4 = 2.
    # P50 1 + 2 = 3 from Tue 24 Nov: 25 (1) 26 (2) 27 (3).
    # P90 2 + 4 = 6: 30 (4) 1 Dec (5) 2 (6).
    steps = [StepForecast(3, 6, elapsed_days=4), StepForecast(2, 4)]

    assert clock.forecast(date(2026, 11, 24), steps) == Forecast(
        date(2026, 11, 27), date(2026, 12, 2)
    )


def test_nothing_left_to_do_on_a_saturday_is_paid_the_next_working_day() -> None:
    # Sat 18 Jul 2026, Sun 19, [Mon 20 Independence Day] -> Tue 21.
    assert clock.forecast(date(2026, 7, 18), []).p50_on == date(2026, 7, 21)


def test_season_that_the_leads_cannot_reach_is_skipped() -> None:
    # Potato, Cundinamarca; 90 days and 40 working days. 15 May 2027 - 90 = Sun 14 Feb -> Fri 12;
    # February to the 11th 9 (9); January 19 (28); December 31-28 (32) 24-21 (36) 18-15 (40):
    # need-by 15 Dec 2026. On 15 Dec it can be reached, on 16 Dec only October 2027 can.
    windows = real_windows("papa", "Cundinamarca", "sowing")
    missed = Occurrence(date(2026, 8, 1), date(2026, 10, 31))
    leads = Leads(90, 40)

    assert clock.need_by(date(2027, 5, 15), leads) == date(2026, 12, 15)
    on_the_day = clock.next_servable(windows, missed, leads, date(2026, 12, 15))
    a_day_later = clock.next_servable(windows, missed, leads, date(2026, 12, 16))
    assert on_the_day == Occurrence(date(2027, 2, 15), date(2027, 5, 15))
    assert a_day_later == Occurrence(date(2027, 8, 1), date(2027, 10, 31))


@pytest.mark.parametrize(("slack_days", "expected"), [(2, "at_risk"), (3, "on_time")])
def test_threshold_of_attention_is_a_parameter(slack_days: int, expected: str) -> None:
    target = Occurrence(date(2026, 8, 3), date(2026, 8, 28))
    p90_on = add_working_days(date(2026, 8, 28), -slack_days)
    reading = clock.read_clock(
        today=date(2026, 8, 10),
        target=target,
        following=None,
        leads=Leads(),
        expected=Forecast(p90_on, p90_on),
        at_risk_days=3,
    )

    assert reading.state == expected


DAYS = st.dates(date(2020, 1, 1), date(2032, 12, 31))
LEADS = st.builds(Leads, st.integers(0, 120), st.integers(0, 60))
STEPS = st.lists(
    st.builds(
        lambda p50, extra, elapsed: StepForecast(p50, p50 + extra, elapsed),
        st.integers(0, 30),
        st.integers(0, 30),
        st.integers(0, 90),
    ),
    max_size=8,
)


def arrives_on(paid_on: date, leads: Leads) -> date:
    contracted_on = add_working_days(paid_on, leads.contracting_days)
    return contracted_on + timedelta(days=leads.delivery_days)


@given(window_ends_on=DAYS, leads=LEADS)
def test_need_by_is_the_last_working_day_that_serves(window_ends_on: date, leads: Leads) -> None:
    need_by_on = clock.need_by(window_ends_on, leads)

    assert is_working_day(need_by_on)
    assert arrives_on(need_by_on, leads) <= window_ends_on
    assert arrives_on(add_working_days(need_by_on, 1), leads) > window_ends_on


@given(need_by_on=DAYS, p90_on=DAYS, delay=st.integers(0, 40))
def test_later_forecast_never_adds_slack(need_by_on: date, p90_on: date, delay: int) -> None:
    later = p90_on + timedelta(days=delay)

    assert clock.slack(need_by_on, later) <= clock.slack(need_by_on, p90_on)


@given(today=DAYS, steps=STEPS)
def test_forecast_is_ordered_and_on_working_days(today: date, steps: list[StepForecast]) -> None:
    expected = clock.forecast(today, steps)

    assert today <= expected.p50_on <= expected.p90_on
    assert is_working_day(expected.p50_on)
    assert is_working_day(expected.p90_on)


@given(today=DAYS, steps=STEPS.filter(bool))
def test_waiting_a_day_never_brings_payment_nearer(today: date, steps: list[StepForecast]) -> None:
    today = add_working_days(today, 1)
    tomorrow = add_working_days(today, 1)
    current, rest = steps[0], steps[1:]
    waited = StepForecast(current.p50_days, current.p90_days, current.elapsed_days + 1)

    now, later = clock.forecast(today, steps), clock.forecast(tomorrow, [waited, *rest])

    assert later.p50_on >= now.p50_on
    assert later.p90_on >= now.p90_on


@given(today=DAYS, end=DAYS, leads=LEADS, steps=STEPS, threshold=st.integers(0, 20))
def test_state_follows_from_slack_and_need_by(
    today: date, end: date, leads: Leads, steps: list[StepForecast], threshold: int
) -> None:
    reading = clock.read_clock(
        today=today,
        target=Occurrence(end - timedelta(days=30), end),
        following=None,
        leads=leads,
        expected=clock.forecast(today, steps),
        at_risk_days=threshold,
    )

    assert reading.need_by_on is not None
    assert reading.slack_days is not None
    assert (reading.state is SlackState.MISSED) == (today > reading.need_by_on)
    if reading.state is SlackState.ON_TIME:
        assert reading.slack_days >= threshold
    if reading.state is SlackState.LATE:
        assert reading.slack_days < 0
