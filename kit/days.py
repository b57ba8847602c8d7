"""The day on which something was done or is due: what no day of the programme can be is refused.

What was done never lies in the future, nor before what it belongs to.
"""

from datetime import date

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from kit.errors import DomainError

#: The programme began in 2002: nothing of it was done, promised or signed before.
PROGRAMME_BEGAN = date(2002, 1, 1)
#: A birth, or a degree of somebody who works: before it nobody now alive was born.
OLDEST_LIFE = date(1900, 1, 1)
#: No body of today was founded before the republic.
OLDEST_BODY = date(1810, 7, 20)
#: Years ahead in which something can be due: a perennial crop and its fund last less.
YEARS_AHEAD = 30


def doubtful_day(day: date, *, today: date, earliest: date = PROGRAMME_BEGAN) -> str:
    """Why a day must be a slip, whatever it is the day of; empty when it need not be one."""
    if earliest <= day and day.year <= today.year + YEARS_AHEAD:
        return ""
    return _("%(day)s is outside what can be meant, %(first)s to %(last)d: check the year.") % {
        "day": _spelled(day),
        "first": _spelled(earliest),
        "last": today.year + YEARS_AHEAD,
    }


def day_problem(day: date, *, today: date, not_before: date | None = None, since: str = "") -> str:
    """Why nothing can have been done on that day, in words with both dates; empty when it can.

    ``since`` says what happened on ``not_before``: "the trust was constituted".
    """
    if day > today:
        return _("%(day)s has not come yet: today is %(today)s.") % {
            "day": _spelled(day),
            "today": _spelled(today),
        }
    if not_before and day < not_before:
        return _("%(day)s is before %(first)s, when %(what)s.") % {
            "day": _spelled(day),
            "first": _spelled(not_before),
            "what": since,
        }
    return ""


def check_day(
    day: date, *, field: str, today: date, not_before: date | None = None, since: str = ""
) -> None:
    """Raise DomainError, of that ``field``, with the ``day_problem`` of the day, if it has one."""
    if problem := day_problem(day, today=today, not_before=not_before, since=since):
        raise DomainError(problem, field=field)


def _spelled(day: date) -> str:
    return date_format(day, "DATE_FORMAT")
