"""Reads about alliances: which ones a person sees, what each may do next, and their history."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial
from typing import Generic, TypeVar

from django.db.models import BigIntegerField, DateField, OuterRef, Prefetch, Q, QuerySet, Value
from django.utils.functional import SimpleLazyObject
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
from alliances.lifecycle.registry import unmet
from alliances.lifecycle.table import TRANSITIONS, Act, Status, Transition
from alliances.people.models import Consultant, Membership, display_name
from alliances.people.roles import KEEPERS, Role
from kit.access import ALLOWED, Verdict, refused
from kit.figures import number
from kit.names import by_name

NATIONAL_READERS = (Role.EIP, Role.EVALUATOR)
#: They read the programme in aggregates, in which no alliance and nobody can be recognised.
AGGREGATE_READERS = (Role.POLICY,)
TERRITORIAL_READERS = (Role.OGR, Role.CIR)
PARTY_READERS = (Role.ORGANISATION, Role.MANAGER, Role.ALLY)


def can_read_rows(membership: Membership) -> Verdict:
    """Whether this role reads alliances one by one, some of them or all."""
    if membership.role in AGGREGATE_READERS:
        return refused(_("The ministry reads the programme in aggregates, never one alliance."))
    if membership.role in KEEPERS:
        return refused(_("Who keeps the register of bodies and people reads no alliance."))
    return ALLOWED


def alliances_visible_to(membership: Membership) -> QuerySet[Alliance]:
    """The alliances this membership may read; for anything else a page answers 404.

    A draft is read by its own people alone: the OGR that helps it, its organisation, and whoever
    is appointed to it. Policy reads none, whatever its organisation is to one.
    """
    if not can_read_rows(membership):
        return Alliance.objects.none()
    alliances = Alliance.objects.all()
    organisation = membership.organisation_id
    presented = ~Q(status=Status.DRAFT)
    if membership.role in NATIONAL_READERS:
        return alliances.filter(presented)
    if membership.role in TERRITORIAL_READERS:
        here = alliances.filter(municipality__department__in=membership.organisation.served)
        return here if membership.role == Role.OGR else here.filter(presented)
    if membership.role in PARTY_READERS:
        return alliances.filter(Q(organisation=organisation) | Q(ally=organisation) & presented)
    appointed = Appointment.objects.filter(organisation=organisation, until__isnull=True).filter(
        Q(person__isnull=True) | Q(person=membership.user_id)
    )
    return alliances.filter(pk__in=appointed.values("alliance"))


def with_names(alliances: QuerySet[Alliance]) -> QuerySet[Alliance]:
    """Each with its call, its parties, its place and its crop: what pages call it by."""
    return alliances.select_related(
        "call", "organisation", "ally", "municipality__department", "crop"
    )


def dossiers(alliances: Iterable[Alliance], of: Membership | None = None) -> dict[int, Dossier]:
    """What the judge must know of each alliance, in a number of queries that does not grow.

    With ``of``, only the acts and interests of that person or organisation: all that bars *them*,
    and a small part of the history; a membership that only reads a page keeps them
    (``Membership.dossiers``). The alliances need ``call`` and ``municipality`` loaded.
    """
    rows = {row.pk: row for row in alliances}
    known = of.dossiers if of and of.dossiers is not None else {}
    unread = [row for key, row in rows.items() if key not in known]
    if unread:
        known |= _read(unread, of)
    return {key: known[key] for key in rows}


def _read(rows: Collection[Alliance], of: Membership | None) -> dict[int, Dossier]:
    keys = [row.pk for row in rows]
    acts, (interests, appointed) = _first_acts(keys, of), _ties_and_appointments(keys, of)
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


def whole_dossier(alliance: Alliance, membership: Membership) -> Dossier:
    """The dossier of everybody, from which this member is judged too for the rest of the page."""
    dossier = dossier_of(alliance)
    if membership.dossiers is not None:
        membership.dossiers[alliance.pk] = dossier
    return dossier


def _first_acts(alliances: Collection[int], of: Membership | None) -> dict[int, list[PastAct]]:
    """The first act of each person for each organisation under each duty, in their order."""
    events = Event.objects.filter(alliance__in=alliances).exclude(duty="")
    if of:
        events = events.filter(Q(actor=of.user_id) | Q(organisation=of.organisation_id))
    whose = ("alliance", "duty", "actor", "organisation")
    first = events.order_by(*whose, "sequence").distinct(*whose)
    rows = first.values_list("sequence", "at", *whose, "organisation__name", *ACTOR_NAMES)
    acts: dict[int, list[PastAct]] = defaultdict(list)
    for _sequence, at, alliance, duty, person, organisation, body, *names in sorted(
        rows, key=lambda row: row[0]
    ):
        acts[alliance].append(
            PastAct(
                duty=Duty(duty),
                person_id=person,
                person=display_name(*names) if person else "",
                organisation_id=organisation,
                organisation=body or "",
                on=localtime(at).date(),
            )
        )
    return acts


ACTOR_NAMES = ("actor__username", "actor__first_name", "actor__last_name")


def _ties_and_appointments(
    alliances: Collection[int], of: Membership | None
) -> tuple[dict[int, dict[int, str]], dict[int, list[Appointed]]]:
    """Declared interests (of everybody or of one person) and standing appointments, in one read."""
    ties = Interest.objects.filter(alliance__in=alliances)
    appointments = Appointment.objects.filter(alliance__in=alliances, until__isnull=True)
    nobody, no_day = Value(None, BigIntegerField()), Value(None, DateField())
    rows = (
        (ties.filter(person=of.user_id) if of else ties)
        .values_list("alliance", "pk", "kind", "person", nobody, Value(""), no_day)
        .union(
            appointments.values_list(
                "alliance", "pk", "duty", "person", "organisation", "organisation__name", "since"
            ),
            all=True,
        )
    )
    interests: dict[int, dict[int, str]] = defaultdict(dict)
    appointed: dict[int, list[Appointed]] = defaultdict(list)
    for alliance, _pk, word, person, organisation, name, since in sorted(
        rows, key=lambda row: row[1]
    ):
        if organisation is None:
            interests[alliance][person] = str(Interest.Kind(word).label)
        else:
            appointed[alliance].append(Appointed(Duty(word), organisation, name, since, person))
    return interests, appointed


def member_of(membership: Membership) -> Member:
    """The membership as the judge sees it; the departments are read when a territory matters."""
    return Member(
        person_id=membership.user_id,
        person=membership.user.display_name,
        organisation_id=membership.organisation_id,
        organisation=membership.organisation.name,
        role=membership.role,
        departments=SimpleLazyObject(partial(_served, membership)),
    )


def _served(membership: Membership) -> frozenset[str]:
    return frozenset(department.pk for department in membership.organisation.served)


def may_act(alliance: Alliance, duty: Duty, membership: Membership) -> Verdict:
    """Whether this membership may exercise ``duty`` on this alliance now, and if not, why."""
    return judge(dossier_of(alliance, membership), duty, member_of(membership))


def may_own(alliance: Alliance, organisation_id: int) -> Verdict:
    """The fund is the producers': their buyer is a party to the alliance but not an owner."""
    if organisation_id == alliance.ally_id:
        return refused(_("The rotating fund belongs to the producers, not to their ally."))
    return ALLOWED


