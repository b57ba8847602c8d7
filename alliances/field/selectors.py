"""Reads about support in the field: who waits for a visit, what visits reached and changed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import (
    Count,
    DateField,
    DateTimeField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
)
from django.db.models.functions import Coalesce, TruncDate
from django.utils.timezone import localtime
from django.utils.translation import ngettext

from alliances.field.models import Attendance, PlannedVisit, Visit
from alliances.field.plans import open_plans, plan_version, standing_plans
from alliances.field.rules import (
    DUE_AFTER_DAYS,
    FieldPeriod,
    tone_of_wait,
    usual_day,
    wait_in_words,
)
from alliances.lifecycle.duties import Duty
from alliances.lifecycle.models import Alliance, Appointment, Event
from alliances.lifecycle.selectors import alliances_visible_to
from alliances.lifecycle.table import OPERATING, Status
from alliances.people.counts import count_for, counts_for
from alliances.people.models import Membership, Producer
from alliances.people.roles import Role
from alliances.territory.deadlines import Deadline
from alliances.territory.models import Practice
from kit.figures import number
from kit.names import by_name
from kit.tones import Tone

_ENDS = (Status.GRADUATED, Status.RUPTURED)


# -- Who waits for a visit ------------------------------------------------------------------------
@dataclass(frozen=True)
class VisitDue:
    """One alliance in the field, how long it has waited for a visit, and who is to make the next.

    ``plan`` is None where nobody is to go; ``version`` is the ``plans.plan_version``; ``may_log``:
    whoever reads it may make the visit.
    """

    alliance: Alliance
    last_visit_on: date | None
    waiting_since: date
    today: date
    plan: PlannedVisit | None
    version: str
    may_log: bool = False

    @property
    def days(self) -> int:
        """Days without a visit."""
        return max((self.today - self.waiting_since).days, 0)

    @property
    def usual_day(self) -> date:
        """By when it is visited, unless somebody says another day."""
        return usual_day(self.waiting_since, self.today)

    @property
    def deadline(self) -> Deadline | None:
        """The day by which somebody is to go."""
        return Deadline(self.plan.due_on, self.today) if self.plan else None

    @property
    def goes(self) -> str:
        """Who is to go, by name; empty where nobody is."""
        return self.plan.assigned_to.user.display_name if self.plan else ""

    @property
    def is_overdue(self) -> bool:
        """Whether the next visit is no longer in time."""
        return self.days > DUE_AFTER_DAYS

    @property
    def tone(self) -> Tone:
        """Of what was never visited nothing is good yet, though it is not due."""
        tone = tone_of_wait(self.days)
        return Tone.PLAIN if tone == Tone.GOOD and self.last_visit_on is None else tone

    @property
    def short_words(self) -> str:
        """The wait as a column of a list has it."""
        return ngettext("%(days)s day", "%(days)s days", self.days) % {"days": number(self.days)}

    @property
    def words(self) -> str:
        """The wait as a sentence."""
        return wait_in_words(self.days, self.last_visit_on is not None)


def alliances_in_the_field(membership: Membership) -> QuerySet[Alliance]:
    """Alliances being carried out that this membership sees, the longest wait first.

    Rows carry ``last_visit_on`` and ``waiting_since`` (the last visit, or the start of execution),
    and ``plan_id`` of the open plan of the next one.
    A member of an accompanying organisation finds only those it accompanies.
    """
    started_at = (
        Event.objects.filter(alliance=OuterRef("pk"), duty=Duty.ACCOMPANY, verb="start")
        .order_by("sequence")
        .values("at")[:1]
    )
    last_visit_on = (
        Visit.objects.filter(alliance=OuterRef("pk"))
        .order_by("-visited_on")
        .values("visited_on")[:1]
    )
    rows = alliances_visible_to(membership).filter(status__in=OPERATING)
    if membership.role == Role.OGA:
        rows = rows.filter(pk__in=_accompanied_by(membership).values("alliance"))
    return (
        rows.annotate(
            last_visit_on=Subquery(last_visit_on, output_field=DateField()),
            started_at=Subquery(started_at, output_field=DateTimeField()),
            plan_id=Subquery(open_plans().filter(alliance=OuterRef("pk")).values("pk")),
        )
        .annotate(
            waiting_since=Coalesce(
                "last_visit_on", TruncDate(Coalesce("started_at", "status_since"))
            )
        )
        .select_related("municipality__department", "organisation", "crop")
        .order_by("waiting_since", "pk")
    )


def _accompanied_by(membership: Membership) -> QuerySet[Appointment]:
    return Appointment.objects.filter(
        Q(person__isnull=True) | Q(person=membership.user_id),
        duty=Duty.ACCOMPANY,
        organisation=membership.organisation_id,
        until__isnull=True,
    )


def visits_due(alliances: Iterable[Alliance], on: date, *, may_log: bool = False) -> list[VisitDue]:
    """The wait of each alliance of ``alliances_in_the_field``, in its order."""
    rows: list[Any] = list(alliances)
    names = standing_plans(on).select_related("assigned_to__user", "assigned_to__organisation")
    plans = names.in_bulk([row.plan_id for row in rows if row.plan_id])
    return [
        VisitDue(
            alliance=row,
            last_visit_on=row.last_visit_on,
            waiting_since=row.waiting_since,
            today=on,
            plan=plans.get(row.plan_id),
            version=plan_version(row.plan_id, row.last_visit_on),
            may_log=may_log,
        )
        for row in rows
    ]


def todays_visits_for(membership: Membership, on: date) -> list[VisitDue]:
    """The alliances that this organisation accompanies, the longest without a visit first."""
    return visits_due(alliances_in_the_field(membership), on)


def visit_due_of(alliance: Alliance, membership: Membership, on: date) -> VisitDue | None:
    """The wait of one alliance; None where nobody visits it now, or not for this member."""
    rows = visits_due(alliances_in_the_field(membership).filter(pk=alliance.pk), on)
    return rows[0] if rows else None


# -- One alliance ---------------------------------------------------------------------------------
def field_period(alliance: Alliance) -> FieldPeriod:
    """From the day execution started to the day the alliance graduated or broke up."""
    moves = dict(
        Event.objects.filter(Q(verb="start") | Q(to_status__in=_ENDS), alliance=alliance)
        .order_by("sequence")
        .values_list("to_status", "at")
    )
    ended_at = next((moves[status] for status in _ENDS if status in moves), None)
    started_at = moves.get(Status.EXECUTING)
    return FieldPeriod(
        started_on=localtime(started_at).date() if started_at else None,
        ended_on=localtime(ended_at).date() if ended_at else None,
    )


def visible_visits(membership: Membership) -> QuerySet[Visit]:
    """The visits of every alliance this membership sees, newest first: bare, to be narrowed.

    Sorting thousands of rows is cheap while they are bare: ``with_figures`` is for a page of them.
    """
    visible = Visit.objects.filter(alliance__in=alliances_visible_to(membership))
    return visible.order_by("-visited_on", "-pk")


def visits_of(alliance: Alliance) -> QuerySet[Visit]:
    """The visits of an alliance, newest first, with how many came and how many had adopted."""
    return with_figures(Visit.objects.filter(alliance=alliance))


def with_counts_for(membership: Membership, visits: Iterable[Visit]) -> list[Visit]:
    """The visits with the counts that this membership may read; None for the others."""
    rows = list(visits)
    for row in rows:
        came, adopted = row.attended, row.adopted  # type: ignore[attr-defined]
        row.adopted, _others = counts_for(membership, [adopted, came - adopted])  # type: ignore[attr-defined]
        row.attended = count_for(membership, came)  # type: ignore[attr-defined]
    return rows


def _count(rows: QuerySet[Any]) -> Coalesce:
    """How many of these rows a visit has: asked for each row shown, not for all that exist."""
    counted = rows.filter(visit=OuterRef("pk")).order_by().values("visit").values(n=Count("pk"))
    return Coalesce(Subquery(counted), 0)


def with_figures(visits: QuerySet[Visit]) -> QuerySet[Visit]:
    """Visits with what is told of each: who made it, how many came and how many had adopted."""
    return (
        visits.select_related("alliance", "visited_by__user", "visited_by__organisation")
        .annotate(
            attended=_count(Attendance.objects.all()),
            adopted=_count(Attendance.objects.filter(has_adopted=True)),
            photographs=_count(Visit.photos.through.objects.all()),
        )
        .order_by("-visited_on", "-pk")
    )


def producers_to_list(alliance: Alliance) -> QuerySet[Producer]:
    """The producers of the attendance list: their names and nothing else leaves the server."""
    return (
        Producer.objects.filter(alliance=alliance)
        .only("given_names", "surnames")
        .order_by(*by_name("given_names", "surnames"), "pk")
    )


def practices_offered(on: date) -> list[str]:
    """The practices of the programme's list in force on a day, in the language of the field."""
    rows = Practice.objects.in_force_on(on).order_by(*by_name("name_es"))
    return list(rows.values_list("name_es", flat=True))


