"""Pages of calls: the list, the rules of one call for all to read, writing and opening one."""

from functools import partial

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import localdate, now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from alliances.calls.drafts import DATA, EXAMPLES, CallDraft, read_draft
from alliances.calls.forms import CallForm
from alliances.calls.lists import CALLS
from alliances.calls.models import Call
from alliances.calls.rules import canonical
from alliances.calls.selectors import (
    calls_visible_to,
    can_manage_calls,
    draft_of,
    duty_rows,
    frozen_by_sealing,
    limits_of,
    regime_of,
    rubric_of,
    sealed_document,
    state_of,
    verify_rules,
)
from alliances.calls.services import create_call, discard_call, open_call
from alliances.lifecycle.selectors import can_read_rows
from alliances.lists.pages import list_page
from alliances.people.access import acting_of
from kit.access import require
from kit.forms import attempt, click_of
from kit.names import by_name
from kit.web import file_to_save, form_page


def call_or_404(request: HttpRequest, code: str) -> Call:
    """The call, when the acting membership may see it; 404 otherwise."""
    return get_object_or_404(calls_visible_to(acting_of(request)), code=code)


@require_GET
def call_list(request: HttpRequest) -> HttpResponseBase:
    """The calls, latest first, with their dates and money."""
    may_manage = can_manage_calls(acting_of(request), localdate()).allowed
    return list_page(request, CALLS, "alliances/calls/call_list.html", may_manage=may_manage)


@require_http_methods(["GET", "POST"])
def call_first(request: HttpRequest) -> HttpResponse:
    """Write a call where there is none yet, from the example that comes with the program."""
    require(can_manage_calls(acting_of(request), localdate()))
    return _written_from(request, read_draft(DATA / EXAMPLES[-1]), is_example=True)


@require_http_methods(["GET", "POST"])
def call_create(request: HttpRequest, code: str) -> HttpResponse:
    """Write a call with the rubric and the limits of another one; it is sealed afterwards."""
    base = call_or_404(request, code)
    require(can_manage_calls(acting_of(request), localdate()))
    return _written_from(request, draft_of(base))


def _written_from(
    request: HttpRequest, base: CallDraft, *, is_example: bool = False
) -> HttpResponse:
    acting = acting_of(request)
    form = CallForm(request.POST or None, base=base)
    write = partial(create_call, acting=acting, at=now())
    if request.method == "POST" and (
        call := attempt(form, lambda: write(draft=form.draft, key=form.cleaned_data["key"]))
    ):
        messages.success(request, _("The call is written. Read it and seal its rules to open it."))
        return redirect("alliances:call-detail", code=call.code)
    template = "alliances/calls/call_form.html"
    return form_page(request, template, form, base=base, is_example=is_example)


@require_GET
def call_detail(request: HttpRequest, code: str) -> HttpResponse:
    """Everything the call decides: dates, money, rubric, limits, duties, and the seal over it."""
    call = call_or_404(request, code)
    return render(
        request,
        "alliances/calls/call_detail.html",
        {
            "call": call,
            "state": state_of(call, localdate()),
            "regions": call.regions.order_by(*by_name("call_region")),
            "rubric": rubric_of(call),
            "limits": limits_of(call),
            "duties": duty_rows(regime_of(call)),
            "is_intact": verify_rules(call),
            "frozen": () if call.is_sealed else frozen_by_sealing(call),
            "may_manage": can_manage_calls(acting_of(request), localdate()).allowed,
            "reads_ranking": can_read_rows(acting_of(request)).allowed,
        },
    )


@require_GET
def call_rules(request: HttpRequest, code: str) -> HttpResponse:
    """The very bytes that were hashed: their SHA-256 is the seal of the call."""
    call = get_object_or_404(
        calls_visible_to(acting_of(request)).filter(sealed_at__isnull=False), code=code
    )
    rules = canonical(sealed_document(call)).encode()
    return file_to_save(rules, f"reglas-{call.code}.json", "application/json")


@require_POST
def call_open(request: HttpRequest, code: str) -> HttpResponse:
    """Seal the rules; from then on nobody changes them."""
    call = call_or_404(request, code)
    acting = acting_of(request)
    require(can_manage_calls(acting, localdate()))
    open_call(call_id=call.pk, acting=acting, at=now(), key=click_of(request)["key"])
    messages.success(request, _("The call is open and its rules are sealed."))
    return redirect("alliances:call-detail", code=code)


@require_POST
def call_discard(request: HttpRequest, code: str) -> HttpResponse:
    """Take a draft out of sight; a second click finds it discarded."""
    acting = acting_of(request)
    require(can_manage_calls(acting, localdate()))
    call = get_object_or_404(Call, code=code)
    discard_call(call_id=call.pk, acting=acting, at=now(), key=click_of(request)["key"])
    messages.success(request, _("The draft is discarded."))
    return redirect("alliances:call-list")
