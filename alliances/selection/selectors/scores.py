"""Who may score what, and who may read which score: scorers stay blind to one another."""

from dataclasses import dataclass

from django.db.models import Prefetch, Q, QuerySet

from alliances.lifecycle.duties import Duty
from alliances.lifecycle.models import Alliance
from alliances.lifecycle.selectors import (
    alliances_visible_to,
    judgement_of,
    possible_now,
)
from alliances.lifecycle.table import AWAITING_DECISION, BY_VERB
from alliances.people.models import Membership
from alliances.people.roles import Role
from alliances.selection.models import Score, ScoreLine
from alliances.selection.table import SEAL_VERIFICATION
from kit.access import Verdict

#: While a profile awaits its decision, only these read scores that are not their own.
READ_BEFORE_DECISION = (Role.EIP, Role.CIR, Role.EVALUATOR)


@dataclass(frozen=True)
class ScoringRight:
    """Whether a membership may score an alliance, which kind of score and under which duty."""

    verdict: Verdict
    kind: Score.Kind
    duty: Duty | None = None


def scoring_right(alliance: Alliance, membership: Membership) -> ScoringRight:
    """Who holds the duty to score binds; otherwise OGR staff may write a verification score.

    An OGR that helped the profile writes it as who promotes. The refusal explains the binding
    duty, which is the one people ask about. A binding score is written while the profile is
    eligible; a verification score until the committee decides.
    """
    binding = judgement_of(alliance, BY_VERB["score"], membership).verdict
    if binding:
        in_time = possible_now(alliance, BY_VERB["score"])
        return ScoringRight(in_time, Score.Kind.BINDING, Duty.SCORE)
    if membership.role == Role.OGR:
        checking = judgement_of(alliance, SEAL_VERIFICATION, membership)
        verdict = checking.verdict and possible_now(alliance, SEAL_VERIFICATION)
        return ScoringRight(verdict, Score.Kind.VERIFICATION, checking.duty)
    return ScoringRight(binding, Score.Kind.BINDING)


def score_by(alliance: Alliance, membership: Membership) -> Score | None:
    """The score this membership began on the alliance, sealed or not."""
    return alliance.scores.filter(scorer=membership).order_by("-pk").first()


def binding_score_of(alliance: Alliance) -> Score | None:
    """The sealed score that counts."""
    return alliance.scores.filter(kind=Score.Kind.BINDING, sealed_at__isnull=False).first()


def scores_visible_to(membership: Membership) -> QuerySet[Score]:
    """One's own scores, and sealed ones of others when they can no longer sway anybody.

    Before the committee decides, others' scores are for the committee and for those who direct
    or observe, and for who already sealed a score of their own on the same profile.
    """
    sealed = Q(sealed_at__isnull=False)
    if membership.role not in READ_BEFORE_DECISION:
        own = Score.objects.filter(scorer=membership, sealed_at__isnull=False)
        sealed &= ~Q(alliance__status__in=AWAITING_DECISION) | Q(
            alliance__in=own.values("alliance")
        )
    return Score.objects.filter(alliance__in=alliances_visible_to(membership)).filter(
        sealed | Q(scorer=membership)
    )


def scores_with_lines(alliance: Alliance, membership: Membership) -> list[Score]:
    """The scores of the alliance that this membership may read, the binding one first."""
    lines = ScoreLine.objects.select_related("criterion", "option").order_by("criterion__position")
    return list(
        scores_visible_to(membership)
        .filter(alliance=alliance)
        .select_related("scorer__user", "scorer__organisation")
        .prefetch_related(Prefetch("lines", queryset=lines))
        .order_by("kind", "pk")
    )
