"""What every page of an alliance asks first."""

from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from alliances.lifecycle.models import Alliance
from alliances.lifecycle.selectors import alliances_visible_to
from alliances.people.access import acting_of


def alliance_or_404(request: HttpRequest, code: str) -> Alliance:
    """The alliance with its names, when the acting membership may see it; 404 otherwise."""
    visible = alliances_visible_to(acting_of(request)).select_related(
        "call", "organisation", "ally", "municipality__department", "crop"
    )
    return get_object_or_404(visible, code=code)
