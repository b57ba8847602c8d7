"""Pages of the field: who waits for a visit, the form of a visit, the visits of an alliance."""

from functools import partial

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.timezone import localdate, now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from alliances.field.forms import VisitForm
from alliances.field.lists import FIELD
from alliances.field.selectors import (
    coverage_of,
    practices_offered,
    practices_taught,
    producers_to_list,
    visits_of,
    with_counts_for,
)
from alliances.field.services import log_visit
from alliances.field.table import LOG_VISIT
from alliances.lifecycle.act_pages import alliance_or_404, form_page
from alliances.lifecycle.selectors import may_do
from alliances.lists.pages import list_page
from alliances.people.access import acting_of
from alliances.people.roles import Role
from kit.forms import attempt
from kit.web import page_of


@require_GET
def visit_list(request: HttpRequest) -> HttpResponseBase:
    """Alliances in the field as cards, the one that waits longest first."""
    acting = acting_of(request)
    return list_page(
        request,
        FIELD,
        "alliances/field/visit_list.html",
        lambda listing: {"cards": listing.rows},
        acting=acting,
        may_log=acting.role == Role.OGA,
    )


@require_http_methods(["GET", "POST"])
def visit_new(request: HttpRequest, code: str) -> HttpResponse:
    """The form of a visit; a phone keeps its answers until the server has them."""
    alliance, acting = alliance_or_404(request, code), acting_of(request)
    form = VisitForm(
        request.POST or None,
        request.FILES or None,
        producers=list(producers_to_list(alliance)),
        practices=practices_taught(alliance),
        offered=practices_offered(localdate()),
        today=localdate(),
    )
    log = partial(log_visit, alliance_id=alliance.pk, acting=acting, at=now())
    if request.method == "POST" and attempt(form, lambda: log(**form.cleaned_data)):
        messages.success(request, _("The visit is logged."))
        return redirect("alliances:alliance-visits", code=code)
    return form_page(
        request,
        "alliances/field/visit_form.html",
        form,
        may=may_do(alliance, LOG_VISIT, acting),
        alliance=alliance,
        acting=acting,
    )


@require_GET
def alliance_visits(request: HttpRequest, code: str) -> HttpResponse:
    """The visits of one alliance, and what they reached."""
    alliance, acting = alliance_or_404(request, code), acting_of(request)
    page = page_of(request, visits_of(alliance))
    context = {
        "alliance": alliance,
        "tab": "field",
        "coverage": coverage_of(alliance, acting),
        "page": page,
        "visits": with_counts_for(acting, page),
        "may_log": may_do(alliance, LOG_VISIT, acting),
        "acting": acting,
    }
    return render(request, "alliances/field/alliance_visits.html", context)
