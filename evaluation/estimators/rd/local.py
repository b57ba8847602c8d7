"""Local polynomial fits of both sides at given bandwidths, and the estimates from them."""

from functools import cached_property
from math import factorial

import numpy as np

from evaluation.estimators.discontinuity import Sides
from evaluation.estimators.rd.adjustment import (
    covariate_adjustment,
    negligible_treatment,
    ratio_and_gradient,
)
from evaluation.estimators.rd.cells import CutoffSide, Floats
from evaluation.estimators.rd.covariance import ROUNDING, linear_covariance, no_noise
from evaluation.estimators.rd.fits import LinearWeights, PolynomialFit
from evaluation.estimators.rd.inference import TDistribution
from evaluation.estimators.rd.results import OUT_OF_RANGE, EstimationError
from evaluation.estimators.rd.spec import RDSpec

#: Share of the terms of a quadratic form under which their sum is rounding error.
CANCELLED = 1e-13


class SideEstimate:
    """Polynomials of the estimate (order p, within h) and of its bias (order q, within b), one
    side.

    main: the first over its own window. near, far: both padded to the wider window. weights,
    corrected: linear weights of the estimate and of the bias-corrected one. Raises EstimationError.
    """

    def __init__(self, side: CutoffSide, spec: RDSpec, h: float, b: float) -> None:
        self.side = side
        self.main = near = PolynomialFit.of(side, h, spec.p, spec.kernel)
        far = PolynomialFit.of(side, b, spec.bias_order, spec.kernel)
        n_cells = max(near.n_cells, far.n_cells)
        self.near, self.far = near.padded(n_cells), far.padded(n_cells)
        self.weights = self.near.weights(spec.deriv)
        curve = self.near.bias_constant(self.weights) * h ** (spec.p + 1)
        of_bias = self.far.weights(spec.p + 1)
        self.corrected = LinearWeights(self.weights.per_row - curve * of_bias.per_row)

    @property
    def corrected_coefficient(self) -> Floats:
        """(columns,): bias-corrected coefficient."""
        return self.corrected.per_row @ self.far.window.sums

    @property
    def clusters(self) -> int:
        """Clusters in the wider window; 0 without clusters."""
        has_any = self.side.cells.cluster is not None
        return self.side.cells.clusters(self.far.n_cells)[1] if has_any else 0


class LocalEstimate:
    """Estimate from both sides.

    Jumps are of the outcome and, in fuzzy designs, the treatment, net of covariates.
    column_weights: weight of each column in the linearised estimate. warnings: about the choice of
    bandwidths. Raises EstimationError.
    """

    def __init__(
        self,
        sides: tuple[CutoffSide, CutoffSide],
        spec: RDSpec,
        h: Sides,
        b: Sides,
        warnings: tuple[str, ...] = (),
    ) -> None:
        self.spec, self.h, self.b, self.warnings = spec, h, b, warnings
        self.left, self.right = (
            SideEstimate(*arguments) for arguments in zip(sides, (spec, spec), h, b, strict=True)
        )
        self.halves = self.left, self.right
        self.factor = factorial(spec.deriv)
        mains = [half.main for half in self.halves]
        self.net = covariate_adjustment(mains, 2 if spec.is_fuzzy else 1)
        left, right = (half.main.coefficient(spec.deriv) for half in self.halves)
        self.jumps = self.factor * (self.net @ (right - left))
        left, right = (half.corrected_coefficient for half in self.halves)
        self.corrected_jumps = self.factor * (self.net @ (right - left))
        if spec.is_fuzzy and negligible_treatment(mains, spec.deriv, [self.net[1]] * 2)[2]:
            raise EstimationError("no_first_stage", "The treatment does not change at the cut-off.")
        self.conventional, self.gradient = ratio_and_gradient(self.jumps)
        self.column_weights = self.factor * (self.gradient @ self.net)

    @property
    def corrected(self) -> float:
        """Bias-corrected estimate, linearised in the bias of the jumps."""
        return float(self.conventional - self.gradient @ (self.jumps - self.corrected_jumps))

    @cached_property
    def covariances(self) -> tuple[Floats, Floats]:
        """Covariance of the jumps, and of the bias-corrected jumps."""
        spec, size = self.spec, len(self.net)
        conventional, robust = np.zeros((size, size)), np.zeros((size, size))
        cluster_sums = spec.variance in ("cr1", "cr2", "cr3")
        parameters = (spec.bias_order if cluster_sums else spec.p) + 1
        for half in self.halves:
            conventional += linear_covariance(half.near, half.weights, self.net, spec, spec.p + 1)
            robust += linear_covariance(half.far, half.corrected, self.net, spec, parameters)
        return (
            _zero_if_rounding(self.factor**2 * conventional, self.jumps),
            _zero_if_rounding(self.factor**2 * robust, self.corrected_jumps),
        )

    def variances(self, gradient: Floats) -> tuple[float, float]:
        """Variances of gradient @ jumps, conventional and bias-corrected."""
        conventional, robust = (_variance(covariance, gradient) for covariance in self.covariances)
        if not np.isfinite(conventional + robust):
            raise EstimationError("out_of_range", OUT_OF_RANGE)
        if not (conventional > 0 and robust > 0):
            raise no_noise(self.spec.variance)
        return conventional, robust

    @cached_property
    def distribution(self) -> TDistribution:
        """Reference distribution of p-values and intervals."""
        if self.spec.distribution == "normal":
            return TDistribution()
        units = sum(
            int(fit.side.rows[fit.n_cells])
            if self.spec.cluster is None
            else fit.side.cells.clusters(fit.n_cells)[1]
            for fit in (half.main for half in self.halves)
        )
        free = units - 2 * (self.spec.p + 1)
        if free < 1:
            detail = f"{units} clusters or rows within h, no more than coefficients."
            raise EstimationError(self.spec.few_units, detail, units)
        return TDistribution(free)


def _zero_if_rounding(covariance: Floats, jumps: Floats) -> Floats:
    """Covariance of the jumps, with 0 for those whose error is rounding."""
    rounding = covariance.diagonal() <= (ROUNDING * jumps) ** 2
    return np.where(rounding[:, None] | rounding, 0.0, covariance)


def _variance(covariance: Floats, gradient: Floats) -> float:
    """Quadratic form gradient' V gradient; 0 where its terms cancel up to rounding."""
    variance = float(gradient @ covariance @ gradient)
    size = float(np.abs(gradient) @ np.sqrt(covariance.diagonal())) ** 2
    return variance if not variance <= CANCELLED * size else 0.0  # what is no number stays so
