"""Each alliance of an organisation, or each study of a consultant, as a card in plain words.

Where it stands, what its people do now and by when, who has it else and since when, what was
decided and why, and the next dates. What a card asks the database does not grow with the cards.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from alliances.calls.models import Call
from alliances.lifecycle.ahead import DateAhead, dates_of_each
from alliances.lifecycle.desk import expected_acts
from alliances.lifecycle.duties import Dossier, Duty, Member
from alliances.lifecycle.home import deadline_of, seasons_of
from alliances.lifecycle.models import Alliance, Appointment, Event
from alliances.lifecycle.selectors import (
    alliances_visible_to,
    dossiers,
    judge_act,
    member_of,
    with_names,
)
from alliances.lifecycle.table import (
    ENDED_EARLY,
    FINAL,
    OPERATING,
    PLANNING,
    STUDY_OPEN,
    Status,
    Transition,
)
from alliances.overview.cards import address_of, holder_in_words
from alliances.overview.sentences import reason_of
from alliances.people.models import Membership
from alliances.people.roles import Role
from alliances.preparation.selectors import can_present, open_calls_for
from alliances.referrals.models import Referral
from alliances.referrals.selectors import referrals_of
from alliances.selection.models import CommitteeDecision, EvaluationSnapshot
from alliances.territory.deadlines import Deadline
from kit.access import ALLOWED, Verdict, refused
from kit.figures import date_short, number
from kit.tones import Tone

#: Whose home begins with these cards.
WITH_CARDS = frozenset({Role.ORGANISATION, Role.CONSULTANT})
MOST_CARDS = 12
MOST_DATES = 4

S = Status
PLAIN: dict[Status, Promise] = {
    S.DRAFT: gettext_lazy("The profile is being written: nobody else reads it yet."),
    S.SUBMITTED: gettext_lazy("It was presented: whether it may take part is being verified."),
    S.RETURNED: gettext_lazy("The profile came back to be corrected."),
    S.ELIGIBLE: gettext_lazy("It may take part: its score comes next."),
    S.INELIGIBLE: gettext_lazy("It may not take part in this call."),
    S.SCORED: gettext_lazy("It has its score: the regional committee decides."),
    S.SELECTED: gettext_lazy("The committee selected it: its study comes next."),
    S.WAITLISTED: gettext_lazy("It is on the waiting list: it goes on if there is money left."),
    S.NOT_SELECTED: gettext_lazy("The committee did not select it."),
    S.WITHDRAWN: gettext_lazy("It was withdrawn."),
    S.PREPARING: gettext_lazy(
        "Its study is being written: whether the plan works, and what it yields."
    ),
    S.STUDY_SUBMITTED: gettext_lazy("Its study was presented and is being read."),
    S.STUDY_RETURNED: gettext_lazy("Its study came back to be corrected."),
    S.VIABLE: gettext_lazy("The study found that the plan works: the committee approves it next."),
    S.NOT_VIABLE: gettext_lazy("The study found that the plan does not work."),
    S.APPROVED: gettext_lazy("It is approved: its money is put together next."),
    S.CLOSING: gettext_lazy("Its agreement is being signed and its money put together."),
    S.TRUST_CONSTITUTED: gettext_lazy("Its money is in the trust: the work begins next."),
    S.EXECUTING: gettext_lazy("The plan is being carried out."),
    S.SUSPENDED: gettext_lazy("The work has stopped for now."),
    S.CLOSED: gettext_lazy("The work is done: the rotating fund comes next."),
    S.FUND_OPERATING: gettext_lazy("The rotating fund is at work."),
    S.GRADUATED: gettext_lazy("It ended well: the fund goes on with the organisation."),
    S.RUPTURED: gettext_lazy("The alliance broke up."),
}
#: What its own people are to do, in plain words; other acts by their own names.
_TO_DO: dict[tuple[str, str], Promise] = {
    ("submit", S.DRAFT): gettext_lazy("Complete the profile and present it"),
    ("submit", S.RETURNED): gettext_lazy("Correct what is asked and present it again"),
    ("submit_study", S.PREPARING): gettext_lazy("Write the study and present it"),
    ("submit_study", S.STUDY_RETURNED): gettext_lazy("Correct the study and present it again"),
}
#: Statuses that somebody decided: who and why is told until the next decision.
DECIDED = (
    S.RETURNED,
    S.ELIGIBLE,
    S.INELIGIBLE,
    S.SELECTED,
    S.WAITLISTED,
    S.NOT_SELECTED,
    S.WITHDRAWN,
    S.STUDY_RETURNED,
    S.VIABLE,
    S.NOT_VIABLE,
    S.APPROVED,
    S.SUSPENDED,
    S.RUPTURED,
)


@dataclass(frozen=True)
class OwnCard:
    """One alliance for its own people; ``to_do`` is empty when it waits for ``holder``.

    ``deadline`` is of what they do, or of what they wait for.
    """

    alliance: Alliance
    stands: str
    url: str
    to_do: str = ""
    deadline: Deadline | None = None
    holder: str = ""
    reasons: tuple[str, ...] = ()
    dates: tuple[DateAhead, ...] = ()
    referrals: tuple[Referral, ...] = ()

    @property
    def tone(self) -> Tone:
        """Of what is to do: never good for what was sent back."""
        if self.deadline is None:
            return Tone.PLAIN
        is_returned = self.alliance.status in (S.RETURNED, S.STUDY_RETURNED)
        return self.deadline.tone_of_lack if is_returned else self.deadline.tone

    @property
    def is_over(self) -> bool:
        return self.alliance.status in FINAL


@dataclass(frozen=True)
class PastStudy:
    """A study that a consultant handed over: how far its alliance came, without a way to it."""

    alliance: str
    status: Status
    until: date


@dataclass(frozen=True)
class OwnHome:
    """The cards of one member, those that wait for them first, and the calls open to them.

    ``past``: the studies whose appointment has ended, the latest first.
    """

    cards: tuple[OwnCard, ...]
    rest: int
    calls: tuple[Call, ...]
    is_adviser: bool
    past: tuple[PastStudy, ...] = ()


def can_have_cards(membership: Membership) -> Verdict:
    """Whether this role has alliances of its own to follow."""
    if membership.role in WITH_CARDS:
        return ALLOWED
    return refused(_("Organisations and consultants follow their own alliances here."))


def own_home(membership: Membership, at: datetime) -> OwnHome:
    """Every alliance that this organisation has, or this consultant studies."""
    rows = with_names(alliances_visible_to(membership))
    alliances = list(rows.order_by("-created_at", "pk"))
    cards = sorted(_cards(alliances[: MOST_CARDS * 3], membership, at), key=_urgency)
    return OwnHome(
        cards=tuple(cards[:MOST_CARDS]),
        rest=len(alliances) - len(cards[:MOST_CARDS]),
        calls=tuple(_calls(alliances, membership, at)),
        is_adviser=membership.role == Role.CONSULTANT,
        past=tuple(_past(membership)),
    )


def _past(membership: Membership) -> Iterator[PastStudy]:
    """Studies that this consultant wrote for this body, and no longer advises."""
    if membership.role != Role.CONSULTANT:
        return
    ended = Appointment.objects.filter(
        duty=Duty.ADVISE,
        person=membership.user_id,
        organisation=membership.organisation_id,
        until__isnull=False,
    ).select_related("alliance")
    for row in ended.order_by("-until", "-pk")[:MOST_CARDS]:
        if row.until:
            yield PastStudy(str(row.alliance), Status(row.alliance.status), row.until)


def _urgency(card: OwnCard) -> tuple[bool, bool, int]:
    days = card.deadline.days_left if card.deadline and card.to_do else 0
    return (not card.to_do, card.is_over, days)


def _calls(alliances: Sequence[Alliance], membership: Membership, at: datetime) -> Iterator[Call]:
    """Calls that an organisation may still bring a profile to: those in which it has none."""
    if membership.role != Role.ORGANISATION or not can_present(membership):
        return
    there = {row.call_id for row in alliances if row.status not in ENDED_EARLY}
    for call in open_calls_for(membership, at):
        if call.pk not in there:
            yield call


def _cards(
    alliances: Sequence[Alliance], membership: Membership, at: datetime
) -> Iterator[OwnCard]:
    today = localtime(at).date()
    dossier_of, member = dossiers(alliances), member_of(membership)
    reasons, decisions = _last_moves(alliances), _decisions(alliances)
    dates = dates_of_each(alliances, today, MOST_DATES + 1)
    seasons, referrals = _seasons(alliances, today), _referrals(alliances)
    for alliance in alliances:
        dossier = dossier_of[alliance.pk]
        own, others = _next_acts(alliance, dossier, member)
        ahead = [*dates[alliance.pk], *seasons.get(alliance.pk, ())]
        rows = [row for row in ahead if not row.is_target]  # ``deadline`` is told beside the act
        act = own or others
        yield OwnCard(
            alliance=alliance,
            stands=str(PLAIN[S(alliance.status)]),
            url=_page(alliance, own, membership),
            to_do=str(_TO_DO.get((own.verb, alliance.status), own.label)) if own else "",
            deadline=deadline_of(alliance, act, at) if act else None,
            holder=holder_in_words(dossier, others.duty) if others else "",
            reasons=(*reasons.get(alliance.pk, ()), *decisions.get(alliance.pk, ())),
            dates=tuple(sorted(rows, key=lambda row: row.on)[:MOST_DATES]),
            referrals=tuple(referrals.get(alliance.pk, ())),
        )


def _next_acts(
    alliance: Alliance, dossier: Dossier, member: Member
) -> tuple[Transition | None, Transition | None]:
    """The act that is expected next: this member's, or else that of others."""
    possible = [act for act in expected_acts() if alliance.status in act.sources]
    allowed = (act for act in possible if judge_act(alliance, act, dossier, member).verdict)
    own = next(allowed, None)
    return own, None if own else next(iter(possible), None)


