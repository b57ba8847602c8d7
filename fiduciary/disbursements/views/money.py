"""An alliance's money in one page, and the two forms about its plan."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.timezone import localdate, now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from alliances.lifecycle.act_pages import act_page, alliance_or_404
from alliances.lifecycle.selectors import may_do, may_do_each
from alliances.lifecycle.table import BY_VERB
from alliances.people.access import acting_of
from alliances.preparation.selectors import can_see_producers
from fiduciary.act_pages import MONEY
from fiduciary.disbursements.forms import BudgetLineForm, OverrideForm
from fiduciary.disbursements.selectors import (
    in_full,
    lines_of,
    requests_visible_to,
    rows_in_full,
    trust_and_cash,
)
from fiduciary.disbursements.services.clock import override_window
from fiduciary.disbursements.services.plan import add_budget_line
from fiduciary.disbursements.table import ADD_BUDGET_LINE, REQUEST_DISBURSEMENT
from fiduciary.ledger.selectors import movement_rows
from fiduciary.timing.table import OVERRIDE_WINDOW
from fiduciary.trust.selectors import contribution_rows, money_bar
from fiduciary.trust.table import (
    CERTIFY_CONTRIBUTION,
    COMMIT_CONTRIBUTION,
    RECEIVE_CONTRIBUTION,
    WITHDRAW_CONTRIBUTION,
)

LATEST = 12
#: What is done from the page of the money.
ACTS = (
    BY_VERB["constitute_trust"],
    COMMIT_CONTRIBUTION,
    WITHDRAW_CONTRIBUTION,
    CERTIFY_CONTRIBUTION,
    RECEIVE_CONTRIBUTION,
    REQUEST_DISBURSEMENT,
    ADD_BUDGET_LINE,
    OVERRIDE_WINDOW,
)


@require_GET
def alliance_money(request: HttpRequest, code: str) -> HttpResponse:
    """Trust, contributions, plan, requests and movements of one alliance."""
    acting, today = acting_of(request), localdate()
    alliance = alliance_or_404(request, code)
    requests = requests_visible_to(acting).filter(alliance=alliance)
    latest = in_full(requests).order_by("-requested_at", "-pk")[:LATEST]
    contributions = contribution_rows(alliance, today)
    trust, cash = trust_and_cash(alliance)
    context = {
        "alliance": alliance,
        "tab": "money",
        "today": today,
        "trust": trust,
        "bar": money_bar(alliance, today, [row.contribution for row in contributions]),
        "contributions": contributions,
        "lines": lines_of(alliance),
        "rows": rows_in_full(latest, acting, today),
        "movements": movement_rows(alliance, acting, LATEST),
        "sees_repayments": can_see_producers(acting),
        "cash": cash,
        "may": may_do_each(alliance, ACTS, acting),
    }
    return render(request, "fiduciary/disbursements/alliance_money.html", context)


@require_http_methods(["GET", "POST"])
def budget_line_new(request: HttpRequest, code: str) -> HttpResponse:
    """Add a line to the annual plan."""
    acting, alliance = acting_of(request), alliance_or_404(request, code)
    form = BudgetLineForm(request.POST or None)
    return act_page(
        request,
        alliance,
        form,
        lambda: add_budget_line(
            alliance_id=alliance.pk,
            crop=alliance.crop if form.cleaned_data["operation"] else None,
            acting=acting,
            at=now(),
            **form.cleaned_data,
        ),
        may=lambda: may_do(alliance, ADD_BUDGET_LINE, acting),
        place=MONEY,
        title=_("Add a budget line"),
        button=_("Add line"),
        done=_("The line is in the plan."),
    )


@require_http_methods(["GET", "POST"])
def window_override(request: HttpRequest, code: str) -> HttpResponse:
    """State when this alliance really does an operation."""
    acting, alliance = acting_of(request), alliance_or_404(request, code)
    form = OverrideForm(request.POST or None, initial={"crop": alliance.crop})
    return act_page(
        request,
        alliance,
        form,
        lambda: override_window(
            alliance_id=alliance.pk, acting=acting, at=now(), **form.cleaned_data
        ),
        may=lambda: may_do(alliance, OVERRIDE_WINDOW, acting),
        place=MONEY,
        title=_("Correct a crop window"),
        intro=_(
            "The calendar describes a region. If this alliance sows earlier or later, say when and "
            "why: it is signed with your name, and every request is measured against it."
        ),
        button=_("Correct window"),
        done=_("The window is corrected and its clocks are recomputed."),
    )
