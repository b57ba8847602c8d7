"""Writing who is the apprentice manager of an alliance."""

from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from alliances.lifecycle.duties import Duty
from alliances.lifecycle.models import Alliance
from alliances.lifecycle.process import lock_alliance, record
from alliances.lifecycle.table import Stage, Status
from alliances.people.models import ApprenticeManager, Membership, Role
from kit.errors import DomainError, NotAllowed

#: The manager is trained while the alliance closes, executes and runs its fund.
MANAGED_STAGES = frozenset({Stage.CLOSING, Stage.EXECUTION, Stage.FUND})


@transaction.atomic
def register_manager(
    *,
    alliance: Alliance,
    manager: Membership,
    since: date,
    monthly_fee_cop: Decimal,
    acting: Membership,
    at: datetime,
) -> ApprenticeManager:
    """Write that this person is the alliance's apprentice manager from a day on.

    The same person from the same day twice is one registration. Raises NotAllowed (stage, duty),
    DomainError for somebody of another organisation, ValidationError when there is one already.
    """
    locked = lock_alliance(alliance.pk)
    if locked.stage not in MANAGED_STAGES or locked.is_final:
        raise NotAllowed(
            _("The alliance is «%(status)s»: it has no apprentice manager.")
            % {"status": Status(locked.status).label}
        )
    if manager.role != Role.MANAGER or manager.organisation_id != locked.organisation_id:
        raise DomainError(_("Choose somebody of the organisation whose role is to manage it."))
    same = locked.managers.filter(user=manager.user_id, since=since).first()
    if same:
        return same
    row = ApprenticeManager(
        alliance=locked, user=manager.user, since=since, monthly_fee_cop=monthly_fee_cop
    )
    row.full_clean()
    row.save()
    record(
        alliance=locked,
        verb="register_manager",
        duty=Duty.ACCOMPANY,
        acting=acting,
        at=at,
        data={"manager": row.pk},
    )
    return row
