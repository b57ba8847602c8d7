"""Small helpers for pages: what kind of answer the browser waits for, forms, and pagination."""

from typing import Any

from django.conf import settings
from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import content_disposition_header

PAGE_SIZE = 25
UNPROCESSABLE, CONFLICT = 422, 409


def is_fragment(request: HttpRequest) -> bool:
    """True when htmx asked for a piece of the page, not when it boosts a whole navigation."""
    htmx = getattr(request, "htmx", None)
    return htmx is not None and bool(htmx) and not htmx.boosted


def status_of(form: BaseForm) -> int:
    """422, which htmx shows like any page, when what was sent could not be taken; else 200.

    409 when it rested on what somebody changed meanwhile.
    """
    if getattr(form, "was_overtaken", False):
        return CONFLICT
    return UNPROCESSABLE if form.errors else 200


def form_page(request: HttpRequest, template: str, form: BaseForm, **context: Any) -> HttpResponse:
    """The page of a form, as it was sent if it was, with the status that tells so."""
    return render(request, template, {"form": form} | context, status=status_of(form))


def file_to_save(content: bytes, name: str, content_type: str) -> HttpResponse:
    """A file that the browser saves under its name and never shows."""
    disposition = content_disposition_header(as_attachment=True, filename=name)
    headers: dict[str, Any] = {"Content-Disposition": disposition}
    return HttpResponse(content, content_type=content_type, headers=headers)


def absolute(path: str) -> str:
    """The whole address of a page, for mail and terminals."""
    return f"{settings.SITE_URL.rstrip('/')}{path}"


def page_of(request: HttpRequest, rows: QuerySet[Any], size: int = PAGE_SIZE) -> Page[Any]:
    """The page of ``rows`` that the address asks for; a wrong number gives the nearest page."""
    return Paginator(rows, size).get_page(request.GET.get("page"))
