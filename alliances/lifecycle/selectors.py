"""Reads about alliances: which ones a person sees, what each may do next, and their history."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date

from django.db.models import Q, QuerySet
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from alliances.lifecycle.duties import (
    Appointed,
    Dossier,
    Duty,
    Member,
    PastAct,
    Regime,
    judge,
)
from alliances.lifecycle.models import Alliance, Appointment, Event, Interest
from alliances.lifecycle.requirements import unmet
from alliances.lifecycle.table import Transition, from_status
from alliances.people.models import Membership, Role
from kit.access import ALLOWED, Verdict, refused

NATIONAL_READERS = (Role.EIP, Role.POLICY, Role.EVALUATOR)
TERRITORIAL_READERS = (Role.OGR, Role.CIR)
PARTY_READERS = (Role.ORGANISATION, Role.MANAGER, Role.ALLY)


def alliances_visible_to(membership: Membership) -> QuerySet[Alliance]:
    """The alliances this membership may read; for anything else a page answers 404."""
    alliances = Alliance.objects.all()
    organisation = membership.organisation_id
    if membership.role in NATIONAL_READERS:
        return alliances
    if membership.role in TERRITORIAL_READERS:
        served = membership.organisation.departments.values("pk")
        return alliances.filter(municipality__department__in=served)
    if membership.role in PARTY_READERS:
        return alliances.filter(Q(organisation=organisation) | Q(ally=organisation))
    appointed = Appointment.objects.filter(organisation=organisation, until__isnull=True).filter(
        Q(person__isnull=True) | Q(person=membership.user_id)
    )
    return alliances.filter(pk__in=appointed.values("alliance"))


def dossiers(alliances: Iterable[Alliance], of: Membership | None = None) -> dict[int, Dossier]:
    """What the judge must know of each alliance, in a number of queries that does not grow.

    With ``of``, only the acts and interests of that person or organisation: all that bars *them*,
    and a small part of the history. The alliances need ``call`` and ``municipality`` loaded.
    """
    rows = list(alliances)
    keys = [row.pk for row in rows]
    ties = Interest.objects.filter(alliance__in=keys).order_by("pk")
    if of:
        ties = ties.filter(person=of.user_id)
    interests: dict[int, dict[int, str]] = defaultdict(dict)
    for tie in ties:
        interests[tie.alliance_id][tie.person_id] = str(tie.get_kind_display())
    acts, appointed = _first_acts(keys, of), _appointed(keys)
    regimes = {row.call_id: row.call.regime_rules for row in rows}
    regime_of = {call: Regime.from_data(rules) for call, rules in regimes.items()}
    return {
        row.pk: Dossier(
            regime=regime_of[row.call_id],
            department=row.municipality.department_id,
            parties=frozenset(key for key in (row.organisation_id, row.ally_id) if key),
            acts=tuple(acts[row.pk]),
            appointed=tuple(appointed[row.pk]),
            interests=interests[row.pk],
        )
        for row in rows
    }


def dossier_of(alliance: Alliance, of: Membership | None = None) -> Dossier:
    """The dossier of one alliance."""
    return dossiers([alliance], of)[alliance.pk]


def _first_acts(alliances: Collection[int], of: Membership | None) -> dict[int, list[PastAct]]:
    """The first act of each person for each organisation under each duty, in their order."""
    events = Event.objects.filter(alliance__in=alliances).exclude(duty="")
    if of:
        events = events.filter(Q(actor=of.user_id) | Q(organisation=of.organisation_id))
    whose = ("alliance", "duty", "actor", "organisation")
    first = (
        events.order_by(*whose, "sequence")
        .distinct(*whose)
        .select_related("actor", "organisation")
        .only("sequence", "at", *whose, *_NAMES)
    )
    acts: dict[int, list[PastAct]] = defaultdict(list)
    for event in sorted(first, key=lambda row: row.sequence):
        acts[event.alliance_id or 0].append(
            PastAct(
                duty=Duty(event.duty),
                person_id=event.actor_id,
                person=event.actor.display_name if event.actor else "",
                organisation_id=event.organisation_id,
                organisation=event.organisation.name if event.organisation else "",
                on=localtime(event.at).date(),
            )
        )
    return acts


_NAMES = ("actor__username", "actor__first_name", "actor__last_name", "organisation__name")


def _appointed(alliances: Collection[int]) -> dict[int, list[Appointed]]:
    standing = Appointment.objects.filter(alliance__in=alliances, until__isnull=True)
    found: dict[int, list[Appointed]] = defaultdict(list)
    for alliance, duty, organisation, name, since, person in standing.order_by("pk").values_list(
        "alliance", "duty", "organisation", "organisation__name", "since", "person"
    ):
        found[alliance].append(Appointed(Duty(duty), organisation, name, since, person))
    return found


def member_of(membership: Membership) -> Member:
    """The membership as the judge sees it; loads the departments served."""
    return Member(
        person_id=membership.user_id,
        person=membership.user.display_name,
        organisation_id=membership.organisation_id,
        organisation=membership.organisation.name,
        role=membership.role,
        departments=frozenset(
            department.pk for department in membership.organisation.departments.all()
        ),
    )


def may_act(alliance: Alliance, duty: Duty, membership: Membership) -> Verdict:
    """Whether this membership may exercise ``duty`` on this alliance now, and if not, why."""
    return judge(dossier_of(alliance, membership), duty, member_of(membership))


def may_own(alliance: Alliance, organisation_id: int) -> Verdict:
    """The fund is the producers': their buyer is a party to the alliance but not an owner."""
    if organisation_id == alliance.ally_id:
        return refused(_("The rotating fund belongs to the producers, not to their ally."))
    return ALLOWED


