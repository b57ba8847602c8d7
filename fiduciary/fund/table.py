"""The acts of this room: the fund's rules, what each producer signs, and what comes back."""

from django.utils.translation import gettext_lazy as _

from alliances.lifecycle.duties import Duty
from alliances.lifecycle.table import Act, Status

S = Status
#: Rules and commitments come before deliveries, hence before closing.
OPEN_TO_COMMITMENTS = (S.TRUST_CONSTITUTED, S.EXECUTING, S.CLOSED, S.FUND_OPERATING)
_ELSEWHERE = _("The rotating fund is not worked on while the alliance is «%(status)s».")

APPROVE_FUND_RULES = Act(
    "approve_fund_rules",
    _("Approve rules of the rotating fund"),
    OPEN_TO_COMMITMENTS,
    (Duty.REPRESENT,),
    needs_evidence=True,
    is_owners=True,
    elsewhere=_ELSEWHERE,
)
#: The organisation takes its producer's signature, or whoever accompanies it does.
SIGN_COMMITMENT = Act(
    "sign_commitment",
    _("Sign commitment to the rotating fund"),
    OPEN_TO_COMMITMENTS,
    (Duty.ACCOMPANY, Duty.REPRESENT),
    is_owners=True,
    elsewhere=_ELSEWHERE,
)
RECORD_REPAYMENT = Act(
    "record_repayment",
    _("Record repayment to the rotating fund"),
    OPEN_TO_COMMITMENTS,
    (Duty.REPRESENT,),
    is_owners=True,
    elsewhere=_ELSEWHERE,
)
ACTS = (APPROVE_FUND_RULES, SIGN_COMMITMENT, RECORD_REPAYMENT)
