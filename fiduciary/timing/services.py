"""Correcting the calendar for one alliance, by name and with a reason."""

from datetime import date, datetime
from uuid import UUID

from alliances.lifecycle.acting import act_on
from alliances.people.models import Membership
from alliances.territory.models import Crop
from fiduciary.timing.models import WindowOverride
from fiduciary.timing.table import OVERRIDE_WINDOW


def override_window(
    *,
    alliance_id: int,
    crop: Crop,
    operation: str,
    starts_on: date,
    ends_on: date,
    reason: str,
    reason_code: str,
    acting: Membership,
    at: datetime,
    key: UUID | None = None,
) -> WindowOverride:
    """State when this alliance really does an operation. Only who accompanies it may.

    The same key twice is one correction. The clocks that depend on it are the caller's to
    recompute (see disbursements).
    """
    window = {
        "crop": crop,
        "operation": operation,
        "starts_on": starts_on,
        "ends_on": ends_on,
        "reason": reason.strip(),
    }
    with act_on(
        alliance_id,
        OVERRIDE_WINDOW,
        acting=acting,
        at=at,
        key=key,
        content=window,
        reason=reason,
        reason_code=reason_code,
    ) as act:
        if act.earlier:
            return WindowOverride.objects.get(pk=act.earlier_row("override"))
        override = WindowOverride(
            alliance=act.alliance, recorded_by=acting.user, recorded_at=at, **window
        )
        override.full_clean()
        override.save()
        act.data |= {
            "override": override.pk,
            "crop": crop.pk,
            "operation": operation,
            "window": f"{starts_on.isoformat()}/{ends_on.isoformat()}",
        }
        return override
