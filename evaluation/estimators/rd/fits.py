"""Weighted polynomials on one side of the cut-off.

An estimate on one side is a weighted sum of the rows, and all rows of a cell have one weight: a
*loading* per cell. Bias-corrected estimates are another loading. Source: Calonico, Cattaneo and
Titiunik (2014).
"""

from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np
from scipy.linalg.lapack import dpotrf, dpotrs

from evaluation.estimators.rd.cells import Cells, CutoffSide, Floats, Ints
from evaluation.estimators.rd.results import EstimationError


def kernel_weights(u: Floats, kernel: str) -> Floats:
    """The kernel at distances ``u`` from 0 to 1, of integral one over both sides."""
    if kernel == "triangular":
        return 1.0 - u
    if kernel == "epanechnikov":
        return 0.75 * (1.0 - u * u)
    return np.full(len(u), 0.5)


@dataclass(frozen=True, eq=False)
class LinearWeights:
    """What an estimate is made of: a weighted sum of the rows.

    of_row: weight of each row of a cell. on: what it is times the fit's own weights and powers,
    (order + 1,); None where it is more than that.
    """

    per_row: Floats
    on: Floats | None = None


@dataclass(frozen=True, eq=False)
class KernelWindow:
    """The cells of one side within h, and the moments of polynomials up to one order.

    cells: all of that side (which keeps its windows, so that they do not keep it). u: score / h.
    weight: of each row of a cell. powers: (reach, order + 1), of u.
    """

    cells: Cells
    h: float
    u: Floats
    weight: Floats
    powers: Floats

    @classmethod
    def of(cls, side: CutoffSide, h: float, kernel: str, order: int) -> "KernelWindow":
        """Kept by the side: polynomials of lower order in the same window are a part of it."""
        cache: dict[tuple[float, str], KernelWindow] = side.cached("windows", dict)
        window = cache.get((h, kernel))
        if window is None or window.powers.shape[1] <= order:
            n_cells = side.cells_within(h, closed=kernel == "uniform")
            u = side.score[:n_cells] / h
            weight = kernel_weights(np.abs(u), kernel) * (side.cells.weight[:n_cells] / h)
            window = cache[h, kernel] = cls._with(side.cells, h, u, weight, order)
        return window

    @classmethod
    def _with(cls, cells: Cells, h: float, u: Floats, weight: Floats, order: int) -> "KernelWindow":
        powers = np.empty((len(u), order + 1), order="F")  # they are used one at a time
        powers[:, 0] = 1.0
        for power in range(1, order + 1):
            np.multiply(powers[:, power - 1], u, out=powers[:, power])
        return cls(cells, h, u, weight, powers)

    def padded(self, score: Floats, order: int) -> "KernelWindow":
        """The same over the cells of these scores, those beyond it at weight zero."""
        weight = np.zeros(len(score))
        weight[: len(self.u)] = self.weight
        return self._with(self.cells, self.h, score / self.h, weight, order)

    @property
    def sums(self) -> Floats:
        """(reach, columns): sums of the columns over each cell."""
        return self.cells.sums[: len(self.u)]

    @cached_property
    def moments(self) -> Floats:
        """(2 order + 1,): weighted sums of the powers 0 to twice the order."""
        low, high = self._weights
        return np.concatenate([low @ self.powers, high @ self.powers[:, 1:]])

    @cached_property
    def moments_by_cluster(self) -> Floats:
        """(2 order + 1, clusters)."""
        low, high = self._weights
        codes, clusters = self.cells.clusters(len(self.u))
        return np.vstack(
            [
                sum_by_cluster(low, self.powers, codes, clusters),
                sum_by_cluster(high, self.powers[:, 1:], codes, clusters),
            ]
        )

    @property
    def _weights(self) -> tuple[Floats, Floats]:
        """Of each cell, and times the highest power."""
        times_count = self.cells.times_count(self.weight)
        return times_count, times_count * self.powers[:, -1]

    @cached_property
    def cross_moments(self) -> Floats:
        """(order + 1, columns): weighted products of powers and columns."""
        return (self.powers * self.weight[:, None]).T @ self.sums

    @cached_property
    def products(self) -> Floats:
        """(columns, columns): weighted products of the columns, within and between cells."""
        between = (self.sums * self.weight[:, None]).T @ self.cells.means[: len(self.u)]
        return between + self.cells.within_cell_products(self.weight)


