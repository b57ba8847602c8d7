"""Working days in Colombia: Monday to Friday without the national holidays. Pure.

The day a term starts from is not counted: one working day after a Friday is the Monday (or the
Tuesday when the Monday is a holiday), and three working days before a Monday is the Wednesday.
Ley 51 of 1983 moves most holidays to the following Monday; ``holidays`` knows which.
"""

from bisect import bisect_left, bisect_right
from datetime import date, timedelta
from functools import lru_cache

from holidays import country_holidays

FRIDAY = 4


def is_working_day(day: date) -> bool:
    """Whether offices and banks work that day."""
    return day.weekday() <= FRIDAY and day not in holidays_in(day.year)


def add_working_days(day: date, count: int) -> date:
    """The working day that is ``count`` working days after ``day``, or before it if negative.

    ``day`` itself is never counted, and need not be a working day; ``count`` 0 gives it back.
    """
    if count > 0:
        return _nth_after(day, count)
    if count < 0:
        return _nth_before(day, -count)
    return day


def working_days_between(start: date, end: date) -> int:
    """Working days from ``start`` (not counted) to ``end`` (counted); negative when it is past.

    The inverse of ``add_working_days``: adding the result to ``start`` arrives at ``end`` when
    that is a working day.
    """
    if end >= start:
        return _count(start + timedelta(days=1), end)
    return -_count(end, start - timedelta(days=1))


@lru_cache(maxsize=128)
def holidays_in(year: int) -> frozenset[date]:
    """The national holidays on the day they are kept."""
    return frozenset(country_holidays("CO", years=year))


@lru_cache(maxsize=128)
def _working_days_of(year: int) -> tuple[date, ...]:
    """All working days of a year in order, so that counting is a search and not a walk."""
    first = date(year, 1, 1)
    days = (first + timedelta(days=n) for n in range((date(year + 1, 1, 1) - first).days))
    return tuple(day for day in days if is_working_day(day))


def _nth_after(day: date, count: int) -> date:
    year = day.year
    index = bisect_right(_working_days_of(year), day) + count - 1
    while index >= len(_working_days_of(year)):
        index -= len(_working_days_of(year))
        year += 1
    return _working_days_of(year)[index]


def _nth_before(day: date, count: int) -> date:
    year = day.year
    index = bisect_left(_working_days_of(year), day) - count
    while index < 0:
        year -= 1
        index += len(_working_days_of(year))
    return _working_days_of(year)[index]


def _count(first: date, last: date) -> int:
    """Working days from first to last, both counted; 0 when they are out of order."""
    if last < first:
        return 0
    if first.year == last.year:
        days = _working_days_of(first.year)
        return bisect_right(days, last) - bisect_left(days, first)
    whole_years = sum(len(_working_days_of(year)) for year in range(first.year + 1, last.year))
    return (
        _count(first, date(first.year, 12, 31)) + whole_years + _count(date(last.year, 1, 1), last)
    )
