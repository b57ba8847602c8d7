"""Writing the pre-investment study."""

from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from alliances.lifecycle.duties import Duty
from alliances.lifecycle.models import Alliance
from alliances.lifecycle.process import lock_alliance, record
from alliances.lifecycle.table import Status
from alliances.people.models import Membership
from alliances.preparation.models import Study
from alliances.preparation.rules import STUDY_OPEN
from paap.errors import NotAllowed


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


@transaction.atomic
def write_study(*, alliance: Alliance, data: StudyData, acting: Membership, at: datetime) -> Study:
    """Write or rewrite the study while it is in preparation or returned; one per alliance.

    Raises NotAllowed (state, duty), ValidationError when a field makes no sense.
    """
    locked = lock_alliance(alliance.pk)
    if locked.status not in STUDY_OPEN:
        raise NotAllowed(
            _("The alliance is «%(status)s»: its study is not being written.")
            % {"status": Status(locked.status).label}
        )
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
