"""What the rooms of the seed share: the day, chance, ids, and the profiles being planned."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any

from alliances.calls.models import Call, CallRegion
from alliances.lifecycle.duties import Duty
from alliances.lifecycle.table import Status
from alliances.territory.models import Crop, MinimumWage
from alliances.territory.workdays import is_working_day
from paap.seed.chance import BOGOTA, Dice, dice, numbers
from paap.seed.shape import Share
from paap.seed.writing import Ids

if TYPE_CHECKING:
    from numpy.random import Generator

    from paap.seed.bodies import Bodies
    from paap.seed.cast import Cast
    from paap.seed.documents import Documents
    from paap.seed.ledger import Ledger
    from paap.seed.places import Places
    from paap.seed.requests import Ask

FIRST_DAY = date(2016, 1, 1)
NEVER = datetime(1, 1, 1, tzinfo=BOGOTA)


@dataclass(frozen=True)
class Hand:
    """Somebody who acts: ids of the person, the organisation and the membership."""

    user: int
    organisation: int
    membership: int


@dataclass(frozen=True, slots=True)
class Act:
    """An event to be written; ``alliance`` None is the programme's own chain."""

    at: datetime
    alliance: int | None
    verb: str
    duty: str
    hand: Hand | None
    from_status: str = ""
    to_status: str = ""
    reason: str = ""
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Question:
    """A criterion of a rubric with the ids and points of its options, from fewest to most."""

    criterion: int
    position: int
    weight: int
    options: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class CallSheet:
    """A call with what the seed needs of it at hand."""

    key: str
    call: Call
    regions: dict[str, CallRegion]
    rubric: tuple[Question, ...]
    receives_until: date  # the last day on which a profile may be created by now

    @property
    def is_recommended(self) -> bool:
        return self.call.regime == "recommended"


@dataclass(frozen=True)
class Crew:
    """Who does what on one alliance."""

    promoter: Hand
    verifier: Hand
    adviser: Hand
    scorer: Hand
    committee: Hand
    director: Hand
    supervisor: Hand
    approver: Hand
    oga: Hand
    trustee: Hand
    organisation: Hand
    ally: Hand
    manager: Hand

    def of(self, duty: str) -> Hand:
        """Who exercises a duty of the transition table."""
        return {
            Duty.PROMOTE: self.promoter,
            Duty.VERIFY: self.verifier,
            Duty.ADVISE: self.adviser,
            Duty.SCORE: self.scorer,
            Duty.SELECT: self.committee,
            Duty.DIRECT: self.director,
            Duty.SUPERVISE: self.supervisor,
            Duty.APPROVE: self.approver,
            Duty.ACCOMPANY: self.oga,
            Duty.REQUEST: self.oga,
            Duty.PAY: self.trustee,
            Duty.REPRESENT: self.organisation,
        }[Duty(duty)]


@dataclass
class Profile:
    """One alliance as it will be: its facts, the path it went and how it fared."""

    pk: int
    code: str
    name: str
    sheet: CallSheet
    share: Share
    department: str
    region: str
    municipality: str
    crop: str
    organisation: int
    founded_on: date
    ally: int | None
    route: str
    size: int
    incentive_cop: int
    total_cop: int
    crew: Crew
    is_in_cluster: bool = False
    link: float = 0.5  # strength of the tie with the ally, 0 to 1: behaviour and answers follow it
    created_at: datetime = NEVER
    moves: list[Act] = field(default_factory=list)
    first_producer: int = 0
    score: float | None = None
    lines: tuple[int, ...] = ()  # index of the option chosen for each question of the rubric

    @property
    def status(self) -> Status:
        return self.share.status

    @property
    def producers(self) -> range:
        """Ids of its producers."""
        return range(self.first_producer, self.first_producer + self.size)

    @property
    def cutoff(self) -> float:
        return float(self.sheet.regions[self.region].cutoff)

    def when(self, *statuses: str) -> datetime | None:
        """When it first entered any of these statuses."""
        return next((move.at for move in self.moves if move.to_status in statuses), None)

    @cached_property
    def reached(self) -> dict[str, datetime]:
        """The first moment of each status it was in."""
        found: dict[str, datetime] = {}
        for move in self.moves:
            found.setdefault(move.to_status, move.at)
        return found

    @property
    def started_at(self) -> datetime | None:
        """When execution started."""
        return self.reached.get(Status.EXECUTING)

    @property
    def left_execution_at(self) -> datetime | None:
        """When it was closed or broke up; None while it executes."""
        ends = (self.reached.get(status) for status in (Status.CLOSED, Status.RUPTURED))
        return min((at for at in ends if at), default=None)


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

    def between(self, start: date, end: date) -> int:
        """Working days after ``start`` up to ``end``."""
        return bisect_right(self.days, end) - bisect_right(self.days, start)

    def __getitem__(self, number: int) -> date:
        return self.days[max(0, min(number, self.last))]


class World:
    """The portfolio in the making."""

    places: "Places"
    bodies: "Bodies"
    documents: "Documents"
    ledger: "Ledger"
    cast: "Cast"
    calls: dict[str, CallSheet]

    def __init__(self, *, scale: float, seed: int, today: date) -> None:
        self.scale, self.seed, self.today = scale, seed, today
        self.now = datetime.combine(today, time(6), BOGOTA)
        self.days = WorkDays(today)
        self.ids = Ids()
        self.profiles: list[Profile] = []
        self.acts: list[Act] = []
        self.asks: list[Ask] = []
        self.return_reasons: list[str] = []
        self.names: list[str] = []  # full names of all producers, in the order of their ids
        self._taken: dict[str, int] = defaultdict(int)

    def dice(self, purpose: str) -> Dice:
        """A stream of chance of its own."""
        return dice(self.seed, purpose)

    def numbers(self, purpose: str) -> "Generator":
        """A stream for arrays of its own."""
        return numbers(self.seed, purpose)

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
