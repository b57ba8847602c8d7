"""Results of the discontinuity packages: stored whole by runs, and read by pages without numpy."""

from dataclasses import dataclass
from typing import Any, Literal

from evaluation.estimators.results import NotEstimable

#: Left and right of the cut-off; of an interval, low and high.
Sides = tuple[float, float]
Counts = tuple[int, int]
Shape = Literal["interval", "outside", "line", "empty"]
#: How the variance behind the number of bins is estimated.
Estimator = Literal["spacings", "polynomial"]


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


RDResult = RDEstimate | NotEstimable


@dataclass(frozen=True)
class SensitivityPoint:
    """Estimate under one change.

    Parameters
    ----------
    at : Any
        The group, factor, radius or cut-off.
    found : RDEstimate or NotEstimable
    """

    at: Any
    found: RDResult


@dataclass(frozen=True)
class Bin:
    """Mean outcome of the rows of one bin.

    Parameters
    ----------
    low, high : float
        Edges, in units of the score; ``high`` belongs to the last bin of a side only.
    mean_score, mean_outcome : float
    n : int
        Rows.
    se : float or None
        Standard error of the mean of independent rows; None for a single row.
    ci : (float, float) or None
        Student's t interval around the mean.
    """

    low: float
    high: float
    mean_score: float
    mean_outcome: float
    n: int
    se: float | None
    ci: Sides | None


@dataclass(frozen=True)
class Curve:
    """Global polynomial of one side.

    Parameters
    ----------
    coefficients : tuple of float
        Of the powers 0, 1, … of score - cut-off, at the means of the covariates.
    score, outcome : tuple of float
        Points of the curve from left to right, the cut-off among them.
    """

    coefficients: tuple[float, ...]
    score: tuple[float, ...]
    outcome: tuple[float, ...]


@dataclass(frozen=True)
class RDBins:
    """Binned means and curves of a regression discontinuity plot. Pairs are (left, right).

    Parameters
    ----------
    bins : tuple of Bin
        Bins that hold rows, from left to right.
    curves : (Curve, Curve)
    number : (int, int)
        Bins in use, empty ones included.
    imse, mimicking : (int, int)
        Numbers of bins that either rule selects.
    estimator : {"spacings", "polynomial"}
        Estimator of the variance behind these numbers that was used.
    n, n_curve : (int, int)
        Rows, and rows behind the curves.
    distinct_scores : (int, int)
    warnings, dropped : tuple
        As in ``RDEstimate``.
    """

    bins: tuple[Bin, ...]
    curves: tuple[Curve, Curve]
    number: Counts
    imse: Counts
    mimicking: Counts
    estimator: Estimator
    n: Counts
    n_curve: Counts
    distinct_scores: Counts
    warnings: tuple[str, ...] = ()
    dropped: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class DensityTest:
    """Manipulation test of equal densities at the cut-off. Pairs are (left, right).

    Parameters
    ----------
    density, se : (float, float)
        Densities at the cut-off by order q, per unit of the score, and their standard errors.
    difference, se_difference : float
        Right less left density, and its standard error.
    t, pv : float
        Test statistic, and its two-sided p-value from the normal distribution.
    ci : (float, float)
        Interval of the difference.
    t_conventional, pv_conventional : float
        The same by order p; not valid at a bandwidth that is optimal for p.
    h : (float, float)
        Bandwidths, in units of the score.
    n, n_effective : (int, int)
        Units, and units within ``h`` (included).
    distinct_scores : (int, int)
    rows : int
        Rows with a score, which the units come from.
    decimals : int or None
        As in ``RDEstimate``.
    warnings : tuple of str
    dropped : tuple of (str, str)
        ("rows" or "units", how many and why) for whatever was left out.
    """

    density: Sides
    se: Sides
    difference: float
    se_difference: float
    t: float
    pv: float
    ci: Sides
    t_conventional: float
    pv_conventional: float
    h: Sides
    n: Counts
    n_effective: Counts
    distinct_scores: Counts
    rows: int
    decimals: int | None = None
    warnings: tuple[str, ...] = ()
    dropped: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class BalanceRow:
    """Jump of one covariate at the cut-off.

    Parameters
    ----------
    covariate : str
        Column, or ``column=level`` for a level of a categorical covariate.
    found : RDEstimate or NotEstimable
        Sharp estimate with the covariate as outcome.
    q_value : float or None
        Benjamini-Hochberg q-value over the covariates that could be estimated.
    standardised : float or None
        Conventional jump in standard deviations of the rows below the cut-off.
    """

    covariate: str
    found: RDEstimate | NotEstimable
    q_value: float | None
    standardised: float | None


@dataclass(frozen=True)
class Balance:
    """Balance tests: one row per covariate, and a joint p-value.

    Parameters
    ----------
    rows : tuple of BalanceRow
    joint : float or NotEstimable
        p-value of H0: no covariate jumps at the cut-off.
    """

    rows: tuple[BalanceRow, ...]
    joint: float | NotEstimable


@dataclass(frozen=True)
class HonestInterval:
    """Interval that holds the jump in at least ``level`` per cent of samples, whatever the bias.

    Parameters
    ----------
    coef, se : float
        Jump of the outcome by local lines, and its standard error.
    bias : float
        Largest bias under the bound on the curvature.
    ci : (float, float)
    curvature : float
        Bound on the second derivative of the mean of the outcome, in its units per squared score.
    given : bool
        Whether that bound was given; otherwise it is a rule of thumb.
    h : (float, float)
        The bandwidth of the shortest interval, unless given.
    n_effective, distinct_scores : (int, int)
        Rows and distinct scores within it.
    """

    coef: float
    se: float
    bias: float
    ci: Sides
    curvature: float
    given: bool
    h: Sides
    n_effective: Counts
    distinct_scores: Counts


@dataclass(frozen=True)
class WeightedAverage:
    """Average of the estimates at the cut-offs.

    Parameters
    ----------
    coef, se : float
        Of the bias-corrected estimates, with robust errors, as if groups were independent.
    pv : float
    ci : (float, float)
    covered : float
        Share of the weight that lies at cut-offs with an estimate.
    """

    coef: float
    se: float
    pv: float
    ci: Sides
    covered: float
