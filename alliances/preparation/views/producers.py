"""Pages about the producers of an alliance, and its apprentice manager."""

from functools import partial
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.timezone import localdate, now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from alliances.lifecycle.act_pages import Place, act_page, alliance_or_404, form_page
from alliances.lifecycle.selectors import may_do
from alliances.lifecycle.table import EDITABLE
from alliances.lists.pages import list_page
from alliances.people.access import acting_of
from alliances.persons.selectors import can_read_register
from alliances.preparation.forms import ManagerEndForm, ManagerForm, ProducerForm, RemovalForm
from alliances.preparation.lists import PRODUCERS
from alliances.preparation.selectors import (
    can_correct_by_workbook,
    can_see_documents,
    can_see_producers,
    managers_of,
    producer_figures,
    producer_rows,
    producers_visible_to,
    profile_gaps,
)
from alliances.preparation.services import (
    add_producer,
    end_manager,
    register_manager,
    remove_producer,
    reveal_document,
    update_producer,
)
from alliances.preparation.table import ADD_PRODUCER, END_MANAGER, REGISTER_MANAGER, UPDATE_PRODUCER
from alliances.preparation.views.scope import producer_or_404
from kit.access import require
from kit.errors import DomainError
from kit.forms import attempt, once
from kit.web import is_fragment


@require_GET
def all_producers(request: HttpRequest) -> HttpResponseBase:
    """The producers of every alliance that this person sees, with masked documents."""
    acting = acting_of(request)
    require(can_see_producers(acting))
    return list_page(
        request,
        PRODUCERS,
        "alliances/preparation/all_producers.html",
        may_reveal=can_see_documents(acting).allowed,
    )


@require_GET
def producer_list(request: HttpRequest, code: str) -> HttpResponseBase:
    """The producers, with masked documents; who does not work with them sees only counts."""
    alliance, acting = alliance_or_404(request, code), acting_of(request)
    sees = can_see_producers(acting)
    is_editable = alliance.status in EDITABLE
    may_write = may_do(alliance, ADD_PRODUCER, acting).allowed
    managers = alliance.managers.select_related("user").order_by("-since", "pk")
    context: dict[str, Any] = {
        "alliance": alliance,
        "tab": "producers",
        "figures": producer_figures(alliance, acting),
        "sees": sees,
        "may_reveal": can_see_documents(acting).allowed,
        "may_write": may_write,
        "menu": _menu(code, may_write, may_write and can_correct_by_workbook(acting).allowed),
        "gaps": profile_gaps(alliance) if is_editable else [],
        "is_editable": is_editable,
        "managers": managers if sees else [],
        "may_manage": may_do(alliance, REGISTER_MANAGER, acting).allowed,
    }
    template = "alliances/preparation/producer_list.html"
    if not sees:
        return render(request, template, context)
    return list_page(request, PRODUCERS, template, inside=code, **context)


