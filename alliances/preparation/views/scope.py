"""What every page of this room asks first: which alliance, for whom, and how a form answers."""

from typing import Any

from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from alliances.lifecycle.pages import alliance_or_404
from alliances.people.models import Producer

UNPROCESSABLE = 422


def producer_or_404(request: HttpRequest, code: str, pk: int) -> Producer:
    """A producer of an alliance that the acting membership may see; 404 otherwise."""
    alliance = alliance_or_404(request, code)
    producer = get_object_or_404(alliance.producers, pk=pk)
    producer.alliance = alliance
    return producer


def form_page(
    request: HttpRequest, template: str, form: BaseForm, context: dict[str, Any]
) -> HttpResponse:
    """The page of a form: 422 when what was sent could not be taken."""
    status = UNPROCESSABLE if form.errors else 200
    return render(request, template, {"form": form} | context, status=status)
