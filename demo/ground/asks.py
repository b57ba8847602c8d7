"""What is planned of the money of each alliance: the lines of its plan, and who asks for them."""

from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from demo.ground.plan import Hand, Profile
from fiduciary.disbursements.models import ProtocolStep
from fiduciary.disbursements.models.request import StayOutcome
from fiduciary.disbursements.services.checks import OFF_PLAN
from fiduciary.disbursements.table import RequestStatus, Verb

R = RequestStatus


@dataclass(frozen=True)
class Line:
    """A line of a plan."""

    pk: int
    concept: str
    operation: str
    amount: int
    planned_on: date
    account: int


@dataclass(frozen=True)
class Stay:
    """Time at one step; ``left_at`` None while it is still there."""

    step: ProtocolStep
    entered_at: datetime
    left_at: datetime | None = None
    working_days: int | None = None
    outcome: StayOutcome | None = None
    hand: Hand | None = None
    reason: str | None = None


@dataclass
class Ask:
    """A request as it will be written."""

    pk: int
    profile: Profile
    line: Line
    amount: int
    payee: tuple[str, str]
    leads: tuple[int, int]  # delivery in calendar days, contracting in working days
    key: UUID
    requested_at: datetime
    way: list[ProtocolStep]
    departure: str = ""
    is_drawn: bool = False
    stays: list[Stay] = field(default_factory=list)
    status: R = R.REQUESTED
    payment: int | None = None

    @property
    def is_off_plan(self) -> bool:
        """As its requester said, or as whoever returned it found."""
        return bool(self.departure) or any(stay.reason == OFF_PLAN for stay in self.stays)

    @property
    def cleared(self) -> tuple[datetime, int] | None:
        """The no objection that still holds: what is returned has lost it."""
        return None if self.status in (R.RETURNED, R.CANCELLED) else self.done(Verb.CLEAR)

    def done(self, verb: Verb) -> tuple[datetime, int] | None:
        """When, at last, and by whom the step of this verb was completed."""
        for stay in reversed(self.stays):
            is_done = stay.step.verb == verb and stay.outcome == StayOutcome.DONE
            if is_done and stay.left_at and stay.hand:
                return stay.left_at, stay.hand.user
        return None
