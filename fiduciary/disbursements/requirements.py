"""What the transition table asks of requests before an alliance closes its execution."""

from django.utils.translation import ngettext

from alliances.lifecycle.models import Alliance
from alliances.lifecycle.registry import requirement
from fiduciary.disbursements.models import DisbursementRequest
from kit.access import ALLOWED, Verdict, refused
from kit.figures import number


@requirement("requests_settled")
def requests_settled(alliance: Alliance) -> Verdict:
    """Every request was paid or cancelled."""
    waiting = DisbursementRequest.objects.filter(alliance=alliance).still_open().count()
    if not waiting:
        return ALLOWED
    return refused(
        ngettext(
            "%(count)s disbursement request is neither paid nor cancelled.",
            "%(count)s disbursement requests are neither paid nor cancelled.",
            waiting,
        )
        % {"count": number(waiting)}
    )
