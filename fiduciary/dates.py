"""What money has ahead on an alliance: the request that presses most, the next instalments."""

from collections.abc import Iterator
from datetime import date

from django.db.models import Min
from django.urls import reverse
from django.utils.translation import gettext as _

from alliances.lifecycle.ahead import DateAhead, tells_dates
from alliances.lifecycle.models import Alliance
from alliances.lifecycle.table import WITH_TRUST
from fiduciary.disbursements.models import DisbursementRequest
from fiduciary.fund.models import Instalment


@tells_dates
def payment_needed(alliance: Alliance, _today: date) -> Iterator[DateAhead]:
    """The open request with the least time to spare."""
    if alliance.status not in WITH_TRUST:
        return
    requests = DisbursementRequest.objects.filter(alliance=alliance).still_open().by_slack()
    request = requests.first()
    if request and (day := request.next_need_by_on or request.need_by_on):
        yield DateAhead(
            day,
            _("%(reference)s must be paid") % {"reference": request.reference},
            request.slack_tone,
            reverse("fiduciary:request-detail", args=[request.pk]),
            request.slack_days,
        )


@tells_dates
def instalments_due(alliance: Alliance, today: date) -> Iterator[DateAhead]:
    """The day of the next instalments of the rotating fund, of whomever."""
    if alliance.status not in WITH_TRUST:
        return
    ahead = Instalment.objects.filter(
        commitment__producer__alliance=alliance, due_on__gte=today
    ).aggregate(next=Min("due_on"))
    if ahead["next"]:
        url = reverse("fiduciary:alliance-fund", args=[alliance.code])
        yield DateAhead(ahead["next"], _("Instalments of the fund fall due"), url=url)
