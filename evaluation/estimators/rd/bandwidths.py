"""Bandwidths that minimise the mean squared error, or the coverage error, of the estimate.

Three pilots a side, each giving the next its window: d for the derivative behind the bias of the
bias, b for the bias, h for the estimate (Calonico, Cattaneo and Titiunik 2014; Calonico, Cattaneo,
Farrell and Titiunik 2019 for two-sided rules and covariates; Calonico, Cattaneo and Farrell 2020
for coverage error).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from math import isfinite, sqrt
from statistics import median

import numpy as np

from evaluation.estimators.discontinuity import Sides
from evaluation.estimators.rd.adjustment import (
    covariate_adjustment,
    negligible_treatment,
    ratio_and_gradient,
)
from evaluation.estimators.rd.cells import CutoffSide, Floats
from evaluation.estimators.rd.covariance import linear_covariance, no_noise
from evaluation.estimators.rd.fits import PolynomialFit
from evaluation.estimators.rd.results import OUT_OF_RANGE, EstimationError
from evaluation.estimators.rd.spec import RDSpec
from evaluation.estimators.results import EstimatorWarning

#: Constant of the first pilot, which is this x the spread of the score x N**(-1/5).
PILOT_CONSTANT = {"triangular": 2.576, "epanechnikov": 2.34, "uniform": 1.843}
#: Share of repeated scores from which a side's pilot must hold ten distinct ones.
REPEATED, MINIMUM_SCORES = 0.2, 10
#: Sides on which something does not vary, in words.
WHERE = {
    (True, False): "below it",
    (False, True): "at or above it",
    (True, True): "on either side",
}
#: Relative widening that includes the observation at the edge of a window.
EDGE = 1.0 + float(np.sqrt(np.finfo(float).eps))


@dataclass(frozen=True)
class Pilot:
    """Variance, bias and regularisation constants of one side, and the rate of the bandwidth."""

    variance: float
    bias: float
    regularisation: float
    rate: float


def select_bandwidths(
    sides: tuple[CutoffSide, CutoffSide], spec: RDSpec
) -> tuple[Sides, Sides, tuple[str, ...]]:
    """(h left, h right), (b left, b right) by ``spec.bwselect``, and warnings.

    Where the treatment does not vary near the cut-off the bandwidth is that of the reduced form;
    where the outcome has no noise on one side, two-sided selectors choose one for both. Raises
    EstimationError.
    """
    selector = _BandwidthSelector(sides, spec)
    rule = spec.bwselect[3:]
    if rule == "comb1":
        candidates = [selector.plug_in(name) for name in ("rd", "sum")]
        h, b = (_combine(min, pairs) for pairs in zip(*candidates, strict=True))
    elif rule == "comb2":
        candidates = [selector.plug_in(name) for name in ("rd", "sum", "two")]
        h, b = (_combine(median, pairs) for pairs in zip(*candidates, strict=True))
    else:
        h, b = selector.plug_in(rule)
    if spec.bwselect.startswith("cer"):
        units = sum(
            side.cells.clusters(len(side.distance))[1]
            if spec.cluster is not None
            else side.rows[-1]
            for side in sides
        )
        shrink = units ** (-spec.p / ((3 + spec.p) * (3 + 2 * spec.p)))
        h = (h[0] * shrink, h[1] * shrink)
    return h, b, tuple(selector.warnings())


def _combine(rule: Callable[[list[float]], float], pairs: tuple[Sides, ...]) -> Sides:
    return rule([pair[0] for pair in pairs]), rule([pair[1] for pair in pairs])


class _BandwidthSelector:
    """Pilot estimates of one sample, each computed once for all selectors that use it."""

    def __init__(self, sides: tuple[CutoffSide, CutoffSide], spec: RDSpec) -> None:
        self.sides, self.spec = sides, spec
        self.widest = max(side.range for side in sides)
        self.minimum = self._minimum()
        self.initial = self._initial()
        self._fits: dict[tuple[int, float, int], PolynomialFit] = {}
        self._pilots: dict[tuple[int, int, Sides, float], tuple[Pilot, Pilot]] = {}
        self._variances: dict[tuple[int, int, int], float] = {}
        self.negligible_treatment = self._negligible_treatment()
        self.on_ratio = spec.on_ratio and not any(self.negligible_treatment)

    def _minimum(self) -> Sides:
        """Smallest first two pilots with repeated scores: ten distinct scores a side."""
        repeated = any(1 - side.distinct / side.rows[-1] >= REPEATED for side in self.sides)
        if self.spec.masspoints != "adjust" or not repeated:
            return 0.0, 0.0
        left, right = (side.nearest(MINIMUM_SCORES) * EDGE for side in self.sides)
        return left, right

    def _initial(self) -> float:
        adjust = self.spec.masspoints == "adjust"
        size = sum(side.distinct if adjust else side.rows[-1] for side in self.sides)
        start = PILOT_CONSTANT[self.spec.kernel] * score_spread(self.sides) * size**-0.2
        return float(max(min(start, self.widest), *self.minimum))

    def _negligible_treatment(self) -> tuple[bool, bool]:
        """Sides on which a pilot would divide by a treatment effect that is rounding."""
        negligible = np.zeros(2, bool)
        if self.spec.on_ratio:
            p, q = self.spec.p, self.spec.bias_order
            for order, nu in ((q + 1, q + 1), (q, p + 1), (p, self.spec.deriv)):
                fits = [self._fit(i, self.initial, order) for i in (0, 1)]
                negligible |= negligible_treatment(
                    fits, nu, [covariate_adjustment([fit], 2)[1] for fit in fits]
                )[:2]
        return bool(negligible[0]), bool(negligible[1])

    @cached_property
    def noiseless(self) -> tuple[bool, bool]:
        """Sides on which a pilot has no variance, so that no bandwidth of their own is best."""
        p, q = self.spec.p, self.spec.bias_order
        pilots = ((q + 1, q + 1), (q, p + 1), (p, self.spec.deriv))
        left, right = (
            not all(self._variance(i, order, nu) > 0 for order, nu in pilots) for i in (0, 1)
        )
        return left, right

    def warnings(self) -> Iterator[str]:
        """Where a selector was not followed to the letter, and why."""
        if any(self.negligible_treatment):
            where = WHERE[self.negligible_treatment]
            yield EstimatorWarning(
                "bandwidth_of_reduced_form",
                f"near the cut-off the treatment does not vary by itself {where}: the bandwidth "
                "was chosen on the reduced form",
                where=where,
            )
        if self.spec.bwselect[3:] in ("two", "comb2") and any(self.noiseless):
            where = WHERE[self.noiseless]
            yield EstimatorWarning(
                "one_bandwidth",
                f"near the cut-off nothing varies around the polynomial {where}: one bandwidth "
                "was chosen for both sides",
                where=where,
            )

    def _variance(self, i: int, order: int, nu: int) -> float:
        """Variance of one side's first-pilot estimate of a derivative."""
        key = (i, order, nu)
        if key not in self._variances:
            fit = self._fit(i, self.initial, order)
            row = self._column_weights(fit, nu)[None]
            covariance = linear_covariance(fit, fit.weights(nu), row, self.spec, order + 1)
            self._variances[key] = float(covariance[0, 0])
        return self._variances[key]

    def _column_weights(self, pilot_fit: PolynomialFit, nu: int) -> Floats:
        """(columns,): weights of the linearised estimate, from one side's pilot."""
        net = covariate_adjustment([pilot_fit], 2 if self.spec.is_fuzzy else 1)
        return (
            ratio_and_gradient(net @ pilot_fit.coefficient(nu))[1] @ net
            if self.on_ratio
            else net[0]
        )

    def plug_in(self, rule: str) -> tuple[Sides, Sides]:
        """h and b by one rule: rd (difference of biases), sum, or two (each side its own)."""
        if rule == "two" and any(self.noiseless):
            rule = "rd"
        p, q, nu = self.spec.p, self.spec.bias_order, self.spec.deriv
        edges = (self.sides[0].range * EDGE, self.sides[1].range * EDGE)
        d = self._common_or_separate(rule, self._pilot(q + 1, q + 1, q + 2, edges, 0.0))
        minimum = self.minimum if rule == "two" else (max(self.minimum),) * 2
        d = (max(d[0], minimum[0]), max(d[1], minimum[1]))
        b = self._common_or_separate(
            rule, self._pilot(q, p + 1, q + 1, d, self.spec.regularisation)
        )
        h = self._common_or_separate(rule, self._pilot(p, nu, q, b, self.spec.regularisation))
        return h, b

    def _common_or_separate(self, rule: str, pilots: tuple[Pilot, Pilot]) -> Sides:
        left, right = pilots
        if rule == "two":
            h_left, h_right = (
                min(self._optimal(one.variance, one.bias, one.regularisation, one.rate), side.range)
                for one, side in zip(pilots, self.sides, strict=True)
            )
            return h_left, h_right
        bias = right.bias - left.bias if rule == "rd" else right.bias + left.bias
        width = self._optimal(
            left.variance + right.variance,
            bias,
            left.regularisation + right.regularisation,
            left.rate,
        )
        return (min(width, self.widest),) * 2

    def _pilot(
        self, order: int, nu: int, bias_order: int, windows: Sides, scale: float
    ) -> tuple[Pilot, Pilot]:
        key = (order, nu, windows, scale)
        if key not in self._pilots:
            left, right = (
                self._pilot_of_side(i, order, nu, bias_order, windows[i], scale) for i in (0, 1)
            )
            self._pilots[key] = left, right
        return self._pilots[key]

    def _fit(self, i: int, h: float, order: int) -> PolynomialFit:
        key = (i, h, order)
        if key not in self._fits:
            self._fits[key] = PolynomialFit.of(self.sides[i], h, order, self.spec.kernel)
        return self._fits[key]

    def _pilot_of_side(
        self, i: int, order: int, nu: int, bias_order: int, window: float, scale: float
    ) -> Pilot:
        spec, h = self.spec, self.initial
        pilot_fit = self._fit(i, h, order)
        weights = pilot_fit.weights(nu)
        column_weights = self._column_weights(pilot_fit, nu)
        constant = h**nu * pilot_fit.bias_constant(weights)
        bias_fit = self._fit(i, window, bias_order)
        bias = float(bias_fit.coefficient(order + 1) @ column_weights)
        bias_variance = 0.0
        if scale:
            derivative_weights = bias_fit.weights(order + 1)
            bias_variance = float(
                linear_covariance(
                    bias_fit, derivative_weights, column_weights[None], spec, bias_order + 1
                )[0, 0]
            )
        power = 2 * (order + 1 - nu)
        return Pilot(
            variance=(2 * nu + 1) * h ** (2 * nu + 1) * self._variance(i, order, nu),
            bias=sqrt(power) * constant * bias,
            regularisation=scale**2 * power * 3 * constant**2 * bias_variance,
            rate=1 / (2 * order + 3),
        )

    def _optimal(self, variance: float, bias: float, regularisation: float, rate: float) -> float:
        """(V / (B**2 + R))**rate. Raises EstimationError without variance or with no number."""
        scale = bias**2 + regularisation
        if not isfinite(variance + scale):
            raise EstimationError("out_of_range", OUT_OF_RANGE)
        if not variance > 0:
            raise no_noise(self.spec.variance)
        return float((variance / scale) ** rate) if scale > 0 else float("inf")


def score_spread(sides: tuple[CutoffSide, CutoffSide]) -> float:
    """Standard deviation of the score, or interquartile range / 1.349 if smaller."""
    score = np.concatenate([sides[0].score[::-1], sides[1].score])
    count = np.concatenate([sides[0].cells.count[::-1], sides[1].cells.count])
    rows = count.sum()
    mean = (count @ score) / rows
    deviation = sqrt(float(count @ (score - mean) ** 2) / (rows - 1))
    upto = np.cumsum(count)
    quartile = [_quantile(score, upto, share) for share in (0.25, 0.75)]
    between = (quartile[1] - quartile[0]) / 1.349
    return min(deviation, between) if between > 0 else deviation


def _quantile(score: Floats, upto: Floats, share: float) -> float:
    """Sample quantile of type 2: the inverse distribution function, averaged at its steps."""
    place = share * upto[-1]
    at = int(np.searchsorted(upto, place, side="left"))
    if upto[at] == place and at + 1 < len(score):
        return float(score[at] + score[at + 1]) / 2
    return float(score[at])
