"""One request: its page (a drawer beside the queue), the form to ask, and every act on it."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.timezone import localdate, now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from alliances.documents.models import DocumentKind
from alliances.lifecycle.act_pages import alliance_or_404
from alliances.lifecycle.duties import Duty
from alliances.lifecycle.selectors import dossier_of, may_do, who_may_act
from alliances.lifecycle.tabs import show_tabs
from alliances.people.access import acting_of
from alliances.territory.calendar import Occurrence
from fiduciary.act_pages import MONEY, evidence_page
from fiduciary.disbursements.forms import (
    CancelForm,
    NewRequestForm,
    NoteForm,
    PayForm,
    RequestForm,
    ReturnForm,
    asked_of,
)
from fiduciary.disbursements.models import DisbursementRequest
from fiduciary.disbursements.points import points_of
from fiduciary.disbursements.selectors import (
    actions_of,
    as_act,
    held_days,
    holder_of,
    in_full,
    payee_document_for,
    requests_visible_to,
    return_reasons,
    stays_of,
)
from fiduciary.disbursements.services.requests import (
    approve_disbursement,
    cancel_disbursement,
    clear_disbursement,
    correct_disbursement,
    pay_disbursement,
    request_disbursement,
    resubmit_disbursement,
    return_disbursement,
    review_disbursement,
)
from fiduciary.disbursements.services.steps import duty_now
from fiduciary.disbursements.table import ACT_OF, REQUEST_DISBURSEMENT, Verb
from kit.access import require
from kit.forms import KeyedForm, attempt, once
from kit.web import is_fragment, status_of

FORMS = {
    "review": NoteForm,
    "clear": NoteForm,
    "approve": NoteForm,
    "return": ReturnForm,
    "pay": PayForm,
    "cancel": CancelForm,
}


def request_or_404(request: HttpRequest, pk: int) -> DisbursementRequest:
    """The request, when the acting membership may see its alliance; 404 otherwise."""
    requests = in_full(requests_visible_to(acting_of(request)))
    related = ("budget_line__account", "protocol", "cleared_by")
    return get_object_or_404(requests.select_related(*related), pk=pk)


@require_GET
def request_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """The whole of one request; the same address fills the drawer of the queue."""
    return _show(request, request_or_404(request, pk))


@require_http_methods(["GET", "POST"])
def request_new(request: HttpRequest, code: str) -> HttpResponse:
    """Ask the trust for a payment of the plan."""
    acting, alliance, at = acting_of(request), alliance_or_404(request, code), now()
    form = NewRequestForm(request.POST or None, request.FILES or None, alliance=alliance)
    return evidence_page(
        request,
        alliance,
        form,
        lambda documents: request_disbursement(
            budget_line_id=form.cleaned_data["budget_line"].pk,
            ask=form.ask,
            acting=acting,
            at=at,
            key=form.cleaned_data["key"],
            documents=documents,
            despite=form.cleaned_data["despite"],
        ),
        kind=DocumentKind.INVOICE,
        filed_as=_("Support of a disbursement request"),
        at=at,
        may=lambda: may_do(alliance, REQUEST_DISBURSEMENT, acting),
        place=MONEY,
        title=_("Request a disbursement"),
        button=_("Request disbursement"),
        done=_("The request is on its way."),
    )


@require_POST
def request_review(request: HttpRequest, pk: int) -> HttpResponse:
    """Complete a step that is none of the four hands."""
    done = _("%(reference)s goes on to its next step.")
    return _act(request, pk, NoteForm(request.POST), Verb.REVIEW, review_disbursement, done)


@require_POST
def request_clear(request: HttpRequest, pk: int) -> HttpResponse:
    """Give no objection: the trustee decides next."""
    done = _("%(reference)s has the no objection.")
    return _act(request, pk, NoteForm(request.POST), Verb.CLEAR, clear_disbursement, done)


@require_POST
def request_approve(request: HttpRequest, pk: int) -> HttpResponse:
    """Approve and set the money aside."""
    done = _("%(reference)s is approved.")
    return _act(request, pk, NoteForm(request.POST), Verb.APPROVE, approve_disbursement, done)


@require_POST
def request_return(request: HttpRequest, pk: int) -> HttpResponse:
    """Send back with a reason code."""
    done = _("%(reference)s was sent back.")
    return _act(request, pk, ReturnForm(request.POST), Verb.RETURN, return_disbursement, done)


@require_POST
def request_pay(request: HttpRequest, pk: int) -> HttpResponse:
    """Write down the payment that the bank made."""
    done = _("%(reference)s is paid.")
    return _act(request, pk, PayForm(request.POST), Verb.PAY, pay_disbursement, done)


@require_POST
def request_cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Give up a request on which nobody else has acted since it was sent."""
    done = _("%(reference)s is cancelled.")
    return _act(request, pk, CancelForm(request.POST), Verb.CANCEL, cancel_disbursement, done)


