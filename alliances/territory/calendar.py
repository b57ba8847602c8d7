"""Crop windows as arithmetic on dates: recurring windows and where to look them up. Pure.

Decisions.
*A window is stated once and recurs every year*; it may wrap the year end (15 Nov to 28 Feb).
29 Feb means the last day of February, so in a common year it is 28 Feb.
*Several windows*: the one open on the day wins, for that is when the work can still be done;
of two that are open the one that closes first, so that a deadline is never too late. With none
open, the next to open.
*A window is in force between two days*, and gives the seasons that begin between them: a season
that had begun goes to its end, so that a window which is replaced in December does not cut the
sowing of that December short.
*Places*: the reference data speak of departments and of natural regions, and both may be wrong
for a piece of a department. See ``places_to_try``.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Self

MONTH_DAY_PATTERN = (
    r"^((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])"
    r"|(0[469]|11)-(0[1-9]|[12][0-9]|30)"
    r"|02-(0[1-9]|[12][0-9]))$"
)
"""Exactly the days that exist in a leap year, as ``MM-DD``; PostgreSQL reads it the same way."""

LEAP_YEAR = 2024


@dataclass(frozen=True, order=True)
class MonthDay:
    """A day of any year."""

    month: int
    day: int

    def __post_init__(self) -> None:
        date(LEAP_YEAR, self.month, self.day)  # raises ValueError for 30 Feb and the like

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``MM-DD``. Raises ValueError."""
        if not re.fullmatch(MONTH_DAY_PATTERN, text):
            raise ValueError(f"{text!r} is not a day of the year written as MM-DD")
        return cls(int(text[:2]), int(text[3:]))

    def __str__(self) -> str:
        return f"{self.month:02d}-{self.day:02d}"

    def in_year(self, year: int) -> date:
        """This day of that year; 29 Feb becomes 28 Feb in a common year."""
        if (self.month, self.day) == (2, 29) and not _is_leap(year):
            return date(year, 2, 28)
        return date(year, self.month, self.day)


@dataclass(frozen=True)
class Occurrence:
    """One season: both days belong to it."""

    start: date
    end: date

    def __contains__(self, day: date) -> bool:
        return self.start <= day <= self.end


@dataclass(frozen=True)
class Window:
    """A window that recurs every year; it wraps the year end when it starts after it ends.

    ``since`` and ``until``: the first and the last day on which a season of it may begin.
    """

    start: MonthDay
    end: MonthDay
    since: date = date.min
    until: date = date.max

    @property
    def wraps(self) -> bool:
        """Whether the window ends in the year after the one it starts in."""
        return self.start > self.end

    @property
    def is_all_year(self) -> bool:
        """Whether each season begins as the last one ends, so that none can be missed."""
        this, following = self.starting_in(LEAP_YEAR + 1), self.starting_in(LEAP_YEAR + 2)
        return this.end + timedelta(days=1) == following.start

    def is_in_force(self, day: date) -> bool:
        """Whether a season of it may begin that day."""
        return self.since <= day <= self.until

    def speaks_on(self, day: date) -> bool:
        """Whether it is in force that day, or its season of that day began while it was."""
        return self.is_in_force(day) or any(day in season for season in occurrences(self, day))

    def starting_in(self, year: int) -> Occurrence:
        """The occurrence whose first day falls in that year."""
        end_year = year + 1 if self.wraps else year
        return Occurrence(self.start.in_year(year), self.end.in_year(end_year))


def occurrences(window: Window, around: date) -> tuple[Occurrence, ...]:
    """Last year's, this year's and next year's occurrence (by first day), in order of time.

    Those that begin while the window is in force: of one that always is, they hold the last to
    open before ``around`` and the next one after it.
    """
    years = range(around.year - 1, around.year + 2)
    seasons = (window.starting_in(year) for year in years)
    return tuple(season for season in seasons if window.is_in_force(season.start))


def occurrence_at_or_after(windows: Iterable[Window], on: date) -> Occurrence | None:
    """The season open on that day, else the next to open; None when there are no windows."""
    ahead = [
        occurrence
        for window in windows
        for occurrence in occurrences(window, on)
        if occurrence.end >= on
    ]
    return min(ahead, key=lambda o: (max(o.start, on), o.end), default=None)


def occurrence_after(windows: Iterable[Window], missed: Occurrence) -> Occurrence | None:
    """The season that follows one that was missed: the next to end later than it did."""
    return occurrence_at_or_after(windows, missed.end + timedelta(days=1))


def never_closes(windows: Iterable[Window], on: date) -> bool:
    """Whether one of them, in force that day, is open all year: nothing waits for its season."""
    return any(window.is_all_year and window.is_in_force(on) for window in windows)


def speak_on(windows: Iterable[Window], on: date) -> bool:
    """Whether these are the windows of a day: one speaks on it, and a season is open or ahead."""
    known = tuple(windows)
    is_told = any(window.speaks_on(on) for window in known)
    return is_told and occurrence_at_or_after(known, on) is not None


def places_to_try(
    *,
    department: str,
    natural_region: str,
    department_agro_region: str = "",
    municipality_agro_region: str = "",
) -> tuple[str, ...]:
    """Names of the places whose rows describe a municipality, best first, without repetition.

    Without a municipal exception: department, the agro-region of its farmland (Cauca, Nariño and
    Valle del Cauca lie in the Pacific region, their farmland in the Andes), natural region.

    A municipality with an agro-region of its own is unlike its department, so that region goes
    first: Urabá grows as the Caribbean does, not as the mountains of Antioquia. Then come the
    department's rows, for what only they know (the bananas of "Antioquia" are those of Urabá),
    and nothing else: another region's seasons would be a guess shown as a fact. The Pacific
    coast of Cauca, Nariño and Valle is kept out of the Andes in the same way.
    """
    names: tuple[str, ...]
    if municipality_agro_region:
        names = (municipality_agro_region, department)
    else:
        names = (department, department_agro_region, natural_region)
    return tuple(dict.fromkeys(name for name in names if name))


def _is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
