"""The slack clock: when money is needed, when it is expected, and what is left between the two.

Pure: dates in, readings out. Need-by counts back from the end of the crop window:

    need-by = window end - delivery lead (calendar days: lorries and nurseries work on Sundays)
                         - contracting lead (working days: quotes and contracts do not)

Forecast counts forward: working days that the remaining steps usually take, added up at their
median (P50) and at their slow end (P90). The sum of P90s is later than the P90 of the sum unless
every step is slow together; we keep it because it errs on the side of the harvest, and because
slow steps do come together (same trustee, same December).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from alliances.territory.calendar import Occurrence, Window, occurrence_after
from alliances.territory.workdays import (
    add_working_days,
    is_working_day,
    working_days_between,
)
from kit.tones import Tone

AT_RISK_DAYS = 5
"""With fewer working days to spare than these, a request on time still wants attention."""
SEASONS_AHEAD = 12
"""How many later seasons to look through for one that the leads still allow."""


class SlackState(StrEnum):
    """What a person should feel about a request. There is no state that hides missing data."""

    ON_TIME = "on_time"
    AT_RISK = "at_risk"
    LATE = "late"
    MISSED = "missed"
    NO_DATA = "no_data"
    NO_LIMIT = "no_limit"

    @property
    def tone(self) -> Tone:
        return SLACK_TONES[self]


#: What nothing presses is news, not praise: nobody did anything in time.
SLACK_TONES: dict[SlackState, Tone] = {
    SlackState.ON_TIME: Tone.GOOD,
    SlackState.AT_RISK: Tone.ATTENTION,
    SlackState.LATE: Tone.LATE,
    SlackState.MISSED: Tone.LATE,
    SlackState.NO_DATA: Tone.NONE,
    SlackState.NO_LIMIT: Tone.INFO,
}


@dataclass(frozen=True)
class StepForecast:
    """One remaining step: usual and slow duration in working days, and days already spent."""

    p50_days: int
    p90_days: int
    elapsed_days: int = 0


@dataclass(frozen=True)
class Forecast:
    """When payment is expected: usually (P50) and at the slow end (P90)."""

    p50_on: date
    p90_on: date


@dataclass(frozen=True)
class Leads:
    """Time between payment and goods in the field."""

    delivery_days: int = 0
    contracting_days: int = 0


@dataclass(frozen=True)
class SlackReading:
    """What the clock shows. ``slack_days`` are signed working days; None where nothing limits.

    When the window is missed, slack and need-by are those of the season that was lost, and
    ``next_need_by_on`` and ``next_slack_days`` those of the one that can still be served.
    """

    state: SlackState
    forecast: Forecast
    need_by_on: date | None = None
    slack_days: int | None = None
    next_need_by_on: date | None = None
    next_slack_days: int | None = None

    @property
    def urgency_days(self) -> int | None:
        """Slack against the season that can still be served; None when there is none to count."""
        return self.next_slack_days if self.state is SlackState.MISSED else self.slack_days


def need_by(window_ends_on: date, leads: Leads) -> date:
    """Last working day on which a payment still puts goods in the field within the window."""
    ordered_on = window_ends_on - timedelta(days=leads.delivery_days)
    while not is_working_day(ordered_on):
        ordered_on -= timedelta(days=1)
    return add_working_days(ordered_on, -leads.contracting_days)


def remaining_days(total_days: int, elapsed_days: int) -> int:
    """Working days a step still needs; one that has used up its time needs one day more."""
    if elapsed_days == 0:
        return total_days
    return max(total_days - elapsed_days, 1)


def forecast(today: date, remaining_steps: Sequence[StepForecast]) -> Forecast:
    """When the last remaining step ends, from ``today``: never on a day nobody works."""
    p50_days = sum(remaining_days(step.p50_days, step.elapsed_days) for step in remaining_steps)
    p90_days = sum(remaining_days(step.p90_days, step.elapsed_days) for step in remaining_steps)
    return Forecast(p50_on=_after(today, p50_days), p90_on=_after(today, p90_days))


def slack(need_by_on: date, forecast_p90_on: date) -> int:
    """Signed working days between the slow forecast and the need-by; negative is late."""
    return working_days_between(forecast_p90_on, need_by_on)


def next_servable(
    windows: Sequence[Window], missed: Occurrence, leads: Leads, today: date
) -> Occurrence | None:
    """The first season after a missed one that a payment made today would still reach."""
    season: Occurrence | None = missed
    for _ in range(SEASONS_AHEAD):
        season = occurrence_after(windows, season) if season else None
        if season is None or need_by(season.end, leads) >= today:
            return season
    return None


def read_clock(
    *,
    today: date,
    target: Occurrence | None,
    following: Occurrence | None,
    leads: Leads,
    expected: Forecast,
    at_risk_days: int = AT_RISK_DAYS,
    unlimited: bool = False,
) -> SlackReading:
    """The reading for one request against its target window and the one that follows.

    ``unlimited`` says that the calendar knows the operation and it can be done all year round:
    nothing presses, which is not the same as not knowing. ``at_risk_days`` is the slack under
    which a request that is still on time wants attention.
    """
    if unlimited:
        return SlackReading(SlackState.NO_LIMIT, expected)
    if target is None:
        return SlackReading(SlackState.NO_DATA, expected)
    need_by_on = need_by(target.end, leads)
    slack_days = slack(need_by_on, expected.p90_on)
    if today <= need_by_on:
        return SlackReading(_state(slack_days, at_risk_days), expected, need_by_on, slack_days)
    next_need_by_on = need_by(following.end, leads) if following else None
    return SlackReading(
        SlackState.MISSED,
        expected,
        need_by_on,
        slack_days,
        next_need_by_on,
        slack(next_need_by_on, expected.p90_on) if next_need_by_on else None,
    )


def _state(slack_days: int, at_risk_days: int) -> SlackState:
    if slack_days < 0:
        return SlackState.LATE
    return SlackState.AT_RISK if slack_days < at_risk_days else SlackState.ON_TIME


def _after(today: date, days: int) -> date:
    day = add_working_days(today, days)
    while not is_working_day(day):
        day += timedelta(days=1)
    return day