@dataclass(frozen=True)
class Judgement:
    """Whether a member may do an act, and the duty it would be done under."""

    verdict: Verdict
    duty: Duty | None = None


def judge_act(
    alliance: Alliance, act: Act, dossier: Dossier, member: Member, duty: Duty | None = None
) -> Judgement:
    """Whether this member may do the act, whatever the alliance's status.

    Of several duties the first that is free is exercised; ``duty`` narrows them to one. What
    needs no duty is allowed.
    """
    owner = may_own(alliance, member.organisation_id) if act.is_owners else ALLOWED
    if not owner or not act.duties:
        return Judgement(owner)
    if act.is_no_partys and member.organisation_id in dossier.parties:
        sentence = _("%(organisation)s is a party to this alliance: nobody judges their own.")
        return Judgement(refused(sentence % {"organisation": member.organisation}))
    tried = [(one, judge(dossier, one, member)) for one in ((duty,) if duty else act.duties)]
    allowed = next((row for row in tried if row[1]), None)
    held = [row for row in tried if holds_role(dossier.regime, row[0], member.role)]
    exercised, verdict = allowed or (held or tried)[0]
    return Judgement(verdict, exercised)


def judgement_of(
    alliance: Alliance,
    act: Act,
    membership: Membership,
    *,
    duty: Duty | None = None,
    on_request: tuple[PastAct, ...] = (),
    parties: Collection[int] = (),
) -> Judgement:
    """``judge_act`` with what the database knows; nothing is read for what needs no duty."""
    if not act.duties and not act.is_owners:
        return Judgement(ALLOWED)
    dossier = dossier_of(alliance, membership)
    dossier = replace(dossier, on_request=on_request, parties=dossier.parties | {*parties})
    return judge_act(alliance, act, dossier, member_of(membership), duty)


def may_do(
    alliance: Alliance, act: Act, membership: Membership, duty: Duty | None = None
) -> Verdict:
    """Whether this membership may do the act here and now: what its page asks before it shows."""
    judgement = judgement_of(alliance, act, membership, duty=duty)
    return judgement.verdict and possible_now(alliance, act)


def may_do_each(
    alliance: Alliance, acts: Iterable[Act], membership: Membership
) -> dict[str, Judgement]:
    """``may_do`` for the buttons of a page, by verb, with the duty each would be done under."""
    dossier, member = dossier_of(alliance, membership), member_of(membership)
    judged = {act: judge_act(alliance, act, dossier, member) for act in acts}
    return {
        act.verb: Judgement(judgement.verdict and possible_now(alliance, act), judgement.duty)
        for act, judgement in judged.items()
    }