def judge_move(alliance: Alliance, row: Transition, dossier: Dossier, member: Member) -> Verdict:
    """Whether this member may do that verb, apart from what the table requires to be true."""
    owner = may_own(alliance, member.organisation_id) if row.is_owners else ALLOWED
    return owner and judge(dossier, row.duty, member)


@dataclass(frozen=True)
class Action:
    """A verb that leaves the alliance's status, with the verdict for one member."""

    transition: Transition
    verdict: Verdict
    is_for_role: bool

    @property
    def verb(self) -> str:
        return self.transition.verb


def actions_for(alliance: Alliance, membership: Membership) -> list[Action]:
    """Every verb of the table that leaves the current status, allowed or not, and why not."""
    dossier, member = dossier_of(alliance, membership), member_of(membership)
    return [
        Action(
            transition=row,
            verdict=_verdict(alliance, dossier, row, member),
            is_for_role=holds_role(dossier.regime, row.duty, membership.role),
        )
        for row in from_status(alliance.status)
    ]


def holds_role(regime: Regime, duty: Duty, role: str) -> bool:
    """True when some holder of the duty has this role, whatever its reach."""
    return any(holder.role == role for holder in regime.holders.get(duty, ()))


def _verdict(alliance: Alliance, dossier: Dossier, row: Transition, member: Member) -> Verdict:
    verdict = judge_move(alliance, row, dossier, member)
    if not verdict:
        return verdict
    reasons = unmet(alliance, row.requirements)
    return refused(" ".join(reasons)) if reasons else ALLOWED


@dataclass(frozen=True)
class WhoMayAct:
    """For one pending duty: who may exercise it today, and why each other candidate may not."""

    duty: Duty
    eligible: tuple[Membership, ...]
    barred: tuple[tuple[Membership, str], ...]


def who_may_act(
    alliance: Alliance, duty: Duty, on: date, on_request: tuple[PastAct, ...] = ()
) -> WhoMayAct:
    """Candidates are the people whose role holds the duty and everybody who acted here.

    ``on_request`` are the acts on one request of money, when it is about that one.
    """
    dossier = replace(dossier_of(alliance), on_request=on_request)
    roles = {holder.role for holder in dossier.regime.holders.get(duty, ())}
    people = {act.person_id for act in dossier.acts if act.person_id}
    candidates = (
        Membership.objects.valid_on(on)
        .filter(Q(role__in=roles) | Q(user__in=people))
        .with_names()
        .prefetch_related("organisation__departments")
        .order_by("role", "organisation__name", "user__first_name", "user__last_name", "pk")
    )
    verdicts = [(row, judge(dossier, duty, member_of(row))) for row in candidates]
    return WhoMayAct(
        duty=duty,
        eligible=tuple(row for row, verdict in verdicts if verdict),
        barred=tuple((row, verdict.reason) for row, verdict in verdicts if not verdict),
    )


def history_of(alliance: Alliance) -> QuerySet[Event]:
    """The audit chain of one alliance, newest first, with names loaded."""
    return (
        Event.objects.filter(alliance=alliance)
        .select_related("actor", "organisation")
        .order_by("-sequence")
    )


def last_move(alliance: Alliance) -> Event | None:
    """The event that brought the alliance to its present status."""
    return history_of(alliance).exclude(to_status="").first()
