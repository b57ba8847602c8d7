"""Writes about studies: mended or discarded while open, frozen before outcomes are read."""

import hashlib
import json
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.formats import date_format
from django.utils.text import slugify
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from alliances.people.models import Membership
from evaluation.acting import evaluate
from evaluation.studies.checking import check_specification
from evaluation.studies.models import Study
from evaluation.studies.selectors import finished_runs, last_revision, late_variables, readings
from evaluation.studies.specs import Specification, kind_of, specification_of
from evaluation.studies.table import (
    AMEND_STUDY,
    CREATE_STUDY,
    DISCARD_STUDY,
    FREEZE_STUDY,
    REVISE_STUDY,
)
from evaluation.surveys.services import lock_wave
from kit.errors import Conflict, DomainError, Overtaken
from kit.locks import take_turns

#: Letters of the title in a short name; the rest of its sixty are for a number.
SLUG_BASE = 54
#: What a study is stamped with on freezing.
STAMPS = ("finished_before", "read_before", "measured_after")


def create_study(
    *,
    title: str,
    wave_id: int | None,
    specification: Specification,
    acting: Membership,
    at: datetime,
    slug: str = "",
    key: UUID | None = None,
) -> Study:
    """An open study; the same key again gives the same one. ``wave_id``: None for stored rows.

    ``slug`` is its name for commands and addresses, made of the title unless given.
    Raises NotAllowed, DomainError, ValidationError.
    """
    content = {
        "title": title,
        "slug": slug,
        "wave": wave_id,
        "specification": specification.to_data(),
    }
    with evaluate(CREATE_STUDY, acting=acting, at=at, key=key, content=content) as act:
        if act.earlier:
            return Study.objects.get(pk=act.earlier_row("study"))
        wave = None if wave_id is None else lock_wave(wave_id)
        check_specification(wave, specification)
        take_turns("study slug")
        study = Study(
            kind=kind_of(specification),
            title=title,
            slug=slug or _free_slug(title),
            wave=wave,
            specification=specification.to_data(),
            author=acting,
            created_at=at,
            key=key,
        )
        study.full_clean()
        study.save()
        act.data |= _told_of(study)
        return study


def revise_study(
    *,
    study_id: int,
    title: str,
    specification: Specification,
    acting: Membership,
    at: datetime,
    seen: str | None = None,
    key: UUID | None = None,
) -> Study:
    """Change an open study; its kind stays. The audit chain keeps who did.

    ``seen`` is the version that the writer read. Raises Overtaken when it was changed since,
    Conflict if frozen, NotAllowed, DomainError.
    """
    content = {"study": study_id, "title": title, "specification": specification.to_data()}
    with evaluate(REVISE_STUDY, acting=acting, at=at, key=key, content=content) as act:
        if act.earlier:
            return Study.objects.get(pk=study_id)
        study = _open_study(study_id, seen)
        if kind_of(specification) != study.kind:
            raise DomainError(_("A study keeps its kind: write another one."))
        check_specification(study.wave, specification)
        study.title = title
        study.specification = specification.to_data()
        study.full_clean()
        study.save()
        act.data |= _told_of(study)
        return study


def discard_study(
    *,
    study_id: int,
    acting: Membership,
    at: datetime,
    seen: str | None = None,
    key: UUID | None = None,
) -> Study:
    """Take an open study that was a slip out of sight; its short name stays taken.

    ``seen`` is the version that was read. Raises Overtaken when it was changed since, Conflict if
    it is frozen or if somebody has put words of people beside it, NotAllowed.
    """
    content = {"study": study_id}
    with evaluate(DISCARD_STUDY, acting=acting, at=at, key=key, content=content) as act:
        if act.earlier:
            return Study.objects.get(pk=study_id)
        study = _open_study(study_id, seen)
        if study.excerpts.exists():  # of the floor above
            raise Conflict(_("Excerpts stand beside this study: it is no longer only yours."))
        study.discarded_at = at
        study.save(update_fields=["discarded_at"])
        act.data |= _told_of(study)
        return study


