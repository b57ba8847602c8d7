"""Weighted polynomials on one side of the cut-off, and the variance of what is linear in them.

An estimate on one side is a weighted sum of the rows, and all rows of a cell have one weight: a
*loading* per cell. Bias-corrected estimates are another loading, so one function gives every
variance. Sources: Calonico, Cattaneo and Titiunik (2014) for the estimator and the nearest
neighbour variance; MacKinnon and White (1985) for hc0 to hc3; Bell and McCaffrey (2002) and
Pustejovsky and Tipton (2018) for cr2 and cr3.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from evaluation.estimators.rd.cells import Floats, Side
from evaluation.estimators.rd.results import Refused

#: Residuals under this part of the values they are left of come from arithmetic.
ROUNDING = 1e-12


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

    @cached_property
    def sums(self) -> Floats:
        """(reach, columns): sums of the columns over each cell."""
        cells = self.side.cells
        return cells.means[: self.reach] * cells.count[: self.reach, None]

    @cached_property
    def beta(self) -> Floats:
        """(order + 1, columns): coefficients of each column on the powers."""
        return self.inverse @ (self.loads.T @ self.sums)

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
            total = total + np.tensordot(self.weight, cells.within[: self.reach], axes=1)
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


def _inverse(gram: Floats) -> Floats:
    """Raises Refused for a matrix that is as good as singular."""
    try:
        np.linalg.cholesky(gram)
    except np.linalg.LinAlgError:
        raise Refused("few_scores", "The scores in a window are nearly all alike.") from None
    return np.asarray(np.linalg.inv(gram), np.float64)


def variance_of(
    fit: Fit, loading: Floats, mix: Floats, vce: str, matches: int, parameters: int
) -> float:
    """Variance of the sum of loading × columns @ mix over the rows of the fit's cells.

    ``fit`` gives the residuals (those of nn come from neighbours in the same cells). ``mix``
    weighs the columns. ``parameters`` is k of the small-sample factor of cr1 and nn_cluster. What
    is only rounding is no variance: 0. Raises Refused for too few clusters.
    """
    reach = fit.reach
    count, value = fit.side.cells.count[:reach], fit.side.cells.means[:reach] @ mix
    if vce.startswith("nn"):
        rows, begin, end = fit.side.neighbours(reach, matches)
        running = np.concatenate([[0.0], np.cumsum(value * count)])
        scale = rows / np.maximum(rows - 1.0, 1.0)  # (J + 1) / J
        residual = value - (running[end] - running[begin]) / rows
    else:
        residual = value - fit.powers @ (fit.beta @ mix)
    if vce == "nn_cluster":
        variance = _between(fit, loading * np.sqrt(scale) * residual * count, parameters)
    elif vce == "cr1":
        variance = _between(fit, loading * residual * count, parameters)
    elif vce in ("cr2", "cr3"):
        variance = _adjusted(fit, loading, residual * count, vce)
    else:
        squares = count * residual**2 + _within(fit, mix)
        if vce == "nn":
            squares = squares * scale
        elif vce == "hc1":
            squares = squares * (rows_in := fit.side.rows[reach]) / (rows_in - fit.order - 1)
        elif vce != "hc0":
            leverage = np.sum((fit.loads @ fit.inverse) * fit.powers, axis=1)
            squares = squares / (1.0 - leverage) ** (1 if vce == "hc2" else 2)
        variance = float(loading**2 @ squares)
    size = float(loading**2 @ (count * value**2))
    return variance if variance > ROUNDING**2 * size else 0.0


def _within(fit: Fit, mix: Floats) -> Floats | float:
    """Squares of the columns @ mix around the mean of each cell."""
    within = fit.side.cells.within
    return 0.0 if within is None else (within[: fit.reach] @ mix) @ mix


def _between(fit: Fit, sums: Floats, parameters: int) -> float:
    """Squares of the sums by cluster, with the factor (n-1)/(n-k) × G/(G-1)."""
    codes, clusters = fit.side.clusters(fit.reach)
    total = np.bincount(codes, sums, clusters)
    rows = fit.side.rows[fit.reach]
    _check_clusters(clusters)
    if rows <= parameters:
        raise Refused("few_scores", f"{rows:.0f} rows in a window.", int(rows))
    factor = (rows - 1) / (rows - parameters) * clusters / (clusters - 1)
    return float(factor * (total @ total))


def _check_clusters(clusters: int) -> None:
    if clusters < 2:
        raise Refused("few_clusters", f"{clusters} clusters in a window of one side.", clusters)


def _adjusted(fit: Fit, loading: Floats, residual: Floats, vce: str) -> float:
    """Squares by cluster of residuals that are freed of the cluster's own pull (cr2, cr3).

    The hat matrix of a cluster has the rank of the polynomial, so its (I - H)^-1 and (I - H)^-1/2
    need only matrices of that size: sums over the cluster of loading × powers, of
    weight × powers × residual and of weight × powers × powers'.
    """
    codes, clusters = fit.side.clusters(fit.reach)
    _check_clusters(clusters)
    if clusters == len(codes):  # one cell a cluster: its hat matrix has rank one
        count = fit.side.cells.count[: fit.reach]
        pull = count * np.sum((fit.loads @ fit.inverse) * fit.powers, axis=1)
        free = 1.0 - pull
        sums = loading * residual / (free if vce == "cr3" else np.sqrt(free))
        return float(sums @ sums)

    def by_cluster(values: Floats) -> Floats:
        return np.stack([np.bincount(codes, column, clusters) for column in values.T], axis=1)

    width = fit.order + 1
    count = fit.side.cells.count[: fit.reach]
    own = np.bincount(codes, loading * residual, clusters)
    pulled = by_cluster(fit.powers * (loading * count)[:, None])
    score = by_cluster(fit.loads * residual[:, None])
    gram = np.empty((clusters, width, width))
    counted = fit.loads * count[:, None]
    for i in range(width):
        for j in range(i, width):
            gram[:, i, j] = gram[:, j, i] = np.bincount(
                codes, counted[:, i] * fit.powers[:, j], clusters
            )
    root = np.linalg.cholesky(fit.inverse)
    pulled, score = pulled @ root, score @ root
    values, vectors = np.linalg.eigh(root.T @ gram @ root)
    values = np.clip(values, 0.0, None)
    free = 1.0 - values
    if vce == "cr3":
        extra = 1.0 / free
    else:  # ((1 - v)^-1/2 - 1) / v, without the cancellation at small v
        half = np.sqrt(free)
        extra = 1.0 / (half * (1.0 + half))
    pulled = (pulled[:, None, :] @ vectors)[:, 0]
    score = (score[:, None, :] @ vectors)[:, 0]
    sums = own + np.sum(pulled * extra * score, axis=1)
    return float(sums @ sums)
