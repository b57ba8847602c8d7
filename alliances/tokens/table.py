"""The acts of this room, and what a token may do."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from alliances.lifecycle.table import apart

MAKE_TOKEN = apart("make_token", _("Make an access token"), "anybody, for the membership they act")
REVOKE_TOKEN = apart("revoke_token", _("Revoke an access token"), "who made it")
ACTS = (MAKE_TOKEN, REVOKE_TOKEN)


class TokenScope(TextChoices):
    READ = "read", _("Reads what I may read")
    WRITE = "write", _("Reads, and acts as I may act")


#: Days a token may last.
LIFETIMES = (30, 90, 365)
#: How every token begins, so that whoever searches a repository for lost ones recognises it.
PREFIX = "alianzas_"
