"""The act of this room. The day of the visit, not the alliance's status now, decides."""

from django.utils.translation import gettext_lazy as _

from alliances.lifecycle.duties import Duty
from alliances.lifecycle.table import Act

LOG_VISIT = Act("log_visit", _("Log visit"), None, (Duty.ACCOMPANY,))
ACTS = (LOG_VISIT,)
