"""Reads about who is to visit an alliance next: plans that stand, and who could be given one."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from alliances.field.models import PlannedVisit, Visit
from alliances.lifecycle.duties import Dossier, Duty, judge
from alliances.lifecycle.models import Alliance, Appointment
from alliances.lifecycle.selectors import dossier_of, member_of
from alliances.lifecycle.table import OPERATING
from alliances.people.models import Membership
from alliances.people.roles import Role
from kit.access import Verdict, refused
from kit.figures import number
from kit.names import by_name
from kit.versions import version_of


def open_plans() -> QuerySet[PlannedVisit]:
    """Plans that nobody fulfilled, replaced or withdrew: at most one of an alliance."""
    return PlannedVisit.objects.filter(closed_at__isnull=True)


def standing_plans(on: date) -> QuerySet[PlannedVisit]:
    """Open plans that somebody can still fulfil: whoever is to go is in office where it matters.

    A plan whose person left, or whose body no longer accompanies, is as good as none.
    """
    body = Appointment.objects.filter(
        Q(person__isnull=True) | Q(person=OuterRef("assigned_to__user")),
        alliance=OuterRef("alliance"),
        organisation=OuterRef("assigned_to__organisation"),
        duty=Duty.ACCOMPANY,
        until__isnull=True,
    )
    return open_plans().filter(
        Exists(body),
        alliance__status__in=OPERATING,
        assigned_to__in=Membership.objects.valid_on(on),
    )


def plan_version(plan_id: int | None, last_visit_on: date | None) -> str:
    """What a page showed of the next visit: who is to go, and the last time that somebody went."""
    return version_of(plan_id, last_visit_on)


def present_version(alliance_id: int) -> str:
    """The same as it stands."""
    plan = open_plans().filter(alliance=alliance_id).values_list("pk", flat=True).first()
    visits = Visit.objects.filter(alliance=alliance_id).order_by("-visited_on")
    return plan_version(plan, visits.values_list("visited_on", flat=True).first())


# -- Who could go ---------------------------------------------------------------------------------
def colleagues_of(organisation_id: int, on: date) -> list[Membership]:
    """The field team of an accompanying organisation on a day, by name."""
    team = Membership.objects.valid_on(on).filter(role=Role.OGA, organisation=organisation_id)
    names = by_name("user__first_name", "user__last_name")
    return list(team.with_names().order_by(*names, "pk"))


def may_go(dossier: Dossier, member: Membership, on: date) -> Verdict:
    """Whether this member may be sent to an alliance, and if not, why."""
    if not member.is_valid_on(on):
        words = {"person": member.user.display_name, "organisation": member.organisation.name}
        return refused(_("%(person)s is not in office at %(organisation)s.") % words)
    return judge(dossier, Duty.ACCOMPANY, member_of(member))


def loads_of(members: Iterable[Membership], on: date) -> Counter[int]:
    """How many visits each of them has still to make."""
    plans = standing_plans(on).filter(assigned_to__in=[member.pk for member in members])
    return Counter(dict(plans.values_list("assigned_to").annotate(count=Count("pk"))))


def last_visitors(alliances: Iterable[Alliance], organisation_id: int) -> dict[int, int]:
    """The person of this organisation who visited each alliance last; none where nobody did."""
    visits = Visit.objects.filter(
        alliance__in=[row.pk for row in alliances], visited_by__organisation=organisation_id
    )
    last = visits.order_by("alliance", "-visited_on", "-pk").distinct("alliance")
    return dict(last.values_list("alliance", "visited_by__user"))


def who_goes(
    free: Iterable[Membership], last_visitor: int | None, load: Counter[int]
) -> Membership:
    """Whoever visited it last keeps it; else whoever has the fewest visits to make."""
    team = list(free)
    keeper = next((member for member in team if member.user_id == last_visitor), None)
    return keeper or min(team, key=lambda member: load[member.pk])


@dataclass(frozen=True)
class Colleague:
    """A colleague who may be sent to an alliance, and how many visits they have still to make."""

    member: Membership
    load: int
    is_usual: bool

    def __str__(self) -> str:
        visits = ngettext("%(count)s visit assigned", "%(count)s visits assigned", self.load)
        return f"{self.member.user.display_name} · {visits % {'count': number(self.load)}}"


def who_could_go(alliance: Alliance, organisation_id: int, on: date) -> list[Colleague]:
    """Who of this organisation may visit the alliance, by name; one of them usually would."""
    dossier = dossier_of(alliance)
    team = [row for row in colleagues_of(organisation_id, on) if may_go(dossier, row, on)]
    if not team:
        return []
    load = loads_of(team, on)
    usual = who_goes(team, last_visitors([alliance], organisation_id).get(alliance.pk), load)
    return [Colleague(member, load[member.pk], member == usual) for member in team]
