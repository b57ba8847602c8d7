"""What every page of an alliance asks first, and the one page of an act: its form, then the act."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.functional import Promise

from alliances.lifecycle.models import Alliance
from alliances.lifecycle.selectors import alliances_visible_to, with_names
from alliances.lifecycle.tabs import show_tabs, show_tabs_later, with_tabs
from alliances.people.access import acting_of
from alliances.people.acting_membership import SAFE
from kit import web
from kit.access import Verdict, require
from kit.forms import Done, attempt


def alliance_or_404(request: HttpRequest, code: str) -> Alliance:
    """The alliance with its names and tabs, when the acting membership may see it; else 404."""
    acting = acting_of(request)
    visible = with_names(alliances_visible_to(acting))
    if request.method in SAFE:
        return show_tabs(get_object_or_404(with_tabs(visible, acting), code=code), acting)
    return show_tabs_later(get_object_or_404(visible, code=code), acting)


@dataclass(frozen=True)
class Place:
    """A page of an alliance from which acts begin: its address, its tab, what crumbs call it."""

    view: str
    tab: str = ""
    label: Promise | str = ""

    def url(self, alliance: Alliance) -> str:
        """Its address for one alliance."""
        return reverse(self.view, args=[alliance.code])


SUMMARY = Place("alliances:alliance-detail")


def act_page(
    request: HttpRequest,
    alliance: Alliance,
    form: BaseForm,
    do: Callable[[], Done],
    *,
    may: Callable[[], Verdict],
    place: Place,
    title: str,
    done: str | Callable[[Done], str],
    button: str = "",
    intro: str = "",
    is_danger: bool = False,
    go_to: str = "",
    current_form: Callable[[], BaseForm] | None = None,
    template: str = "alliances/overview/act_form.html",
    **context: Any,
) -> HttpResponse:
    """Do the act and go back to its ``place`` (or ``go_to``) with what ``done`` says, or show it.

    The form is shown to who may do the act: nobody fills one in in vain. The act itself asks
    first, under the lock, so that a repeated key is answered whatever has changed since. The
    button says the title, unless it has words of its own.
    """
    if request.method == "POST" and (row := attempt(form, do, current_form=current_form)):
        messages.success(request, done if isinstance(done, str) else done(row))
        return redirect(go_to or place.url(alliance))
    if alliance.shown_tabs is None:
        show_tabs(alliance, acting_of(request))
    shown = {
        "alliance": alliance,
        "tab": place.tab,
        "title": title,
        "intro": intro,
        "button": button or title,
        "is_danger": is_danger,
        "back": place.url(alliance),
        "back_label": place.label,
    }
    return form_page(request, template, form, may=may(), **shown | context)


def form_page(
    request: HttpRequest, template: str, form: BaseForm, *, may: Verdict, **context: Any
) -> HttpResponse:
    """The form of an act, unless this person may not do it: nobody fills one in in vain.

    The act itself asks again, under the lock, when the form arrives.
    """
    require(may)
    return web.form_page(request, template, form, **context)
