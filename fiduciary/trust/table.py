"""The acts of this room that move no alliance: contributions promised, backed and received."""

from django.utils.translation import gettext_lazy as _

from alliances.lifecycle.duties import Duty
from alliances.lifecycle.reasons import ReasonCode as R
from alliances.lifecycle.table import PLANNING, WITH_TRUST, Act

#: While the plan is being closed or carried out a co-financier may still join. A party lists what
#: its own plan was promised; anybody else does it as direction.
COMMIT_CONTRIBUTION = Act(
    "commit_contribution",
    _("Commit contribution"),
    PLANNING,
    (Duty.DIRECT, Duty.REPRESENT),
    elsewhere=_("Contributions are not committed while the alliance is «%(status)s»."),
)
#: A promise that nobody confirms would keep the trust from being constituted for ever.
WITHDRAW_CONTRIBUTION = Act(
    "withdraw_contribution",
    _("Withdraw contribution"),
    PLANNING,
    (Duty.DIRECT, Duty.REPRESENT),
    reasons=(R.MISTAKE, R.ORGANISATION, R.MARKET, R.REPLACED, R.OTHER),
    elsewhere=_("Contributions are not withdrawn while the alliance is «%(status)s»."),
)
CERTIFY_CONTRIBUTION = Act(
    "certify_contribution",
    _("Certify contribution"),
    None,
    (Duty.DIRECT,),
    needs_evidence=True,
)
#: Cash is seen by the trustee on the bank account; labour and land by whoever is there.
RECEIVE_CONTRIBUTION = Act(
    "receive_contribution", _("Receive contribution"), WITH_TRUST, (Duty.PAY, Duty.ACCOMPANY)
)


def duty_to_receive(kind: str) -> Duty:
    """Under which of its duties a contribution of this kind is received."""
    return Duty.PAY if kind == "cash" else Duty.ACCOMPANY


ACTS = (
    COMMIT_CONTRIBUTION,
    WITHDRAW_CONTRIBUTION,
    CERTIFY_CONTRIBUTION,
    RECEIVE_CONTRIBUTION,
)
