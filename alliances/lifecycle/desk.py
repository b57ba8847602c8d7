"""What one member sees now: read once, and handed to every room of the home page."""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cached_property

from django.db.models import Count, DurationField, Exists, F, Func, OuterRef, Q, QuerySet, Value

from alliances.lifecycle.duties import REGIMES, Dossier, Duty, Member
from alliances.lifecycle.models import Alliance, Appointment, Event
from alliances.lifecycle.selectors import (
    alliances_visible_to,
    dossiers,
    holds_role,
    member_of,
)
from alliances.lifecycle.table import APPOINT, MAIN_PATH, TRANSITIONS, Status, Transition
from alliances.people.models import Membership
from alliances.people.roles import Role

#: Here the independent body verifies and scores, once it is appointed.
JUDGED = (Status.SUBMITTED, Status.ELIGIBLE)
#: Rows in a column of the home page.
LIMIT = 12


class Desk:
    """One member at one moment, with the alliances that wait for an act of their role.

    ``also`` are statuses in which rooms ask something of the role that is no change of status.
    """

    def __init__(self, membership: Membership, at: datetime, also: Iterable[Status] = ()) -> None:
        self.membership = membership
        self.at = at
        self._also = frozenset(also)
        self._dossiers: dict[int, Dossier] = {}

    @cached_property
    def member(self) -> Member:
        return member_of(self.membership)

    @cached_property
    def expected(self) -> list[Transition]:
        """The acts that somebody is expected to do and this role may, those that lead on first."""
        return [row for row in expected_acts() if may_ever(self.membership.role, row.duty)]

    @cached_property
    def nearest(self) -> list[Alliance]:
        """Alliances that wait for this role, those due first at the head: more than are shown."""
        statuses = self._also | {source for act in self.expected for source in act.sources}
        waiting = _waiting(self.membership).filter(status__in=statuses)
        waiting = waiting.select_related("call", "municipality")
        acts = [act for act in expected_acts() if statuses.intersection(act.sources)]
        return list(nearest_deadline(waiting, acts)[: LIMIT * 3])

    def standing_in(self, statuses: Iterable[str]) -> list[Alliance]:
        """Those of the nearest that stand in one of the statuses."""
        wanted = set(statuses)
        return [alliance for alliance in self.nearest if alliance.status in wanted]

    def dossiers_of(self, alliances: Iterable[Alliance]) -> Mapping[int, Dossier]:
        """What the judge must know of these; what waits is read along, so that it is one read."""
        unread = {
            row.pk: row for row in (*alliances, *self.nearest) if row.pk not in self._dossiers
        }
        if unread:
            self._dossiers |= dossiers(unread.values(), self.membership)
        return self._dossiers


# -- Tasks: kinds of act that a role has to do, counted whole ----------------------------
#: Appointing who verifies and scores ends no status, and others wait for it.
APPOINTING = APPOINT.verb


def tasks_of(membership: Membership) -> dict[str, Q]:
    """The acts that are expected of this member, by verb: which alliances wait for each.

    Of several acts that end a status, the one that leads on.
    """
    tasks: dict[str, Q] = {}
    taken: set[Status] = set()
    for act in expected_acts():
        free = [status for status in act.sources if status not in taken]
        held = _held_under(membership.role, act.duty)
        if free and held:
            taken.update(free)
            waits = Q(status__in=free, call__regime__in=held)
            own = Q(organisation=membership.organisation_id) if act.is_owners else Q()
            tasks[act.verb] = waits & own
    director = _held_under(membership.role, Duty.DIRECT)
    if director and not may_ever(membership.role, Duty.VERIFY):
        tasks[APPOINTING] = Q(status__in=JUDGED, call__regime__in=director)
    return tasks


def waiting_for_task(membership: Membership, verb: str) -> QuerySet[Alliance]:
    """Every alliance that waits for this act of this member: the list behind its count."""
    waits = tasks_of(membership).get(verb)
    return _waiting(membership).filter(waits) if waits else Alliance.objects.none()


def counts_of_tasks(membership: Membership) -> dict[str, int]:
    """How many alliances wait for each act of this member, in one query."""
    tasks = tasks_of(membership)
    if not tasks:
        return {}
    counted = {verb: Count("pk", filter=waits) for verb, waits in tasks.items()}
    counts = _waiting(membership).aggregate(**counted)
    return {verb: count for verb, count in counts.items() if count}


def _held_under(role: str, duty: Duty) -> list[str]:
    """The regimes under which the role holds the duty."""
    return [code for code, regime in REGIMES.items() if holds_role(regime, duty, role)]


def _waiting(membership: Membership) -> QuerySet[Alliance]:
    """The alliances that this membership sees and that nothing known of them bars it from."""
    visible = alliances_visible_to(membership)
    if may_ever(membership.role, Duty.VERIFY):
        return visible.exclude(_helped_by(membership), status=Status.SUBMITTED)
    if may_ever(membership.role, Duty.DIRECT):
        return visible.filter(~Q(status__in=JUDGED) | _without_scorer())
    return visible


def expected_acts() -> list[Transition]:
    """The acts somebody is expected to do, those that lead on before those that send back."""
    timed = [row for row in TRANSITIONS if row.target_days]
    return sorted(timed, key=lambda row: row.target not in MAIN_PATH)


def may_ever(role: str, duty: Duty) -> bool:
    """Whether the role holds the duty under some regime."""
    return any(holds_role(regime, duty, role) for regime in REGIMES.values())


def nearest_deadline(
    alliances: QuerySet[Alliance], acts: Iterable[Transition]
) -> QuerySet[Alliance]:
    """The alliances whose act is due first at the head, before the list of them is cut.

    Here five working days are seven days: holidays move a deadline less than the margin that is
    read beyond what is shown, and those are then sorted by their exact day.
    """
    days = {
        str(source): act.target_days * 7 / 5 for act in reversed([*acts]) for source in act.sources
    }
    return alliances.order_by(F("status_since") + _DaysBy("status", days), "pk")


class _DaysBy(Func):
    """Days looked up by what a column says: a CASE of fifteen takes longer to write than to run."""

    template = "(COALESCE((%(expressions)s)::float, 0) * INTERVAL '1 day')"
    arg_joiner = "::jsonb ->> "
    output_field = DurationField()

    def __init__(self, column: str, days: Mapping[str, float]) -> None:
        super().__init__(Value(json.dumps(days)), F(column))


def _helped_by(membership: Membership) -> Q:
    """Profiles that this person or organisation helped, under rules that keep that from verifying.

    An OGR helped most of what it sees: without this they would fill what is read of the rest.
    """
    own = Q(actor=membership.user_id) | Q(organisation=membership.organisation_id)
    return Q(
        *(
            Q(call__regime_rules__contains={"pairs": [[helping, Duty.VERIFY]]})
            & Exists(Event.objects.filter(own, alliance=OuterRef("pk"), duty=helping))
            for helping in (Duty.PROMOTE, Duty.ADVISE)
        ),
        _connector=Q.OR,
    )


def _without_scorer() -> Q:
    """Alliances whose rules ask for an independent body, and that have none."""
    independent = [
        code for code, regime in REGIMES.items() if holds_role(regime, Duty.SCORE, Role.SCORER)
    ]
    appointed = Appointment.objects.filter(
        alliance=OuterRef("pk"), duty=Duty.SCORE, until__isnull=True
    )
    return Q(~Exists(appointed), call__regime__in=independent)
