"""Covariance of linear estimates on one side of the cut-off.

Sources: Calonico, Cattaneo and Titiunik (2014) for the nearest-neighbour variance; MacKinnon and
White (1985) for hc0 to hc3; Bell and McCaffrey (2002) and Pustejovsky and Tipton (2018) for cr2 and
cr3; Hansen (2022) for cr3 as the cluster jackknife.
"""

import numpy as np

from evaluation.estimators.rd.cells import Floats, Ints
from evaluation.estimators.rd.fits import LinearWeights, PolynomialFit, hankel_index, sum_by_cluster
from evaluation.estimators.rd.results import EstimationError
from evaluation.estimators.rd.spec import BY_CLUSTER, RDSpec

#: Residuals under this share of the values are rounding error.
ROUNDING = 1e-12
#: Distance from 1 under which an eigenvalue of a cluster's hat matrix leaves no fit without it.
SINGULAR = 1e-10
#: What a variance of zero says, by estimator: the others are from residuals of polynomials.
NO_NOISE = {
    "nn": "Near the cut-off rows do not differ from their nearest neighbours: there is no noise.",
    "nn_cluster": "Near the cut-off the differences of rows from their nearest neighbours cancel "
    "within clusters, as where neighbours are of one cluster: no noise is left.",
}
WITHOUT_ERROR = "Near the cut-off the polynomials fit without error: there is no noise."
DOMINANT_CLUSTER = "One cluster alone carries the polynomial of a window."


def linear_covariance(
    fit: PolynomialFit, weights: LinearWeights, net: Floats, spec: RDSpec, parameters: int
) -> Floats:
    """(k, k) covariance of the linear combinations sum_i w_i (net @ y_i).

    Parameters
    ----------
    fit : PolynomialFit
        Fit whose residuals estimate the errors (for ``nn``, differences from neighbours do).
    weights : LinearWeights
        The w_i of the estimate.
    net : (k, columns) array
        Combinations of the columns, such as the outcome net of covariates.
    spec : RDSpec
        Names the variance estimator.
    parameters : int
        Coefficients counted by the small-sample factor of ``cr1`` and ``nn_cluster``.

    Raises
    ------
    EstimationError
        If a side of the window has fewer than two clusters, or one cluster alone identifies the
        fit.

    Notes
    -----
    By cluster, V = c sum_g s_g s_g' with the cluster scores s_g = sum_{i in g} w_i e_i; without, V
    = sum_i w_i**2 e_i e_i'. Variances that are rounding error of the values are set to 0.
    """
    cells = fit.side.cells
    values = cells.means[: fit.n_cells] @ net.T
    if spec.variance in BY_CLUSTER:
        sums = _cluster_scores(fit, weights, values, net, spec)
        covariance = _small_sample_factor(fit, len(sums), spec, parameters) * (sums.T @ sums)
    else:
        residual, scale = _residuals(fit, values, net, spec)
        squares = weights.per_row**2 * scale
        covariance = (residual * cells.times_count(squares)[:, None]).T @ residual
        if cells.compute_products is not None:
            covariance += net @ cells.within_cell_products(squares) @ net.T
    squares = cells.times_count(weights.per_row**2)
    bound = squares.sum() * (np.abs(net) @ cells.largest) ** 2
    if (covariance.diagonal() > ROUNDING**2 * bound).all():
        return covariance
    # Covariates may explain a column to the last digit: then what is left of it is rounding.
    size = squares @ (np.abs(cells.means[: fit.n_cells]) @ np.abs(net).T) ** 2
    # What is no number, or beyond all numbers, is reported later.
    real = ~((covariance.diagonal() <= ROUNDING**2 * size) & np.isfinite(size))
    return np.where(real[:, None] & real, covariance, 0.0)


def no_noise(vce: str) -> EstimationError:
    """The refusal of an estimate whose variance is zero."""
    return EstimationError("no_noise", NO_NOISE.get(vce, WITHOUT_ERROR))


