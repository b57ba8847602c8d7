"""What the rooms of the seed share: the day, chance, ids, and the profiles being planned."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any

from alliances.territory.models import Crop, MinimumWage
from alliances.territory.workdays import is_working_day
from demo.ground.asks import Ask
from demo.ground.chance import BOGOTA, Dice, dice, numbers
from demo.ground.plan import Act, CallSheet, Hand, Profile
from demo.ground.writing import Ids
from demo.registers.bodies import Bodies
from demo.registers.cast import Cast
from demo.registers.documents import Documents
from demo.registers.ledger import Ledger
from demo.registers.places import Places

if TYPE_CHECKING:
    from numpy.random import Generator

FIRST_DAY = date(2016, 1, 1)


class WorkDays:
    """Working days from 2016 to the last one before today, by number."""

    def __init__(self, today: date) -> None:
        span = (FIRST_DAY + timedelta(days=n) for n in range((today - FIRST_DAY).days))
        self.days = [day for day in span if is_working_day(day)]

    @property
    def last(self) -> int:
        return len(self.days) - 1

    def number(self, day: date) -> int:
        """The number of that day, or of the next working day."""
        return min(bisect_left(self.days, day), self.last)

    def __getitem__(self, number: int) -> date:
        return self.days[max(0, min(number, self.last))]


class World:
    """The portfolio in the making. The first steps set the places, bodies, cast and calls."""

    places: Places
    bodies: Bodies
    cast: Cast
    calls: dict[str, CallSheet]

    def __init__(self, *, scale: float, seed: int, today: date) -> None:
        self.scale, self.seed, self.today = scale, seed, today
        self.now = datetime.combine(today, time(6), BOGOTA)
        self.days = WorkDays(today)
        self.ids = Ids()
        self.profiles: list[Profile] = []
        self.acts: list[Act] = []
        self.asks: list[Ask] = []
        self.documents = Documents(self.ids, self.acts, self.dice("documents"))
        self.ledger = Ledger(self.ids)
        self.return_reasons: list[str] = []
        self._taken: dict[str, int] = defaultdict(int)

    def dice(self, purpose: str) -> Dice:
        """A stream of chance of its own."""
        return dice(self.seed, purpose)

    def numbers(self, purpose: str) -> "Generator":
        """A stream for arrays of its own."""
        return numbers(self.seed, purpose)

    def moment(self, start: datetime, end: datetime, share: float, dice: Dice) -> datetime:
        """An office hour of a working day, that share of the way from ``start`` to ``end``."""
        first, last = self.days.number(start.date()), self.days.number(end.date())
        at = dice.in_office(self.days[first + round((last - first) * share)])
        brief = min(timedelta(minutes=20), (end - start) / 4)
        return min(max(at, start + brief), end - brief)

    def next_of(self, name: str) -> int:
        """The next number of a series, from one."""
        self._taken[name] += 1
        return self._taken[name]

    @cached_property
    def wage_year(self) -> int:
        """The latest year up to today's whose minimum wage is known."""
        return max(year for year in self.minimum_wages if year <= self.today.year)

    @cached_property
    def minimum_wages(self) -> dict[int, Decimal]:
        """Monthly minimum wage (COP) by year."""
        return dict(MinimumWage.objects.values_list("year", "monthly_cop"))

    @cached_property
    def crop_names(self) -> dict[str, str]:
        """The Spanish name of each crop, short."""
        return {
            code: name.split(" (")[0] for code, name in Crop.objects.values_list("code", "name_es")
        }

    def is_demo(self, profile: Profile) -> bool:
        """Whether the demo's people meet here: what waits must be ready for them."""
        return profile.crew.oga == self.bodies.ogas[0].staff[0]

    def executed(self) -> Iterator[tuple[Profile, datetime]]:
        """Profiles whose execution started, and when."""
        for profile in self.profiles:
            if started_at := profile.started_at:
                yield profile, started_at

    def act(
        self,
        profile: Profile,
        at: datetime,
        verb: str,
        duty: str,
        hand: Hand,
        data: dict[str, Any],
        reason: str = "",
    ) -> None:
        """Keep an act that changes no status, to be written in its place of the chain."""
        self.acts.append(Act(at, profile.pk, verb, duty, hand, reason=reason, data=data))
