"""What money has ahead on an alliance: the request that presses most, the next instalments."""

from collections.abc import Iterator, Sequence
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
def payment_needed(alliances: Sequence[Alliance], _today: date) -> Iterator[tuple[int, DateAhead]]:
    """The open request with the least time to spare."""
    if not (codes := _with_trust(alliances)):
        return
    requests = DisbursementRequest.objects.filter(alliance__in=codes).still_open().by_slack()
    first: dict[int, DisbursementRequest] = {}
    for request in requests:
        first.setdefault(request.alliance_id, request)
    for key, request in first.items():
        if day := request.next_need_by_on or request.need_by_on:
            yield (
                key,
                DateAhead(
                    day,
                    _("%(reference)s must be paid") % {"reference": request.reference},
                    request.slack_tone,
                    reverse("fiduciary:request-detail", args=[request.pk]),
                    request.slack_days,
                ),
            )


@tells_dates
def instalments_due(alliances: Sequence[Alliance], today: date) -> Iterator[tuple[int, DateAhead]]:
    """The day of the next instalments of the rotating fund, of whomever."""
    if not (codes := _with_trust(alliances)):
        return
    ahead = (
        Instalment.objects.filter(commitment__producer__alliance__in=codes, due_on__gte=today)
        .values_list("commitment__producer__alliance")
        .annotate(next=Min("due_on"))
    )
    for key, day in ahead.order_by():
        url = reverse("fiduciary:alliance-fund", args=[codes[key]])
        yield key, DateAhead(day, _("Instalments of the fund fall due"), url=url)


def _with_trust(alliances: Sequence[Alliance]) -> dict[int, str]:
    """The codes of those that have a trust, or had one."""
    return {row.pk: row.code for row in alliances if row.status in WITH_TRUST}