def freeze_study(
    *,
    study_id: int,
    acting: Membership,
    at: datetime,
    seen: str | None = None,
    key: UUID | None = None,
) -> Study:
    """Fix the study for good and hash it, also in the audit chain; only then may it be run.

    It is stamped with what was known: the runs of the same data that had finished, who had read
    them, and which of its variables were measured after selection. What it asks must still be
    there, as the dictionary says now. ``seen`` is the version that was read. Raises NotAllowed,
    Overtaken, Conflict, DomainError.
    """
    content = {"study": study_id}
    with evaluate(FREEZE_STUDY, acting=acting, at=at, key=key, content=content) as act:
        if act.earlier:
            return Study.objects.get(pk=study_id)
        study = _open_study(study_id, seen)
        check_specification(study.wave, specification_of(study.kind, study.specification))
        study.finished_before = finished_runs(study)
        study.read_before = readings(study)
        study.measured_after = late_variables(study)
        study.spec_hash = hash_of_study(study)
        study.frozen_at = at
        study.save(update_fields=[*STAMPS, "spec_hash", "frozen_at"])
        act.data |= {
            "study": study.pk,
            "name": study.title,
            "spec_hash": study.spec_hash,
            **{name: getattr(study, name) for name in STAMPS},
        }
        return study


def amend_study(
    *, study_id: int, acting: Membership, at: datetime, key: UUID | None = None
) -> Study:
    """An open study that asks what a frozen one asks, and is marked for good as amending it.

    Raises NotAllowed, and Conflict while the other is open: that one can be changed.
    """
    with evaluate(AMEND_STUDY, acting=acting, at=at, key=key, content={"study": study_id}) as act:
        if act.earlier:
            return Study.objects.get(pk=act.earlier_row("study"))
        old = Study.objects.select_for_update(of=("self",)).select_related("wave").get(pk=study_id)
        if not old.is_frozen:
            raise Conflict(_("This study is open: change it, there is nothing to amend."))
        take_turns("study slug")
        title = _("%(title)s (amended)") % {"title": old.title}
        fits = len(title) <= (Study._meta.get_field("title").max_length or 0)
        study = Study(
            kind=old.kind,
            title=title if fits else old.title,
            slug=_free_slug(old.title),
            wave=old.wave,
            specification=old.specification,
            amends=old,
            author=acting,
            created_at=at,
            key=key,
        )
        study.full_clean()
        study.save()
        act.data |= _told_of(study) | {"amends": old.pk}
        return study


def _told_of(study: Study) -> dict[str, Any]:
    """What every event about an open study says of it."""
    return {"study": study.pk, "name": study.title, "version": study.version}


def hash_of_study(study: Study) -> str:
    """SHA-256 of what the study asks and what was known before, in one canonical spelling."""
    wave = study.wave.code if study.wave else None
    content = {"kind": study.kind, "wave": wave, "specification": study.specification}
    if study.finished_before:
        content["finished_before"] = study.finished_before
    for name in ("read_before", "measured_after"):
        if getattr(study, name) is not None:
            content[name] = getattr(study, name)
    if study.amends:
        content["amends"] = [study.amends.slug, study.amends.spec_hash]
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _open_study(study_id: int, seen: str | None) -> Study:
    """The study, locked; ``seen`` is the version that was read, None for whoever read none."""
    study = (
        Study.objects.select_for_update(of=("self",))
        .select_related("wave", "amends")
        .get(pk=study_id)
    )
    if study.is_frozen:
        raise Conflict(_("This study is frozen: write another one to ask something else."))
    if study.discarded_at:
        raise Conflict(_("This study was discarded: write another one."))
    if seen is not None and seen != study.version:
        raise _overtaken(study)
    return study


def _overtaken(study: Study) -> Overtaken:
    last = last_revision(study)
    return Overtaken(
        _(
            "%(person)s changed this study on %(when)s, after you opened it: nothing was done. "
            "Read what it says now, then decide."
        )
        % {
            "person": last.actor.display_name if last and last.actor else _("Somebody"),
            "when": date_format(localtime(last.at), "DATETIME_FORMAT") if last else "—",
        }
    )


def _free_slug(title: str) -> str:
    """A short name of the title that no study has."""
    base = slugify(title)[:SLUG_BASE].strip("-") or "estudio"
    taken = set(Study.objects.filter(slug__startswith=base).values_list("slug", flat=True))
    candidates = [base, *(f"{base}-{number}" for number in range(2, len(taken) + 3))]
    return next(name for name in candidates if name not in taken)
