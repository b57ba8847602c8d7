"""Reads about studies."""

from django.db.models import Count, QuerySet
from django.utils.formats import date_format, localize
from django.utils.translation import gettext as _

from evaluation.estimators.chaining_spec import ChainingSpec, Thresholds
from evaluation.studies.models import Study
from evaluation.studies.rules import PROFILE_COVARIATES


def studies() -> QuerySet[Study]:
    """Every study, newest first, with its wave, its author and how often it was run."""
    return (
        Study.objects.select_related("wave", "author__user", "author__organisation")
        .annotate(run_count=Count("runs"))
        .order_by("-created_at", "-pk")
    )


def specification_rows(study: Study) -> list[tuple[str, str]]:
    """What the study asks, as pairs to read."""
    spec = ChainingSpec.from_data(study.specification)
    return [
        (_("Survey wave"), str(study.wave)),
        (_("Reference day"), date_format(spec.reference_on, "DATE_FORMAT")),
        (_("Producers and their organisation"), _cut_points(spec.producers_organisation)),
        (_("Organisation and ally"), _cut_points(spec.organisation_ally)),
        (_("Both links together (mean of the two)"), _cut_points(spec.both)),
        (_("Weight of stored facts in the link with the ally"), localize(spec.behaviour_weight)),
        (_("Better off from answer"), localize(spec.wellbeing_improved_from)),
        (_("Adjusted for"), ", ".join(map(_covariate, spec.covariates)) or _("nothing")),
        (_("Interval level"), f"{100 * (1 - spec.alpha):g} %"),
        (_("Resamples of the alliances"), localize(spec.bootstrap_replicates)),
    ]


def _covariate(name: str) -> str:
    return str(PROFILE_COVARIATES.get(name, name))


def _cut_points(thresholds: Thresholds) -> str:
    return _("low under %(low)s, high from %(high)s") % {
        "low": localize(thresholds.low),
        "high": localize(thresholds.high),
    }
