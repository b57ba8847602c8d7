"""The acts of this room. They belong to no alliance: each organisation has a chain of its own."""

from django.utils.translation import gettext_lazy as _

from alliances.lifecycle.reasons import ReasonCode as R
from alliances.lifecycle.table import Act, apart

ADMINISTRATORS = "administrators, and whoever runs the server"
KEEPERS = "administrators, a coordinator for the people of the body, and whoever runs the server"

REGISTER_ORGANISATION = apart(
    "register_organisation",
    _("Register organisation"),
    "whoever writes the profile or the replacement of an ally that names it; administrators any",
)
CHANGE_ORGANISATION = apart("change_organisation", _("Change organisation"), ADMINISTRATORS)
GRANT_MEMBERSHIP = apart("grant_membership", _("Grant membership"), KEEPERS)
END_MEMBERSHIP = Act(
    "end_membership",
    _("End membership"),
    None,
    (),
    reasons=(R.REPLACED, R.ORGANISATION, R.BREACH, R.MISTAKE, R.OTHER),
    is_apart=True,
    right=KEEPERS,
)
REGISTER_AS_FOUND = Act(
    "register_as_found",
    _("Register as found"),
    None,
    (),
    is_systems=True,
    is_apart=True,
    right="nobody: what stood before the register had events",
)
ACTS = (
    REGISTER_ORGANISATION,
    CHANGE_ORGANISATION,
    GRANT_MEMBERSHIP,
    END_MEMBERSHIP,
    REGISTER_AS_FOUND,
)