def _page(alliance: Alliance, own: Transition | None, membership: Membership) -> str:
    """Where the next thing is done; else what this member comes for."""
    if own and own.page:
        return address_of(alliance, own)
    if own and alliance.status == S.DRAFT:
        return reverse("alliances:producer-list", args=[alliance.code])
    if membership.role == Role.CONSULTANT and alliance.status not in STUDY_OPEN:
        return reverse("alliances:study", args=[alliance.code])
    return reverse("alliances:alliance-detail", args=[alliance.code])


def _last_moves(alliances: Sequence[Alliance]) -> dict[int, list[str]]:
    """Who brought it where it stands, when and why, for what somebody decides."""
    keys = [row.pk for row in alliances if row.status in DECIDED]
    moves = (
        Event.objects.filter(alliance__in=keys)
        .exclude(to_status="")
        .select_related("actor", "organisation")
        .order_by("alliance", "-sequence")
        .distinct("alliance")
    )
    return {move.alliance_id or 0: [_move(move)] for move in moves if keys}


def _move(move: Event) -> str:
    words = {"status": Status(move.to_status).label, "day": date_short(move.at)}
    sentence = _("%(status)s on %(day)s") % words
    if move.organisation:
        sentence = _("%(status)s by %(who)s on %(day)s") % {**words, "who": move.organisation}
    reason = reason_of(move)
    return f"{sentence}. {reason}" if reason else f"{sentence}."


