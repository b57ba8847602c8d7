"""What the transition table asks of the commercial agreement before a trust is constituted."""

from django.utils.translation import gettext as _

from alliances.lifecycle.models import Alliance
from alliances.lifecycle.registry import requirement
from alliances.trade.selectors import current_agreement, missing_signatures
from kit.access import ALLOWED, Verdict, refused


@requirement("agreement_signed")
def agreement_signed(alliance: Alliance) -> Verdict:
    """The agreement with the present ally is signed by both parties and nobody ended it."""
    agreement = current_agreement(alliance)
    if agreement is None:
        return refused(_("There is no commercial agreement with the ally."))
    missing = missing_signatures(agreement)
    if missing:
        return refused(
            _("The commercial agreement lacks the signature of: %(names)s.")
            % {"names": ", ".join(missing)}
        )
    return ALLOWED
