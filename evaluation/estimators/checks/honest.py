"""An interval of the jump that is honest where few distinct scores are left.

Bandwidths and bias corrections need many scores near the cut-off. Where there are few, the bias of
a local line cannot be estimated, but it can be bounded: by a bound on the curvature of the mean.
Sources: Kolesár and Rothe (2018), "Inference in Regression Discontinuity Designs with a Discrete
Running Variable", American Economic Review 108(8); Armstrong and Kolesár (2020), "Simple and Honest
Confidence Intervals in Nonparametric Regression", Quantitative Economics 11(1), for the critical
value and for the rule of thumb of the curvature.
"""

from collections.abc import Iterator
from dataclasses import replace
from math import isfinite, sqrt
from statistics import NormalDist

import numpy as np
from numpy.polynomial import Polynomial

from evaluation.estimators.arguments import as_pair, require
from evaluation.estimators.discontinuity import HonestInterval, Sides
from evaluation.estimators.rd import NotEstimable, RDSample, RDSpec
from evaluation.estimators.rd.cells import CutoffSide
from evaluation.estimators.rd.covariance import linear_covariance
from evaluation.estimators.rd.estimating import check_sides
from evaluation.estimators.rd.fits import PolynomialFit
from evaluation.estimators.rd.results import OUT_OF_RANGE, EstimationError
from evaluation.estimators.rd.sample import Data

#: Distinct scores of a window of a line, and order of the polynomial behind the rule of thumb.
SCORES, ORDER = 3, 4
#: Bandwidths that are compared, at most.
TRIED = 50


def honest_interval(
    data: Data, spec: RDSpec, curvature: float | None = None
) -> HonestInterval | NotEstimable:
    """Interval of the jump of the outcome under a bound on its curvature.

    Parameters
    ----------
    data : pandas.DataFrame or RDSample
    spec : RDSpec
        Columns, kernel, variance, level and, if given, bandwidth. The jump is that of the outcome
        (intention to treat), without covariates.
    curvature : float, optional
        Bound on the absolute second derivative; by default the largest of a polynomial of order 4
        (fewer, where there are fewer scores) fitted to all rows of each side.

    Returns
    -------
    HonestInterval or NotEstimable

    Raises
    ------
    ValueError
        If the bound is negative, or the design is a kink.

    Notes
    -----
    With weights w_i of the local lines the bias is largest where the mean is a parabola on each
    side: ``B = K / 2 (|sum_right w_i x_i^2| + |sum_left w_i x_i^2|)``. The interval is ``coef ± se
    cv(B / se)``, where cv(t) is the quantile of |N(t, 1)|.
    """
    require(
        {
            "the curvature is not negative": curvature is None or 0 <= curvature < float("inf"),
            "the interval is of a jump": spec.deriv == 0,
        }
    )
    spec = replace(spec, treatment=None, covariates=(), p=1, q=None)
    try:
        cells = RDSample.of(data).prepared(spec).cells
        sides = cells.sides(spec.cutoff)
        check_sides(sides, SCORES)
        with np.errstate(all="ignore"):  # overflow is detected below
            bound = _rule_of_thumb(sides) if curvature is None else float(curvature)
            intervals = [
                _interval(sides, spec, h, bound, given=curvature is not None)
                for h in _bandwidths(sides, spec)
            ]
    except EstimationError as refused:
        return refused.not_estimable
    usable = [interval for interval in intervals if isinstance(interval, HonestInterval)]
    return (
        min(usable, key=lambda interval: interval.ci[1] - interval.ci[0])
        if usable
        else intervals[-1]
    )


def critical_value(t: float, level: float) -> float:
    """Quantile of |N(t, 1)|, by bisection: ``level`` in per cent."""
    normal, share = NormalDist(), level / 100
    low, high = normal.inv_cdf(0.5 + share / 2), t + 10.0
    while high - low > 1e-10 * high:
        middle = (low + high) / 2
        if normal.cdf(middle - t) - normal.cdf(-middle - t) < share:
            low = middle
        else:
            high = middle
    return high


