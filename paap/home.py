"""The three columns of the home page, gathered from the rooms of every app."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from alliances.field import home as field
from alliances.lifecycle import home as lifecycle
from alliances.lifecycle.desk import LIMIT, Desk, task_label, task_page
from alliances.lifecycle.home import Debtor, HomeItem, by_urgency, debtors
from alliances.lifecycle.selectors import can_read_rows
from alliances.overview.own import can_have_cards
from alliances.people.models import Membership
from alliances.people.roles import KEEPERS, Role
from alliances.preparation import home as preparation
from alliances.selection import home as selection
from alliances.trade import home as trade
from evaluation.runs import home as evaluation
from fiduciary.disbursements import home as disbursements
from fiduciary.programme import home as programme

Gather = Callable[[Desk], list[HomeItem]]
#: Rooms that know better than the transition table what to say about an alliance.
ROOMS: tuple[Gather, ...] = (
    preparation.waiting_for,
    selection.waiting_for,
    trade.waiting_for,
    field.waiting_for,
    evaluation.waiting_for,
    programme.waiting_for,
)
#: Rooms whose tasks are in none of the lists that are counted.
WITHOUT_LIST: tuple[Gather, ...] = (
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
class TaskKind:
    """All that waits for one kind of act: how many, and the list of exactly these.

    ``total``: things to be done, where one row of the list may hold several.
    """

    name: str
    label: str
    count: int
    url: str
    total: int


@dataclass(frozen=True)
class Home:
    """What waits for me, what I wait for from others, and what changed.

    ``since``: when this person came last; None when they never had. ``news_count``: alliances that
    others changed since then.
    ``reads``: in place of the last two, what there is for who reads aggregates, with the reason.
    """

    waiting: list[HomeItem]
    expecting: list[Debtor]
    changed: list[HomeItem]
    kinds: tuple[TaskKind, ...] = ()
    waiting_count: int = 0
    expecting_count: int = 0
    since: datetime | None = None
    news_count: int = 0
    news_url: str = ""
    reads: tuple[ReadablePlace, ...] = ()
    reads_why: str = ""
    reads_next: str = ""
    cards_url: str = ""  # where one's own alliances are told as cards


@dataclass(frozen=True)
class Waiting:
    """All that waits for one member, the most urgent first, and each kind of it counted whole."""

    items: list[HomeItem]
    kinds: tuple[TaskKind, ...]
    count: int


def desk_of(membership: Membership, at: datetime, rows: int = LIMIT) -> Desk:
    """What this member sees at that moment; ``rows``: how many each room tells of."""
    also = selection.STATUSES.get(Role(membership.role), ())
    return Desk(membership, at, also=also, rows=rows)


def waiting_at(desk: Desk) -> Waiting:
    """What waits for the member of the desk: for home, and for the mail of the day."""
    held = disbursements.held_requests(desk)  # judges first: what others judge is read along
    by_room = {gather: gather(desk) for gather in ROOMS}
    rooms = [*held.items, *(item for items in by_room.values() for item in items)]
    covered = {item.alliance_id for item in rooms}
    others = [row for row in lifecycle.waiting_for(desk) if row.alliance_id not in covered]
    items = by_urgency([*rooms, *others, *lifecycle.unblocking(desk)])
    can_read = can_read_rows(desk.membership)
    kinds = task_kinds(desk, held.count if held.items else 0) if can_read else ()
    others_count = sum(len(by_room[gather]) for gather in WITHOUT_LIST)
    count = sum(kind.total for kind in kinds) + others_count
    return Waiting(items, kinds, max(count, len(items[:ROWS])))


def home_of(membership: Membership, at: datetime, since: datetime | None = None) -> Home:
    """The home page of one membership: each column short, the most urgent first."""
    desk = desk_of(membership, at)
    waiting = waiting_at(desk)
    can_read = can_read_rows(membership)
    expecting = [*disbursements.expected_by(desk), *lifecycle.expected_by(desk)]
    changes = lifecycle.changes_for(membership, since)
    return Home(
        waiting=waiting.items[:ROWS],
        expecting=debtors(expecting),
        changed=changes.latest,
        kinds=waiting.kinds,
        waiting_count=waiting.count,
        expecting_count=sum(row.count for row in expecting),
        since=since,
        news_count=changes.count,
        news_url=changes.url,
        reads=() if can_read else _readable_places(membership),
        reads_why=can_read.reason,
        reads_next=_what_comes(membership),
        cards_url=reverse("alliances:own-alliances") if can_have_cards(membership) else "",
    )


def task_kinds(desk: Desk, requests: int) -> tuple[TaskKind, ...]:
    """What waits for this member by kind of act, the most first; each count is its list's."""
    kinds = [
        TaskKind(
            name,
            label=task_label(name),
            count=count,
            url=f"{reverse(task_page(name))}?{urlencode({'task': name})}",
            total=desk.total_of(name, count),
        )
        for name, count in desk.counts.items()
    ]
    if requests:
        url = reverse("fiduciary:request-list")
        label = _("Disbursement requests")
        kinds.append(TaskKind(disbursements.TASK, label, requests, url, total=requests))
    return tuple(sorted(kinds, key=lambda kind: -kind.count))


_OF_POLICY = (
    (
        gettext_lazy("The programme in aggregates"),
        gettext_lazy(
            "How far alliances came, money, lateness and producers, by call and department."
        ),
        "fiduciary:programme",
    ),
    (
        gettext_lazy("Calls"),
        gettext_lazy("Rules, rubric, limits and duties of each call, as they were sealed."),
        "alliances:call-list",
    ),
    (
        gettext_lazy("Evaluation"),
        gettext_lazy("Studies as they were written down, and the results of their runs."),
        "evaluation:run-list",
    ),
)
_OF_KEEPERS = (
    (
        gettext_lazy("Bodies"),
        gettext_lazy("Register them, change them, invite their people."),
        "alliances:body-list",
    ),
    (
        gettext_lazy("People"),
        gettext_lazy("Who has which role, since when and until when."),
        "alliances:person-list",
    ),
    (
        gettext_lazy("Invitations"),
        gettext_lazy("Who has not come in yet, and what waits for a second administrator."),
        "alliances:invitation-list",
    ),
    (
        gettext_lazy("Quarterly review"),
        gettext_lazy(
            "Every role in force, when its person was last seen, and what no longer holds."
        ),
        "alliances:membership-review",
    ),
)


def _what_comes(membership: Membership) -> str:
    """What would wait for whoever reads no alliance."""
    if membership.role in KEEPERS:
        return _("What waits for a second administrator is among the invitations.")
    return _("Departments where money comes too late for the crop appear here.")


def _readable_places(membership: Membership) -> tuple[ReadablePlace, ...]:
    """What policy reads, or what who keeps the register works with."""
    places = _OF_KEEPERS if membership.role in KEEPERS else _OF_POLICY
    return tuple(ReadablePlace(str(label), str(why), reverse(name)) for label, why, name in places)
