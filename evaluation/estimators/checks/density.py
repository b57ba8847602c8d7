"""Manipulation test: continuity of the density of the score at the cut-off.

Sources: Cattaneo, Jansson and Ma (2020), "Simple Local Polynomial Density Estimators", Journal of
the American Statistical Association 115(531); and (2018), "Manipulation Testing Based on Density
Discontinuity", Stata Journal 18(1), for the restricted fit, bandwidths and repeated scores.
"""

from collections.abc import Callable
from functools import cache
from math import erfc, factorial, sqrt
from statistics import NormalDist, median

import numpy as np
from numpy.polynomial.hermite_e import hermeval

from evaluation.estimators.checks.density_fit import DensityFit, ScorePoints, moments
from evaluation.estimators.checks.density_spec import DensitySpec
from evaluation.estimators.checks.units import Scored, scored_units, sharing_warnings
from evaluation.estimators.discontinuity import DensityTest, Sides
from evaluation.estimators.rd.results import EstimationError
from evaluation.estimators.rd.sample import Data, RDSample
from evaluation.estimators.results import EstimatorWarning, NotEstimable

__all__ = ["DensitySpec", "DensityTest", "NotEstimable", "density_test"]

#: Targets of the mean squared error, as weights of the left and of the right density.
TARGETS = {"left": (1, 0), "right": (0, 1), "diff": (-1, 1), "sum": (1, 1)}
#: Units and distinct scores that the pilots hold on each side, plus the order.
PILOT_MINIMUM = 21
#: Units within the bandwidth on a side under which there is a warning.
FEW_UNITS = 20
#: Share of the two sides' biases under which their combination is rounding error.
ROUNDING = 1e-12


def density_test(data: Data, spec: DensitySpec) -> DensityTest | NotEstimable:
    """Test that the density of the score is continuous at the cut-off.

    Parameters
    ----------
    data : pandas.DataFrame or RDSample
    spec : DensitySpec

    Returns
    -------
    DensityTest or NotEstimable
        Nothing in the data raises.

    Notes
    -----
    On each side a polynomial in x - c is fitted to the empirical distribution function F by
    weighted least squares; its slope at the cut-off estimates the density f. The statistic ::

        T = (f_right - f_left) / sqrt(V)

    uses order q at a bandwidth that is optimal for order p < q, so that the leading bias vanishes
    (Cattaneo, Jansson and Ma 2020; the null is that of McCrary 2008). V is a jackknife or plug-in
    variance.
    """
    try:
        scored = scored_units(RDSample.of(data).table, spec.score, spec.unit, spec.decimals)
        with np.errstate(all="ignore"):  # overflow is detected below
            return _test(ScorePoints.of(scored.scores, spec), scored, spec)
    except EstimationError as refused:
        return refused.not_estimable


def _test(points: ScorePoints, scored: Scored, spec: DensitySpec) -> DensityTest:
    h = _given_bandwidths(points, spec) or _select_bandwidths(points, spec)
    fit = DensityFit(points, spec.test_order, h, spec)
    conventional = DensityFit(points, spec.p, h, spec)
    se = _standard_error(fit, "diff")
    difference, side_errors = (
        _combination(fit, "diff"),
        (_standard_error(fit, "left"), _standard_error(fit, "right")),
    )
    margin = NormalDist().inv_cdf(0.5 + spec.level / 200) * se
    t, t_conventional = (
        difference / se,
        _combination(conventional, "diff") / _standard_error(conventional, "diff"),
    )
    scale = points.scale

    def per_score(left: float, right: float) -> Sides:
        return float(left / scale), float(right / scale)

    return DensityTest(
        density=per_score(*fit.density),
        se=per_score(*side_errors),
        difference=difference / scale,
        se_difference=se / scale,
        t=t,
        pv=_two_sided(t),
        ci=per_score(difference - margin, difference + margin),
        t_conventional=t_conventional,
        pv_conventional=_two_sided(t_conventional),
        h=(h[0] * scale, h[1] * scale),
        n=points.n,
        n_effective=fit.n_effective,
        distinct_scores=points.distinct,
        rows=scored.rows,
        decimals=scored.decimals,
        warnings=(*scored.warnings, *_warnings(fit, scored, spec)),
        dropped=scored.dropped,
    )


def _combination(fit: DensityFit, target: str) -> float:
    return float(np.array(TARGETS[target]) @ fit.density)


def _variance(fit: DensityFit, target: str) -> float:
    weights = np.array(TARGETS[target])
    return float(weights @ fit.covariance @ weights)


