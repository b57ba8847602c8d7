"""The three columns of the home page, gathered from the rooms of every app."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from alliances.field import home as field
from alliances.lifecycle import home as lifecycle
from alliances.lifecycle.desk import Desk
from alliances.lifecycle.home import HomeItem, by_urgency
from alliances.people.models import Membership
from alliances.people.roles import Role
from alliances.preparation import home as preparation
from alliances.selection import home as selection
from alliances.trade import home as trade
from evaluation.runs import home as evaluation
from fiduciary.disbursements import home as disbursements

Gather = Callable[[Desk], list[HomeItem]]
#: Rooms that know better than the transition table what to say about an alliance.
ROOMS: tuple[Gather, ...] = (
    disbursements.waiting_for,  # the first to judge: what the others judge is read with its own
    preparation.waiting_for,
    selection.waiting_for,
    trade.waiting_for,
    field.waiting_for,
    evaluation.waiting_for,
)
ROWS = 12


@dataclass(frozen=True)
class Home:
    """What waits for me, what I wait for from others, and what changed."""

    waiting: list[HomeItem]
    expecting: list[HomeItem]
    changed: list[HomeItem]
    more_waiting: bool = False
    more_expecting: bool = False


def home_of(membership: Membership, at: datetime) -> Home:
    """The home page of one membership: each column short, the most urgent first."""
    desk = Desk(membership, at, also=selection.STATUSES.get(Role(membership.role), ()))
    rooms = [item for gather in ROOMS for item in gather(desk)]
    covered = {item.alliance_id for item in rooms}
    others = lifecycle.waiting_for(desk)
    waiting = by_urgency([*rooms, *(item for item in others if item.alliance_id not in covered)])
    expecting = by_urgency([*disbursements.expected_by(desk), *lifecycle.expected_by(desk)])
    return Home(
        waiting=waiting[:ROWS],
        expecting=expecting[:ROWS],
        changed=lifecycle.changes_for(membership),
        more_waiting=len(waiting) > ROWS,
        more_expecting=len(expecting) > ROWS,
    )
