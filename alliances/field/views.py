"""Pages of the field: who waits for a visit and who goes, a visit, the visits of an alliance."""

from dataclasses import dataclass
from functools import partial

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.utils.timezone import localdate, now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from alliances.field.forms import AssignVisitForm, VisitForm
from alliances.field.lists import FIELD
from alliances.field.plans import who_could_go
from alliances.field.selectors import (
    VisitDue,
    coverage_of,
    practices_offered,
    practices_taught,
    producers_to_list,
    visit_due_of,
    visits_of,
    with_counts_for,
)
from alliances.field.services import assign_visit, log_visit, withdraw_planned_visit
from alliances.field.table import ASSIGN_VISIT, LOG_VISIT, WITHDRAW_PLANNED_VISIT
from alliances.lifecycle.act_pages import alliance_or_404, form_page
from alliances.lifecycle.models import Alliance
from alliances.lifecycle.selectors import may_do
from alliances.lists.pages import list_page
from alliances.people.access import acting_of
from alliances.people.models import Membership
from alliances.people.roles import Role
from kit.access import Verdict, require
from kit.figures import date_short
from kit.forms import attempt, click_of
from kit.web import page_of, status_of


@require_GET
def visit_list(request: HttpRequest) -> HttpResponseBase:
    """Alliances in the field, the one that waits longest first."""
    acting = acting_of(request)
    return list_page(
        request,
        FIELD,
        "alliances/field/visit_list.html",
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
    """The visits of one alliance, what they reached, and who is to make the next."""
    alliance, acting = alliance_or_404(request, code), acting_of(request)
    return _visits_page(request, alliance, _next_visit(alliance, acting))


@require_POST
def visit_assign(request: HttpRequest, code: str) -> HttpResponse:
    """Say who is to visit the alliance next, and by when."""
    alliance, acting = alliance_or_404(request, code), acting_of(request)
    visit = _next_visit(alliance, acting, request.POST)
    require(visit.may_assign)
    form = visit.form
    assign = partial(assign_visit, alliance_id=alliance.pk, acting=acting, at=now())
    plan = form and attempt(
        form,
        lambda: assign(**form.cleaned_data),
        current_form=lambda: _next_visit(alliance, acting).form or form,
    )
    if plan:
        words = {"person": plan.assigned_to.user.display_name, "day": date_short(plan.due_on)}
        messages.success(request, _("%(person)s goes, by %(day)s.") % words)
        return redirect("alliances:alliance-visits", code=code)
    return _visits_page(request, alliance, visit)


@require_POST
def visit_plan_withdraw(request: HttpRequest, code: str) -> HttpResponse:
    """Leave the next visit without anybody who is to go."""
    alliance, acting = alliance_or_404(request, code), acting_of(request)
    require(may_do(alliance, WITHDRAW_PLANNED_VISIT, acting))
    withdraw_planned_visit(alliance_id=alliance.pk, acting=acting, at=now(), **click_of(request))
    messages.success(request, _("Nobody is to go now."))
    return redirect("alliances:alliance-visits", code=code)


@dataclass(frozen=True)
class _NextVisit:
    """What the page of visits says of the next one; ``form`` for those who may assign it."""

    due: VisitDue | None
    may_assign: Verdict
    form: AssignVisitForm | None


def _next_visit(
    alliance: Alliance, acting: Membership, data: QueryDict | None = None
) -> _NextVisit:
    today = localdate()
    may, due = may_do(alliance, ASSIGN_VISIT, acting), visit_due_of(alliance, acting, today)
    if not may or due is None:
        return _NextVisit(due, may, None)
    colleagues = who_could_go(alliance, acting.organisation_id, today)
    usual = next((row.member.pk for row in colleagues if row.is_usual), None)
    plan = due.plan
    initial = {
        "to": plan.assigned_to_id if plan else usual,
        "due_on": plan.due_on if plan else due.usual_day,
        "seen": due.version,
    }
    form = AssignVisitForm(data, colleagues=colleagues, initial=initial)
    return _NextVisit(due, may, form)


def _visits_page(request: HttpRequest, alliance: Alliance, visit: _NextVisit) -> HttpResponse:
    acting, page = acting_of(request), page_of(request, visits_of(alliance))
    context = {
        "alliance": alliance,
        "tab": "field",
        "coverage": coverage_of(alliance, acting),
        "page": page,
        "visits": with_counts_for(acting, page),
        "may_log": may_do(alliance, LOG_VISIT, acting),
        "acting": acting,
        "due": visit.due,
        "form": visit.form,
    }
    status = status_of(visit.form) if visit.form else 200
    return render(request, "alliances/field/alliance_visits.html", context, status=status)
