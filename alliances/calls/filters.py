"""How lists of other rooms are narrowed by call."""

import django_filters
from django.utils.translation import gettext_lazy as _

from alliances.calls.models import Call


def call_filter(alliance: str = "") -> django_filters.ModelChoiceFilter:
    """By the call of the alliance, to which the path ``alliance`` leads; the latest come first."""
    return django_filters.ModelChoiceFilter(
        label=_("Call"), field_name=f"{alliance}call", queryset=Call.objects.order_by("-opens_on")
    )
