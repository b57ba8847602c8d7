"""The acts of this room.

They are done under no duty. To say where else there is help neither favours a profile nor judges
it: as «advise» it would bar the OGR that declared a profile not eligible from helping it further,
and whoever referred one from verifying or scoring it. Who may is asked by ``selectors.can_refer``.
"""

from django.utils.translation import gettext_lazy as _

from alliances.lifecycle.table import Act

REFER = Act(
    "refer",
    _("Refer to another programme"),
    None,
    (),
    right="who may advise, accompany or supervise it by the rules of its call",
)
RECORD_REFERRAL_ANSWER = Act(
    "record_referral_answer",
    _("Record what a programme answered"),
    None,
    (),
    right="who may refer it, and its organisation",
)
ACTS = (REFER, RECORD_REFERRAL_ANSWER)
