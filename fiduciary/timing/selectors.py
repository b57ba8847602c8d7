"""Which season counts for an operation of an alliance: its own override, else the calendar."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Self

from alliances.lifecycle.models import Alliance
from alliances.territory.calendar import Occurrence, never_closes, occurrence_at_or_after
from alliances.territory.selectors import CalendarBook, WindowLookup
from fiduciary.timing.clock import Leads, next_servable
from fiduciary.timing.models import WindowOverride
from kit.text import shortened


@dataclass(frozen=True)
class Season:
    """The window aimed at, the next one that could still be served, and whose word they are."""

    target: Occurrence | None = None
    following: Occurrence | None = None
    unlimited: bool = False
    source: str = ""


@dataclass(frozen=True)
class SeasonBook:
    """Calendars and overrides in memory: any number of operations costs the same queries."""

    calendar: CalendarBook
    overrides: Mapping[tuple[int, str, str], WindowOverride]

    @classmethod
    def load(cls, alliances: Iterable[Alliance], crop_ids: Iterable[str]) -> Self:
        """What is known of these alliances and crops. Keep it for one request, not longer.

        The alliances come with their municipality and its department.
        """
        rows = list(alliances)
        overrides = (
            WindowOverride.objects.filter(alliance__in=rows)
            .select_related("recorded_by")
            .order_by("recorded_at", "pk")
        )
        return cls(
            calendar=CalendarBook.load(
                crop_ids=crop_ids, municipalities=[row.municipality for row in rows]
            ),
            overrides={(row.alliance_id, row.crop_id, row.operation): row for row in overrides},
        )

    def lookup(self, alliance: Alliance, crop_id: str, operation: str, on: date) -> WindowLookup:
        """The calendar's windows of a day for this place, whatever the alliance overrode."""
        return self.calendar.lookup(
            crop_id=crop_id, municipality_id=alliance.municipality_id, operation=operation, on=on
        )

    def season(
        self,
        *,
        alliance: Alliance,
        crop_id: str | None,
        operation: str,
        wanted_on: date,
        today: date,
        leads: Leads,
    ) -> Season:
        """The season for something wanted from ``wanted_on``; empty when nothing is known.

        What is not for a field operation (a salary, a study) waits for no season. The season
        depends on the day the thing was wanted, not on today, so that a missed one stays missed; so
        do the windows, which are those of that day and what follows them.
        """
        if not crop_id or not operation:
            return Season(unlimited=True)
        lookup = self.lookup(alliance, crop_id, operation, wanted_on)
        override = self.overrides.get((alliance.pk, crop_id, operation))
        if override and override.ends_on >= wanted_on:
            target: Occurrence | None = override.occurrence
            source = f"{override.recorded_by.display_name}: {override.reason}"
        else:
            if never_closes(lookup.windows, wanted_on):
                return Season(unlimited=True, source=lookup.source)
            target, source = occurrence_at_or_after(lookup.windows, wanted_on), lookup.source
        if target is None:
            return Season(source=shortened(source, 250))
        ahead = self.lookup(alliance, crop_id, operation, max(target.end, today)).windows
        following = next_servable(ahead, target, leads, today)
        return Season(target, following, source=shortened(source, 250))
