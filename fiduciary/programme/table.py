"""What the programme's tables count, in which words and order. Pure.

Figures that would add up to others that are shown are left out on purpose: of requests that wait
only those at risk and late, and no total of what is requested, approved and paid.
"""

from dataclasses import dataclass
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from alliances.lifecycle.table import FINAL, STAGE_OF, Stage, Status


class Unit(StrEnum):
    COUNT = "count"
    COP = "cop"


@dataclass(frozen=True)
class MoneyKind:
    """Pesos of one kind, with the number of things they are of where that is shown."""

    name: str
    label: Promise
    is_counted: bool = False


REQUESTED = MoneyKind("requested", _("Requested, not approved yet"), is_counted=True)
APPROVED = MoneyKind("approved", _("Approved, not paid yet"), is_counted=True)
PAID = MoneyKind("paid", _("Paid"), is_counted=True)
LATE = MoneyKind("late", _("Late for their season, or missed it"), is_counted=True)
AT_RISK = MoneyKind("at_risk", _("At risk of being late"), is_counted=True)
RECEIVED = MoneyKind("received", _("Received"))
OVERDUE = MoneyKind("overdue", _("Promised and overdue"))
TO_COME = MoneyKind("to_come", _("Promised, not due yet"))
REPAID = MoneyKind("repaid", _("Given back by producers"))
OWED_OVERDUE = MoneyKind("owed_overdue", _("Owed and overdue"))
OWED_TO_COME = MoneyKind("owed_to_come", _("Owed, not due yet"))

#: Tables of pesos by name: their title and their rows.
MONEY: dict[str, tuple[Promise, tuple[MoneyKind, ...]]] = {
    "disbursements": (_("Disbursements"), (REQUESTED, APPROVED, PAID)),
    "lateness": (_("Open requests against the crop's windows"), (LATE, AT_RISK)),
    "contributions": (_("Contributions of co-financiers"), (RECEIVED, OVERDUE, TO_COME)),
    "fund": (_("Rotating funds"), (REPAID, OWED_OVERDUE, OWED_TO_COME)),
}
MEASURES = tuple(measure for _title, measures in MONEY.values() for measure in measures)

#: How far an alliance came, for tables: each stage, and apart what ended in it.
PROGRESS: dict[str, Promise] = {
    Stage.PROFILE: _("Profile: in selection"),
    f"{Stage.PROFILE}_ended": _("Profile: not eligible, not selected or withdrawn"),
    Stage.PREINVESTMENT: _("Pre-investment: under study"),
    f"{Stage.PREINVESTMENT}_ended": _("Pre-investment: not viable"),
    Stage.CLOSING: _("Closing"),
    Stage.EXECUTION: _("Execution"),
    Stage.FUND: _("Rotating fund"),
    f"{Stage.FUND}_ruptured": _("Ruptured"),
    f"{Stage.FUND}_graduated": _("Graduated"),
}


def progress_of(status: str) -> str:
    """The row of ``PROGRESS`` to which a status belongs."""
    stage = STAGE_OF[Status(status)]
    if stage == Stage.FUND and status in FINAL:
        return f"{stage}_{status}"
    return f"{stage}_ended" if status in FINAL else str(stage)
