"""What every page of an alliance asks first, and who sees the form of an act."""

from typing import Any

from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from alliances.lifecycle.models import Alliance
from alliances.lifecycle.selectors import alliances_visible_to
from alliances.lifecycle.tabs import show_tabs, with_tabs
from alliances.people.access import acting_of
from kit import web
from kit.access import Verdict, require


def alliance_or_404(request: HttpRequest, code: str) -> Alliance:
    """The alliance with its names and tabs, when the acting membership may see it; else 404."""
    acting = acting_of(request)
    visible = alliances_visible_to(acting).select_related(
        "call", "organisation", "ally", "municipality__department", "crop"
    )
    return show_tabs(get_object_or_404(with_tabs(visible, acting), code=code), acting)


def form_page(
    request: HttpRequest, template: str, form: BaseForm, *, may: Verdict, **context: Any
) -> HttpResponse:
    """The form of an act, unless this person may not do it: nobody fills one in in vain.

    The act itself asks again, under the lock, when the form arrives.
    """
    require(may)
    return web.form_page(request, template, form, **context)