def _bandwidths(sides: tuple[CutoffSide, CutoffSide], spec: RDSpec) -> Iterator[Sides]:
    """The bandwidth given, or those that take in one score more each."""
    if spec.h is not None:
        left, right = as_pair(spec.h)
        yield float(left), float(right)
        return
    edge = 1 + 1e-6 if spec.kernel == "uniform" else 1.0
    least = max(side.nearest(SCORES) for side in sides)
    farthest = max(side.range for side in sides)
    scores = np.unique(np.concatenate([side.distance for side in sides]))
    wide = scores[scores > least]
    chosen = wide[np.linspace(0, len(wide) - 1, min(TRIED, len(wide))).astype(int)]
    for h in dict.fromkeys([*chosen.tolist(), farthest * 1.1, least * 1.1]):
        yield h * edge, h * edge


def _rule_of_thumb(sides: tuple[CutoffSide, CutoffSide]) -> float:
    """Largest second derivative of a polynomial of each side. Raises EstimationError."""
    return max(_largest_curvature(side) for side in sides)


def _largest_curvature(side: CutoffSide) -> float:
    order = min(ORDER, side.distinct - 1)
    if order < 2:
        raise EstimationError("few_scores", "Too few scores to tell a curvature.", side.distinct)
    weight = np.sqrt(side.cells.count * side.cells.weight)
    curve = Polynomial.fit(side.score, side.cells.means[:, 0], order, w=weight).deriv(2)
    ends = np.array([0.0, side.score[-1]])
    turns = np.real(curve.deriv().roots())  # of a curve of order 2, at most one
    inside = turns[(turns > ends.min()) & (turns < ends.max())]
    return float(np.abs(curve(np.concatenate([ends, inside]))).max())


def _interval(
    sides: tuple[CutoffSide, CutoffSide], spec: RDSpec, h: Sides, bound: float, *, given: bool
) -> HonestInterval | NotEstimable:
    """At one bandwidth, or why there is none; a wider one may still do."""
    try:
        return _at(sides, spec, h, bound, given=given)
    except EstimationError as refused:
        return refused.not_estimable


def _at(
    sides: tuple[CutoffSide, CutoffSide], spec: RDSpec, h: Sides, bound: float, *, given: bool
) -> HonestInterval:
    fits = [
        PolynomialFit.of(side, width, 1, spec.kernel) for side, width in zip(sides, h, strict=True)
    ]
    weights = [fit.weights(0) for fit in fits]
    net = np.ones((1, 1))
    variance = sum(
        float(linear_covariance(fit, of_fit, net, spec, 2)[0, 0])
        for fit, of_fit in zip(fits, weights, strict=True)
    )
    parabola = [
        abs(float(fit.side.cells.times_count(of_fit.per_row) @ fit.side.score[: fit.n_cells] ** 2))
        for fit, of_fit in zip(fits, weights, strict=True)
    ]
    left, right = (float(fit.beta[0][0]) for fit in fits)
    coef, bias = right - left, bound / 2 * sum(parabola)
    if not isfinite(coef + bias + variance):
        raise EstimationError("out_of_range", OUT_OF_RANGE)
    if not variance > 0:
        raise EstimationError("no_noise", "The lines fit without error: there is no noise.")
    se = sqrt(variance)
    margin = critical_value(bias / se, spec.level) * se
    rows = [int(fit.side.rows[fit.n_cells]) for fit in fits]
    scores = [int(fit.side.group_of[fit.n_cells - 1]) + 1 for fit in fits]
    return HonestInterval(
        coef=coef,
        se=se,
        bias=bias,
        ci=(coef - margin, coef + margin),
        curvature=bound,
        given=given,
        h=h,
        n_effective=(rows[0], rows[1]),
        distinct_scores=(scores[0], scores[1]),
    )
