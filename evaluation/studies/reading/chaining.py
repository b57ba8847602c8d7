"""What a chaining study asks, in words."""

from django.utils.formats import date_format, localize
from django.utils.translation import gettext as _

from evaluation.estimators.chaining.spec import ChainingSpec, Thresholds
from evaluation.studies.covariates import PROFILE_COVARIATES
from evaluation.studies.models import Study
from evaluation.studies.reading.words import Pair, one_after_another, percent


def chaining_pairs(study: Study) -> list[Pair]:
    """Every choice of the study."""
    spec = ChainingSpec.from_data(study.specification)
    return [
        (_("Reference day"), date_format(spec.reference_on, "DATE_FORMAT")),
        (_("Producers and their organisation"), _cut_points(spec.producers_organisation)),
        (_("Organisation and ally"), _cut_points(spec.organisation_ally)),
        (_("Both links together (mean of the two)"), _cut_points(spec.both)),
        (_("Weight of stored facts in the link with the ally"), localize(spec.behaviour_weight)),
        (_("Better off from answer"), localize(spec.wellbeing_improved_from)),
        (_("Adjusted for"), one_after_another(spec.covariates, PROFILE_COVARIATES)),
        (_("Interval level"), percent(100 * (1 - spec.alpha))),
        (_("Resamples of the alliances"), localize(spec.bootstrap_replicates)),
        (_("Fewer than these are hidden"), localize(spec.threshold)),
    ]


def _cut_points(thresholds: Thresholds) -> str:
    return _("low under %(low)s, high from %(high)s") % {
        "low": localize(thresholds.low),
        "high": localize(thresholds.high),
    }
