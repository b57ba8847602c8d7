"""Who owes the next act of each alliance, to whom: the body appointed to it, or a role.

Where a call's rules want a body and none was appointed, whoever directs owes the appointment. A
party is owed by its role: each of a hundred organisations has its own alliance.
"""

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.db.models import (
    BigIntegerField,
    Case,
    Count,
    F,
    Func,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    TextField,
    Value,
    When,
)
from django.db.models.functions import Concat

from alliances.lifecycle.desk import (
    APPOINTING,
    APPOINTING_OGA,
    APPOINTING_TRUSTEE,
    expected_acts,
    pressing_on,
    written_by_its_organisation,
)
from alliances.lifecycle.duties import REGIMES, Duty, Holder, Regime, Within
from alliances.lifecycle.models import Alliance, Appointment, Event
from alliances.lifecycle.selectors import TERRITORIAL_READERS, alliances_visible_to
from alliances.lifecycle.table import Status
from alliances.people.models import Membership, Organisation
from alliances.people.roles import Role

#: They follow what they took part in, not all that they may read; who directs waits for all.
_READERS_OF_MORE = (Role.EVALUATOR, *TERRITORIAL_READERS, Role.SCORER)
#: The task of whoever directs, by the appointment that is missing.
_APPOINTING: dict[Duty | None, str] = {
    Duty.SCORE: APPOINTING,
    Duty.ACCOMPANY: APPOINTING_OGA,
    Duty.PAY: APPOINTING_TRUSTEE,
}
#: Digits of the longest key of a body that an address may name.
_LONGEST_KEY = 9


def holder_of_duty(regime: Regime, duty: Duty) -> Holder:
    """Whoever is meant to exercise a duty, where several may: the first of the rules."""
    return regime.holders[duty][0]


def via_of(regime: Regime, duty: Duty) -> Duty | None:
    """The appointment by which a body comes to exercise the duty, if any does."""
    return next((holder.via for holder in regime.holders[duty] if holder.via), None)


class TextBy(Func):
    """Text looked up by what a column says; NULL for what is not in the table."""

    template = "(%(expressions)s)"
    arg_joiner = "::jsonb ->> "
    output_field = TextField()

    def __init__(self, key: Any, texts: Mapping[str, str]) -> None:
        super().__init__(Value(json.dumps(texts)), key)


@dataclass(frozen=True)
class NextAct:
    """The act that a status waits for under some rules, and who does it when nobody is appointed.

    ``body``: whoever is appointed to this duty does it; ``is_of_body``: nobody else should.
    """

    regime: str
    status: Status
    verb: str
    role: Role
    body: Duty | None = None
    is_of_body: bool = False

    @property
    def without_body(self) -> tuple[str, str]:
        """Who owes what while no body is appointed: the role and the verb."""
        if not self.is_of_body:
            return self.role, self.verb
        director = holder_of_duty(REGIMES[self.regime], Duty.DIRECT)
        return director.role, _APPOINTING[self.body]


@lru_cache
def next_acts() -> dict[tuple[str, str], NextAct]:
    """The next act by regime and status: of several that are expected, the one that leads on."""
    acts: dict[tuple[str, str], NextAct] = {}
    for row in expected_acts():
        for code, regime in REGIMES.items():
            first = holder_of_duty(regime, row.duty)
            for status in row.sources:
                act = NextAct(
                    code,
                    status,
                    row.verb,
                    first.role,
                    via_of(regime, row.duty),
                    first.within == Within.APPOINTED,
                )
                acts.setdefault((code, status), act)
    return acts


@dataclass(frozen=True)
class Owed:
    """What one body or role owes of one kind: on how many, the longest since when.

    ``who`` is the key of a body or the name of a role, as addresses write it.
    """

    who: str
    verb: str
    count: int
    since: datetime


def awaited_by(membership: Membership) -> QuerySet[Alliance]:
    """Alliances on which this member waits for somebody else's act.

    Of those they direct, or see as a party or by appointment, all; else what they acted on.
    """
    statuses = {status for _regime, status in next_acts()}
    visible = alliances_visible_to(membership).filter(status__in=statuses)
    if membership.role in _READERS_OF_MORE:
        own = Event.objects.filter(organisation=membership.organisation_id)
        visible = visible.filter(pk__in=own.values("alliance"))
    own_tasks = pressing_on(membership)
    return visible.filter(~own_tasks) if own_tasks else visible


def _with_body(alliances: QuerySet[Alliance]) -> QuerySet[Any]:
    """Each with ``body``: the key of the organisation that its next act is of.

    It was appointed, or writes its own profile.
    """
    via = {f"{act.regime} {act.status}": act.body for act in next_acts().values() if act.body}
    held = Appointment.objects.filter(
        alliance=OuterRef("pk"), duty=OuterRef("via"), until__isnull=True
    ).order_by(F("person").asc(nulls_first=True), "pk")
    key = Concat(F("call__regime"), Value(" "), F("status"))
    own = When(written_by_its_organisation(), then=F("organisation"))
    appointed = Subquery(held.values("organisation")[:1])
    return alliances.alias(via=TextBy(key, via)).annotate(
        body=Case(own, default=appointed, output_field=BigIntegerField())
    )


def debts_to(membership: Membership) -> list[Owed]:
    """On whom this member waits and for what, the longest first."""
    groups = (
        _with_body(awaited_by(membership))
        .values_list("call__regime", "status", "body")
        .annotate(count=Count("pk"), since=Min("status_since"))
        .order_by()
    )
    acts = next_acts()
    rows: list[tuple[str, str, int, datetime]] = []
    for regime, status, body, count, since in groups:
        act = acts[regime, status]
        who, verb = (str(body), act.verb) if body else act.without_body
        rows.append((who, verb, count, since))
    return merged(rows)


def merged(rows: Iterable[tuple[str, str, int, datetime]]) -> list[Owed]:
    """Of (who, verb, count, since) one debt for each who and verb, the longest first."""
    sums: dict[tuple[str, str], tuple[int, datetime]] = {}
    for who, verb, count, since in rows:
        before = sums.get((who, verb))
        sums[who, verb] = (before[0] + count, min(before[1], since)) if before else (count, since)
    debts = [Owed(who, verb, count, since) for (who, verb), (count, since) in sums.items()]
    return sorted(debts, key=lambda debt: (debt.since, debt.who, debt.verb))


def names_of(holders: Collection[str]) -> dict[str, str]:
    """What bodies and roles are called, in one query."""
    by_key = {who: int(who) for who in holders if who.isdecimal()}
    bodies = Organisation.objects.only("name").in_bulk(by_key.values()) if by_key else {}
    return {
        who: bodies[by_key[who]].name if who in by_key else str(Role(who).label) for who in holders
    }


def awaited_from(membership: Membership, *, who: str = "", verb: str = "") -> QuerySet[Alliance]:
    """The alliances behind a debt: those on which this member waits for ``who``, or for an act."""
    of_body, of_nobody = Q(pk__in=[]), Q(pk__in=[])
    for act in next_acts().values():
        here = Q(call__regime=act.regime, status=act.status)
        if verb in ("", act.verb):
            of_body |= here
        role, owed = act.without_body
        if verb in ("", owed) and who in ("", role):
            of_nobody |= here
    rows = _with_body(awaited_by(membership))
    wanted = of_nobody & Q(body__isnull=True)
    if not who or is_key(who):
        wanted |= of_body & (Q(body=int(who)) if who else Q(body__isnull=False))
    return rows.filter(wanted)


def is_key(who: str) -> bool:
    """Whether an address names a body."""
    return who.isascii() and who.isdecimal() and len(who) <= _LONGEST_KEY
