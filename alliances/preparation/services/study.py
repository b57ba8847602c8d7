"""Writing the pre-investment study."""

from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4, uuid5

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from alliances.documents.models import DocumentKind
from alliances.documents.services import (
    add_version,
    atomic_with_files,
    digests,
    upload_document,
)
from alliances.lifecycle.acting import act_on, lock_alliance
from alliances.lifecycle.models import Alliance
from alliances.lifecycle.services import advance
from alliances.people.models import Membership
from alliances.preparation.models import PreinvestmentStudy
from alliances.preparation.rules import study_problems
from alliances.preparation.selectors import study_gaps
from alliances.preparation.table import WRITE_STUDY
from kit.days import day_problem
from kit.versions import NOTHING


@dataclass(frozen=True)
class StudyData:
    """What the study says, by area, and what the plan yields."""

    visited_on: date
    technical: str
    market: str
    social: str
    environmental: str
    organisational: str
    net_present_value_cop: Decimal
    internal_rate_percent: Decimal
    yearly_income_per_producer_cop: Decimal


@atomic_with_files()
def write_study(
    *,
    alliance: Alliance,
    data: StudyData,
    acting: Membership,
    at: datetime,
    document: UploadedFile | None = None,
    key: UUID | None = None,
    seen: str | None = None,
) -> PreinvestmentStudy:
    """Write or rewrite the study while it is in preparation or returned; one per alliance.

    The signed ``document`` is kept as the next version of the study's, once per ``key``;
    ``seen`` is the version of the study that was read, NOTHING when there was none. Raises
    NotAllowed (state, duty), Overtaken, RefusedFile, ValidationError for a field without sense.
    """
    written = asdict(data)
    locked = lock_alliance(pk=alliance.pk)
    written_before = PreinvestmentStudy.objects.filter(alliance=alliance).first()
    study = written_before or PreinvestmentStudy(alliance=locked)
    with act_on(
        locked,
        WRITE_STUDY,
        acting=acting,
        at=at,
        key=key,
        content={**written, "document": digests([document])},
        seen=seen,
        version=study.version if study.pk else NOTHING,
    ) as act:
        if act.earlier:
            return study
        if document:
            _attach(act.alliance, document, acting, at, uuid5(key, "study") if key else uuid4())
        changed = sorted(name for name in written if written[name] != getattr(study, name))
        if study.pk and not changed:
            act.skip()
            return study
        _check(study, data, acting, at)
        study.save()
        act.data["fields"] = changed
        return study


@atomic_with_files()
def present_study(
    *, alliance: Alliance, acting: Membership, at: datetime, key: UUID, **written: Any
) -> PreinvestmentStudy:
    """``write_study``, and submit what was just written unless something of it is missing.

    What is missing is what ``study_gaps`` says of the alliance afterwards. Raises what
    ``write_study`` and ``advance`` raise; then neither was done.
    """
    study = write_study(alliance=alliance, acting=acting, at=at, key=key, **written)
    if not study_gaps(alliance):
        study.alliance = advance(
            alliance_id=alliance.pk,
            verb="submit_study",
            acting=acting,
            at=at,
            key=uuid5(key, "submit"),
        )
    return study


def _check(study: PreinvestmentStudy, data: StudyData, acting: Membership, at: datetime) -> None:
    problem = day_problem(
        data.visited_on,
        today=localtime(at).date(),
        not_before=study.alliance.call.opens_on,
        since=_("the call opened"),
    )
    problems = {"visited_on": problem} if problem else {}
    problems |= study_problems(
        net_present_value_cop=data.net_present_value_cop,
        internal_rate_percent=data.internal_rate_percent,
    )
    if problems:
        raise ValidationError(problems)
    for name, value in asdict(data).items():
        setattr(study, name, value)
    study.prepared_by = acting
    study.prepared_at = at
    study.full_clean()


def _attach(
    alliance: Alliance, upload: UploadedFile, acting: Membership, at: datetime, key: UUID
) -> None:
    """Keep the signed study: a new document the first time, its next version afterwards."""
    written = alliance.documents.filter(kind=DocumentKind.STUDY).order_by("pk").first()
    if written:
        add_version(document=written, upload=upload, acting=acting, at=at, key=key)
        return
    upload_document(
        alliance=alliance,
        kind=DocumentKind.STUDY,
        title=str(DocumentKind.STUDY.label),
        upload=upload,
        acting=acting,
        at=at,
        key=key,
    )
