"""Reads of referrals: those of some alliances, who may refer, and what came of them."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.utils.translation import gettext as _

from alliances.lifecycle.duties import Duty, holds
from alliances.lifecycle.models import Alliance
from alliances.lifecycle.selectors import alliances_visible_to, dossier_of, member_of
from alliances.people.models import Membership
from alliances.people.roles import Role
from alliances.referrals.models import Referral
from alliances.referrals.rules import ProgrammeAnswer
from alliances.territory.models import SisterProgramme
from kit.access import ALLOWED, Verdict, refused
from kit.figures import short_language

#: Who holds one of these on an alliance may refer it, whatever they did there before.
REFERRERS = (Duty.ADVISE, Duty.ACCOMPANY, Duty.SUPERVISE)


def can_refer(alliance: Alliance, membership: Membership) -> Verdict:
    """Who helps, accompanies or supervises it; whatever they did there before bars nobody."""
    dossier, member = dossier_of(alliance, membership), member_of(membership)
    if any(holds(dossier, duty, member) for duty in REFERRERS):
        return ALLOWED
    return refused(
        _("It is referred by the OGR of its department, its consultant, its OGA or the EIP.")
    )


def can_tell_answer(alliance: Alliance, membership: Membership) -> Verdict:
    """Who may refer it, and its own organisation, which mostly hears the answer first."""
    if (
        membership.role == Role.ORGANISATION
        and membership.organisation_id == alliance.organisation_id
    ):
        return ALLOWED
    return can_refer(alliance, membership)


def is_read_by(alliance: Alliance, membership: Membership) -> Verdict:
    """Nobody acts on what they may not read."""
    if alliances_visible_to(membership).filter(pk=alliance.pk).exists():
        return ALLOWED
    return refused(_("Your organisation does not work with this alliance."))


def programmes_on(day: date) -> QuerySet[SisterProgramme]:
    """The catalogue of that day, in the order of its codes."""
    return SisterProgramme.objects.in_force_on(day).order_by("code")


def referrals_of(alliances: Iterable[int]) -> QuerySet[Referral]:
    """Every referral of these alliances with its answer, the latest first, in one query."""
    referrals = Referral.objects.filter(alliance__in=list(alliances)).with_answer()
    return referrals.select_related("programme", "referred_by__organisation").order_by("-pk")


def with_last_referral(alliances: QuerySet[Alliance]) -> QuerySet[Alliance]:
    """Each alliance with the programme it was last referred to, and what that answered."""
    last: QuerySet[Any] = (
        Referral.objects.with_answer().filter(alliance=OuterRef("pk")).order_by("-pk")
    )
    return alliances.annotate(
        last_programme=Subquery(last.values(f"programme__name_{short_language()}")[:1]),
        last_answer=Subquery(last.values("answer")[:1]),
    )


def last_referral_in_words(alliance: Any) -> str | None:
    """Of an alliance that came through ``with_last_referral``; None when it was never referred."""
    if alliance.last_programme is None:
        return None
    answer = alliance.last_answer
    words = ProgrammeAnswer(answer).label if answer else _("Not answered yet")
    return f"{alliance.last_programme} · {words}"


@dataclass(frozen=True)
class ProgrammeCount:
    """Referrals to one programme, and how many of them were answered in each way."""

    programme: SisterProgramme
    referred: int
    waiting: int
    accepted: int
    declined: int
    no_answer: int


def referral_counts() -> Iterator[ProgrammeCount]:
    """Every programme that anybody was referred to, in the order of its code."""
    rows: QuerySet[Any] = Referral.objects.with_answer().order_by()
    counted: dict[str, Counter[str | None]] = {}
    for row in rows.values("programme", "answer").annotate(number=Count("pk")):
        counted.setdefault(row["programme"], Counter())[row["answer"]] = row["number"]
    for programme in SisterProgramme.objects.filter(pk__in=counted).order_by("code"):
        by_answer = counted[programme.pk]
        yield ProgrammeCount(
            programme,
            referred=by_answer.total(),
            waiting=by_answer[None],
            accepted=by_answer[ProgrammeAnswer.ACCEPTED],
            declined=by_answer[ProgrammeAnswer.DECLINED],
            no_answer=by_answer[ProgrammeAnswer.NO_ANSWER],
        )
