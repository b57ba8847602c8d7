"""Reads about studies."""

from collections.abc import Callable, Iterable
from typing import Any

from django.db.models import Count, QuerySet
from django.utils.formats import date_format, localize
from django.utils.translation import gettext as _

from alliances.models import Department
from evaluation.estimators.chaining_spec import ChainingSpec, Thresholds
from evaluation.studies.impact_spec import ImpactSpec
from evaluation.studies.models import Study, StudyKind
from evaluation.studies.rules import IMPACT_COVARIATES
from evaluation.studies.words import (
    BANDWIDTHS_ON,
    CLUSTERS,
    KERNELS,
    MASS_POINTS,
    SELECTORS,
    TREATMENTS,
    VARIANCES,
)

Pairs = list[tuple[str, str]]


def studies() -> QuerySet[Study]:
    """Every study, newest first, with its wave, its author and how often it was run."""
    return (
        Study.objects.select_related("wave", "author__user", "author__organisation")
        .annotate(run_count=Count("runs"))
        .order_by("-created_at", "-pk")
    )


def specification_rows(study: Study) -> Pairs:
    """What the study asks, as pairs to read."""
    return [(_("Survey wave"), str(study.wave)), *_ROWS[study.kind](study)]


def _chaining_rows(study: Study) -> Pairs:
    spec = ChainingSpec.from_data(study.specification)
    return [
        (_("Reference day"), date_format(spec.reference_on, "DATE_FORMAT")),
        (_("Producers and their organisation"), _cut_points(spec.producers_organisation)),
        (_("Organisation and ally"), _cut_points(spec.organisation_ally)),
        (_("Both links together (mean of the two)"), _cut_points(spec.both)),
        (_("Weight of stored facts in the link with the ally"), localize(spec.behaviour_weight)),
        (_("Better off from answer"), localize(spec.wellbeing_improved_from)),
        (_("Adjusted for"), _listed(spec.covariates, _labels(study))),
        (_("Interval level"), f"{100 * (1 - spec.alpha):g} %"),
        (_("Resamples of the alliances"), localize(spec.bootstrap_replicates)),
    ]


def _impact_rows(study: Study) -> Pairs:
    spec, labels = ImpactSpec.from_data(study.specification), _labels(study)
    names = dict(Department.objects.values_list("code", "name"))
    return [
        (_("Outcomes"), _listed(spec.outcomes, labels)),
        (_("Compared within the crop"), _listed(spec.standardised, labels)),
        (_("Takes part who"), _treatment(spec, labels)),
        (_("Score"), _score(spec, labels)),
        (_("Adjusted for"), _listed(spec.covariates, labels)),
        *(
            (
                _("Left out: %(department)s")
                % {"department": names.get(item.department, item.department)},
                item.reason,
            )
            for item in spec.exclusions
        ),
        (_("Errors by"), str(CLUSTERS[spec.cluster])),
        (_("Variance"), str(VARIANCES[spec.vce])),
        (
            _("Local polynomial"),
            _("order %(order)s, %(kernel)s kernel")
            % {"order": spec.p, "kernel": KERNELS[spec.kernel]},
        ),
        (_("Bandwidth"), f"{SELECTORS[spec.bwselect]}; {BANDWIDTHS_ON[spec.bandwidth_on]}"),
        (_("Scores that repeat"), str(MASS_POINTS[spec.masspoints])),
        (_("Interval level"), f"{spec.level:g} %"),
        (_("Least controls of a crop"), localize(spec.minimum_controls)),
        (_("Cut-offs where nothing happened"), localize(spec.placebos)),
        (_("Draws for the joint test of balance"), localize(spec.balance_draws)),
    ]


_ROWS: dict[str, Callable[[Study], Pairs]] = {
    StudyKind.CHAINING: _chaining_rows,
    StudyKind.IMPACT: _impact_rows,
}


def _labels(study: Study) -> dict[str, Any]:
    """What the study's variables are called: those of the wave, and facts of the profile."""
    return dict(study.wave.variables.values_list("name", "label")) | IMPACT_COVARIATES


def _listed(names: Iterable[str], labels: dict[str, Any]) -> str:
    return ", ".join(str(labels.get(name, name)) for name in names) or _("nothing")


def _treatment(spec: ImpactSpec, labels: dict[str, Any]) -> str:
    words = str(TREATMENTS[spec.treatment])
    if spec.treated_by:
        return f"{words}: {date_format(spec.treated_by, 'DATE_FORMAT')}"
    if spec.treatment_variable:
        return f"{words}: {labels.get(spec.treatment_variable, spec.treatment_variable)}"
    return words


def _score(spec: ImpactSpec, labels: dict[str, Any]) -> str:
    if not spec.score_variable:
        return _("the frozen binding score, less the cut-off used")
    return _("%(variable)s, less %(cutoff)s; an answer that nobody sealed") % {
        "variable": labels.get(spec.score_variable, spec.score_variable),
        "cutoff": localize(spec.cutoff),
    }


def _cut_points(thresholds: Thresholds) -> str:
    return _("low under %(low)s, high from %(high)s") % {
        "low": localize(thresholds.low),
        "high": localize(thresholds.high),
    }
