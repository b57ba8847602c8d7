"""Local polynomial fits of the empirical distribution function; their slope is the density.

Equal scores are one *point* with a count. A slope is linear in the distribution function at the
points; its jackknife variance, which leaves one unit out of the distribution function at a time,
sums over units the squared weight of the points above each.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from math import frexp, ldexp

import numpy as np

from evaluation.estimators.checks.density_spec import Constraint, DensitySpec
from evaluation.estimators.discontinuity import Counts, Sides
from evaluation.estimators.rd.cells import Floats
from evaluation.estimators.rd.fits import kernel_weights
from evaluation.estimators.rd.results import SIDES, EstimationError
from evaluation.estimators.rd.spec import Kernel

Positions = tuple[list[int], list[int]]

#: The kernels of ``kernel_weights`` as coefficients of 1, u, u².
KERNELS = {"triangular": (1.0, -1.0), "epanechnikov": (0.75, 0.0, -0.75), "uniform": (0.5,)}


# -- The sample ------------------------------------------------------------------------------------
@dataclass(frozen=True, eq=False)
class ScorePoints:
    """Distinct scores in ascending order.

    x: score less cut-off, over ``scale``. count: units at each. cumulative: units there and below.
    rank_offset: distance of the mid-rank of tied units from their last rank; 0 where ties have one
    value of the distribution function. split: points below the cut-off. scale: a power of two near
    the farthest x, so that powers neither overflow nor lose a digit.
    """

    x: Floats
    count: Floats
    cumulative: Floats
    rank_offset: Floats
    split: int
    scale: float

    @classmethod
    def of(cls, scores: Floats, spec: DensitySpec) -> "ScorePoints":
        """Points of sorted scores. Raises EstimationError when a side is empty."""
        first = np.flatnonzero(np.concatenate([[True], scores[1:] != scores[:-1]]))
        cumulative = np.append(first[1:], len(scores)).astype(float)
        count = cumulative - first.astype(float)
        split = int(np.searchsorted(scores[first], spec.cutoff))
        for n_points, where in zip((split, len(first) - split), SIDES, strict=True):
            if not n_points:
                raise EstimationError("one_side", f"No unit has a score {where}.")
        x = scores[first] - spec.cutoff
        scale = ldexp(1.0, frexp(max(-x[0], x[-1]))[1] - 1)
        rank_offset = np.zeros(len(count)) if spec.masspoints == "adjust" else (count - 1) / 2
        return cls(x / scale, count, cumulative, rank_offset, split, scale)

    @property
    def total(self) -> float:
        """Number of units."""
        return float(self.cumulative[-1])

    @property
    def n(self) -> Counts:
        """Units below the cut-off, and at it or above."""
        left = int(self.cumulative[self.split - 1])
        return left, int(self.total) - left

    @property
    def distinct(self) -> Counts:
        """Distinct scores on each side."""
        return self.split, len(self.x) - self.split

    @property
    def range(self) -> Sides:
        """Distance of the farthest score of each side."""
        return -float(self.x[0]), float(self.x[-1])

    @cached_property
    def distribution(self) -> Floats:
        """Empirical distribution function less its value at the cut-off."""
        return (self.cumulative - self.rank_offset - self.n[0]) / (self.total - 1)

    def widths_holding(self, units: int, distinct: int) -> Sides:
        """Widths (left, right) that hold so many units and distinct scores, or all."""
        left, right = self.n
        by_unit = np.searchsorted(
            self.cumulative, [left - min(units, left), left + min(units, right) - 1], side="right"
        )
        margin = [0.0, 0.0]
        if units:
            margin = list(np.abs(self.x[by_unit]))
        if distinct:
            below, above = (min(distinct, available) for available in self.distinct)
            by_score = self.x[[self.split - below, self.split + above - 1]]
            margin = list(np.maximum(margin, np.abs(by_score)))
        return float(margin[0]), float(margin[1])

    def window(self, h: Sides) -> slice:
        """The points within h, h included."""
        first = int(np.searchsorted(self.x, -h[0], side="left"))
        return slice(first, int(np.searchsorted(self.x, h[1], side="right")))


# -- The fit ---------------------------------------------------------------------------------------
class DensityFit:
    """Polynomial of one order within h of the cut-off, on both sides jointly.

    Arrays by power are (order + 1, points of the window), in powers of x / h. ``positions`` are the
    parameters of each side's powers. Raises EstimationError when the window has too few scores.
    """

    def __init__(self, points: ScorePoints, order: int, h: Sides, spec: DensitySpec) -> None:
        self.points, self.order, self.h, self.spec = points, order, h, spec
        self.window = points.window(h)
        self.split = points.split - self.window.start
        self.powers = _powers(self._relative(), order)
        self.count = points.count[self.window]
        self.weight = kernel_weights(np.abs(self.powers[1]), spec.kernel)
        self.weighted_powers = self.powers * (self.weight * self.count)
        self.positions = _positions(order, spec.fit)
        grams = [
            weighted_powers @ powers.T
            for weighted_powers, powers in self._sides(self.weighted_powers, self.powers)
        ]
        self.inverse = _inverse(_assemble(grams, self.positions))

    def _relative(self) -> Floats:
        x = self.points.x[self.window]
        sides = [self.split, len(x) - self.split]
        if min(sides) < self.order + 2:  # through as many points as terms it passes anyhow
            raise EstimationError(
                "few_scores",
                f"A side of the window has {max(min(sides), 0)} distinct scores, too few for a "
                f"polynomial of order {self.order}.",
                max(min(sides), 0),
            )
        return x / np.repeat(self.h, sides)

    def _sides(self, *arrays: Floats) -> Iterator[list[Floats]]:
        """The left and the right part of arrays by point."""
        yield [array[..., : self.split] for array in arrays]
        yield [array[..., self.split :] for array in arrays]

    @property
    def n_effective(self) -> Counts:
        """Units in the window, on each side."""
        left, right = (int(count.sum()) for (count,) in self._sides(self.count))
        return left, right

    @cached_property
    def beta(self) -> Floats:
        """(2, order + 1): coefficients of the powers of x on each side."""
        values = self.points.distribution[self.window]
        sums = [
            weighted_powers @ own
            for weighted_powers, own in self._sides(self.weighted_powers, values)
        ]
        coefficients = self.inverse @ _assemble(sums, self.positions)
        return coefficients[np.array(self.positions)] / np.power.outer(
            self.h, np.arange(self.order + 1)
        )

    @property
    def density(self) -> Floats:
        """(2,): density of x on the left and on the right of the cut-off."""
        return self.beta[:, 1]

    @cached_property
    def covariance(self) -> Floats:
        """(2, 2): covariance of the densities."""
        return self._jackknife() if self.spec.vce == "jackknife" else self._plugin()

    def _jackknife(self) -> Floats:
        weights, rank_offset = self._weights(), self.points.rank_offset[self.window]
        mass = weights * self.count
        above = np.cumsum(mass[:, ::-1], axis=1)[:, ::-1] - mass
        above += weights * (self.count - 1 - rank_offset)
        squares = (above * self.count) @ above.T
        if rank_offset.any():  # ties left as they are have sums that differ from one to the next
            squares += (weights * (self.count * (self.count**2 - 1) / 12)) @ weights.T
        return squares / (self.points.total - 1) ** 2

    def _weights(self) -> Floats:
        """(2, points): weight of one unit of each point in each density."""
        slopes = self.inverse[:, self._slopes] / np.array(self.h)
        parts = zip(self._sides(self.powers), self.positions, strict=True)
        return self.weight * np.hstack([slopes[own].T @ powers for (powers,), own in parts])

    @property
    def _slopes(self) -> list[int]:
        """Parameters that are the densities."""
        return [side[1] for side in self.positions]

    def _plugin(self) -> Floats:
        """Limit of the jackknife variance at the estimated densities."""
        limit = moments(self.spec.kernel, self.order)
        shares = self._shares()
        inverse = _inverse_of_limit(_assemble(_on_both_sides(limit.gram, shares), self.positions))
        middle = _assemble(
            _on_both_sides(limit.covariance, shares**2 * self.density), self.positions
        )
        slopes = inverse[self._slopes]
        return slopes @ middle @ slopes.T / (self.points.total * np.sqrt(np.outer(self.h, self.h)))

    def bias(self, derivatives: Floats) -> Floats:
        """(2,): leading bias of the densities, over h^order.

        ``derivatives``: coefficients of the first power left out, by side.
        """
        limit = moments(self.spec.kernel, self.order)
        shares = self._shares()
        inverse = _inverse_of_limit(_assemble(_on_both_sides(limit.gram, shares), self.positions))
        next_power = _on_both_sides(limit.next_power, shares * derivatives, shift=self.order + 1)
        return inverse[self._slopes] @ _assemble(next_power, self.positions)

    def _shares(self) -> Floats:
        """Weight of each side in the limit; it cancels where sides have their own parameters."""
        return self.density if self.spec.fit == "restricted" else np.ones(2)


def _powers(u: Floats, order: int) -> Floats:
    powers = np.ones((order + 1, len(u)))
    for power in range(1, order + 1):
        np.multiply(powers[power - 1], u, out=powers[power])
    return powers


def _positions(order: int, fit: Constraint) -> Positions:
    """Parameter of each power, left and right; the restricted fit shares all but the slopes."""
    if fit == "restricted":
        return [0, 1, *range(3, order + 2)], [0, 2, *range(3, order + 2)]
    return list(range(order + 1)), list(range(order + 1, 2 * order + 2))


def _assemble(parts: list[Floats], positions: Positions) -> Floats:
    """Sum vectors or matrices over the powers of both sides by parameter."""
    total = np.zeros((max(positions[1]) + 1,) * parts[0].ndim)
    for part, side in zip(parts, positions, strict=True):
        total[np.ix_(*[side] * part.ndim)] += part
    return total


def _inverse(gram: Floats) -> Floats:
    """Inverse of a Gram matrix. Raises EstimationError if numerically singular."""
    size = np.sqrt(np.diag(gram))
    scale = np.outer(size, size)
    try:
        np.linalg.cholesky(gram / scale)
        inverse = np.asarray(np.linalg.inv(gram / scale) / scale)
    except np.linalg.LinAlgError:
        inverse = np.full_like(gram, np.nan)
    if not np.isfinite(inverse).all():
        raise EstimationError("like_scores", "The scores in a window are nearly all alike.")
    return inverse


def _inverse_of_limit(gram: Floats) -> Floats:
    """Inverse of a limiting matrix. Raises EstimationError where it is singular."""
    try:
        return np.asarray(np.linalg.inv(gram))
    except np.linalg.LinAlgError:
        raise EstimationError("no_density", "The density is zero at the cut-off.") from None


# -- Limits ----------------------------------------------------------------------------------------
@dataclass(frozen=True, eq=False)
class KernelMoments:
    """Integrals over u from 0 to 1 with kernel k, for powers a and b up to an order.

    gram: of k u^a u^b. next_power: of k u^a u^(order + 1). covariance: of k(u) k(v) u^a v^b min(u,
    v), with the limiting covariance of the empirical distribution function at two points.
    """

    gram: Floats
    next_power: Floats
    covariance: Floats


@cache
def moments(kernel: Kernel, order: int) -> KernelMoments:
    """Kernel moments, exact up to rounding since the kernels are polynomials."""
    powers = np.arange(order + 1.0)
    whole = _tail_integrals(kernel, np.arange(2.0 * order + 2), np.zeros(1))[0]
    nodes, weight = np.polynomial.legendre.leggauss(order + 4)
    tails = _tail_integrals(kernel, powers, (nodes + 1) / 2)  # min(u, v) is the length below both
    return KernelMoments(
        gram=whole[np.indices((order + 1, order + 1)).sum(axis=0)],
        next_power=whole[order + 1 :],
        covariance=tails.T @ (tails * (weight / 2)[:, None]),
    )


def _tail_integrals(kernel: Kernel, powers: Floats, at: Floats) -> Floats:
    """(at, powers): integrals of the kernel times each power from ``at`` to 1."""
    degrees = [powers + degree + 1 for degree in range(len(KERNELS[kernel]))]
    terms = zip(KERNELS[kernel], degrees, strict=True)
    return np.asarray(sum(size * (1 - np.power.outer(at, up)) / up for size, up in terms))


def _on_both_sides(right: Floats, scale: Floats, shift: int = 0) -> list[Floats]:
    """Moments of the left, where odd powers change sign, and of the right, each scaled."""
    signs = (-1.0) ** (np.indices(right.shape).sum(axis=0) + shift)
    return [scale[0] * signs * right, scale[1] * right]
