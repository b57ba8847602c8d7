"""The act of this room: a whole table at once, in the chain of the programme."""

from django.utils.translation import gettext_lazy as _

from alliances.lifecycle.table import apart

CHANGE_REFERENCE = apart("change_reference", _("Change reference rows"), "administrators")
ACTS = (CHANGE_REFERENCE,)
