"""How a list of alliances is narrowed, in the page and in the API alike."""

import django_filters
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from alliances.lifecycle.models import Alliance
from alliances.lifecycle.table import STAGES, Stage, Status
from alliances.lists.filters import CROP_NAMES, NAMES_AND_PLACE
from alliances.territory.filters import crop_filter, department_filter
from kit.filters import WordsFilter

SEARCHED = (*NAMES_AND_PLACE, "ally__searched", *CROP_NAMES)
SEARCHED_NUMBERS = ("organisation__nit", "ally__nit")


class AllianceFilter(WordsFilter):
    """By words, stage, status, department and crop."""

    names, numbers = SEARCHED, SEARCHED_NUMBERS

    stage = django_filters.ChoiceFilter(label=_("Stage"), choices=Stage.choices, method="in_stage")
    status = django_filters.ChoiceFilter(label=_("Status"), choices=Status.choices)
    department = department_filter()
    crop = crop_filter()

    class Meta:
        model = Alliance
        fields = ["q", "stage", "status", "department", "crop"]

    def in_stage(self, rows: QuerySet[Alliance], _name: str, stage: str) -> QuerySet[Alliance]:
        """Statuses that belong to the stage, whichever way it ended."""
        main, ends = STAGES[Stage(stage)]
        return rows.filter(status__in=[*main, *ends])
