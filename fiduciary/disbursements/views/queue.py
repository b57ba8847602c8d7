"""The fiduciary queue: requests by days of slack, and the weeks of money ahead."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.formats import date_format
from django.utils.timezone import localdate, now
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from alliances.people.access import acting_of
from fiduciary.disbursements.filters import RequestFilter
from fiduciary.disbursements.forms import BatchForm
from fiduciary.disbursements.selectors import (
    DemandWeek,
    demand_by_week,
    duties_of,
    held_by_role,
    queue_for,
    queue_rows,
    requests_visible_to,
)
from fiduciary.disbursements.services.batch import approve_many
from fiduciary.ledger.rules import pesos
from paap.web import page_of


@require_GET
def request_list(request: HttpRequest) -> HttpResponse:
    """Requests this person sees, the least slack first; ``all`` shows those of other hands too."""
    acting, today = acting_of(request), localdate()
    by_status = bool(request.GET.get("status"))
    rows = requests_visible_to(acting) if by_status else queue_for(acting)
    may_hold = bool(duties_of(acting.role))
    mine = may_hold and not by_status and "all" not in request.GET
    rows = held_by_role(rows, acting.role) if mine else rows
    found = RequestFilter(request.GET, queryset=rows.order_by("urgency", "requested_at", "pk"))
    page = page_of(request, found.qs)
    context = {
        "filter": found,
        "page": page,
        "rows": queue_rows(page.object_list, acting, today),
        "weeks": [_bar(week) for week in demand_by_week(acting, today)],
        "mine": mine,
        "may_hold": may_hold,
        "today": today,
    }
    return render(request, "fiduciary/disbursements/request_list.html", context)


def _bar(week: DemandWeek) -> dict[str, Any]:
    """A week as the bars component draws it."""
    late = ngettext("%(late)d late", "%(late)d late", week.late) % {"late": week.late}
    count = ngettext("%(count)d request", "%(count)d requests", week.count) % {"count": week.count}
    return {
        "label": date_format(week.starts_on, "MONTH_DAY_FORMAT"),
        "value": week.amount_cop,
        "text": pesos(week.amount_cop),
        "note": f"{count} · {late}" if week.late else count,
        "tone": "late" if week.late else "",
    }


@require_POST
def request_approve_many(request: HttpRequest) -> HttpResponse:
    """Approve the chosen requests and say what became of each."""
    acting = acting_of(request)
    visible = requests_visible_to(acting)
    form = BatchForm(request.POST, visible=list(visible.values_list("pk", flat=True)))
    outcomes = (
        approve_many(
            requests=visible.filter(pk__in=form.cleaned_data["request"]).order_by("urgency", "pk"),
            acting=acting,
            at=now(),
        )
        if form.is_valid()
        else []
    )
    context = {"form": form, "outcomes": outcomes}
    status = 400 if form.errors else 200
    return render(request, "fiduciary/disbursements/batch_outcome.html", context, status=status)
