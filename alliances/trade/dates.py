"""What trade has ahead on an alliance: the next produce promised to the ally."""

from collections.abc import Iterator, Sequence
from datetime import date

from django.db.models import Min
from django.urls import reverse
from django.utils.translation import gettext as _

from alliances.lifecycle.ahead import DateAhead, tells_dates
from alliances.lifecycle.models import Alliance
from alliances.lifecycle.table import OPERATING
from alliances.trade.models import ProduceSale


@tells_dates
def produce_promised(alliances: Sequence[Alliance], today: date) -> Iterator[tuple[int, DateAhead]]:
    """The day of the next sale that was promised and not yet delivered."""
    codes = {row.pk: row.code for row in alliances if row.status in OPERATING}
    if not codes:
        return
    ahead = (
        ProduceSale.objects.filter(
            agreement__alliance__in=codes, promised_on__gte=today, delivered_on__isnull=True
        )
        .values_list("agreement__alliance")
        .annotate(next=Min("promised_on"))
    )
    for key, day in ahead.order_by():
        url = reverse("alliances:agreement", args=[codes[key]])
        yield key, DateAhead(day, _("Produce promised to the ally"), url=url)
