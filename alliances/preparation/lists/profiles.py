"""The desk of profiles in preparation: what each lacks, and how the list is narrowed."""

from dataclasses import replace
from typing import Any

import django_filters
from django.db.models import F, OuterRef, Q, QuerySet, Subquery
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from alliances.calls.filters import call_filter
from alliances.calls.models import EligibilityRule
from alliances.lifecycle.models import Alliance
from alliances.lifecycle.table import EDITABLE
from alliances.lists.columns import CALL, CODE, CROP, INCENTIVE, NAME, NIT, PLACE, SINCE, STATUS
from alliances.lists.filters import CROP_NAMES, NAMES_AND_PLACE, TaskFilter
from alliances.preparation.selectors import desk_rows, profiles_on_desk
from alliances.preparation.selectors.profiles import ON_DESK, DeskRow
from alliances.territory.filters import crop_filter, department_filter
from kit.filters import WordsFilter
from kit.lists import ListColumn, ListShape, declare, model_version


class DeskFilter(TaskFilter, WordsFilter):
    """By words, status, what they lack, department, crop and call."""

    names = (*NAMES_AND_PLACE, *CROP_NAMES)
    numbers = ("organisation__nit",)

    status = django_filters.ChoiceFilter(
        label=gettext_lazy("Status"), choices=[(status.value, status.label) for status in ON_DESK]
    )
    lacks = django_filters.ChoiceFilter(
        label=gettext_lazy("What it lacks"),
        choices=[
            ("nothing", gettext_lazy("Nothing: it can be presented")),
            ("something", gettext_lazy("Something")),
        ],
        method="lacking",
    )
    department = department_filter()
    crop = crop_filter()
    call = call_filter()

    class Meta:
        model = Alliance
        fields = ["q", "status", "lacks", "department", "crop", "call"]

    def lacking(self, rows: QuerySet[Alliance], _name: str, what: str) -> QuerySet[Alliance]:
        """Drafts and returned profiles that are complete, or those that are not (``gaps_of``)."""
        size = EligibilityRule.objects.filter(call=OuterRef("call"), code=EligibilityRule.Code.SIZE)
        rows = rows.filter(status__in=EDITABLE).alias(
            least=Subquery(size.values("minimum")[:1]), most=Subquery(size.values("maximum")[:1])
        )
        complete = (
            Q(ally__isnull=False, producer_count__gt=0, without_consent=0)
            & (Q(least__isnull=True) | Q(producer_count__gte=F("least")))
            & (Q(most__isnull=True) | Q(producer_count__lte=F("most")))
        )
        return rows.filter(complete) if what == "nothing" else rows.exclude(complete)


def _lacks(row: DeskRow) -> Any:
    """What it lacks, or whose turn it is."""
    if row.gaps:
        return row.gaps
    if row.is_with_reader:
        return _("Its eligibility is to be declared")
    return _("Nothing: present it")


def _where_it_is_declared(row: DeskRow) -> str:
    """The same as a way to the page where it is done."""
    if not row.is_with_reader:
        return ""
    page = reverse("alliances:eligibility", args=[row.alliance.code])
    return format_html('<a href="{}">{}</a>', page, _lacks(row))


def _alliance(row: DeskRow) -> Alliance:
    return row.alliance


PROFILES = declare(
    ListShape(
        name="profiles",
        title=gettext_lazy("Profiles in preparation"),
        page="alliances:profile-list",
        source=profiles_on_desk,
        columns=(
            CODE.of(_alliance),
            NAME.of(_alliance),
            STATUS.of(_alliance),
            ListColumn(
                "lacks",
                gettext_lazy("What it lacks"),
                _lacks,
                markup=_where_it_is_declared,
                is_wide=True,
            ),
            ListColumn(
                "producers",
                gettext_lazy("Producers"),
                lambda row: row.producers,
                (F("producer_count"),),
                is_number=True,
            ),
            SINCE.of(_alliance),
            replace(PLACE, is_shown=False).of(_alliance),
            replace(CROP, is_shown=False).of(_alliance),
            NIT.of(_alliance),
            CALL.of(_alliance),
            replace(INCENTIVE, is_shown=False).of(_alliance),
        ),
        filters=DeskFilter,
        order="since",
        opens=lambda row: reverse("alliances:producer-list", args=[row.alliance.code]),
        lookup="code",
        key=lambda row: row.alliance.code,
        rows=lambda rows, acting: desk_rows(rows),
        pick=lambda row: model_version(row.alliance),
    )
)
