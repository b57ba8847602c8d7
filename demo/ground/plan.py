"""What is planned of each alliance before a row is written: its path, its people, its facts."""

from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any

from alliances.calls.models import Call, CallRegion
from alliances.lifecycle.duties import RECOMMENDED, Duty
from alliances.lifecycle.table import Status
from demo.ground.chance import BOGOTA
from demo.ground.shape import Share

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
        return self.call.regime == RECOMMENDED.code


@dataclass(frozen=True)
class Crew:
    """Who does what on one alliance."""

    promoter: Hand
    checker: Hand  # of the promoter's own body: their score is recorded and binds nobody
    verifier: Hand
    adviser: Hand
    scorer: Hand
    committee: Hand
    director: Hand
    supervisor: Hand
    oga: Hand
    clearer: Hand
    approver: Hand
    payer: Hand
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
            Duty.ACCOMPANY: self.oga,
            Duty.REQUEST: self.oga,
            Duty.CLEAR: self.clearer,
            Duty.APPROVE: self.approver,
            Duty.PAY: self.payer,
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
