"""The acts of this room, each in the chain of the body that somebody is invited to."""

from django.utils.translation import gettext_lazy as _

from alliances.lifecycle.table import apart

KEEPERS = "administrators, and a coordinator for the people of the body"

INVITE = apart("invite", _("Invite to a role"), KEEPERS)
CONFIRM_INVITATION = apart(
    "confirm_invitation", _("Confirm an invitation"), "an administrator who did not invite"
)
WITHDRAW_INVITATION = apart("withdraw_invitation", _("Withdraw an invitation"), KEEPERS)
ACTS = (INVITE, CONFIRM_INVITATION, WITHDRAW_INVITATION)
