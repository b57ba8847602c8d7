"""The fiduciary queue: requests by days of slack, and the weeks of money ahead."""

from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.utils.formats import date_format
from django.utils.timezone import localdate
from django.views.decorators.http import require_GET

from alliances.lists.pages import list_page
from alliances.people.access import acting_of
from fiduciary.disbursements.filters import is_own
from fiduciary.disbursements.lists import REQUESTS
from fiduciary.disbursements.selectors import (
    DemandWeek,
    demand_by_week,
    duties_of,
)
from kit.lists import Listing

#: Height of the tallest column and of the axis under it, in pixels of the drawing.
TALLEST, AXIS = 72, 94


@require_GET
def request_list(request: HttpRequest) -> HttpResponseBase:
    """Requests this person sees, the least slack first; ``all`` shows those of other hands too."""
    acting, today = acting_of(request), localdate()

    def more(listing: Listing) -> dict[str, Any]:
        return {"weeks": _columns(demand_by_week(acting, today))}

    return list_page(
        request,
        REQUESTS,
        "fiduciary/disbursements/request_list.html",
        more,
        mine=is_own(request.GET, acting),
        may_hold=bool(duties_of(acting.role)),
        today=today,
    )


def _columns(weeks: list[DemandWeek]) -> list[dict[str, Any]]:
    """Weeks as columns of a drawing: places in per cent, heights in pixels."""
    most = max((week.amount_cop for week in weeks), default=Decimal(0)) or Decimal(1)
    columns = []
    for index, week in enumerate(weeks):
        height = max(int(week.amount_cop / most * TALLEST), 2)
        middle = (index + 0.5) * 100 / len(weeks)
        columns.append(
            vars(week)
            | {
                "label": date_format(week.starts_on, "MONTH_DAY_FORMAT"),
                "millions": (week.amount_cop / 1_000_000).quantize(Decimal("0.1")),
                "x": f"{middle - 4.5:.2f}%",
                "middle": f"{middle:.2f}%",
                "height": height,
                "y": AXIS - height,
                "y_text": AXIS - height - 4,
            }
        )
    return columns
