"""The acts that lists offer on many rows at once, as rooms register them.

Each is the act of one row, done by the very service that the form of one row calls.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.functional import Promise

from alliances.lifecycle.desk import may_ever
from alliances.lifecycle.models import Alliance
from alliances.lifecycle.selectors import dossiers, judge_act, member_of, possible_now
from alliances.lifecycle.table import Act
from alliances.lists.models import BulkAct, BulkRow
from alliances.people.models import Membership


@dataclass(frozen=True)
class Foreseen:
    """What would become of one row: ``problem`` says why nothing; ``plan`` what else is chosen."""

    target: int
    label: str
    url: str
    seen: str
    problem: str = ""
    plan: str = ""
    options: dict[str, Any] = field(default_factory=dict)


#: The words of each reason, by its code, in the order in which they are offered.
Reasons = Mapping[str, Promise | str]
Foresee = Callable[[QuerySet[Any], Membership, datetime], list[Foreseen]]
Perform = Callable[[BulkAct, BulkRow, Membership, datetime, UUID], object]


@dataclass(frozen=True)
class BulkVerb:
    """One act on many: on which lists, what it does to a row, and its key of one letter."""

    name: str
    label: Promise | str
    act: Act
    lists: tuple[str, ...]
    foresee: Foresee
    perform: Perform
    key: str = ""
    caution: Promise | str = ""  # what to know before it is confirmed
    roles: tuple[str, ...] = ()  # to whom it is offered, where duties say too little
    own_reasons: Callable[[], Reasons] | None = None  # of an act that ``has_own_reasons``

    def is_offered_to(self, membership: Membership) -> bool:
        """Whether the role could do it somewhere; each row is judged on its own."""
        if self.roles:
            return membership.role in self.roles
        return any(may_ever(membership.role, duty) for duty in self.act.duties)

    @property
    def reasons(self) -> Reasons:
        """What may be said for all rows, by its code; nothing for an act that needs no reason."""
        if self.own_reasons:
            return self.own_reasons()
        return {code.value: code.label for code in self.act.reasons}


_verbs: dict[str, BulkVerb] = {}


def offer(verb: BulkVerb) -> None:
    """Make an act on many known. A name that is taken is refused."""
    if _verbs.setdefault(verb.name, verb) is not verb:
        raise ValueError(f"The act on many {verb.name!r} already has a name.")


def verb_named(name: str) -> BulkVerb:
    """The act on many of that name. Raises KeyError."""
    return _verbs[name]


def verbs_for(list_name: str, membership: Membership) -> list[BulkVerb]:
    """The acts on many that this list offers to this member."""
    return [
        verb
        for verb in _verbs.values()
        if list_name in verb.lists and verb.is_offered_to(membership)
    ]


# -- Acts on alliances ---------------------------------------------------------------------------
def with_what_is_judged(alliances: QuerySet[Alliance]) -> QuerySet[Alliance]:
    """The alliances with what the judge and a line about each need."""
    return alliances.select_related("call", "municipality__department", "organisation")


def foreseen(
    alliances: Iterable[Alliance],
    act: Act,
    acting: Membership,
    problem_of: Callable[[Alliance], str] = lambda _alliance: "",
) -> list[Foreseen]:
    """Each alliance with why this member may not do the act on it now, or what it lacks."""
    rows = list(alliances)
    dossier_of, member = dossiers(rows, acting), member_of(acting)
    return [
        foreseen_row(
            row,
            (
                judge_act(row, act, dossier_of[row.pk], member).verdict and possible_now(row, act)
            ).reason
            or problem_of(row),
        )
        for row in rows
    ]


def foreseen_row(alliance: Alliance, problem: str, plan: str = "", **options: Any) -> Foreseen:
    """A line about an alliance."""
    return Foreseen(
        target=alliance.pk,
        label=f"{alliance} · {alliance.organisation}",
        url=reverse("alliances:alliance-detail", args=[alliance.code]),
        seen=alliance.version,
        problem=problem,
        plan=plan,
        options=options,
    )