def _cluster_scores(
    fit: PolynomialFit, weights: LinearWeights, values: Floats, net: Floats, spec: RDSpec
) -> Floats:
    """(clusters, k): sum of weight x residual over each cluster."""
    cells = fit.side.cells
    codes, clusters = cells.clusters(fit.n_cells)
    if clusters < 2:
        raise EstimationError(
            "few_clusters",
            f"In a window {fit.side.where} there are fewer than two clusters: {clusters}.",
            clusters,
        )
    residual, scale = _residuals(fit, values, net, spec)
    per_row = weights.per_row
    if spec.variance == "nn_cluster":
        per_row = per_row * np.sqrt(scale)
    elif spec.variance in ("cr2", "cr3"):
        per_row = leave_cluster_out_weights(fit, weights, spec.variance)
    if clusters == len(codes):  # one cell a cluster: nothing to sum
        return residual * cells.times_count(per_row)[:, None]
    return cluster_sums(fit, per_row, residual).T


def _residuals(
    fit: PolynomialFit, values: Floats, net: Floats, spec: RDSpec
) -> tuple[Floats, Floats | float]:
    """Residuals by cell, and the factor of their squares."""
    if spec.variance in ("nn", "nn_cluster"):
        rows, begin, end = fit.side.nearest_neighbours(fit.n_cells, spec.nn_matches)
        running = np.zeros((fit.n_cells + 1, len(net)))
        np.cumsum(fit.side.cells.times_count(values), axis=0, out=running[1:])
        neighbour_mean = (running[end] - running[begin]) / rows[:, None]
        return values - neighbour_mean, rows / np.maximum(rows - 1.0, 1.0)  # (J + 1) / J
    residual = values - fit.powers @ (fit.beta @ net.T)
    if spec.variance == "hc1":
        rows_in = fit.side.rows[fit.n_cells]
        return residual, rows_in / (rows_in - fit.order - 1)
    if spec.variance in ("hc2", "hc3"):
        complement = 1.0 - fit.leverage
        return residual, 1.0 / complement if spec.variance == "hc2" else 1.0 / complement**2
    return residual, 1.0


def _small_sample_factor(fit: PolynomialFit, clusters: int, spec: RDSpec, parameters: int) -> float:
    """(n - 1) / (n - k) x G / (G - 1) for plain residuals; 1 for adjusted ones."""
    if spec.variance in ("cr2", "cr3"):
        return 1.0
    rows = float(fit.side.rows[fit.n_cells])
    if rows <= parameters:
        detail = f"In a window {fit.side.where} the rows are no more than coefficients: {rows:.0f}."
        raise EstimationError("few_rows", detail, int(rows))
    return (rows - 1) / (rows - parameters) * clusters / (clusters - 1)


def leave_cluster_out_weights(fit: PolynomialFit, weights: LinearWeights, vce: str) -> Floats:
    """Weights that carry the leave-cluster-out adjustment, so that plain residuals can be summed.

    sum_i w_i [(I - H_g)**-a e]_i = sum_i w~_i e_i, with a = 1 for cr3 and 1/2 for cr2. The hat
    matrix H_g of a cluster has the rank of the polynomial, so only matrices of that size are
    needed: the cluster's Gram matrix and its sum of weights x powers (Woodbury identity).
    """
    codes, clusters = fit.side.cells.clusters(fit.n_cells)
    if clusters == len(codes):  # one cell a cluster: its hat matrix has rank one
        complement = 1.0 - fit.side.cells.times_count(fit.leverage)
        return np.asarray(weights.per_row / (complement if vce == "cr3" else np.sqrt(complement)))
    right_hand_side, moments = _weight_moments(fit, weights), _cluster_moments(fit)
    adjustment_term = (
        _solve_leaving_out(moments, right_hand_side)
        if vce == "cr3"
        else _inverse_root(fit, moments, right_hand_side)
    )
    return weights.per_row + fit.weight * _expand(fit.powers, adjustment_term, codes)


