"""Writes about studies: written, mended while open, then frozen before outcomes are read."""

import hashlib
import json
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from alliances.lifecycle.process import record_apart
from alliances.people.models import Membership
from evaluation.access import can_evaluate
from evaluation.estimators.chaining_spec import ChainingSpec
from evaluation.studies.models import Study, StudyKind
from evaluation.studies.rules import PROFILE_COVARIATES
from evaluation.surveys.models import VariableKind, Wave
from kit.access import require
from kit.errors import Conflict, DomainError

_NUMERIC = (VariableKind.INTEGER, VariableKind.NUMBER, VariableKind.YES_NO)


@transaction.atomic
def create_study(
    *,
    title: str,
    wave_id: int,
    specification: ChainingSpec,
    acting: Membership,
    at: datetime,
    client_key: UUID | None = None,
) -> Study:
    """An open chaining study; the same key again gives the same one.

    Raises NotAllowed, DomainError, ValidationError.
    """
    require(can_evaluate(acting))
    wave = Wave.objects.select_for_update().get(pk=wave_id)
    if client_key and (same := wave.studies.filter(client_key=client_key).first()):
        return same
    _check_covariates(wave, specification)
    study = Study(
        kind=StudyKind.CHAINING,
        title=title,
        wave=wave,
        specification=specification.to_data(),
        author=acting,
        created_at=at,
        client_key=client_key,
    )
    study.full_clean()
    study.save()
    return study


@transaction.atomic
def revise_study(
    *, study_id: int, title: str, specification: ChainingSpec, acting: Membership
) -> Study:
    """Change an open study. Raises NotAllowed, Conflict when it is frozen, DomainError."""
    require(can_evaluate(acting))
    study = _open_study(study_id)
    _check_covariates(study.wave, specification)
    study.title = title
    study.specification = specification.to_data()
    study.full_clean()
    study.save()
    return study


@transaction.atomic
def freeze_study(*, study_id: int, acting: Membership, at: datetime) -> Study:
    """Fix the study for good and hash it, also in the audit chain; only then may it be run.

    Raises NotAllowed, Conflict.
    """
    require(can_evaluate(acting))
    study = _open_study(study_id)
    study.spec_hash = hash_of_study(study)
    study.frozen_at = at
    study.save(update_fields=["spec_hash", "frozen_at"])
    data = {"study": study.pk, "name": study.title, "spec_hash": study.spec_hash}
    record_apart(verb="freeze_study", acting=acting, at=at, data=data)
    return study


def hash_of_study(study: Study) -> str:
    """SHA-256 of what the study asks, in one canonical spelling."""
    asked = {"kind": study.kind, "wave": study.wave.code, "specification": study.specification}
    return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()


def _open_study(study_id: int) -> Study:
    study = Study.objects.select_for_update(of=("self",)).select_related("wave").get(pk=study_id)
    if study.is_frozen:
        raise Conflict(_("This study is frozen: write another one to ask something else."))
    return study


def _check_covariates(wave: Wave, specification: ChainingSpec) -> None:
    """Covariates are facts of the profile or numeric, impersonal variables of the wave."""
    numeric = wave.variables.filter(kind__in=_NUMERIC, is_personal=False)
    known = {*PROFILE_COVARIATES, *numeric.values_list("name", flat=True)}
    unknown = [name for name in specification.covariates if name not in known]
    if unknown:
        raise DomainError(_("«%(name)s» cannot be a covariate.") % {"name": unknown[0]})
