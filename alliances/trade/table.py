"""The acts of this room: the agreement and each sale, from the promise to the payment."""

from django.utils.translation import gettext_lazy as _

from alliances.lifecycle.duties import Duty
from alliances.lifecycle.reasons import ReasonCode as R
from alliances.lifecycle.table import OPERATING, PLANNING, Act, Status

#: From pre-investment, where the buyer's commitment is studied, until the alliance ends: an ally
#: who leaves during execution is replaced by another agreement.
OPEN_TO_AGREEMENTS = (*PLANNING, *(status for status in OPERATING if status != Status.EXECUTING))
_PARTY = (Duty.REPRESENT,)
_NOT_SOLD = _("Produce is not sold while the alliance is «%(status)s».")

REPLACE_ALLY = Act(
    "replace_ally",
    _("Replace the commercial ally"),
    OPEN_TO_AGREEMENTS,
    (Duty.DIRECT,),
    reasons=(R.MARKET, R.BREACH, R.ORGANISATION, R.OTHER),
    needs_evidence=True,
    elsewhere=_("The commercial ally is not replaced while the alliance is «%(status)s»."),
)
WRITE_AGREEMENT = Act(
    "write_agreement",
    _("Write agreement"),
    OPEN_TO_AGREEMENTS,
    _PARTY,
    elsewhere=_("Agreements are not written while the alliance is «%(status)s»."),
)
SIGN_AGREEMENT = Act("sign_agreement", _("Sign agreement"), None, _PARTY, freezes=True)
END_AGREEMENT = Act(
    "end_agreement",
    _("End agreement"),
    None,
    _PARTY,
    reasons=(R.MARKET, R.BREACH, R.ORGANISATION, R.WEATHER, R.OTHER),
)
PROMISE_SALE = Act(
    "promise_sale", _("Promise a delivery to the ally"), OPERATING, _PARTY, elsewhere=_NOT_SOLD
)
RECORD_SALE = Act(
    "record_sale", _("Record delivery to the ally"), OPERATING, _PARTY, elsewhere=_NOT_SOLD
)
CONFIRM_DELIVERY = Act("confirm_delivery", _("Confirm delivery"), None, _PARTY)
CONFIRM_PAYMENT = Act("confirm_payment", _("Confirm payment"), None, _PARTY)
ACTS = (
    REPLACE_ALLY,
    WRITE_AGREEMENT,
    SIGN_AGREEMENT,
    END_AGREEMENT,
    PROMISE_SALE,
    RECORD_SALE,
    CONFIRM_DELIVERY,
    CONFIRM_PAYMENT,
)