def leave_cluster_out_residuals(fit: PolynomialFit, residual: Floats) -> Floats:
    """Residuals of each cluster from the fit without it: (I - H_g)**-1 e_g."""
    codes, clusters = fit.side.cells.clusters(fit.n_cells)
    if clusters == len(codes):
        return np.asarray(residual / (1.0 - fit.side.cells.times_count(fit.leverage)))
    adjustment_term = _solve_leaving_out(
        _cluster_moments(fit), cluster_sums(fit, fit.weight * residual, fit.powers)
    )
    return residual + _expand(fit.powers, adjustment_term, codes)


def cluster_sums(fit: PolynomialFit, values: Floats, columns: Floats) -> Floats:
    """(columns, clusters): values x columns summed over the rows of each cluster."""
    cells = fit.side.cells
    return sum_by_cluster(cells.times_count(values), columns, *cells.clusters(fit.n_cells))


def _expand(columns: Floats, cluster_sums: Floats, codes: Ints) -> Floats:
    """(cells,): product of each cell's columns with the values of its cluster."""
    parts = (
        column * of_cluster[codes]
        for column, of_cluster in zip(columns.T, cluster_sums, strict=True)
    )
    return np.asarray(sum(parts))


def _weight_moments(fit: PolynomialFit, weights: LinearWeights) -> Floats:
    """(order + 1, clusters): sum of weights x powers over each cluster."""
    if weights.on is None:
        return cluster_sums(fit, weights.per_row, fit.powers)
    moments, width = _cluster_moments(fit), fit.order + 1
    return np.asarray(sum(on * moments[i : i + width] for i, on in enumerate(weights.on)))


def _cluster_moments(fit: PolynomialFit) -> Floats:
    """(2 order + 1, clusters): kernel-weighted sums of powers up to twice the order."""
    return fit.window.moments_by_cluster[: 2 * fit.order + 1]


def _solve_leaving_out(moments: Floats, right_hand_side: Floats) -> Floats:
    """(width, clusters): solutions of G_{-g} x = rhs_g, with the Gram matrix of all other clusters.

    Gaussian elimination over all clusters at once; the matrices are positive definite and
    symmetric, so neither pivoting nor the lower half is needed. Raises EstimationError where one is
    singular.
    """
    others, width = moments.sum(axis=1)[:, None] - moments, len(right_hand_side)
    rows = [[others[i + j] for j in range(i, width)] for i in range(width)]
    solution = list(right_hand_side)
    with np.errstate(all="ignore"):  # what is no number is refused below
        for i in range(width):
            for j in range(i + 1, width):
                share = rows[i][j - i] / rows[i][0]
                rows[j] = [a - share * b for a, b in zip(rows[j], rows[i][j - i :], strict=True)]
                solution[j] = solution[j] - share * solution[i]
        if not all((row[0] > 0).all() for row in rows):
            raise EstimationError("dominant_cluster", DOMINANT_CLUSTER)
        for i in reversed(range(width)):
            for j in range(i + 1, width):
                solution[i] = solution[i] - rows[i][j - i] * solution[j]
            solution[i] = solution[i] / rows[i][0]
    return np.array(solution)


def _inverse_root(fit: PolynomialFit, moments: Floats, right_hand_side: Floats) -> Floats:
    """The same for (I - H_g)**(-1/2): ((1 - v)**(-1/2) - 1) / v for each eigenvalue v."""
    root = np.linalg.cholesky(fit.inverse)
    values, vectors = np.linalg.eigh(
        root.T @ np.moveaxis(moments[hankel_index(fit.order)], 2, 0) @ root
    )
    if values.max() >= 1.0 - SINGULAR:
        raise EstimationError("dominant_cluster", DOMINANT_CLUSTER)
    root_complement = np.sqrt(1.0 - np.clip(values, 0.0, None))
    rotated = ((right_hand_side.T @ root)[:, None, :] @ vectors)[:, 0] / (
        root_complement * (1.0 + root_complement)
    )
    return np.asarray(root @ (vectors @ rotated[:, :, None])[:, :, 0].T)
