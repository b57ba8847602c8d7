"""The acts of this room."""

from django.utils.translation import gettext_lazy as _

from alliances.lifecycle.duties import Duty
from alliances.lifecycle.table import Act

CORRECT_DOCUMENT = Act(
    "correct_document",
    _("Correct a mistyped document"),
    None,
    (Duty.DIRECT,),
    has_own_reasons=True,
)
TELL_APART = Act(
    "tell_apart",
    _("Tell two people apart"),
    None,
    (),
    has_own_reasons=True,
    is_apart=True,
    right="the EIP",
)
ACTS = (CORRECT_DOCUMENT, TELL_APART)
