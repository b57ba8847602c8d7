"""Writing the annual plan that requests are measured against."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from alliances.lifecycle.acting import act_on
from alliances.people.models import Membership
from alliances.territory.models import Crop
from fiduciary.disbursements.models import BudgetLine
from fiduciary.disbursements.table import ADD_BUDGET_LINE
from fiduciary.ledger.models import AccountKind
from fiduciary.ledger.services import open_account


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
    plan = {
        "concept": concept,
        "planned_cop": planned_cop,
        "planned_on": planned_on,
        "crop": crop,
        "operation": operation,
    }
    with act_on(alliance_id, ADD_BUDGET_LINE, acting=acting, at=at, key=key, content=plan) as act:
        if act.earlier:
            return BudgetLine.objects.get(pk=act.earlier_row("line"))
        line = BudgetLine(alliance=act.alliance, **plan)
        line.full_clean(exclude=["account"])
        line.account = open_account(alliance=act.alliance, kind=AccountKind.SPENDING, name=concept)
        line.save()
        act.data |= {
            "line": line.pk,
            "name": concept,
            "amount_cop": str(planned_cop),
        }
        return line
