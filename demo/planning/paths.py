"""Which verbs bring a profile to a status, with the detours that real ones take."""

from collections import deque
from functools import cache

from alliances.lifecycle.table import TRANSITIONS, Status
from demo.ground.chance import Dice

S = Status
#: Where those who leave stop: before a decision, or once selected.
LEAVE_EARLY = (S.SUBMITTED, S.SUBMITTED, S.ELIGIBLE, S.SCORED)
LEAVE_LATE = (S.SELECTED, S.PREPARING)
#: Where alliances break up, as often as written here.
BREAKS_UP = {S.EXECUTING: 0.4, S.SUSPENDED: 0.25, S.CLOSED: 0.2, S.FUND_OPERATING: 0.15}

PROFILE_RETURNED = 0.12
JUDGED = {("submit", "verify"), ("submit", "reject")}
WAITED_BEFORE = {"select": 0.05, "decline": 0.05}
STUDY_RETURNED = 0.2
STUDIED = ("submit_study", "declare_viable")
SUSPENDED_ONCE = 0.12


@cache
def shortest(status: Status) -> tuple[str, ...]:
    """The fewest verbs of the transition table from draft to ``status``."""
    ways: dict[Status, tuple[str, ...]] = {S.DRAFT: ()}
    queue = deque([S.DRAFT])
    while status not in ways:
        here = queue.popleft()
        for row in TRANSITIONS:
            if here in row.sources and row.target not in ways:
                ways[row.target] = (*ways[here], row.verb)
                queue.append(row.target)
    return ways[status]


def verbs_to(status: Status, *, got_in: bool, dice: Dice) -> list[str]:
    """The verbs of one history, detours included."""
    return _with_detours(list(_way(status, got_in, dice)), dice)


def _way(status: Status, got_in: bool, dice: Dice) -> tuple[str, ...]:
    if status == S.WITHDRAWN:
        left = dice.choice(LEAVE_LATE if got_in else LEAVE_EARLY)
        return (*shortest(left), "withdraw")
    if status == S.RUPTURED:
        return (*shortest(dice.weighted(BREAKS_UP)), "rupture")
    return shortest(status)


def _with_detours(verbs: list[str], dice: Dice) -> list[str]:
    found: list[str] = []
    for place, verb in enumerate(verbs):
        pair = (verb, verbs[place + 1] if place + 1 < len(verbs) else "")
        if verb in WAITED_BEFORE and dice.happens(WAITED_BEFORE[verb]):
            found.append("waitlist")
        if verb == "close" and dice.happens(SUSPENDED_ONCE):
            found += ["suspend", "resume"]
        found.append(verb)
        if pair in JUDGED and dice.happens(PROFILE_RETURNED):
            found += ["return_profile", "submit"]
        if pair == STUDIED and dice.happens(STUDY_RETURNED):
            found += ["return_study", "submit_study"]
    return found
