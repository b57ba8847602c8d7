"""What a study of operations asks, in words."""

from collections.abc import Sequence

from django.utils.formats import date_format, localize
from django.utils.translation import gettext as _

from alliances.calls.models import REGIME_CHOICES
from alliances.models import Call, Department
from evaluation.studies.labels import COMPARED_BY
from evaluation.studies.models import Study
from evaluation.studies.operations_spec import OperationsSpec
from evaluation.studies.reading.words import Labels, Pair, one_after_another, percent


def operations_pairs(study: Study) -> list[Pair]:
    """Every choice of the study."""
    spec = OperationsSpec.from_data(study.specification)
    calls = dict(Call.objects.filter(code__in=spec.calls).values_list("code", "name"))
    places = dict(Department.objects.filter(code__in=spec.departments).values_list("code", "name"))
    return [
        (_("From"), date_format(spec.from_on, "DATE_FORMAT")),
        (_("Until"), date_format(spec.until_on, "DATE_FORMAT")),
        (_("Calls"), _all_or(spec.calls, calls)),
        (_("Duty regimes"), _all_or(spec.regimes, dict(REGIME_CHOICES))),
        (_("Departments"), _all_or(spec.departments, places)),
        (_("Told apart by"), one_after_another(spec.compare_by, COMPARED_BY)),
        (_("Fewest cases of a figure"), localize(spec.minimum_cell)),
        (_("Interval level"), percent(spec.level)),
    ]


def _all_or(names: Sequence[str], labels: Labels) -> str:
    return one_after_another(names, labels) if names else _("all")
