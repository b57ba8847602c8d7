"""What one member sees now: read once, and handed to every room of the home page."""

import json
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, reduce
from operator import or_

from django.db.models import (
    Count,
    DurationField,
    Exists,
    F,
    Func,
    OuterRef,
    Q,
    QuerySet,
    Value,
)
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from alliances.lifecycle.duties import REGIMES, Dossier, Duty, Member
from alliances.lifecycle.models import Alliance, Appointment, Event
from alliances.lifecycle.selectors import (
    PARTY_READERS,
    alliances_visible_to,
    dossiers,
    holds_role,
    member_of,
)
from alliances.lifecycle.table import (
    APPOINT,
    BY_VERB,
    EDITABLE,
    FINAL,
    MAIN_PATH,
    PLANNING,
    TRANSITIONS,
    Status,
    Transition,
)
from alliances.people.models import Membership
from alliances.people.roles import Role

#: Here the independent body verifies and scores, once it is appointed.
JUDGED = (Status.SUBMITTED, Status.ELIGIBLE)
#: Rows in a column of the home page.
LIMIT = 12


class Desk:
    """One member at one moment, with the alliances that wait for an act of their role.

    ``also`` are statuses in which rooms ask something of the role that is no change of status;
    ``rows``: how many each room tells of.
    """

    def __init__(
        self,
        membership: Membership,
        at: datetime,
        also: Iterable[Status] = (),
        rows: int = LIMIT,
    ) -> None:
        self.membership = membership
        self.at = at
        self.rows = rows
        self._also = frozenset(also)
        self._dossiers: dict[int, Dossier] = {}
        self._totals: dict[str, int] = {}

    def note_total(self, task: str, total: int) -> None:
        """How much is to be done of a task, from a room that has read all of it."""
        self._totals[task] = total

    def total_of(self, task: str, count: int) -> int:
        """How much is to be done on the ``count`` alliances that wait for a task."""
        known = self._totals.get(task)
        return task_total(self.membership, task, count) if known is None else known

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
        waiting = waiting.select_related("call", "municipality__department", "crop")
        acts = [act for act in expected_acts() if statuses.intersection(act.sources)]
        return list(nearest_deadline(waiting, acts)[: self.rows * 3])

    @cached_property
    def counts(self) -> dict[str, int]:
        """How many alliances wait for each task of this member."""
        return counts_of_tasks(self.membership)

    @cached_property
    def lacking(self) -> list[Alliance]:
        """Alliances that lack what this member would give them, those due first at the head."""
        if not self.counts.keys() & LACKS.keys():
            return []
        tasks = tasks_of(self.membership)
        rows = _waiting(self.membership).filter(reduce(or_, (tasks[name] for name in LACKS)))
        rows = rows.select_related("call", "municipality")
        return list(nearest_deadline(rows, expected_acts())[: self.rows])

    def standing_in(self, statuses: Iterable[str]) -> list[Alliance]:
        """Those of the nearest that stand in one of the statuses."""
        wanted = set(statuses)
        return [alliance for alliance in self.nearest if alliance.status in wanted]

    def dossiers_of(self, alliances: Iterable[Alliance]) -> Mapping[int, Dossier]:
        """What the judge must know of these; what waits is read along, so that it is one read."""
        unread = {
            row.pk: row
            for row in (*alliances, *self.nearest, *self.lacking)
            if row.pk not in self._dossiers
        }
        if unread:
            self._dossiers |= dossiers(unread.values(), self.membership)
        return self._dossiers


# -- Tasks: kinds of act that a role has to do, counted whole ----------------------------
@dataclass(frozen=True)
class OwnTask:
    """A task that ends no status: on which alliances it waits for a member, if they have it.

    ``page`` is the list that shows them. ``is_pressing``: others wait for it; else nobody does.
    ``total`` counts what is to be done, where that may be more than one thing on an alliance.
    """

    name: str
    label: Promise | str
    waits: Callable[[Membership], Q | None]
    page: str = "alliances:alliance-list"
    is_pressing: bool = True
    total: Callable[[Membership], int] | None = None


