"""Reading deliveries, and what of each paid request is still to be handed over."""

from django.db.models import DecimalField, F, QuerySet, Sum, Value
from django.db.models.functions import Coalesce

from alliances.lifecycle.models import Alliance
from fiduciary.deliveries.models import InputDelivery
from fiduciary.disbursements.models import DisbursementRequest
from fiduciary.disbursements.table import RequestStatus

AMOUNT: DecimalField = DecimalField(max_digits=16, decimal_places=2)


def deliveries_of(alliance: Alliance) -> QuerySet[InputDelivery]:
    """Deliveries of the alliance, newest first."""
    return (
        InputDelivery.objects.filter(request__alliance=alliance)
        .select_related("request", "producer", "act__document")
        .order_by("-delivered_on", "-pk")
    )


def requests_to_deliver(alliance: Alliance) -> QuerySet[DisbursementRequest]:
    """Paid requests of which something has not been handed over, with ``left_cop`` of each."""
    delivered = Coalesce(
        Sum("deliveries__value_cop"), Value(0, output_field=AMOUNT), output_field=AMOUNT
    )
    return (
        DisbursementRequest.objects.filter(alliance=alliance, status=RequestStatus.PAID)
        .annotate(left_cop=F("amount_cop") - delivered)
        .filter(left_cop__gt=0)
        .order_by("paid_at", "pk")
    )
