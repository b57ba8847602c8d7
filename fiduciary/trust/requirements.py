"""What the transition table asks of the money before a trust may be constituted."""

from decimal import Decimal

from django.utils.translation import gettext as _

from alliances.lifecycle.models import Alliance
from alliances.lifecycle.registry import requirement
from fiduciary.trust.models import Contribution
from kit.access import ALLOWED, Verdict, refused
from kit.figures import cop


@requirement("contributions_certified")
def contributions_certified(alliance: Alliance) -> Verdict:
    """Every promise shows its certificate, and together they pay for the whole plan."""
    promises = list(
        Contribution.objects.not_withdrawn()
        .filter(alliance=alliance)
        .select_related("organisation")
        .order_by("due_on", "pk")
    )
    waiting = [str(row.organisation) for row in promises if not row.is_certified]
    if waiting:
        return refused(
            _("Contributions without certificate: %(names)s. Certify or withdraw them.")
            % {"names": ", ".join(waiting)}
        )
    certified_cop = sum((row.committed_cop for row in promises), Decimal(0))
    if certified_cop < alliance.total_value_cop:
        return refused(
            _("Certified contributions add up to %(certified)s of the %(total)s of the plan.")
            % {"certified": cop(certified_cop), "total": cop(alliance.total_value_cop)}
        )
    return ALLOWED