_own_tasks: dict[str, OwnTask] = {}


def offer_task(task: OwnTask) -> OwnTask:
    """Make a room's task known to home and to the lists. A name that is taken is refused."""
    if task.name in BY_VERB or _own_tasks.setdefault(task.name, task) is not task:
        raise ValueError(f"The task {task.name!r} already has a name.")
    return task


def task_label(name: str) -> str:
    """What home calls the task."""
    return str(_own_tasks[name].label if name in _own_tasks else BY_VERB[name].label)


def task_total(membership: Membership, name: str, count: int) -> int:
    """How much is to be done on the ``count`` alliances that wait for it."""
    task = _own_tasks.get(name)
    return task.total(membership) if task and task.total else count


def task_page(name: str) -> str:
    """The list of the alliances that wait for it."""
    if name in _own_tasks:
        return _own_tasks[name].page
    return "alliances:profile-list" if name in ON_DESK else "alliances:alliance-list"


#: Acts whose alliances are worked on the desk of profiles; the others in the list of alliances.
ON_DESK = ("submit", "verify")


def tasks_of(membership: Membership) -> dict[str, Q]:
    """The acts that are expected of this member, by verb: which alliances wait for each.

    Of several acts that end a status, the one that leads on.
    """
    tasks = _changes_of(membership)
    own = {name: task.waits(membership) for name, task in _own_tasks.items()}
    return tasks | {name: waits for name, waits in own.items() if waits is not None}


def _changes_of(membership: Membership) -> dict[str, Q]:
    """Those of them that end a status."""
    tasks: dict[str, Q] = {}
    taken: set[Status] = set()
    for act in expected_acts():
        free = [status for status in act.sources if status not in taken]
        held = _held_under(membership.role, act.duty)
        if free and held:
            taken.update(free)
            waits = Q(status__in=free) & _under(held)
            own = Q(organisation=membership.organisation_id) if act.is_owners else Q()
            tasks[act.verb] = waits & own
    return tasks


def waiting_for_task(membership: Membership, name: str) -> QuerySet[Alliance]:
    """Every alliance that waits for this task of this member: the list behind its count."""
    waits = tasks_of(membership).get(name)
    return _waiting(membership).filter(waits) if waits else Alliance.objects.none()


def pressing_on(membership: Membership) -> Q | None:
    """Of what this member sees, what has a task of theirs that others wait for; None: nothing."""
    tasks = [
        waits
        for name, waits in tasks_of(membership).items()
        if name not in _own_tasks or _own_tasks[name].is_pressing
    ]
    return _is_free(membership) & reduce(or_, tasks) if tasks else None


def counts_of_tasks(membership: Membership) -> dict[str, int]:
    """How many alliances wait for each task of this member, in one query."""
    tasks = tasks_of(membership)
    if not tasks:
        return {}
    counted = {name: Count("pk", filter=waits) for name, waits in tasks.items()}
    waiting = _waiting(membership)
    if membership.role not in PARTY_READERS:  # produce is paid for after the end; all else is over
        waiting = waiting.filter(status__in=[row for row in Status if row not in FINAL])
    counts = waiting.aggregate(**counted)
    return {name: count for name, count in counts.items() if count}


# -- What unblocks others, and is of whoever directs ---------------------------------------------
#: Appointing ends no status, and others wait for it.
APPOINTING, APPOINTING_OGA, APPOINTING_TRUSTEE = APPOINT.verb, "appoint_oga", "appoint_trustee"
NAMING_ALLY = "name_ally"
#: From the approval on, an alliance needs who accompanies it and who keeps its money.
CARRIED = (
    Status.APPROVED,
    Status.CLOSING,
    Status.TRUST_CONSTITUTED,
    Status.EXECUTING,
    Status.SUSPENDED,
)


