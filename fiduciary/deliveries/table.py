"""The act of this room. What was paid may still be handed over after execution."""

from django.utils.translation import gettext_lazy as _

from alliances.lifecycle.duties import Duty
from alliances.lifecycle.table import WITH_TRUST, Act

DELIVER_INPUTS = Act("deliver_inputs", _("Deliver inputs"), WITH_TRUST, (Duty.ACCOMPANY,))
ACTS = (DELIVER_INPUTS,)
