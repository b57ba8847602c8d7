"""Writes of the qualitative register: exercises, coded excerpts, and which stand by a study."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from alliances.models import Membership
from evaluation.acting import evaluate
from evaluation.qualitative.models import Excerpt, Exercise
from evaluation.qualitative.rules import exercise_problems, personal_data
from evaluation.qualitative.table import (
    ADD_EXCERPT,
    LINK_EXCERPT,
    RECORD_EXERCISE,
    WITHDRAW_EXCERPT,
)
from evaluation.studies.models import Study
from kit.access import ALLOWED, Verdict, refused, require
from kit.errors import Conflict, DomainError, Unconfirmed
from kit.versions import version_of


def record_exercise(
    *,
    kind: str,
    title: str,
    held_on: date,
    municipality_id: str,
    women: int,
    men: int,
    has_consent: bool,
    held_by: str,
    acting: Membership,
    at: datetime,
    alliance_id: int | None = None,
    body_id: int | None = None,
    key: UUID | None = None,
) -> Exercise:
    """An exercise that was held. Raises NotAllowed, DomainError, ValidationError."""
    values: dict[str, Any] = {
        "kind": kind,
        "title": title,
        "held_on": held_on,
        "municipality_id": municipality_id,
        "alliance_id": alliance_id,
        "body_id": body_id,
        "women": women,
        "men": men,
        "has_consent": has_consent,
        "held_by": held_by,
    }
    with evaluate(RECORD_EXERCISE, acting=acting, at=at, key=key, content=values) as act:
        if act.earlier:
            return Exercise.objects.get(pk=act.earlier_row("exercise"))
        problems = exercise_problems(held_on=held_on, today=localdate(at), women=women, men=men)
        if problems:
            raise DomainError(" ".join(problems.values()))
        exercise = Exercise(**values, author=acting, created_at=at)
        exercise.full_clean()
        exercise.save()
        act.data |= {"exercise": exercise.pk, "name": exercise.title}
        return exercise


def add_excerpt(
    *,
    exercise_id: int,
    text: str,
    theme: str,
    actor: str,
    is_quotable: bool,
    acting: Membership,
    at: datetime,
    despite: str | None = None,
    key: UUID | None = None,
) -> Excerpt:
    """Code what somebody said. The event tells its place in the register, never its words.

    Raises Unconfirmed where something looks like a person's number, DomainError without consent,
    NotAllowed, ValidationError.
    """
    coded: dict[str, Any] = {"theme": theme, "actor": actor, "is_quotable": is_quotable}
    content = {"exercise": exercise_id, "text": version_of(text), **coded, "despite": despite}
    with evaluate(ADD_EXCERPT, acting=acting, at=at, key=key, content=content) as act:
        if act.earlier:
            return Excerpt.objects.get(pk=act.earlier_row("excerpt"))
        exercise = Exercise.objects.get(pk=exercise_id)
        if not exercise.has_consent:
            raise DomainError(_("Not everybody consented: nothing of this exercise is quoted."))
        act.go_on(despite, lambda: _check_nobody_is_named(text))
        excerpt = Excerpt(exercise=exercise, text=text, **coded, author=acting, created_at=at)
        excerpt.full_clean()
        excerpt.save()
        act.data |= {"excerpt": excerpt.pk, "exercise": exercise.pk}
        return excerpt


def withdraw_excerpt(
    *, excerpt_id: int, acting: Membership, at: datetime, key: UUID | None = None
) -> Excerpt:
    """Take back what one coded oneself, until it stands beside a study.

    Raises NotAllowed, Conflict.
    """
    content = {"excerpt": excerpt_id}
    with evaluate(WITHDRAW_EXCERPT, acting=acting, at=at, key=key, content=content) as act:
        excerpt = Excerpt.objects.select_for_update().get(pk=excerpt_id)
        if act.earlier:
            return excerpt
        require(can_withdraw(excerpt, acting))
        if excerpt.study_id or excerpt.withdrawn_at:
            raise Conflict(_("It stands beside a study, or is withdrawn already."))
        excerpt.withdrawn_at = at
        excerpt.save(update_fields=["withdrawn_at"])
        act.data |= {"excerpt": excerpt.pk}
        return excerpt


def link_excerpt(
    *, excerpt_id: int, study_id: int, acting: Membership, at: datetime, key: UUID | None = None
) -> Excerpt:
    """Put a quotable excerpt beside the numbers of a study, for good.

    Raises NotAllowed, Conflict.
    """
    content = {"excerpt": excerpt_id, "study": study_id}
    with evaluate(LINK_EXCERPT, acting=acting, at=at, key=key, content=content) as act:
        excerpt = Excerpt.objects.select_for_update().get(pk=excerpt_id)
        if act.earlier:
            return excerpt
        if excerpt.study_id or excerpt.withdrawn_at or not excerpt.is_quotable:
            raise Conflict(_("Only a standing, quotable excerpt goes beside one study."))
        study = Study.objects.select_for_update(of=("self",)).get(pk=study_id)
        if study.discarded_at:
            raise Conflict(_("This study was discarded: nothing goes beside it."))
        excerpt.study = study
        excerpt.save(update_fields=["study"])
        act.data |= {"excerpt": excerpt.pk, "study": study_id}
        return excerpt


def can_withdraw(excerpt: Excerpt, acting: Membership) -> Verdict:
    """Whoever coded it, in any of their memberships."""
    if excerpt.author.user_id == acting.user_id:
        return ALLOWED
    return refused(_("Only whoever coded an excerpt withdraws it."))


def _check_nobody_is_named(text: str) -> None:
    if problems := personal_data(text):
        raise Unconfirmed(
            _("«%(found)s» looks like a document, a telephone or an e-mail address: take it out.")
            % {"found": problems},
            looks="personal",
        )
