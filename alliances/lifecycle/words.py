"""Names of what is sent with an act, for a refusal that says which of it differs."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

_NAMES: dict[str, Promise] = {
    "amount_cop": _("amount"),
    "document": _("document"),
    "documents": _("documents"),
    "duty": _("duty"),
    "kind": _("kind"),
    "organisation": _("organisation"),
    "outcome": _("decision"),
    "person": _("person"),
    "reason": _("reason"),
}


def name_of(name: str) -> str:
    """The name in the person's language; what has none is «another field»."""
    return str(_NAMES.get(name, _("another field")))
