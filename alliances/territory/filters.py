"""How lists are narrowed by where an alliance is, and by what it grows."""

import django_filters
from django.utils.translation import gettext_lazy as _

from alliances.territory.models import Crop, Department
from kit.names import by_name


def department_filter(alliance: str = "") -> django_filters.ModelChoiceFilter:
    """By the department of the alliance, to which the path ``alliance`` leads: ``alliance__``."""
    return django_filters.ModelChoiceFilter(
        label=_("Department"),
        field_name=f"{alliance}municipality__department",
        queryset=Department.objects.order_by(*by_name("name")),
    )


def crop_filter(alliance: str = "") -> django_filters.ModelChoiceFilter:
    """By the crop of the alliance, or of the rows that have one of their own."""
    return django_filters.ModelChoiceFilter(
        label=_("Crop"),
        field_name=f"{alliance}crop",
        queryset=Crop.objects.order_by(*by_name("name_es")),
    )
