"""Pages of the register of external consultants and what they have shown."""

from functools import partial

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import localdate, now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from alliances.lifecycle.act_pages import SUMMARY, act_page, alliance_or_404, form_page
from alliances.lifecycle.selectors import may_do
from alliances.lifecycle.table import APPOINT
from alliances.lists.pages import list_page
from alliances.people.access import acting_of
from alliances.people.models import Credential
from alliances.preparation.forms import AdviserForm, CredentialForm
from alliances.preparation.lists import CONSULTANTS
from alliances.preparation.selectors import (
    can_register_credential,
    consultant_rows,
    consultants_for,
    consultants_visible_to,
)
from alliances.preparation.services import (
    appoint_consultant,
    register_credential,
    verify_credential,
)
from kit.forms import attempt, click_of


@require_GET
def consultant_list(request: HttpRequest) -> HttpResponseBase:
    """Consultants, what they have shown and how many alliances each carries."""
    return list_page(request, CONSULTANTS, "alliances/preparation/consultant_list.html")


@require_GET
def consultant_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One consultant, and each credential with who verified it."""
    acting = acting_of(request)
    consultant = get_object_or_404(consultants_visible_to(acting), pk=pk)
    (row,) = consultant_rows([consultant], acting, now())
    return render(request, "alliances/preparation/consultant_detail.html", {"row": row})


@require_http_methods(["GET", "POST"])
def credential_create(request: HttpRequest, pk: int) -> HttpResponse:
    """Write down a degree or certificate of a consultant."""
    acting = acting_of(request)
    consultant = get_object_or_404(consultants_visible_to(acting), pk=pk)
    form = CredentialForm(request.POST or None)
    register = partial(register_credential, consultant=consultant, acting=acting, at=now())
    if request.method == "POST" and attempt(form, lambda: register(**form.cleaned_data)):
        messages.success(request, _("The credential is written down, still to be verified."))
        return redirect("alliances:consultant-detail", pk=pk)
    return form_page(
        request,
        "alliances/preparation/credential_form.html",
        form,
        may=can_register_credential(consultant, acting),
        consultant=consultant,
    )


@require_POST
def credential_verify(request: HttpRequest, pk: int) -> HttpResponse:
    """Say that the original of a credential was seen."""
    acting = acting_of(request)
    seen = Credential.objects.filter(consultant__in=consultants_visible_to(acting))
    credential = get_object_or_404(seen.select_related("consultant"), pk=pk)
    key = click_of(request)["key"]
    verify_credential(credential=credential, acting=acting, at=now(), key=key)
    messages.success(request, _("The credential is verified."))
    return redirect("alliances:consultant-detail", pk=credential.consultant_id)


@require_http_methods(["GET", "POST"])
def adviser_appoint(request: HttpRequest, code: str) -> HttpResponse:
    """Give a consultant the duty to advise the alliance."""
    alliance, acting = alliance_or_404(request, code), acting_of(request)
    people = consultants_for(alliance, localdate())
    form = AdviserForm(request.POST or None, people=people)
    act = partial(appoint_consultant, alliance_id=alliance.pk, acting=acting, at=now())
    return act_page(
        request,
        alliance,
        form,
        lambda: act(**form.cleaned_data),
        may=lambda: may_do(alliance, APPOINT, acting),
        place=SUMMARY,
        title=_("Appoint a consultant"),
        done=lambda row: _("Appointed: %(name)s.") % {"name": row.person},
        template="alliances/preparation/adviser_form.html",
    )