def practices_taught(alliance: Alliance) -> list[str]:
    """Practices already taught in this alliance, the latest first, each one once."""
    rows = (
        Visit.objects.filter(alliance=alliance)
        .exclude(practice_taught="")
        .order_by("-visited_on", "-pk")
        .values_list("practice_taught", flat=True)
    )
    return list(dict.fromkeys(rows))


# -- Coverage -------------------------------------------------------------------------------------
def visits_by_kind(alliance_ids: Iterable[int]) -> dict[int, dict[str, int]]:
    """How many visits of each kind every alliance had; a kind never seen counts zero."""
    counts = {pk: dict.fromkeys(Visit.Kind.values, 0) for pk in alliance_ids}
    rows = (
        Visit.objects.filter(alliance__in=counts)
        .values_list("alliance", "kind")
        .annotate(visits=Count("pk"))
        .order_by("alliance", "kind")
    )
    for alliance_id, kind, visits in rows:
        counts[alliance_id][kind] = visits
    return counts


@dataclass(frozen=True)
class KindCount:
    """Visits of one kind."""

    label: str
    visits: int


@dataclass(frozen=True)
class Adoption:
    """An earlier practice and, of the producers it was looked for in, how many do it.

    None for a count that is not shown.
    """

    practice: str
    adopted: int | None
    observed: int | None


