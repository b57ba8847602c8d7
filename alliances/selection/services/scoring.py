"""Scoring a profile: begin a sheet, answer it criterion by criterion, seal it once."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from alliances.calls.models import Criterion, CriterionOption
from alliances.lifecycle.keys import is_repeated
from alliances.lifecycle.models import Alliance
from alliances.lifecycle.process import advance, lock_alliance, record, transition_for
from alliances.lifecycle.selectors import may_act
from alliances.lifecycle.table import Status
from alliances.people.models import Membership
from alliances.selection.models import Score, ScoreLine
from alliances.selection.rules import Answer, lacks_comment, seal_of, total_of
from alliances.selection.selectors.scores import (
    AWAITING_DECISION,
    DUTIES,
    score_by,
    scoring_right,
)
from kit.access import require
from kit.errors import Conflict, DomainError, NotAllowed


class ScoreIncomplete(DomainError):
    """The sheet cannot be sealed yet; the message names what is missing."""


@dataclass(frozen=True)
class LineDraft:
    """An answer as it comes from a sheet."""

    criterion_id: int
    option_id: int
    comment: str = ""


@transaction.atomic
def start_score(*, alliance_id: int, acting: Membership, at: datetime) -> Score:
    """Begin a sheet, or give back the one this membership already began.

    It is binding for whoever holds the duty to score, a verification score for other OGR staff.
    Raises NotAllowed, with the reason, for everybody else.
    """
    alliance = lock_alliance(alliance_id)
    begun = score_by(alliance, acting)
    if begun:
        return begun
    right = scoring_right(alliance, acting)
    require(right.verdict)
    score = Score(alliance=alliance, kind=right.kind, scorer=acting, started_at=at)
    score.full_clean()
    score.save()
    data = {"score": score.pk, "kind": score.kind}
    duty = DUTIES[right.kind]
    record(alliance=alliance, verb="start_score", duty=duty, acting=acting, at=at, data=data)
    return score


@transaction.atomic
def save_score_lines(*, score_id: int, lines: Iterable[LineDraft], acting: Membership) -> Score:
    """Keep answers of a sheet that is not sealed; an answer given again replaces the earlier one.

    Raises NotAllowed for somebody else's sheet, Conflict when it is sealed, DomainError when an
    option does not answer its criterion or the criterion is not of this call.
    """
    score = _own_open_score(score_id, acting)
    for line in lines:
        _keep_line(score, line)
    return score


@transaction.atomic
def seal_score(
    *, score_id: int, acting: Membership, at: datetime, key: UUID | None = None
) -> Score:
    """Add the sheet up and seal it; a binding score also moves the profile to «scored».

    The same ``key`` twice is one act. Raises ScoreIncomplete naming the criteria that lack an
    answer or a reason, NotAllowed when the judge bars the scorer by now, and Conflict when this
    sheet, or another binding one, was sealed first.
    """
    asked = Score.objects.get(pk=score_id)
    alliance = lock_alliance(asked.alliance_id)
    verb = "score" if asked.kind == Score.Kind.BINDING else "seal_verification"
    if is_repeated(alliance, verb, key, score=score_id):
        return Score.objects.get(pk=score_id)
    score = _own_open_score(score_id, acting)
    _check_still_open(alliance, score)
    duty = DUTIES[Score.Kind(score.kind)]
    require(may_act(alliance, duty, acting))
    _seal(score, alliance, _complete_answers(score, alliance), at)
    sealed: dict[str, Any] = {"score": score.pk, "seal": score.seal}
    if score.kind == Score.Kind.BINDING:
        advance(alliance_id=alliance.pk, verb=verb, acting=acting, at=at, data=sealed, key=key)
    else:
        record(
            alliance=alliance,
            verb=verb,
            duty=duty,
            acting=acting,
            at=at,
            data=sealed,
            key=key,
        )
    return score


def _check_still_open(alliance: Alliance, score: Score) -> None:
    """A binding score moves the profile; a verification score still means something until then."""
    if score.kind == Score.Kind.BINDING:
        transition_for(alliance, "score")
    elif alliance.status not in AWAITING_DECISION:
        raise NotAllowed(
            _("A profile that is «%(status)s» is not scored.")
            % {"status": Status(alliance.status).label}
        )


def _own_open_score(score_id: int, acting: Membership) -> Score:
    """The sheet, locked. Only the membership that began it writes on it, until it is sealed."""
    score = Score.objects.select_for_update().get(pk=score_id)
    if score.scorer_id != acting.pk:
        raise NotAllowed(_("This scoring sheet belongs to another scorer."))
    if score.sealed_at:
        raise Conflict(
            _("You sealed this score on %(when)s; it no longer changes.")
            % {"when": date_format(localtime(score.sealed_at), "SHORT_DATETIME_FORMAT")}
        )
    return score


def _keep_line(score: Score, draft: LineDraft) -> None:
    option = CriterionOption.objects.filter(
        pk=draft.option_id,
        criterion=draft.criterion_id,
        criterion__call__alliances=score.alliance_id,
    ).first()
    if option is None:
        raise DomainError(_("That option does not answer this criterion."))
    ScoreLine.objects.update_or_create(
        score=score,
        criterion_id=draft.criterion_id,
        defaults={"option": option, "comment": draft.comment.strip()},
    )


def _complete_answers(score: Score, alliance: Alliance) -> list[Answer]:
    """Every criterion answered, extreme options with their reason."""
    lines = score.lines.select_related("criterion", "option").order_by("criterion__position")
    answers = [
        Answer(row.criterion.position, row.criterion.weight, row.option.points, row.comment)
        for row in lines
    ]
    answered = {answer.position for answer in answers}
    missing = [
        row.name
        for row in Criterion.objects.filter(call=alliance.call_id).order_by("position")
        if row.position not in answered
    ]
    given = zip(lines, answers, strict=True)
    silent = [row.criterion.name for row, answer in given if lacks_comment(answer)]
    _refuse_incomplete(missing, silent)
    return answers


def _refuse_incomplete(missing: list[str], silent: list[str]) -> None:
    said = []
    if missing:
        said.append(_("Still without an answer: %(names)s.") % {"names": ", ".join(missing)})
    if silent:
        said.append(
            _("The lowest and the highest option need a reason: %(names)s.")
            % {"names": ", ".join(silent)}
        )
    if said:
        raise ScoreIncomplete(" ".join(said))


def _seal(score: Score, alliance: Alliance, answers: list[Answer], at: datetime) -> None:
    score.total = total_of(answers)
    score.sealed_at = at
    score.seal = seal_of(
        alliance=alliance.code,
        rules_hash=alliance.call.rules_hash,
        kind=score.kind,
        version=score.version,
        scorer_id=score.scorer_id,
        answers=answers,
        total=score.total,
        sealed_at=at,
    )
    score.full_clean()
    score.save()
