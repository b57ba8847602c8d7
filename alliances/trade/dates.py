"""What trade has ahead on an alliance: the next produce promised to the ally."""

from collections.abc import Iterator
from datetime import date

from django.db.models import Min
from django.urls import reverse
from django.utils.translation import gettext as _

from alliances.lifecycle.ahead import DateAhead, tells_dates
from alliances.lifecycle.models import Alliance
from alliances.lifecycle.table import OPERATING
from alliances.trade.models import ProduceSale


@tells_dates
def produce_promised(alliance: Alliance, today: date) -> Iterator[DateAhead]:
    """The day of the next sale that was promised and not yet delivered."""
    if alliance.status not in OPERATING:
        return
    ahead = ProduceSale.objects.filter(
        agreement__alliance=alliance, promised_on__gte=today, delivered_on__isnull=True
    ).aggregate(next=Min("promised_on"))
    if ahead["next"]:
        url = reverse("alliances:agreement", args=[alliance.code])
        yield DateAhead(ahead["next"], _("Produce promised to the ally"), url=url)
