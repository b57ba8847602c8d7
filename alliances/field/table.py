"""The acts of this room. The day of the visit, not the alliance's status now, decides."""

from django.utils.translation import gettext_lazy as _

from alliances.lifecycle.duties import Duty
from alliances.lifecycle.table import OPERATING, Act

LOG_VISIT = Act("log_visit", _("Log visit"), None, (Duty.ACCOMPANY,))
ASSIGN_VISIT = Act(
    "assign_visit",
    _("Assign visit"),
    OPERATING,
    (Duty.ACCOMPANY,),
    elsewhere=_("An alliance that is «%(status)s» is not visited: there is nothing to assign."),
)
WITHDRAW_PLANNED_VISIT = Act(
    "withdraw_planned_visit", _("Withdraw assigned visit"), None, (Duty.ACCOMPANY,)
)
ACTS = (LOG_VISIT, ASSIGN_VISIT, WITHDRAW_PLANNED_VISIT)