def _standard_error(fit: DensityFit, target: str) -> float:
    """Standard error. Raises EstimationError where the variance is not positive."""
    variance = _variance(fit, target)
    if not variance > 0:
        raise EstimationError(
            "no_density", "Too few units near the cut-off to have a standard error."
        )
    return sqrt(variance)


def _two_sided(z: float) -> float:
    return erfc(abs(z) / sqrt(2))


def _warnings(fit: DensityFit, scored: Scored, spec: DensitySpec) -> tuple[str, ...]:
    sharing = sharing_warnings(sum(fit.points.distinct), scored.rows, spec.unit)
    if min(fit.n_effective) < FEW_UNITS:
        few = EstimatorWarning(
            "few_units",
            f"fewer than {FEW_UNITS} units within the bandwidth on a side",
            n=FEW_UNITS,
        )
        return (*sharing, few)
    return sharing


# -- Bandwidths ------------------------------------------------------------------------------------
def _given_bandwidths(points: ScorePoints, spec: DensitySpec) -> Sides | None:
    if spec.h is None:
        return None
    left, right = spec.h if isinstance(spec.h, tuple) else (spec.h, spec.h)
    return left / points.scale, right / points.scale


def _select_bandwidths(points: ScorePoints, spec: DensitySpec) -> Sides:
    """The bandwidths that ``spec.bwselect`` asks for. Raises EstimationError."""
    best = _mse_optimal(points, spec)
    if spec.bwselect == "each":
        return best["left"], best["right"]
    if spec.bwselect != "comb":
        return (best[spec.bwselect],) * 2
    common = best["diff"], best["sum"]
    if spec.fit == "restricted":
        return (min(common),) * 2
    return median((best["left"], *common)), median((best["right"], *common))


def _mse_optimal(points: ScorePoints, spec: DensitySpec) -> dict[str, float]:
    """Bandwidth of least mean squared error for each target.

    Two pilots: order p for the variance, order p + 2 for the derivative behind the bias.
    """
    p = spec.p
    narrow, wide = (_pilot(points, order, slope, spec) for order, slope in ((p, 1), (p + 2, p + 1)))
    pilot = DensityFit(points, p, (narrow, narrow), spec)
    bias = pilot.bias(DensityFit(points, p + 2, (wide, wide), spec).beta[:, p + 1])

    def width(target: str) -> float:
        target_bias = float(np.array(TARGETS[target]) @ bias)
        if not abs(target_bias) > ROUNDING * np.abs(bias).max():
            return float("inf")
        target_variance = narrow * max(_variance(pilot, target), 0.0)
        return (target_variance / (2 * p * target_bias**2)) ** (1 / (2 * p + 1))

    return _regularised(points, spec, width)


def _regularised(
    points: ScorePoints, spec: DensitySpec, width: Callable[[str], float]
) -> dict[str, float]:
    """Bandwidths within the range and wide enough, if the specification says so."""
    if not spec.regularise:
        return {target: width(target) for target in TARGETS}
    bounds = zip(points.range, points.widths_holding(*spec.minimum), strict=True)
    left, right = bounds
    both = (max(left[0], right[0]), max(left[1], right[1]))
    limits = {"left": left, "right": right, "diff": both, "sum": both}
    return {
        target: max(min(width(target), most), minimum) for target, (most, minimum) in limits.items()
    }


def _pilot(points: ScorePoints, order: int, slope: int, spec: DensitySpec) -> float:
    """Bandwidth of one coefficient that would be optimal for a normal score.

    The constants are those of the uniform kernel whatever the kernel of the test.
    """
    mean = points.count @ points.x / points.total
    variance = points.count @ (points.x - mean) ** 2 / (points.total - 1)
    z = mean / np.sqrt(variance)
    # f / (f^(order))² at the cut-off, for a standard normal f
    reference = 1 / (hermeval(z, [0] * order + [1]) ** 2 * np.exp(-(z**2) / 2) / sqrt(2 * np.pi))
    order_gap = order + 1 - slope
    size = (2 * slope - 1) * reference * _constant(order, slope) / (2 * order_gap * points.total)
    bandwidth = float(np.sqrt(variance) * size ** (1 / (2 * order + 1)))
    if not spec.regularise:
        return bandwidth
    minimum = [PILOT_MINIMUM + order if wanted else 0 for wanted in spec.minimum]
    return max(min(bandwidth, *[max(points.range)] * 2), *points.widths_holding(*minimum))


@cache
def _constant(order: int, slope: int) -> float:
    """Variance constant of a coefficient over its squared bias constant."""
    limit = moments("uniform", order)
    inverse = np.linalg.inv(limit.gram)[slope]
    bias = inverse @ limit.next_power / factorial(order + 1)
    return float(inverse @ limit.covariance @ inverse / bias**2)
