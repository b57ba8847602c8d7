"""What the estimator warns of, in the language that is active, and which estimates. Pure.

Runs before method 3 stored sentences alone, in English: those are shown as they were stored.
"""

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from evaluation.estimators.results import EstimatorWarning
from evaluation.runs.impact.phrases import CHECKS
from evaluation.runs.impact.results import ImpactResult
from evaluation.runs.impact.words import Names
from evaluation.runs.tables import ReportColumn, ReportTable
from kit.figures import number

#: The parts of a result whose estimates may warn, as the table names them.
PLACES: Mapping[str, Promise] = {
    "headline": gettext_lazy("Table 1"),
    "plots": gettext_lazy("Outcomes by score"),
    "density": CHECKS["density"],
    "density_departments": CHECKS["density_departments"],
    "heaping": CHECKS["heaping"],
    "corrected": gettext_lazy("Corrected for imbalance"),
    "balance": CHECKS["balance"],
    "specifications": CHECKS["specifications"],
    "bandwidths": CHECKS["bandwidths"],
    "donut": CHECKS["donut"],
    "placebo": CHECKS["placebo"],
    "cutoffs": CHECKS["cutoffs"],
    "departments": CHECKS["left_out"],
}
SENTENCES: Mapping[str, Promise] = {
    "shared_scores": gettext_lazy(
        "Producers share scores: without a cluster the errors are too small."
    ),
    "bias_moves": gettext_lazy(
        "The correction for bias moves the estimate by more than one standard error."
    ),
    "negative_first_stage": gettext_lazy(
        "Fewer take part above the cut-off than below it: look at the codes of the treatment and "
        "at the side that was selected."
    ),
    "weak_first_stage": gettext_lazy(
        "Weak first stage (F %(f)s): read the Anderson–Rubin set first."
    ),
    "noise_at_cutoff": gettext_lazy(
        "%(below)s producers below the cut-off and %(above)s above it lie within noise of storage "
        "of it: give the decimals of the score."
    ),
    "bandwidth_of_reduced_form": gettext_lazy(
        "Near the cut-off the treatment does not vary by itself (%(where)s): the bandwidth was "
        "chosen on the reduced form."
    ),
    "one_bandwidth": gettext_lazy(
        "Near the cut-off nothing varies around the curve (%(where)s): one bandwidth was chosen "
        "for both sides."
    ),
    "covariate_left_out": gettext_lazy("%(covariate)s was left out: %(why)s."),
    "treatment_codes": gettext_lazy(
        "The treatment is not 0 or 1 but %(values)s: the effect is of one unit of it; if these are "
        "codes, say what each counts as."
    ),
    "units_differ": gettext_lazy(
        "Alliances left out because their producers differ in score: %(n)s."
    ),
    "unit_not_named": gettext_lazy(
        "Producers share scores, and the study counts each of them: the test may find too much."
    ),
    "few_units": gettext_lazy("Fewer than %(n)s profiles near the cut-off on a side."),
    "repeated_scores": gettext_lazy(
        "Scores repeat: curves, not neighbours, chose how many dots are drawn."
    ),
}
#: Words of the estimator that stand among the facts of a warning.
_FACTS: Mapping[str, Promise] = {
    "below it": gettext_lazy("below it"),
    "at or above it": gettext_lazy("at or above it"),
    "on either side": gettext_lazy("on either side"),
    "it does not vary": gettext_lazy("it does not vary"),
    "the other covariates already say it": gettext_lazy("the other covariates already say it"),
}


def warnings_table(result: ImpactResult, names: Names) -> ReportTable | None:
    """A row for each warning of an outcome: what it says first, and of how many estimates."""
    counts: dict[tuple[str, str], dict[str, int]] = {}
    sentences: dict[tuple[str, str], str] = {}
    for place, outcome, warning in _warned(result):
        key = (outcome, _code(warning))
        sentences.setdefault(key, sentence(warning, names))
        of_place = counts.setdefault(key, {})
        of_place[place] = of_place.get(place, 0) + 1
    if not counts:
        return None
    heads = (_("Of"), _("Warning"), _("Estimates"))
    return ReportTable(
        _("What the estimator warns of"),
        tuple(ReportColumn(label, num=False) for label in heads),
        tuple(
            (_label(key[0], names), sentences[key], ", ".join(_counted(of_place)))
            for key, of_place in counts.items()
        ),
    )


def _label(of: str, names: Names) -> str:
    """An outcome or a covariate; empty where the warning is about the scores."""
    return names.outcomes[of].label if of in names.outcomes else names.variable(of)


def _counted(of_place: Mapping[str, int]) -> Iterator[str]:
    for place, times in of_place.items():
        yield f"{PLACES[place]} ({number(times)})"


def sentence(warning: str, names: Names) -> str:
    """One warning in words."""
    if not isinstance(warning, EstimatorWarning):
        return warning
    facts = {name: _fact(name, value, names) for name, value in warning.facts.items()}
    return str(SENTENCES[warning.code]) % facts


def _fact(name: str, value: Any, names: Names) -> str:
    if name == "covariate":
        return names.variable(value)
    if isinstance(value, str):
        return str(_FACTS.get(value, value))
    return number(value, 1 if name == "f" else 0)


def _code(warning: str) -> str:
    """Of the warnings of one outcome, those that say the same."""
    if not isinstance(warning, EstimatorWarning):
        return warning
    return f"{warning.code} {warning.facts.get('covariate', '')}"


def _warned(result: ImpactResult) -> Iterator[tuple[str, str, str]]:
    for place in PLACES:
        yield from _within(place, "", getattr(result, place))


def _within(place: str, outcome: str, part: Any) -> Iterator[tuple[str, str, str]]:
    """The warnings of a part, with the outcome or covariate that each is about."""
    if isinstance(part, tuple):
        for item in part:
            yield from _within(place, outcome, item)
    if not is_dataclass(part):
        return
    outcome = getattr(part, "outcome", "") or getattr(part, "covariate", "") or outcome
    for warning in getattr(part, "warnings", ()):
        yield place, outcome, warning
    for item in fields(part):
        yield from _within(place, outcome, getattr(part, item.name))
