"""Local polynomial regression on one side of the cut-off.

An estimate on one side is linear in the outcomes: a weighted sum of the rows, with one weight for
all rows of a cell (``LinearWeights``). The bias-corrected estimate is another such sum. Source:
Calonico, Cattaneo and Titiunik (2014).
"""

from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np
from scipy.linalg.lapack import dpotrf, dpotrs

from evaluation.estimators.rd.cells import Cells, CutoffSide, Floats, Ints
from evaluation.estimators.rd.results import EstimationError


def kernel_weights(u: Floats, kernel: str) -> Floats:
    """Kernel at distances ``u`` in [0, 1], normalised to integrate to one on [-1, 1]."""
    if kernel == "triangular":
        return 1.0 - u
    if kernel == "epanechnikov":
        return 0.75 * (1.0 - u * u)
    return np.full(len(u), 0.5)


@dataclass(frozen=True, eq=False)
class LinearWeights:
    """Weights of the rows in an estimate that is linear in them.

    per_row: (cells,), weight of each row of a cell. on_powers: (order + 1,), with per_row = kernel
    weight x powers @ on_powers; None where it has no such form.
    """

    per_row: Floats
    on: Floats | None = None


@dataclass(frozen=True, eq=False)
class KernelWindow:
    """Cells of one side within h, with kernel weights and moments of polynomials up to one order.

    cells: all of that side (the side caches its windows, so a window does not refer to it). u:
    score / h. weight: of each row of a cell. powers: (cells, order + 1), of u.
    """

    cells: Cells
    h: float
    u: Floats
    weight: Floats
    powers: Floats

    @classmethod
    def of(cls, side: CutoffSide, h: float, kernel: str, order: int) -> "KernelWindow":
        """Window of the side, cached: lower orders use the leading powers."""
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
        """The same window over more cells, with weight zero beyond it."""
        weight = np.zeros(len(score))
        weight[: len(self.u)] = self.weight
        return self._with(self.cells, self.h, score / self.h, weight, order)

    @property
    def sums(self) -> Floats:
        """(cells, columns): sums of the columns over each cell."""
        return self.cells.sums[: len(self.u)]

    @cached_property
    def moments(self) -> Floats:
        """(2 order + 1,): weighted sums of the powers 0 to 2 order, a Hankel Gram matrix."""
        low, high = self._weights
        return np.concatenate([low @ self.powers, high @ self.powers[:, 1:]])

    @cached_property
    def moments_by_cluster(self) -> Floats:
        """(2 order + 1, clusters): the same sums by cluster."""
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
        """Weight of each cell, and times the highest power."""
        times_count = self.cells.times_count(self.weight)
        return times_count, times_count * self.powers[:, -1]

    @cached_property
    def cross_moments(self) -> Floats:
        """(order + 1, columns): weighted cross-products of powers and columns."""
        return (self.powers * self.weight[:, None]).T @ self.sums

    @cached_property
    def products(self) -> Floats:
        """(columns, columns): weighted cross-products of the columns."""
        between = (self.sums * self.weight[:, None]).T @ self.cells.means[: len(self.u)]
        return between + self.cells.within_cell_products(self.weight)


class PolynomialFit:
    """Weighted least squares fit of a polynomial in score / h within one window.

    inverse: of the weighted Gram matrix. beta: (order + 1, columns), coefficients of each column.
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
        """Raises EstimationError if the window has fewer than order + 2 distinct scores."""
        window = KernelWindow.of(side, h, kernel, order)
        n_cells = len(window.u)
        distinct = int(side.group_of[n_cells - 1]) + 1 if n_cells else 0
        if distinct < order + 2:  # through as many points as terms it passes without error
            raise EstimationError(
                "few_scores",
                f"Within {h:.4g} of the cut-off there are {distinct} distinct scores "
                f"{side.where}, too few for a polynomial of order {order}.",
                distinct,
            )
        inverse = _inverse(window.moments[hankel_index(order)])
        return cls(side, window, order, inverse, inverse @ window.cross_moments[: order + 1])

    @cached_property
    def leverage(self) -> Floats:
        """Leverage of each row of a cell: a diagonal element of the hat matrix."""
        return self.weight * np.einsum("ij,ij->i", self.powers @ self.inverse, self.powers)

    def bias_constant(self, weights: LinearWeights) -> float:
        """sum_i w_i u_i**(order + 1): constant of the leading bias of a linear estimate."""
        times_count = self.side.cells.times_count(weights.per_row)
        return float((times_count * self.powers[:, -1]) @ self.window.u)

    def weights(self, derivative: int) -> LinearWeights:
        """Weights of the rows in the coefficient of a power of the score."""
        on = self.inverse[:, derivative] / self.h**derivative
        return LinearWeights(self.weight * (self.powers @ on), on)

    def coefficient(self, derivative: int) -> Floats:
        """(columns,): coefficient of a power of the score."""
        return self.beta[derivative] / self.h**derivative

    def coefficient_and_scale(self, derivative: int, net: Floats) -> tuple[float, float]:
        """Coefficient of net @ columns, and the sum of the absolute values of its terms."""
        per_row = self.side.cells.times_count(self.weights(derivative).per_row)
        means = self.side.cells.means[: self.n_cells]
        return float(per_row @ (means @ net)), float(
            np.abs(per_row) @ (np.abs(means) @ np.abs(net))
        )

    def residual_products(self) -> Floats:
        """(columns, columns): weighted cross-products of the residuals."""
        cross_moments = self.window.cross_moments[: self.order + 1]
        return self.window.products - cross_moments.T @ self.beta

    def padded(self, n_cells: int) -> "PolynomialFit":
        """The same fit over more cells, with weight zero beyond its window."""
        if n_cells == self.n_cells:
            return self
        window = self.window.padded(self.side.score[:n_cells], self.order)
        return PolynomialFit(self.side, window, self.order, self.inverse, self.beta)


@cache
def hankel_index(order: int) -> Ints:
    """(order + 1, order + 1): index of each element of a Gram matrix among the moments."""
    return np.add.outer(np.arange(order + 1), np.arange(order + 1))


def sum_by_cluster(values: Floats, columns: Floats, codes: Ints, clusters: int) -> Floats:
    """(columns, clusters): sums of values x columns over the cells of each cluster."""
    sums = np.empty((columns.shape[1], clusters))
    for row, column in zip(sums, columns.T, strict=True):
        row[:] = np.bincount(codes, values * column, clusters)
    return sums


def _inverse(gram: Floats) -> Floats:
    """Inverse of a Gram matrix. Raises EstimationError if it is numerically singular."""
    root, failed = dpotrf(gram, lower=1)
    if failed:
        raise EstimationError("like_scores", "The scores in a window are nearly all alike.")
    return np.asarray(dpotrs(root, _identity(len(gram)), lower=1)[0], np.float64)


@cache
def _identity(size: int) -> Floats:
    return np.eye(size)
