"""The shape of a study of operations as a person writes it."""

from typing import Any

from django import forms
from django.db.models import Max, Min
from django.utils.timezone import localdate, localtime
from django.utils.translation import gettext_lazy as _

from alliances.calls.models import REGIME_CHOICES
from alliances.models import Call, Department, Event
from evaluation.studies.forms.base import NAME, Section, StudyForm, choose
from evaluation.studies.labels import COMPARED_BY
from evaluation.studies.operations_spec import OperationsSpec
from kit.forms import DayField
from kit.names import by_name


def _some_of(label: Any, **options: Any) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=label, required=False, widget=forms.CheckboxSelectMultiple, **options
    )


class OperationsForm(StudyForm):
    """Everything that a study of operations fixes before anything is counted."""

    spec: OperationsSpec
    parts = (
        NAME,
        Section(_("Period"), ("from_on", "until_on")),
        Section(
            _("Which alliances"),
            ("calls", "regimes", "departments"),
            _("Where none is ticked, all are read."),
        ),
        Section(_("Comparison"), ("compare_by", "minimum_cell", "level")),
    )

    from_on = DayField(label=_("From"), help_text=_("What began on this day or later is read."))
    until_on = DayField(
        label=_("Until"),
        help_text=_("What was still going on at the end of this day counts as not over."),
    )
    calls = _some_of(_("Calls"))
    regimes = _some_of(_("Duty regimes"), choices=REGIME_CHOICES)
    departments = _some_of(_("Departments"))
    compare_by = _some_of(_("Told apart by"), choices=list(COMPARED_BY.items()))
    minimum_cell = forms.IntegerField(
        label=_("Fewest cases of a figure"),
        min_value=3,
        help_text=_("A figure of fewer is not told, and its row says so."),
    )
    level = forms.FloatField(
        label=_("Level of the intervals, in per cent"), min_value=50, max_value=99.9
    )

    def proposal(self) -> OperationsSpec:
        """From the day on which the first call opened until the last act that is stored."""
        opened = Call.objects.aggregate(first=Min("opens_on"))["first"] or localdate()
        last = Event.objects.filter(alliance__isnull=False).aggregate(last=Max("at"))["last"]
        until = localtime(last).date() if last else localdate()
        return OperationsSpec(from_on=min(opened, until), until_on=until)

    def offer(self) -> None:
        """The calls and departments that there are."""
        calls = Call.objects.order_by("-opens_on", "code").values_list("code", "name")
        choose(self, "calls", calls)
        places = Department.objects.order_by(*by_name("name")).values_list("code", "name")
        choose(self, "departments", places)

    def clean(self) -> dict[str, Any]:
        """A period ends after it begins."""
        cleaned = super().clean() or {}
        first, last = cleaned.get("from_on"), cleaned.get("until_on")
        if first and last and last < first:
            self.add_error("until_on", _("The period ends before it begins."))
        return cleaned