@require_GET
def producer_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One producer as the list shows them, with what this person may do next."""
    acting = acting_of(request)
    require(can_see_producers(acting))
    (row,) = producer_rows([get_object_or_404(producers_visible_to(acting), pk=pk)], acting)
    alliance = row.producer.alliance
    return render(
        request,
        "alliances/preparation/producer_detail.html",
        {
            "alliance": alliance,
            "tab": "producers",
            "row": row,
            "columns": [column for column in PRODUCERS.columns if not column.is_key],
            "may_reveal": row.may_reveal,
            "may_correct": may_do(alliance, UPDATE_PRODUCER, acting).allowed,
            "reads_register": can_read_register(acting).allowed,
        },
    )


def _menu(code: str, may_write: bool, by_workbook: bool) -> list[dict[str, str]]:
    """What else can be done from the list."""
    pages = [(_("Eligibility"), "alliances:eligibility", "scale")]
    if may_write:
        pages.append((_("Correct the profile"), "alliances:profile-edit", "pen"))
    if by_workbook:
        pages.append((_("Correct with a workbook"), "alliances:profile-correct", "upload"))
    return [
        {"label": label, "url": reverse(page, args=[code]), "icon": icon}
        for label, page, icon in pages
    ]


@require_http_methods(["GET", "POST"])
def producer_create(request: HttpRequest, code: str) -> HttpResponse:
    """Write one more producer into the profile."""
    alliance, acting = alliance_or_404(request, code), acting_of(request)
    form = ProducerForm(request.POST or None)
    add = partial(add_producer, alliance=alliance, acting=acting, at=now())
    if request.method == "POST" and attempt(
        form,
        lambda: add(
            data=form.data_of_producer,
            **{name: form.cleaned_data[name] for name in ("key", "despite")},
        ),
    ):
        messages.success(request, _("The producer is in the profile."))
        again = "again" in request.POST
        return redirect("alliances:producer-create" if again else "alliances:producer-list", code)
    may = may_do(alliance, ADD_PRODUCER, acting)
    context = {"alliance": alliance, "tab": "producers", "producer": None}
    return form_page(request, "alliances/preparation/producer_form.html", form, may=may, **context)


@require_http_methods(["GET", "POST"])
def producer_edit(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """Correct what is written of a producer."""
    producer, acting = producer_or_404(request, code, pk), acting_of(request)
    form = ProducerForm(request.POST or None, instance=producer)
    update = partial(update_producer, producer=producer, acting=acting, at=now())
    if request.method == "POST" and attempt(
        form,
        lambda: update(data=form.data_of_producer, **once(form)),
        current_form=lambda: ProducerForm(instance=producer_or_404(request, code, pk)),
    ):
        messages.success(request, _("The producer is saved."))
        return redirect("alliances:producer-list", code=code)
    context = {
        "alliance": producer.alliance,
        "tab": "producers",
        "producer": producer,
        "removal": RemovalForm(initial={"seen": producer.version}),
    }
    may = may_do(producer.alliance, UPDATE_PRODUCER, acting)
    return form_page(request, "alliances/preparation/producer_form.html", form, may=may, **context)


@require_POST
def producer_remove(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """Take a producer out of a draft or returned profile."""
    producer, acting = producer_or_404(request, code, pk), acting_of(request)
    form = RemovalForm(request.POST)
    if not form.is_valid():
        raise DomainError(_("Say why this person leaves the profile."))
    remove_producer(producer=producer, acting=acting, at=now(), **form.cleaned_data)
    messages.success(request, _("The producer is no longer in the profile."))
    return redirect("alliances:producer-list", code=code)


@require_POST
def producer_reveal(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """The whole document number of one producer; that it was read stays in the history."""
    producer = producer_or_404(request, code, pk)
    number = reveal_document(producer=producer, acting=acting_of(request), at=now())
    context = {"alliance": producer.alliance, "producer": producer, "number": number}
    page = "_document_number.html" if is_fragment(request) else "document_number.html"
    return render(request, f"alliances/preparation/{page}", context | {"tab": "producers"})


@require_http_methods(["GET", "POST"])
def manager_create(request: HttpRequest, code: str) -> HttpResponse:
    """Register the apprentice manager of the alliance."""
    alliance, acting = alliance_or_404(request, code), acting_of(request)
    people = managers_of(alliance.organisation, localdate())
    form = ManagerForm(request.POST or None, people=people, initial={"since": localdate()})
    register = partial(register_manager, alliance=alliance, acting=acting, at=now())
    if request.method == "POST" and attempt(form, lambda: register(**form.appointment)):
        messages.success(request, _("The apprentice manager is registered."))
        return redirect("alliances:producer-list", code=code)
    may = may_do(alliance, REGISTER_MANAGER, acting)
    context = {"alliance": alliance, "tab": "producers", "people": people}
    return form_page(request, "alliances/preparation/manager_form.html", form, may=may, **context)


@require_http_methods(["GET", "POST"])
def manager_end(request: HttpRequest, code: str) -> HttpResponse:
    """Write the end of the manager's contract: then another one can be registered."""
    alliance, acting = alliance_or_404(request, code), acting_of(request)
    form = ManagerEndForm(request.POST or None, initial={"until": localdate()})
    end = partial(end_manager, alliance=alliance, acting=acting, at=now())
    return act_page(
        request,
        alliance,
        form,
        lambda: end(**form.cleaned_data),
        may=lambda: may_do(alliance, END_MANAGER, acting),
        place=Place("alliances:producer-list", "producers", _("Producers")),
        title=_("End the manager's contract"),
        done=_("The contract has ended: another manager can be registered."),
    )
