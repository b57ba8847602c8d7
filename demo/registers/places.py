"""Real departments, municipalities and crops, as likely as they are in the programme."""

from dataclasses import dataclass
from datetime import date

from alliances.territory.calendar import never_closes, occurrence_at_or_after
from alliances.territory.models import Department, Municipality, MunicipalityKind, Operation
from alliances.territory.selectors import CalendarBook
from demo.ground.chance import Dice
from demo.ground.words import geography

#: Share of profiles whose crop has no calendar where it grows: «no data» must be seen too.
WITHOUT_CALENDAR = 0.04


@dataclass(frozen=True)
class Place:
    """Where a profile is and what it grows."""

    department: str
    region: str
    municipality: str
    town: str
    crop: str


class Places:
    """Draws places; crops are those whose sowing has a window there."""

    def __init__(self, today: date) -> None:
        self.today = today
        self.departments = {row.code: row for row in Department.objects.order_by("code")}
        self.towns: dict[str, list[tuple[str, str]]] = {code: [] for code in self.departments}
        towns = Municipality.objects.filter(kind=MunicipalityKind.MUNICIPALITY)
        for code, name in towns.order_by("code").values_list("code", "name"):
            self.towns[code[:2]].append((code, name))
        self.names = {code: name for rows in self.towns.values() for code, name in rows}
        self.weights = {
            code: weight
            for code, weight in geography()["department_weights"].items()
            if self.towns.get(code)
        }
        self.book = CalendarBook.load()
        self._crops: dict[str, dict[str, float]] = {}

    def draw(self, dice: Dice, department: str = "") -> Place:
        """A place, of a department if it is given."""
        department = department or dice.weighted(self.weights)
        municipality, _name = dice.choice(self.towns[department])
        candidates = self.crops_in(municipality)
        if not candidates or dice.happens(WITHOUT_CALENDAR):
            crop = dice.choice(geography()["crops_without_calendar"])
        else:
            crop = dice.weighted(candidates)
        return self.place(municipality, crop)

    def place(self, municipality: str, crop: str) -> Place:
        """The place of a municipality and a crop that are known."""
        department = self.departments[municipality[:2]]
        region = department.call_region
        return Place(department.code, region, municipality, self.names[municipality], crop)

    def operations_by_season(self, municipality: str, crop: str, on: date) -> list[str]:
        """Operations whose season has an end, the one that closes first from ``on`` first."""
        ends = {}
        for operation in Operation.values:
            found = self.book.lookup(
                crop_id=crop, municipality_id=municipality, operation=operation, on=on
            )
            season = occurrence_at_or_after(found.windows, on)
            if season and not never_closes(found.windows, on):
                ends[operation] = season.end
        return sorted(ends, key=lambda operation: (ends[operation], operation))

    def crops_in(self, municipality: str) -> dict[str, float]:
        """Crops that are sown there by the calendar, with their weights."""
        if municipality not in self._crops:
            self._crops[municipality] = {
                crop: weight
                for crop, weight in geography()["crop_weights"].items()
                if self.book.lookup(
                    crop_id=crop,
                    municipality_id=municipality,
                    operation=Operation.SOWING,
                    on=self.today,
                ).has_data
            }
        return self._crops[municipality]
