"""The dates that an alliance has ahead: each room that knows one tells it, and none is imported."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date

from alliances.lifecycle.models import Alliance
from kit.tones import Tone


@dataclass(frozen=True)
class DateAhead:
    """A day by which something must have happened, and where it is done.

    ``slack``: working days to spare before the crop needs it, where a clock runs.
    """

    on: date
    label: str
    tone: Tone = Tone.PLAIN
    url: str = ""
    slack: int | None = None


Teller = Callable[[Alliance, date], Iterable[DateAhead]]
_tellers: list[Teller] = []


def tells_dates(function: Teller) -> Teller:
    """Register a room's dates of an alliance, seen from a day."""
    _tellers.append(function)
    return function


def dates_ahead(alliance: Alliance, today: date, most: int = 3) -> list[DateAhead]:
    """The nearest ones, what is late first; of what is over rooms tell nothing."""
    rows = (row for teller in _tellers for row in teller(alliance, today))
    return sorted(rows, key=lambda row: row.on)[:most]
