"""The dates that alliances have ahead: each room that knows some tells them, none is imported."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from alliances.lifecycle.models import Alliance
from kit.tones import Tone


@dataclass(frozen=True)
class DateAhead:
    """A day by which something must have happened, and where it is done.

    ``slack``: working days to spare before the crop needs it, where a clock runs. ``is_target``: of
    the step on which the alliance stands.
    """

    on: date
    label: str
    tone: Tone = Tone.PLAIN
    url: str = ""
    slack: int | None = None
    is_target: bool = False


#: Of several alliances at once, so that many cost no more queries than one: key and date.
Teller = Callable[[Sequence[Alliance], date], Iterable[tuple[int, DateAhead]]]
_tellers: list[Teller] = []


def tells_dates(function: Teller) -> Teller:
    """Register a room's dates of some alliances, seen from a day."""
    _tellers.append(function)
    return function


def dates_ahead(alliance: Alliance, today: date, most: int = 3) -> list[DateAhead]:
    """The nearest ones, what is late first; of what is over rooms tell nothing."""
    return dates_of_each([alliance], today, most)[alliance.pk]


def dates_of_each(
    alliances: Sequence[Alliance], today: date, most: int = 3
) -> dict[int, list[DateAhead]]:
    """``dates_ahead`` of each alliance by its key; ``call`` must be loaded."""
    rows: dict[int, list[DateAhead]] = {alliance.pk: [] for alliance in alliances}
    for teller in _tellers:
        for key, row in teller(alliances, today):
            rows[key].append(row)
    return {key: sorted(some, key=lambda row: row.on)[:most] for key, some in rows.items()}