def possible_now(alliance: Alliance, act: Act) -> Verdict:
    """Whether the alliance's status lets the act happen, and if not, in words."""
    if act.is_possible(alliance.status):
        return ALLOWED
    sentence = act.elsewhere or _("«%(verb)s» is not possible while the alliance is «%(status)s».")
    return refused(str(sentence) % {"verb": act.label, "status": Status(alliance.status).label})


A = TypeVar("A", bound=Act)


@dataclass(frozen=True)
class Action(Generic[A]):
    """An act that the alliance's status lets happen, with the verdict for one member.

    ``duty``: the one it would be done under; None for what needs none. ``lacks``: it is this
    member's to do, but something must be true first.
    """

    act: A
    verdict: Verdict
    duty: Duty | None
    lacks: bool = False

    @property
    def verb(self) -> str:
        return self.act.verb


def actions_for(alliance: Alliance, membership: Membership) -> list[Action[Transition]]:
    """Every change of status that is possible now, allowed to this member or not, and why not."""
    return acts_for(alliance, membership, TRANSITIONS)


def acts_for(alliance: Alliance, membership: Membership, acts: Iterable[A]) -> list[Action[A]]:
    """Those of the acts that the status lets happen, allowed or not, and why not."""
    dossier, member = dossier_of(alliance, membership), member_of(membership)
    return [
        _action(alliance, dossier, act, member) for act in acts if act.is_possible(alliance.status)
    ]


def holds_role(regime: Regime, duty: Duty, role: str) -> bool:
    """True when some holder of the duty has this role, whatever its reach."""
    return any(holder.role == role for holder in regime.holders.get(duty, ()))


def _action(alliance: Alliance, dossier: Dossier, act: A, member: Member) -> Action[A]:
    judgement = judge_act(alliance, act, dossier, member)
    verdict = judgement.verdict
    if verdict and isinstance(act, Transition) and (reasons := unmet(alliance, act.requirements)):
        return Action(act, refused(" ".join(reasons)), judgement.duty, lacks=True)
    return Action(act, verdict, judgement.duty)


def can_advise(consultant: Consultant, at: datetime) -> Verdict:
    """Whether one more alliance can be given to them: a verified credential, and room for it."""
    if not any(row.is_valid_at(at) for row in consultant.credentials.all()):
        return refused(
            _("%(person)s has no verified credential in force.") % {"person": consultant}
        )
    carries = advised_by(consultant.user_id).values("alliance").distinct().count()
    if carries >= consultant.maximum_profiles:
        return refused(
            _("%(person)s already carries %(count)s alliances, the most that they may.")
            % {"person": consultant, "count": number(carries)}
        )
    return ALLOWED


def advised_by(person: int | OuterRef) -> QuerySet[Appointment]:
    """The appointments by which a consultant, by their user, advises now."""
    return Appointment.objects.filter(duty=Duty.ADVISE, until__isnull=True, person=person)


@dataclass(frozen=True)
class WhoMayAct:
    """For one pending duty: who may exercise it today, and why each other candidate may not."""

    duty: Duty
    eligible: tuple[Membership, ...]
    barred: tuple[tuple[Membership, str], ...]


def who_may_act(
    alliance: Alliance,
    duty: Duty,
    on: date,
    on_request: tuple[PastAct, ...] = (),
    dossier: Dossier | None = None,
) -> WhoMayAct:
    """Candidates are the people whose role holds the duty and everybody who acted here.

    ``on_request`` are the acts on one request of money, when it is about that one; ``dossier``
    is the whole one of the alliance, where it was already read.
    """
    dossier = replace(dossier or dossier_of(alliance), on_request=on_request)
    roles = {holder.role for holder in dossier.regime.holders.get(duty, ())}
    people = {act.person_id for act in dossier.acts if act.person_id}
    candidates = (
        Membership.objects.valid_on(on)
        .filter(Q(role__in=roles) | Q(user__in=people))
        .with_names()
        .prefetch_related(Prefetch("organisation__departments", to_attr="served"))
        .order_by(
            "role", *by_name("organisation__name", "user__first_name", "user__last_name"), "pk"
        )
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


def changes_by_others(membership: Membership, since: datetime | None = None) -> QuerySet[Event]:
    """Changes of status by others, of the alliances this membership sees; of all time, or since."""
    changes = (
        Event.objects.filter(alliance__in=alliances_visible_to(membership))
        .exclude(to_status="")
        .exclude(actor=membership.user_id)
    )
    return changes.filter(at__gt=since) if since else changes


def last_move(alliance: Alliance) -> Event | None:
    """The event that brought the alliance to its present status."""
    return history_of(alliance).exclude(to_status="").first()
