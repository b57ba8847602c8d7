"""Where things stand in a drawing, as percentages for SVG attributes. Pure: no template, no query.

Positions are percentages, not a viewBox, so that a drawing stretches while its text keeps its
size on a phone.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from alliances.territory.calendar import Occurrence

LABEL_SHARE = 44.0
"""How much of the width a label such as «se necesita el 12 mar» takes on a phone, in per cent."""


@dataclass(frozen=True)
class Mark:
    """A day on the axis: where it is, and which way its label must grow to stay inside."""

    on: date
    x: str
    anchor: str = "middle"


@dataclass(frozen=True)
class Span:
    """A stretch of the axis with its two ends, as dates and as places."""

    start: date
    end: date
    x: str
    width: str
    label: Mark


@dataclass(frozen=True)
class WindowBand:
    """A crop window with today, the forecast of payment and the day it is needed."""

    windows: tuple[Span, ...]
    forecast: Span | None
    today: Mark
    need_by: Mark | None
    months: tuple[Mark, ...]


@dataclass(frozen=True)
class Bar:
    """One bar from zero to its value, with its interval where it has one."""

    row: Any
    x: str
    width: str
    low: str
    high: str


def at(percentage: float) -> str:
    """A place as SVG writes it, the same in every language."""
    return f"{percentage:.2f}%"


def share_of(part: Decimal | float | None, whole: Decimal | float | None) -> str:
    """``part`` as a percentage of ``whole`` between 0 and 100; of nothing it is 0."""
    if not part or not whole:
        return at(0)
    return at(min(100.0, max(0.0, float(part) / float(whole) * 100)))


class _Axis:
    """Days from left to right."""

    def __init__(self, days: Iterable[date]) -> None:
        known = sorted(days)
        margin = max(timedelta(days=7), (known[-1] - known[0]) * 0.06)
        self.first = known[0] - margin
        self.last = known[-1] + margin

    def place(self, day: date) -> float:
        return (day - self.first) / (self.last - self.first) * 100

    def mark(self, day: date) -> Mark:
        place = self.place(day)
        anchor = "start" if place < LABEL_SHARE / 2 else "middle"
        anchor = "end" if place > 100 - LABEL_SHARE / 2 else anchor
        return Mark(day, at(place), anchor)

    def span(self, start: date, end: date) -> Span:
        left, right = self.place(start), self.place(end + timedelta(days=1))
        is_cramped = left > 100 - LABEL_SHARE
        label = Mark(end, at(right), "end") if is_cramped else Mark(start, at(left), "start")
        return Span(start, end, at(left), at(right - left), label)

    def months(self) -> tuple[Mark, ...]:
        """First days of months, thinned to at most seven."""
        firsts, day = [], self.first.replace(day=1)
        while day <= self.last:
            if day >= self.first:
                firsts.append(day)
            day = (day + timedelta(days=32)).replace(day=1)
        step = -(-len(firsts) // 7) or 1
        return tuple(self.mark(day) for day in firsts[::step])


def window_band(
    *,
    windows: Sequence[Occurrence],
    today: date,
    p50_on: date | None,
    p90_on: date | None,
    need_by_on: date | None,
) -> WindowBand:
    """The drawing of one request against its crop windows."""
    ends = [day for window in windows for day in (window.start, window.end)]
    axis = _Axis([today, *ends, *(day for day in (p50_on, p90_on, need_by_on) if day)])
    return WindowBand(
        windows=tuple(axis.span(window.start, window.end) for window in windows),
        forecast=axis.span(p50_on, p90_on) if p50_on and p90_on else None,
        today=axis.mark(today),
        need_by=axis.mark(need_by_on) if need_by_on else None,
        months=axis.months(),
    )


def bars(rows: Sequence[Any]) -> tuple[tuple[Bar, ...], str]:
    """Bars on a common scale that holds zero and every interval, and where zero is.

    Rows have ``value`` and may have ``low`` and ``high`` (the interval), as keys or attributes.
    """
    figures = [
        float(figure)
        for row in rows
        for figure in (_get(row, "value"), _get(row, "low"), _get(row, "high"))
        if figure is not None
    ]
    low, high = min([0.0, *figures]), max([0.0, *figures])
    span = high - low or 1.0

    def place(figure: Any) -> str:
        return "" if figure is None else at((float(figure) - low) / span * 100)

    drawn = tuple(
        Bar(
            row=row,
            x=place(min(0.0, float(_get(row, "value") or 0))),
            width=at(abs(float(_get(row, "value") or 0)) / span * 100),
            low=place(_get(row, "low")),
            high=place(_get(row, "high")),
        )
        for row in rows
    )
    return drawn, place(0)


def _get(row: Any, name: str) -> Any:
    return row.get(name) if isinstance(row, dict) else getattr(row, name, None)
