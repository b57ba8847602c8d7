"""The act of this room: what was written down wrongly is undone by its opposite, never erased."""

from django.utils.translation import gettext_lazy as _

from alliances.lifecycle.duties import Duty
from alliances.lifecycle.reasons import ReasonCode as R
from alliances.lifecycle.table import WITH_TRUST, Act

#: Under the duty that wrote it: the trustee, whoever accompanies, or the organisation of the fund.
REVERSE_RECEIPT = Act(
    "reverse_receipt",
    _("Reverse a receipt"),
    WITH_TRUST,
    (Duty.PAY, Duty.ACCOMPANY, Duty.REPRESENT),
    reasons=(R.MISTAKE, R.INCONSISTENT, R.OTHER),
    is_owners=True,
)
ACTS = (REVERSE_RECEIPT,)
