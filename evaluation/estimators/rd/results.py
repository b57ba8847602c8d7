"""Results of a regression discontinuity estimate."""

from dataclasses import dataclass
from typing import Literal

from evaluation.estimators.results import NotEstimable, ReasonCode

Sides = tuple[float, float]
Counts = tuple[int, int]
Shape = Literal["interval", "outside", "line", "empty"]


class EstimationError(Exception):
    """Raised within the package where the data identify no estimate.

    Public functions catch it and return ``not_estimable``; it never reaches their callers.
    """

    def __init__(self, reason: ReasonCode, detail: str, count: int = 0) -> None:
        super().__init__(detail)
        self.not_estimable = NotEstimable(reason, count, detail)


OUT_OF_RANGE = "The numbers are too large or too small to work with."
#: The sides of the cut-off, as details of reasons name them.
SIDES = ("below the cut-off", "at or above it")


@dataclass(frozen=True)
class FirstStage:
    """Jump of the treatment at the cut-off, the first stage of a fuzzy design.

    Parameters
    ----------
    coef, se : float
        Conventional estimate and its standard error; a share where the treatment is 0 or 1.
    coef_bias_corrected, se_robust : float
        Bias-corrected estimate and its robust standard error.
    pv_robust : float or None
        Two-sided p-value of ``coef_bias_corrected / se_robust``.
    f : float or None
        First-stage F, ``(coef / se)**2``.

    Notes
    -----
    Where all rows near the cut-off comply the errors are 0, and ``pv_robust`` and ``f`` are None.
    """

    coef: float
    se: float
    coef_bias_corrected: float
    se_robust: float
    pv_robust: float | None
    f: float | None


@dataclass(frozen=True)
class AndersonRubin:
    """Confidence set of the effect that is valid whatever the strength of the first stage.

    Parameters
    ----------
    shape : {"interval", "outside", "line", "empty"}
        ``interval``: from low to high. ``outside``: below low and above high. ``line``: every
        number. ``empty``: none, which with one instrument only rounding can cause.
    low, high : float or None
        Bounds, in units of the outcome over those of the treatment.

    Notes
    -----
    The set of t at which H0: tau_Y - t tau_T = 0 is not rejected, with the bias-corrected jumps tau
    and their robust covariance V::

        (tau_Y - t tau_T)**2 <= z**2 (V_YY - 2 t V_YT + t**2 V_TT)

    Anderson and Rubin (1949); Feir, Lemieux and Marmer (2016) for discontinuities.
    """

    shape: Shape
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class RDEstimate:
    """A regression discontinuity estimate with its robust bias-corrected inference.

    Pairs are (left, right) of the cut-off; intervals are (low, high).

    Parameters
    ----------
    coef_conventional, se_conventional, pv_conventional : float
        Local polynomial estimate of order p, its standard error and two-sided p-value.
    coef_bias_corrected : float
        Estimate less its leading bias, which the polynomial of order q estimates.
    se_robust, z_robust, pv_robust : float
        Standard error of the bias-corrected estimate that includes the variance of the bias
        correction; the statistic ``coef_bias_corrected / se_robust``; and its two-sided p-value.
    ci_robust : (float, float)
        Interval around ``coef_bias_corrected`` of the specified level.
    h, b : (float, float)
        Bandwidths of the estimate and of its bias, in units of the score.
    n, n_effective : (int, int)
        Rows used, and rows within ``h``.
    clusters : (int, int)
        Clusters within the wider of the two bandwidths; 0 without clusters.
    distinct_scores : (int, int)
        Distinct scores on each side.
    at_cutoff : (float, float)
        Conventional limits of the outcome at the cut-off.
    first_stage : FirstStage or None
        Of fuzzy designs.
    anderson_rubin : AndersonRubin or None
        Of fuzzy designs.
    decimals : int or None
        Decimals that the scores were read with; None where they were taken as stored.
    warnings : tuple of str
        What qualifies the estimate: shared scores, noise at the cut-off, a large bias
        correction, a weak first stage.
    dropped : tuple of (str, str)
        (column or "rows", how many or why) for whatever was left out.
    """

    coef_conventional: float
    se_conventional: float
    pv_conventional: float
    coef_bias_corrected: float
    se_robust: float
    z_robust: float
    pv_robust: float
    ci_robust: Sides
    h: Sides
    b: Sides
    n: Counts
    n_effective: Counts
    clusters: Counts
    distinct_scores: Counts
    at_cutoff: Sides
    first_stage: FirstStage | None = None
    anderson_rubin: AndersonRubin | None = None
    decimals: int | None = None
    warnings: tuple[str, ...] = ()
    dropped: tuple[tuple[str, str], ...] = ()
