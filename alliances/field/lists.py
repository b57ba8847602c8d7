"""Alliances in the field as a list: who has waited longest for a visit, narrowed and sorted."""

import django_filters
from django.db.models import F, QuerySet
from django.urls import reverse
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _

from alliances.field.selectors import alliances_in_the_field, visits_due
from alliances.lifecycle.models import Alliance
from alliances.lists.filters import TaskFilter
from alliances.territory.models import Crop, Department
from kit.lists import ListColumn, ListShape, Toned, declare
from kit.names import by_name, with_words


class FieldFilter(TaskFilter):
    """By words, department and crop."""

    q = django_filters.CharFilter(label=_("Search"), method="search")
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
        fields = ["q", "department", "crop"]

    def search(self, rows: QuerySet[Alliance], _name: str, words: str) -> QuerySet[Alliance]:
        """Every word in code, name, place or organisation."""
        places = ("municipality__name", "municipality__department__name")
        names = ("code", "name", "organisation__name", *places)
        return with_words(rows, words, names=names, numbers=("organisation__nit",))


FIELD = declare(
    ListShape(
        name="field",
        title=_("Support in the field"),
        page="alliances:visit-list",
        source=alliances_in_the_field,
        columns=(
            ListColumn("code", _("Code"), lambda row: row.alliance.code, (F("code"),), is_key=True),
            ListColumn(
                "name", _("Alliance"), lambda row: row.alliance.name, tuple(by_name("name"))
            ),
            ListColumn(
                "organisation",
                _("Organisation"),
                lambda row: row.alliance.organisation.name,
                tuple(by_name("organisation__name")),
            ),
            ListColumn(
                "place",
                _("Place"),
                lambda row: f"{row.alliance.municipality}, {row.alliance.municipality.department}",
                tuple(by_name("municipality__department__name", "municipality__name")),
            ),
            ListColumn("wait", _("Wait"), lambda row: Toned(row.words, row.tone)),
            ListColumn("days", _("Days without a visit"), lambda row: row.days),
            ListColumn(
                "last",
                _("Last visit"),
                lambda row: row.last_visit_on,
                (F("waiting_since"),),
            ),
        ),
        filters=FieldFilter,
        order="last",
        opens=lambda row: reverse("alliances:alliance-visits", args=[row.alliance.code]),
        lookup="code",
        key=lambda row: row.alliance.code,
        rows=lambda rows, acting: visits_due(rows, localdate()),
    )
)
