"""Weighted polynomials on one side of the cut-off.

An estimate on one side is a weighted sum of the rows, and all rows of a cell have one weight: a
*loading* per cell. Bias-corrected estimates are another loading. Source: Calonico, Cattaneo and
Titiunik (2014).
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.linalg.lapack import dpotrf, dpotri

from evaluation.estimators.rd.cells import Floats, Side
from evaluation.estimators.rd.results import Refused


def kernel_weights(u: Floats, kernel: str) -> Floats:
    """The kernel at distances ``u`` from 0 to 1, of integral one over both sides."""
    if kernel == "triangular":
        return 1.0 - u
    if kernel == "epanechnikov":
        return 0.75 * (1.0 - u * u)
    return np.full(len(u), 0.5)


@dataclass(frozen=True, eq=False)
class Fit:
    """The polynomial of one order in one window of one side, in powers of score / h.

    reach: cells in the window. powers: (reach, order + 1). weight: of each row of a cell.
    loads: (reach, order + 1), weight times powers. inverse: of the weighted Gram matrix.
    """

    side: Side
    h: float
    order: int
    reach: int
    powers: Floats
    weight: Floats
    loads: Floats
    inverse: Floats

    @classmethod
    def of(cls, side: Side, h: float, order: int, kernel: str) -> "Fit":
        """Raises Refused when the window cannot carry the polynomial."""
        reach = side.reach(h, closed=kernel == "uniform")
        cells, u = side.cells, side.score[:reach] / h
        weight = kernel_weights(np.abs(u), kernel) * (cells.weight[:reach] / h)
        powers = np.empty((reach, order + 1))
        powers[:, 0] = 1.0
        for power in range(1, order + 1):
            np.multiply(powers[:, power - 1], u, out=powers[:, power])
        loads = powers * weight[:, None]
        distinct = int(side.group_of[reach - 1]) + 1 if reach else 0
        if distinct < order + 2:  # through as many points as terms it passes without error
            raise Refused(
                "few_scores",
                f"Within {h:.4g} of the cut-off there are {distinct} distinct scores, too few for "
                f"a polynomial of order {order}.",
                distinct,
            )
        inverse = _inverse(loads.T @ (powers * cells.count[:reach, None]))
        return cls(side, h, order, reach, powers, weight, loads, inverse)

    @property
    def sums(self) -> Floats:
        """(reach, columns): sums of the columns over each cell."""
        return self.side.cells.sums[: self.reach]

    @cached_property
    def beta(self) -> Floats:
        """(order + 1, columns): coefficients of each column on the powers."""
        return self.inverse @ (self.loads.T @ self.sums)

    @cached_property
    def leverage(self) -> Floats:
        """Of each row of a cell."""
        return np.asarray(np.einsum("ij,ij->i", self.loads @ self.inverse, self.powers))

    def curvature(self, loading: Floats) -> float:
        """What the loading makes of the first power that the polynomial leaves out, over h."""
        counts = self.side.cells.count[: self.reach]
        u = self.side.score[: self.reach] / self.h
        return float((loading * counts * self.powers[:, -1]) @ u)

    def loading(self, derivative: int) -> Floats:
        """Weights of the rows in the coefficient of that power of the score."""
        return (self.loads @ self.inverse[:, derivative]) / self.h**derivative

    def coefficient(self, derivative: int) -> Floats:
        """The coefficient of that power of the score, for each column."""
        return self.beta[derivative] / self.h**derivative

    @cached_property
    def products(self) -> Floats:
        """(columns, columns): weighted products of the columns, within and between cells."""
        cells = self.side.cells
        weighted = self.sums * self.weight[:, None]
        total = weighted.T @ cells.means[: self.reach]
        if cells.within is not None:
            total = total + weighted_sum(self.weight, cells.within)
        return total

    def left_over(self) -> Floats:
        """Products of the columns that the powers do not explain."""
        explained = self.loads.T @ self.sums
        return self.products - explained.T @ self.inverse @ explained

    def extended(self, reach: int) -> "Fit":
        """The same polynomial over more cells, those beyond its window at weight zero."""
        if reach == self.reach:
            return self
        powers = np.vander(self.side.score[:reach] / self.h, self.order + 1, increasing=True)
        weight = np.zeros(reach)
        weight[: self.reach] = self.weight
        wider = Fit(
            self.side, self.h, self.order, reach, powers, weight, powers * weight[:, None],
            self.inverse,
        )  # fmt: skip
        wider.__dict__["beta"] = self.beta
        return wider


def weighted_sum(weight: Floats, within: Floats) -> Floats:
    """(columns, columns): of the first cells' products, one weight a cell."""
    return (weight @ within.reshape(len(within), -1)[: len(weight)]).reshape(within.shape[1:])


def _inverse(gram: Floats) -> Floats:
    """Raises Refused for a matrix that is as good as singular."""
    root, failed = dpotrf(gram, lower=1)
    if failed:
        raise Refused("few_scores", "The scores in a window are nearly all alike.")
    half = dpotri(root, lower=1)[0]
    return np.asarray(half + half.T - np.diag(half.diagonal()), np.float64)
