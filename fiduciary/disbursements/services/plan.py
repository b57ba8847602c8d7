"""Writing the annual plan that requests are measured against."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from alliances.lifecycle.duties import Duty
from alliances.lifecycle.keys import is_repeated
from alliances.lifecycle.process import lock_alliance, record
from alliances.lifecycle.table import Status
from alliances.people.models import Membership
from alliances.territory.models import Crop
from fiduciary.disbursements.models import BudgetLine
from fiduciary.ledger.models import AccountKind
from fiduciary.ledger.services import open_account
from kit.errors import NotAllowed
from kit.figures import cop

OPEN_TO_PLANNING = (Status.TRUST_CONSTITUTED, Status.EXECUTING)


@transaction.atomic
def add_budget_line(
    *,
    alliance_id: int,
    concept: str,
    planned_cop: Decimal,
    planned_on: date,
    acting: Membership,
    at: datetime,
    key: UUID,
    crop: Crop | None = None,
    operation: str = "",
) -> BudgetLine:
    """Add a line to the plan, with the crop operation that its money must not miss.

    The same ``key`` twice is one line. Raises NotAllowed before the trust exists, after closing
    or for the wrong person.
    """
    alliance = lock_alliance(alliance_id)
    if is_repeated(alliance, "add_budget_line", key):
        return BudgetLine.objects.get(pk=alliance.events.get(client_key=key).data["line"])
    if alliance.status not in OPEN_TO_PLANNING:
        raise NotAllowed(
            _("The annual plan is not written while the alliance is «%(status)s».")
            % {"status": alliance.get_status_display()}
        )
    line = BudgetLine(
        alliance=alliance,
        concept=concept,
        crop=crop,
        operation=operation,
        planned_cop=planned_cop,
        planned_on=planned_on,
    )
    line.full_clean(exclude=["account"])
    line.account = open_account(alliance=alliance, kind=AccountKind.SPENDING, name=concept)
    line.save()
    record(
        alliance=alliance,
        verb="add_budget_line",
        duty=Duty.ACCOMPANY,
        acting=acting,
        at=at,
        data={
            "line": line.pk,
            "name": f"{concept} · {cop(planned_cop)}",
            "amount_cop": str(planned_cop),
        },
        key=key,
    )
    return line