class PolynomialFit:
    """The polynomial of one order in one window, in powers of score / h.

    inverse: of the weighted Gram matrix. beta: (order + 1, columns), coefficients of each column
    on the powers. Others are those of the window, up to the order.
    """

    def __init__(
        self, side: CutoffSide, window: KernelWindow, order: int, inverse: Floats, beta: Floats
    ) -> None:
        self.side, self.window, self.order = side, window, order
        self.inverse, self.beta = inverse, beta
        self.h, self.n_cells, self.weight = window.h, len(window.u), window.weight
        self.powers = window.powers[:, : order + 1]

    @classmethod
    def of(cls, side: CutoffSide, h: float, order: int, kernel: str) -> "PolynomialFit":
        """Raises EstimationError when the window cannot carry the polynomial."""
        window = KernelWindow.of(side, h, kernel, order)
        n_cells = len(window.u)
        distinct = int(side.group_of[n_cells - 1]) + 1 if n_cells else 0
        if distinct < order + 2:  # through as many points as terms it passes without error
            raise EstimationError(
                "few_scores",
                f"Within {h:.4g} of the cut-off there are {distinct} distinct scores, too few for "
                f"a polynomial of order {order}.",
                distinct,
            )
        inverse = _inverse(window.moments[hankel_index(order)])
        return cls(side, window, order, inverse, inverse @ window.cross_moments[: order + 1])

    @cached_property
    def leverage(self) -> Floats:
        """Of each row of a cell."""
        return self.weight * np.einsum("ij,ij->i", self.powers @ self.inverse, self.powers)

    def bias_constant(self, weights: LinearWeights) -> float:
        """What the loading makes of the first power that the polynomial leaves out, over h."""
        times_count = self.side.cells.times_count(weights.per_row)
        return float((times_count * self.powers[:, -1]) @ self.window.u)

    def weights(self, derivative: int) -> LinearWeights:
        """Of the coefficient of that power of the score."""
        on = self.inverse[:, derivative] / self.h**derivative
        return LinearWeights(self.weight * (self.powers @ on), on)

    def coefficient(self, derivative: int) -> Floats:
        """The coefficient of that power of the score, for each column."""
        return self.beta[derivative] / self.h**derivative

    def coefficient_and_scale(self, derivative: int, net: Floats) -> tuple[float, float]:
        """That coefficient of net @ columns, and the size of what it adds up."""
        per_row = self.side.cells.times_count(self.weights(derivative).per_row)
        means = self.side.cells.means[: self.n_cells]
        return float(per_row @ (means @ net)), float(
            np.abs(per_row) @ (np.abs(means) @ np.abs(net))
        )

    def residual_products(self) -> Floats:
        """(columns, columns): weighted products of the columns that the powers do not explain."""
        cross_moments = self.window.cross_moments[: self.order + 1]
        return self.window.products - cross_moments.T @ self.beta

    def padded(self, n_cells: int) -> "PolynomialFit":
        """The same polynomial over more cells, those beyond its window at weight zero."""
        if n_cells == self.n_cells:
            return self
        window = self.window.padded(self.side.score[:n_cells], self.order)
        return PolynomialFit(self.side, window, self.order, self.inverse, self.beta)


@cache
def hankel_index(order: int) -> Ints:
    """(order + 1, order + 1): which moment stands where in a Gram matrix of powers."""
    return np.add.outer(np.arange(order + 1), np.arange(order + 1))


def sum_by_cluster(values: Floats, columns: Floats, codes: Ints, clusters: int) -> Floats:
    """(columns, clusters): values × columns, summed over the cells of each cluster."""
    sums = np.empty((columns.shape[1], clusters))
    for row, column in zip(sums, columns.T, strict=True):
        row[:] = np.bincount(codes, values * column, clusters)
    return sums


def _inverse(gram: Floats) -> Floats:
    """Raises EstimationError for a matrix that is as good as singular."""
    root, failed = dpotrf(gram, lower=1)
    if failed:
        raise EstimationError("few_scores", "The scores in a window are nearly all alike.")
    return np.asarray(dpotrs(root, _identity(len(gram)), lower=1)[0], np.float64)


@cache
def _identity(size: int) -> Floats:
    return np.eye(size)
