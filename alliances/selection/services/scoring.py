"""Scoring a profile: begin a sheet, answer it criterion by criterion, seal it once."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from uuid import UUID

from django.db import transaction
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from alliances.calls.models import Criterion, CriterionOption
from alliances.lifecycle.acting import act_on, lock_alliance
from alliances.lifecycle.duties import Duty
from alliances.lifecycle.models import Alliance
from alliances.lifecycle.table import BY_VERB
from alliances.people.models import Membership
from alliances.selection.models import Score, ScoreLine
from alliances.selection.rules import Answer, lacks_comment, seal_of, total_of
from alliances.selection.selectors.scores import (
    score_by,
    scoring_right,
)
from alliances.selection.selectors.sheet import version_of_answer, version_of_sheet
from alliances.selection.table import SEAL_VERIFICATION, START_SCORE
from kit.access import require
from kit.errors import Conflict, DomainError, NotAllowed, Overtaken


class ScoreIncomplete(DomainError):
    """The sheet cannot be sealed yet; the message names what is missing."""


@dataclass(frozen=True)
class LineDraft:
    """An answer as it comes from a sheet; ``seen`` is the version of the one it replaces."""

    criterion_id: int
    option_id: int
    comment: str = ""
    seen: str | None = None


def start_score(
    *, alliance_id: int, acting: Membership, at: datetime, key: UUID | None = None
) -> Score:
    """Begin a sheet, or give back the one this membership already began.

    It is binding for whoever holds the duty to score, a verification score for other OGR staff.
    Raises NotAllowed, with the reason, for everybody else.
    """
    with transaction.atomic():
        alliance = lock_alliance(pk=alliance_id)
        begun = score_by(alliance, acting)
        if begun:
            return begun
        right = scoring_right(alliance, acting)
        with act_on(alliance, START_SCORE, acting=acting, at=at, key=key, duty=right.duty) as act:
            if act.earlier:
                return Score.objects.get(pk=act.earlier_row("score"))
            require(right.verdict)
            score = Score(alliance=alliance, kind=right.kind, scorer=acting, started_at=at)
            score.full_clean()
            score.save()
            act.data |= {"score": score.pk, "kind": score.kind}
            return score


@transaction.atomic
def save_score_lines(*, score_id: int, lines: Iterable[LineDraft], acting: Membership) -> Score:
    """Keep answers of a sheet that is not sealed; an answer given again replaces the earlier one.

    Raises Overtaken for an answer that changed after it was read, NotAllowed for somebody else's
    sheet or who may not score any more, as with a declared interest, Conflict when it is sealed,
    DomainError when an option does not answer its criterion or the criterion is not of this call.
    """
    score = _own_open_score(score_id, acting)
    require(scoring_right(score.alliance, acting).verdict)
    given = {line.criterion_id: line for line in score.lines.all()}
    for line in lines:
        if line.seen not in (None, version_of_answer(given.get(line.criterion_id))):
            raise Overtaken(
                _("You changed this sheet in another window, after you opened it in this one.")
            )
        _keep_line(score, line)
    return score


def seal_score(
    *,
    score_id: int,
    acting: Membership,
    at: datetime,
    key: UUID | None = None,
    seen: str | None = None,
) -> Score:
    """Add the sheet up and seal it; a binding score also moves the profile to «scored».

    The same ``key`` twice is one act; ``seen`` is the version of the answers that were read.
    Raises Overtaken, ScoreIncomplete naming the criteria that lack an
    answer or a reason, NotAllowed when the judge bars the scorer by now, and Conflict when this
    sheet, or another binding one, was sealed first.
    """
    with transaction.atomic():
        alliance = lock_alliance(scores=score_id)
        sheet = Score.objects.get(pk=score_id)
        is_binding = sheet.kind == Score.Kind.BINDING
        with act_on(
            alliance,
            BY_VERB["score"] if is_binding else SEAL_VERIFICATION,
            acting=acting,
            at=at,
            key=key,
            content={"score": score_id},
            seen=seen,
            version=partial(version_of_sheet, sheet),
            duty=partial(_duty_to_seal, score_id, acting),
        ) as act:
            if act.earlier:
                return sheet
            score = _own_open_score(score_id, acting)
            _seal(score, alliance, _complete_answers(score, alliance), at)
            act.data |= {"score": score.pk, "seal": score.seal}
            return score


def _duty_to_seal(score_id: int, acting: Membership) -> Duty | None:
    """What sealing this sheet exercises, once it is certain that it is theirs and still open.

    None for a verification score: the first of its duties that is free.
    """
    is_binding = _own_open_score(score_id, acting).kind == Score.Kind.BINDING
    return Duty.SCORE if is_binding else None


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
    sentences = []
    if missing:
        sentences.append(_("Still without an answer: %(names)s.") % {"names": ", ".join(missing)})
    if silent:
        sentences.append(
            _("The lowest and the highest option need a reason: %(names)s.")
            % {"names": ", ".join(silent)}
        )
    if sentences:
        raise ScoreIncomplete(" ".join(sentences))


def _seal(score: Score, alliance: Alliance, answers: list[Answer], at: datetime) -> None:
    score.total = total_of(answers)
    score.sealed_at = at
    score.seal = seal_of(
        alliance=alliance.code,
        rules_hash=alliance.call.rules_hash,
        kind=score.kind,
        scorer_id=score.scorer_id,
        answers=answers,
        total=score.total,
        sealed_at=at,
    )
    score.full_clean()
    score.save()
