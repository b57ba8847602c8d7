"""Correcting the calendar for one alliance, by name and with a reason."""

from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from alliances.lifecycle.duties import Duty
from alliances.lifecycle.keys import is_repeated
from alliances.lifecycle.process import lock_alliance, record
from alliances.people.models import Membership
from alliances.territory.models import Crop
from fiduciary.timing.models import WindowOverride


@transaction.atomic
def override_window(
    *,
    alliance_id: int,
    crop: Crop,
    operation: str,
    starts_on: date,
    ends_on: date,
    reason: str,
    acting: Membership,
    at: datetime,
    key: UUID | None = None,
) -> WindowOverride:
    """State when this alliance really does an operation. Only who accompanies it may.

    The same key twice is one correction. The clocks that depend on it are the caller's to
    recompute (see disbursements).
    """
    alliance = lock_alliance(alliance_id)
    if is_repeated(alliance, "override_window", key):
        event = alliance.events.get(client_key=key)
        return WindowOverride.objects.get(pk=event.data["override"])
    override = WindowOverride(
        alliance=alliance,
        crop=crop,
        operation=operation,
        starts_on=starts_on,
        ends_on=ends_on,
        reason=reason.strip(),
        recorded_by=acting.user,
        recorded_at=at,
    )
    override.full_clean()
    override.save()
    record(
        alliance=alliance,
        verb="override_window",
        duty=Duty.ACCOMPANY,
        acting=acting,
        at=at,
        reason=reason,
        data={
            "override": override.pk,
            "crop": crop.pk,
            "operation": operation,
            "window": f"{starts_on.isoformat()}/{ends_on.isoformat()}",
        },
        key=key,
    )
    return override
