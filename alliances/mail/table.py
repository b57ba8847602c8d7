"""The acts of this room."""

from django.utils.translation import gettext_lazy as _

from alliances.lifecycle.table import apart

RESET_PASSWORD = apart(
    "reset_password",
    _("Choose a new password with a link of the mail"),
    "whoever has the link, as the person whose account it is",
)
ACTS = (RESET_PASSWORD,)