def _decisions(alliances: Sequence[Alliance]) -> dict[int, list[str]]:
    """The score, the cut-off and the place of what the committee has decided."""
    taken = CommitteeDecision.objects.filter(alliance__in=[row.pk for row in alliances])
    latest = (
        taken.select_related("score")
        .annotate(better=_others(score__gt=OuterRef("score__total")), total=_others())
        .order_by("alliance", "-decided_at", "-pk")
        .distinct("alliance")
    )
    return {row.alliance_id: [*_score(row)] for row in latest}


def _others(**having: Any) -> Subquery:
    """How many profiles of the same call and region were decided, those alike in ``having``."""
    same: QuerySet[Any] = EvaluationSnapshot.objects.filter(
        alliance__call=OuterRef("alliance__call"),
        call_region=OuterRef("alliance__snapshot__call_region"),
        **having,
    )
    return Subquery(same.order_by().values("call_region").annotate(n=Count("pk")).values("n")[:1])


def _score(row: Any) -> Iterator[str]:
    sentence = _(
        "Score %(score)s; the cut-off was %(cutoff)s. Votes: %(ayes)s for, %(noes)s against."
    )
    yield sentence % {
        "score": number(row.score.total, 1),
        "cutoff": number(row.cutoff, 1),
        "ayes": number(row.votes_for),
        "noes": number(row.votes_against),
    }
    if row.departs_from_ranking:
        yield _("It departs from the ranking: %(reason)s") % {"reason": row.reason}
    if row.total:
        better = row.better or 0
        yield ngettext(
            "Of %(total)s decided in its region, %(better)s had a better score.",
            "Of %(total)s decided in its region, %(better)s had a better score.",
            better,
        ) % {"total": number(row.total), "better": number(better)}


def _referrals(alliances: Sequence[Alliance]) -> dict[int, list[Referral]]:
    """Where else each of them was sent, the latest first."""
    by_alliance: dict[int, list[Referral]] = {}
    for row in referrals_of(alliance.pk for alliance in alliances):
        by_alliance.setdefault(row.alliance_id, []).append(row)
    return by_alliance


def _seasons(alliances: Sequence[Alliance], today: date) -> dict[int, list[DateAhead]]:
    """The end of the sowing season that is open or next, while the plan is to be carried out."""
    planned = {row.pk: row for row in alliances if row.status in (*PLANNING, *OPERATING)}
    return {
        key: [
            DateAhead(
                season.end,
                _("The sowing of %(crop)s closes") % {"crop": planned[key].crop},
                Tone.PLAIN,
            )
        ]
        for key, season in seasons_of(planned.values(), today).items()
    }