@require_http_methods(["GET", "POST"])
def request_resubmit(request: HttpRequest, pk: int) -> HttpResponse:
    """Correct a returned request and send it again."""
    button, done = _("Send again"), _("The request is on its way.")
    return _rewrite(request, pk, Verb.RESUBMIT, resubmit_disbursement, button, done)


@require_http_methods(["GET", "POST"])
def request_correct(request: HttpRequest, pk: int) -> HttpResponse:
    """Correct a request on which nobody else has acted since it was sent."""
    button, done = _("Keep the correction"), _("The request says what you corrected.")
    return _rewrite(request, pk, Verb.CORRECT, correct_disbursement, button, done)


def _rewrite(
    request: HttpRequest,
    pk: int,
    verb: Verb,
    act: Callable[..., DisbursementRequest],
    button: str,
    done: str,
) -> HttpResponse:
    """The form of a request that its writers have again, or still."""
    acting, disbursement, at = acting_of(request), request_or_404(request, pk), now()
    form = RequestForm(request.POST or None, request.FILES or None, initial=asked_of(disbursement))
    return evidence_page(
        request,
        disbursement.alliance,
        form,
        lambda documents: act(
            request_id=disbursement.pk,
            ask=form.ask,
            acting=acting,
            at=at,
            documents=documents,
            despite=form.cleaned_data["despite"],
            **once(form),
        ),
        kind=DocumentKind.INVOICE,
        filed_as=_("Support of a disbursement request"),
        at=at,
        may=lambda: may_do(
            disbursement.alliance, ACT_OF[verb], acting, duty_now(disbursement, verb)
        ),
        place=MONEY,
        go_to=reverse("fiduciary:request-detail", args=[pk]),
        title=str(verb.label),
        button=button,
        current_form=lambda: RequestForm(initial=asked_of(request_or_404(request, pk))),
        done=done,
    )


def _act(
    request: HttpRequest,
    pk: int,
    form: KeyedForm,
    verb: Verb,
    act: Callable[..., DisbursementRequest],
    done: str,
) -> HttpResponse:
    """Do it and go back to the queue, or show the request with what must be mended.

    Whoever may not do it there and now is told so, not what is wrong with their form.
    """
    disbursement = request_or_404(request, pk)
    do = partial(act, request_id=disbursement.pk, acting=acting_of(request), at=now())
    if attempt(form, lambda: do(**form.cleaned_data)):
        messages.success(request, done % {"reference": disbursement.reference})
        return redirect("fiduciary:request-list")
    stands = request_or_404(request, pk)
    duty = duty_now(stands, verb)
    require(may_do(stands.alliance, ACT_OF[verb], acting_of(request), duty))
    return _show(request, stands, refused=form)


def _form(name: str, refused: Form | None, initial: dict[str, Any]) -> Form:
    """The form of an act: as it was sent when it was refused, else a new one."""
    if type(refused) is not FORMS[name]:
        return FORMS[name](auto_id=f"{name}_%s", initial=initial)
    refused.auto_id = f"{name}_%s"
    return refused


def _show(
    request: HttpRequest,
    disbursement: DisbursementRequest,
    refused: Form | None = None,
) -> HttpResponse:
    acting, today, alliance = acting_of(request), localdate(), disbursement.alliance
    stays = list(stays_of(disbursement))
    documents = disbursement.documents.select_related("document").order_by("uploaded_at", "pk")
    acts = tuple(as_act(stay) for stay in stays if stay.left_at)
    dossier = dossier_of(alliance)  # the whole one: it also says who else may
    actions = {str(row.verb): row for row in actions_of(disbursement, acting, acts, dossier)}
    may = {verb for verb, row in actions.items() if row.verdict}
    takes = may - {Verb.CORRECT, Verb.CANCEL}
    ends = (disbursement.window_starts_on, disbursement.window_ends_on)
    context: dict[str, Any] = {
        "disbursement": disbursement,
        "alliance": alliance,
        "tab": "money",
        "today": today,
        "may": may,
        "takes": takes,
        "barred": [row for row in actions.values() if not row.verdict],
        "windows": [Occurrence(*ends)] if ends[0] and ends[1] else [],  # type: ignore[arg-type]
        "holder": holder_of(disbursement),
        "held_days": held_days(disbursement, today),
        "points": points_of(disbursement, acting, len(documents)) if disbursement.is_open else (),
        "who": who_may_act(alliance, Duty(disbursement.step.duty), today, acts, dossier)
        if disbursement.step and not takes
        else None,
        "stays": stays,
        "documents": documents,
        "payee_document": payee_document_for(disbursement, acting),
        "producers": alliance.producers.count(),
        "reasons": return_reasons(today),
        "forms": {
            name: _form(name, refused, {"paid_on": today, "seen": disbursement.version})
            for name in FORMS
        },
        "refused": refused,
    }
    name = "_request" if is_fragment(request) else "request_detail"
    if name == "request_detail":
        show_tabs(alliance, acting)
    status = status_of(refused) if refused else None
    return render(request, f"fiduciary/disbursements/{name}.html", context, status=status)
