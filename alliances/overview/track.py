"""The stage track of an alliance page: what is done, where it is, what comes next."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.timezone import localtime

from alliances.lifecycle.models import Alliance, Event
from alliances.lifecycle.table import MAIN_PATH, PROCESS, STAGES, Stage, Status
from alliances.territory.workdays import add_working_days


@dataclass(frozen=True)
class Step:
    """One status of the track: ``state`` is done, now, next or off (it ended elsewhere)."""

    status: Status
    state: str
    reached_on: date | None = None
    target_on: date | None = None

    @property
    def label(self) -> str:
        return str(self.status.label)


@dataclass(frozen=True)
class StageTrack:
    """One stage with its steps; ``state`` is the most advanced of them."""

    label: str
    state: str
    steps: tuple[Step, ...]

    @property
    def here(self) -> Step | None:
        """The step the alliance stands on, or the last one it passed in this stage."""
        passed = [step for step in self.steps if step.reached_on]
        return next(
            (step for step in passed if step.state == "now"), passed[-1] if passed else None
        )


def stage_track(alliance: Alliance) -> list[StageTrack]:
    """The five stages; a side status (returned, suspended…) takes its place in its stage."""
    moves = Event.objects.filter(alliance=alliance).exclude(to_status="").order_by("sequence")
    reached = {Status.DRAFT: localtime(alliance.created_at).date()} | {
        Status(move.to_status): localtime(move.at).date() for move in moves
    }
    now = Status(alliance.status)
    here = _position(now, tuple(reached))
    tracks = []
    for stage in STAGES:
        steps = [_step(alliance, status, here, reached) for status in _shown(stage, now)]
        tracks.append(_stage(stage, steps))
    return tracks


def _shown(stage: Stage, now: Status) -> list[Status]:
    main, ends = STAGES[stage]
    return [*main, *(status for status in ends if status == now)]


def _position(now: Status, reached: Sequence[Status]) -> int:
    """How far along the main path the alliance is, or was before it left it."""
    if now in MAIN_PATH:
        return MAIN_PATH.index(now)
    return max(MAIN_PATH.index(status) for status in reached if status in MAIN_PATH)


def _step(alliance: Alliance, status: Status, here: int, reached: dict[Status, date]) -> Step:
    now = Status(alliance.status)
    if status == now:
        return Step(status, "now", reached.get(status), target_of(alliance))
    if status not in MAIN_PATH or MAIN_PATH.index(status) <= here:
        return Step(status, "done" if status in reached else "off", reached.get(status))
    return Step(status, "off" if alliance.is_final else "next")


def target_of(alliance: Alliance) -> date | None:
    """The day by which it should have left its status; None where there is no target."""
    days = [row.target_days for row in PROCESS.leaving(alliance.status) if row.target_days]
    since = localtime(alliance.status_since).date()
    return add_working_days(since, max(days)) if days else None


def _stage(stage: Stage, steps: list[Step]) -> StageTrack:
    states = {step.state for step in steps}
    state = next((s for s in ("now", "next", "off") if s in states), "done")
    return StageTrack(str(stage.label), state, tuple(steps))
