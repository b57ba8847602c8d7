"""When a visit may have taken place and when the next one is due. Pure: no database, no clock."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kit.access import ALLOWED, Verdict, refused
from kit.days import day_problem
from kit.figures import number
from kit.tones import Tone

#: Calendar days between visits: our planning values, from the monthly report of the
#: accompanying organisation (domain facts §1.5); no norm gives a number.
DUE_AFTER_DAYS = 30
LATE_AFTER_DAYS = 60
#: Days given for a visit that is no longer in time, and the most ahead that one is assigned.
OVERDUE_WITHIN_DAYS = 7
MOST_DAYS_AHEAD = 365


@dataclass(frozen=True)
class FieldPeriod:
    """The days on which an alliance could be visited; None is «not yet»."""

    started_on: date | None
    ended_on: date | None = None


def may_be_visited(period: FieldPeriod) -> Verdict:
    """Whether there is anything to visit, on whatever day."""
    if period.started_on is None:
        return refused(_("This alliance has not started execution: there is nothing to visit yet."))
    return ALLOWED


def wrong_day(period: FieldPeriod, visited_on: date, today: date) -> str:
    """Why a visit cannot have been on that day; empty when it can.

    A visit that arrives late is judged by its own day, not by the day it arrives.
    """
    since = _("this alliance started execution")
    if problem := day_problem(visited_on, today=today, not_before=period.started_on, since=since):
        return problem
    if period.ended_on and visited_on > period.ended_on:
        return _("This alliance ended on %(day)s: a visit cannot be later.") % {
            "day": date_format(period.ended_on, "DATE_FORMAT")
        }
    return ""


def due_on(waiting_since: date) -> date:
    """The last day on which the next visit still comes in time."""
    return waiting_since + timedelta(days=DUE_AFTER_DAYS)


def usual_day(waiting_since: date, today: date) -> date:
    """The day by which the next visit is assigned, unless another one is said."""
    in_time = due_on(waiting_since)
    return in_time if in_time >= today else today + timedelta(days=OVERDUE_WITHIN_DAYS)


def wrong_due_day(day: date, today: date) -> str:
    """Why a visit cannot be assigned for that day; empty when it can."""
    if day < today:
        return _("%(day)s is over: a visit is assigned for today or a later day.") % {
            "day": date_format(day, "DATE_FORMAT")
        }
    if day > today + timedelta(days=MOST_DAYS_AHEAD):
        return _("%(day)s is more than a year ahead: check the year.") % {
            "day": date_format(day, "DATE_FORMAT")
        }
    return ""


def fulfils(visited_on: date, planned_on: date) -> bool:
    """Whether a visit of that day is the one that was planned; one of before was not yet known.

    A phone may send it late: its own day counts, not the day on which it arrives.
    """
    return visited_on >= planned_on


def tone_of_wait(days: int) -> Tone:
    """The tone of the days an alliance has waited for a visit."""
    if days > LATE_AFTER_DAYS:
        return Tone.LATE
    return Tone.ATTENTION if days > DUE_AFTER_DAYS else Tone.GOOD


def wait_in_words(days: int, has_visits: bool) -> str:
    """How long an alliance has waited for a visit, in one sentence."""
    if has_visits and days == 0:
        return _("Visited today")
    if has_visits:
        text = ngettext("Last visit %(days)s day ago", "Last visit %(days)s days ago", days)
    elif days == 0:
        text = _("Never visited; execution started today")
    else:
        text = ngettext(
            "Never visited; execution started %(days)s day ago",
            "Never visited; execution started %(days)s days ago",
            days,
        )
    return text % {"days": number(days)}
