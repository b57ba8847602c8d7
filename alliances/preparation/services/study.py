"""Writing the pre-investment study."""

from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID, uuid4

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from alliances.documents.models import DocumentKind
from alliances.documents.services import add_version, atomic_with_files, upload_document
from alliances.lifecycle.duties import Duty
from alliances.lifecycle.models import Alliance
from alliances.lifecycle.process import lock_alliance, record
from alliances.lifecycle.selectors import may_act
from alliances.lifecycle.table import Status
from alliances.people.models import Membership
from alliances.preparation.models import Study
from alliances.preparation.rules import STUDY_OPEN
from kit.access import require
from kit.errors import NotAllowed


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
    client_key: UUID | None = None,
) -> Study:
    """Write or rewrite the study while it is in preparation or returned; one per alliance.

    The signed ``document`` is kept as the next version of the study's, once per ``client_key``.
    Raises NotAllowed (state, duty), RefusedFile, ValidationError when a field makes no sense.
    """
    locked = lock_alliance(alliance.pk)
    if locked.status not in STUDY_OPEN:
        raise NotAllowed(
            _("The alliance is «%(status)s»: its study is not being written.")
            % {"status": Status(locked.status).label}
        )
    if document:
        _attach(locked, document, acting, at, client_key or uuid4())
    study = Study.objects.filter(alliance=locked).first() or Study(alliance=locked)
    written = asdict(data)
    changed = sorted(name for name in written if written[name] != getattr(study, name))
    if study.pk and not changed:
        return study
    _check(study, data, acting, at)
    record(
        alliance=locked,
        verb="write_study",
        duty=Duty.ADVISE,
        acting=acting,
        at=at,
        data={"fields": changed},
    )
    study.save()
    return study


def _check(study: Study, data: StudyData, acting: Membership, at: datetime) -> None:
    if data.visited_on > localtime(at).date():
        raise ValidationError({"visited_on": _("The visit has not taken place yet.")})
    for name, value in asdict(data).items():
        setattr(study, name, value)
    study.prepared_by = acting
    study.prepared_at = at
    study.full_clean()


def _attach(
    alliance: Alliance, upload: UploadedFile, acting: Membership, at: datetime, client_key: UUID
) -> None:
    """Keep the signed study: a new document the first time, its next version afterwards."""
    require(may_act(alliance, Duty.ADVISE, acting))
    written = alliance.documents.filter(kind=DocumentKind.STUDY).order_by("pk").first()
    if written:
        add_version(document=written, upload=upload, acting=acting, at=at, client_key=client_key)
        return
    upload_document(
        alliance=alliance,
        kind=DocumentKind.STUDY,
        title=str(DocumentKind.STUDY.label),
        upload=upload,
        acting=acting,
        at=at,
        client_key=client_key,
    )
