"""The act of this room: the calendar is corrected for one alliance, by name and with a reason."""

from django.utils.translation import gettext_lazy as _

from alliances.lifecycle.duties import Duty
from alliances.lifecycle.reasons import ReasonCode as R
from alliances.lifecycle.table import Act

OVERRIDE_WINDOW = Act(
    "override_window",
    _("Correct a crop window"),
    None,
    (Duty.ACCOMPANY,),
    reasons=(R.LOCAL_PRACTICE, R.WEATHER, R.MISTAKE, R.OTHER),
)
ACTS = (OVERRIDE_WINDOW,)