def _directed(membership: Membership) -> list[str]:
    """The regimes under which this member directs and others verify."""
    if may_ever(membership.role, Duty.VERIFY):
        return []
    return _held_under(membership.role, Duty.DIRECT)


def _of_director(lacks: Q) -> Callable[[Membership], Q | None]:
    """The alliances that lack something which whoever directs gives them."""

    def waits(membership: Membership) -> Q | None:
        directed = _directed(membership)
        return lacks & _under(directed) if directed else None

    return waits


def _lacks_body(duty: Duty) -> Q:
    """Alliances to which nobody is appointed for this duty."""
    held = Appointment.objects.filter(alliance=OuterRef("pk"), duty=duty, until__isnull=True)
    return Q(~Exists(held))


offer_task(
    OwnTask(APPOINTING, _("Appoint who verifies and scores"), _of_director(Q(status__in=JUDGED)))
)  # of those, only what lacks a scorer waits for who directs: ``_waiting``
LACKS = {  # the status first: the database asks in this order, and stops
    APPOINTING_OGA: Q(status__in=CARRIED) & _lacks_body(Duty.ACCOMPANY),
    APPOINTING_TRUSTEE: Q(status__in=CARRIED) & _lacks_body(Duty.PAY),
    NAMING_ALLY: Q(ally__isnull=True, status__in=PLANNING),
}


def lacks_of(alliance: Alliance, dossier: Dossier) -> list[str]:
    """Which of ``LACKS`` are true of an alliance whose dossier was read."""
    held = {row.duty for row in dossier.appointed}
    lacks = {
        APPOINTING_OGA: alliance.status in CARRIED and Duty.ACCOMPANY not in held,
        APPOINTING_TRUSTEE: alliance.status in CARRIED and Duty.PAY not in held,
        NAMING_ALLY: alliance.status in PLANNING and alliance.ally_id is None,
    }
    return [name for name, is_true in lacks.items() if is_true]


for _name, _label in (
    (APPOINTING_OGA, _("Appoint who accompanies")),
    (APPOINTING_TRUSTEE, _("Appoint the trustee")),
    (NAMING_ALLY, _("Name the commercial ally")),
):
    offer_task(OwnTask(_name, _label, _of_director(LACKS[_name])))


def _held_under(role: str, duty: Duty) -> list[str]:
    """The regimes under which the role holds the duty."""
    return [code for code, regime in REGIMES.items() if holds_role(regime, duty, role)]


def _under(regimes: Collection[str]) -> Q:
    """Alliances of calls with these rules; where all are named, nothing is asked."""
    return Q() if set(regimes) == set(REGIMES) else Q(call__regime__in=regimes)


def _waiting(membership: Membership) -> QuerySet[Alliance]:
    """The alliances that this membership sees and that nothing known of them bars it from."""
    return alliances_visible_to(membership).filter(_is_free(membership))


def _is_free(membership: Membership) -> Q:
    if may_ever(membership.role, Duty.VERIFY):
        helped = _helped_by(membership) & Q(status=Status.SUBMITTED)
        return ~helped & ~written_by_its_organisation()
    if may_ever(membership.role, Duty.DIRECT):
        return ~Q(status__in=JUDGED) | _without_scorer()
    return Q()


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


def written_by_its_organisation() -> Q:
    """Profiles that their organisation writes and nobody else: they are its to present."""
    promoting = Event.objects.filter(alliance=OuterRef("pk"), duty=Duty.PROMOTE)
    own = Q(organisation=OuterRef("organisation"))
    return Q(Exists(promoting.filter(own)), ~Exists(promoting.exclude(own)), status__in=EDITABLE)


def _without_scorer() -> Q:
    """Alliances whose rules ask for an independent body, and that have none."""
    independent = [
        code for code, regime in REGIMES.items() if holds_role(regime, Duty.SCORE, Role.SCORER)
    ]
    appointed = Appointment.objects.filter(
        alliance=OuterRef("pk"), duty=Duty.SCORE, until__isnull=True
    )
    return Q(~Exists(appointed), call__regime__in=independent)
