"""How a list of alliances is narrowed, in the page and in the API alike."""

import django_filters
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from alliances.lifecycle.models import Alliance
from alliances.lifecycle.table import STAGES, Stage, Status
from alliances.territory.models import Crop, Department
from kit.names import by_name, with_words

#: Where the words of a search are looked for in an alliance, by the paths of its fields.
SEARCHED = (
    "searched",
    "organisation__searched",
    "ally__searched",
    "municipality__name",
    "municipality__department__name",
    "crop__name_es",
    "crop__name_en",
)
SEARCHED_NUMBERS = ("organisation__nit", "ally__nit")


class AllianceFilter(django_filters.FilterSet):
    """By words, stage, status, department and crop."""

    q = django_filters.CharFilter(label=_("Search"), method="search")
    stage = django_filters.ChoiceFilter(
        label=_("Stage"), choices=Stage.choices, method="in_stage", empty_label=_("All")
    )
    status = django_filters.ChoiceFilter(
        label=_("Status"), choices=Status.choices, empty_label=_("All")
    )
    department = django_filters.ModelChoiceFilter(
        label=_("Department"),
        field_name="municipality__department",
        queryset=Department.objects.order_by(*by_name("name")),
        empty_label=_("All"),
    )
    crop = django_filters.ModelChoiceFilter(
        label=_("Crop"), queryset=Crop.objects.order_by(*by_name("name_es")), empty_label=_("All")
    )

    class Meta:
        model = Alliance
        fields = ["q", "stage", "status", "department", "crop"]

    def search(self, rows: QuerySet[Alliance], _name: str, words: str) -> QuerySet[Alliance]:
        """Every word in code, name, place, crop, or the organisation's or ally's name or NIT."""
        return with_words(rows, words, names=SEARCHED, numbers=SEARCHED_NUMBERS)

    def in_stage(self, rows: QuerySet[Alliance], _name: str, stage: str) -> QuerySet[Alliance]:
        """Statuses that belong to the stage, whichever way it ended."""
        main, ends = STAGES[Stage(stage)]
        return rows.filter(status__in=[*main, *ends])
