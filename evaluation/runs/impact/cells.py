"""Cells that the tables of an impact result share. Pure."""

from django.utils.translation import gettext as _

from evaluation.estimators.discontinuity import Counts, RDResult, Sides
from evaluation.estimators.results import NotEstimable
from evaluation.runs.impact.words import Measure
from evaluation.runs.words import p_value, span, why
from kit.figures import number

DASH = "–"


def headline_cells(result: RDResult, outcome: Measure) -> tuple[str, ...]:
    """Conventional estimate, its standard error, robust p, observations."""
    if isinstance(result, NotEstimable):
        return (why(result), "", "", "")
    return (
        outcome.short(result.coef_conventional),
        outcome.short(result.se_conventional),
        p_value(result.pv_robust),
        number(sum(result.n)),
    )


def estimate_labels() -> tuple[str, ...]:
    """The headings of ``estimate_cells``."""
    return (
        _("Estimate"),
        _("Error"),
        _("Robust interval"),
        _("Robust p"),
        _("Producers"),
        _("Within the bandwidth"),
    )


def estimate_cells(result: RDResult, outcome: Measure) -> tuple[str, ...]:
    """One estimate as a row; the reason in the first cell where there is none."""
    if isinstance(result, NotEstimable):
        return (why(result), "", "", "", "", "")
    value, error, p, n = headline_cells(result, outcome)
    return (
        value,
        error,
        interval(result.ci_robust, outcome),
        p,
        n,
        number(sum(result.n_effective)),
    )


def interval(ends: Sides, outcome: Measure) -> str:
    """Both ends, in the unit that the table names."""
    return span(*ends, outcome.short)


def score_range(low: float, high: float) -> str:
    """Scores less their cut-off."""
    return span(low, high, lambda score: number(score, 1))


def pair(counts: Counts) -> str:
    """Counts below and above the cut-off."""
    return f"{number(counts[0])} + {number(counts[1])}"


def widths(sides: Sides) -> str:
    """Bandwidths of both sides, once where they are equal."""
    left, right = (number(width, 2) for width in sides)
    return left if left == right else f"{left}; {right}"
