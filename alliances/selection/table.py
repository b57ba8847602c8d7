"""The acts of this room that move no alliance: a sheet is begun, a verification score is sealed."""

from django.utils.translation import gettext_lazy as _

from alliances.lifecycle.duties import Duty
from alliances.lifecycle.table import AWAITING_DECISION, NOT_SCORED, Act

START_SCORE = Act(
    "start_score",
    _("Begin scoring"),
    AWAITING_DECISION,
    (Duty.SCORE, Duty.VERIFY, Duty.PROMOTE),
    elsewhere=NOT_SCORED,
    is_no_partys=True,
)
SEAL_VERIFICATION = Act(
    "seal_verification",
    _("Seal verification score"),
    AWAITING_DECISION,
    # An OGR that helped the profile checks its own work: that is recorded and binds nobody.
    (Duty.VERIFY, Duty.PROMOTE),
    elsewhere=NOT_SCORED,
    freezes=True,
    is_no_partys=True,
)
ACTS = (START_SCORE, SEAL_VERIFICATION)