@dataclass(frozen=True)
class Coverage:
    """What the support reached in one alliance; None for a count that is not shown."""

    kinds: Sequence[KindCount]
    producers: int | None
    reached: int | None
    adoptions: Sequence[Adoption]

    @property
    def visits(self) -> int:
        return sum(row.visits for row in self.kinds)


def coverage_of(alliance: Alliance, membership: Membership) -> Coverage:
    """Visits by kind, producers reached, and each practice taught against its adoption."""
    kinds = visits_by_kind([alliance.pk])[alliance.pk]
    attendance = Attendance.objects.filter(visit__alliance=alliance)
    producers = Producer.objects.filter(alliance=alliance).count()
    reached = attendance.aggregate(n=Count("producer", distinct=True))["n"]
    return Coverage(
        kinds=[KindCount(str(kind.label), kinds[kind.value]) for kind in Visit.Kind],
        producers=count_for(membership, producers),
        reached=counts_for(membership, [reached, producers - reached])[0],
        adoptions=[
            Adoption(
                practice,
                adopted=counts_for(membership, [sum(rows), len(rows) - sum(rows)])[0],
                observed=count_for(membership, len(rows)),
            )
            for practice, rows in _adoptions(attendance).items()
        ],
    )


def _adoptions(attendance: QuerySet[Attendance]) -> dict[str, list[bool]]:
    """Who does each practice looked for; a producer seen twice counts once, by the latest look."""
    latest = (
        attendance.filter(has_adopted__isnull=False)
        .order_by("visit__practice_checked", "producer", "-visit__visited_on", "-visit")
        .distinct("visit__practice_checked", "producer")
        .values_list("visit__practice_checked", "has_adopted")
    )
    seen: dict[str, list[bool]] = {}
    for practice, has_adopted in latest:
        seen.setdefault(practice, []).append(bool(has_adopted))
    return seen
