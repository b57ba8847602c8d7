"""The three columns of the home page, gathered from the rooms of every app."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from alliances.field import home as field
from alliances.lifecycle import home as lifecycle
from alliances.lifecycle.desk import Desk
from alliances.lifecycle.home import HomeItem, by_urgency
from alliances.lifecycle.selectors import can_read_rows
from alliances.people.models import Membership
from alliances.people.roles import Role
from alliances.preparation import home as preparation
from alliances.selection import home as selection
from alliances.trade import home as trade
from evaluation.runs import home as evaluation
from fiduciary.disbursements import home as disbursements
from fiduciary.programme import home as programme

Gather = Callable[[Desk], list[HomeItem]]
#: Rooms that know better than the transition table what to say about an alliance.
ROOMS: tuple[Gather, ...] = (
    disbursements.waiting_for,  # the first to judge: what the others judge is read with its own
    preparation.waiting_for,
    selection.waiting_for,
    trade.waiting_for,
    field.waiting_for,
    evaluation.waiting_for,
    programme.waiting_for,
)
ROWS = 12


@dataclass(frozen=True)
class ReadablePlace:
    """A place that somebody who reads aggregates may go to, and what it tells."""

    label: str
    why: str
    url: str


@dataclass(frozen=True)
class Home:
    """What waits for me, what I wait for from others, and what changed.

    ``reads``: in place of the last two, what there is for who reads aggregates, with the reason.
    """

    waiting: list[HomeItem]
    expecting: list[HomeItem]
    changed: list[HomeItem]
    more_waiting: bool = False
    more_expecting: bool = False
    reads: tuple[ReadablePlace, ...] = ()
    reads_why: str = ""


def home_of(membership: Membership, at: datetime) -> Home:
    """The home page of one membership: each column short, the most urgent first."""
    rows = can_read_rows(membership)
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
        reads=() if rows else _readable_places(),
        reads_why=rows.reason,
    )


def _readable_places() -> tuple[ReadablePlace, ...]:
    """What policy reads."""
    places = (
        (
            _("The programme in aggregates"),
            _("How far alliances came, money, lateness and producers, by call and department."),
            "fiduciary:programme",
        ),
        (
            _("Calls"),
            _("Rules, rubric, limits and duties of each call, as they were sealed."),
            "alliances:call-list",
        ),
        (
            _("Evaluation"),
            _("Studies as they were written down, and the results of their runs."),
            "evaluation:run-list",
        ),
    )
    return tuple(ReadablePlace(label, why, reverse(name)) for label, why, name in places)
