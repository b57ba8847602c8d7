"""How much what is linear in the rows varies, on one side of the cut-off.

Sources: Calonico, Cattaneo and Titiunik (2014) for the nearest neighbour variance; MacKinnon and
White (1985) for hc0 to hc3; Bell and McCaffrey (2002) and Pustejovsky and Tipton (2018) for cr2 and
cr3.
"""

import numpy as np

from evaluation.estimators.rd.cells import Floats, Ints
from evaluation.estimators.rd.fits import Fit, weighted_sum
from evaluation.estimators.rd.results import Refused
from evaluation.estimators.rd.spec import BY_CLUSTER, RDSpec

#: Residuals under this part of the values they are left of come from arithmetic.
ROUNDING = 1e-12
#: Distance from 1 of an eigenvalue of the hat matrix of a cluster without which there is no fit.
ALONE = 1e-10
CARRIES = "One cluster alone carries the polynomial of a window."


def covariance_of(fit: Fit, loading: Floats, net: Floats, spec: RDSpec, parameters: int) -> Floats:
    """(k, k): covariance of the sums of loading × columns @ net.T over the rows of the fit.

    loading: weight of each row of a cell. net: (k, columns). ``fit`` gives the residuals (those of
    nn come from neighbours in the same cells). ``parameters``: of the small-sample factor of cr1
    and nn_cluster. What is only rounding is no variance: 0. Raises Refused for too few clusters.
    """
    cells = fit.side.cells
    values = cells.means[: fit.reach] @ net.T
    if spec.variance in BY_CLUSTER:
        sums = _sums(fit, loading, values, net, spec)
        found = _factor(fit, len(sums), spec, parameters) * (sums.T @ sums)
    else:
        residual, scale = _residuals(fit, values, net, spec)
        squares = loading**2 * scale
        found = (residual * cells.counted(squares)[:, None]).T @ residual
        if cells.within is not None:
            found += net @ weighted_sum(squares, cells.within) @ net.T
    size = cells.counted(loading**2) @ values**2
    real = ~(found.diagonal() <= ROUNDING**2 * size)  # what is no number is told later
    return found if real.all() else np.where(real[:, None] & real, found, 0.0)


def _sums(fit: Fit, loading: Floats, values: Floats, net: Floats, spec: RDSpec) -> Floats:
    """(clusters, k): what each cluster adds to the error; their products make the covariance."""
    clusters = fit.side.clusters(fit.reach)[1]
    if clusters < 2:
        raise Refused("few_clusters", f"{clusters} clusters in a window of one side.", clusters)
    residual, scale = _residuals(fit, values, net, spec)
    if spec.variance == "nn_cluster":
        loading = loading * np.sqrt(scale)
    elif spec.variance in ("cr2", "cr3"):
        loading = freed_loading(fit, loading, spec.variance)
    return summed(fit, loading, residual).T


def _residuals(
    fit: Fit, values: Floats, net: Floats, spec: RDSpec
) -> tuple[Floats, Floats | float]:
    """Of each cell, and what its squares are to be multiplied with."""
    if spec.variance in ("nn", "nn_cluster"):
        rows, begin, end = fit.side.neighbours(fit.reach, spec.nn_matches)
        running = np.zeros((fit.reach + 1, len(net)))
        np.cumsum(fit.side.cells.counted(values), axis=0, out=running[1:])
        near = (running[end] - running[begin]) / rows[:, None]
        return values - near, rows / np.maximum(rows - 1.0, 1.0)  # (J + 1) / J
    residual = values - fit.powers @ (fit.beta @ net.T)
    if spec.variance == "hc1":
        rows_in = fit.side.rows[fit.reach]
        return residual, rows_in / (rows_in - fit.order - 1)
    if spec.variance in ("hc2", "hc3"):
        free = 1.0 - fit.leverage
        return residual, 1.0 / free if spec.variance == "hc2" else 1.0 / free**2
    return residual, 1.0


def _factor(fit: Fit, clusters: int, spec: RDSpec, parameters: int) -> float:
    """(n-1)/(n-k) × G/(G-1) where the residuals are not freed of their own pull."""
    if spec.variance in ("cr2", "cr3"):
        return 1.0
    rows = float(fit.side.rows[fit.reach])
    if rows <= parameters:
        raise Refused("few_scores", f"{rows:.0f} rows in a window.", int(rows))
    return (rows - 1) / (rows - parameters) * clusters / (clusters - 1)


def freed_loading(fit: Fit, loading: Floats, vce: str) -> Floats:
    """The loading that makes of plain residuals those freed of their cluster's own pull.

    The hat matrix H of a cluster has the rank of the polynomial, so its (I - H)^-1 (cr3) and
    (I - H)^-1/2 (cr2) need only matrices of that size: the Gram matrix of the cluster, and its sum
    of loading × powers.
    """
    codes, clusters = fit.side.clusters(fit.reach)
    if clusters == len(codes):  # one cell a cluster: its hat matrix has rank one
        free = 1.0 - fit.side.cells.counted(fit.leverage)
        return np.asarray(loading / (free if vce == "cr3" else np.sqrt(free)))
    pull, moments = summed(fit, loading, fit.powers), _moments(fit)
    extra = _without(moments, pull) if vce == "cr3" else _halfway(fit, moments, pull)
    return _spread(loading, fit.loads, extra, codes)


def left_out_residuals(fit: Fit, residual: Floats) -> Floats:
    """Of each cell from the polynomial of all clusters but its own: (I - H)^-1 × residual."""
    codes, clusters = fit.side.clusters(fit.reach)
    if clusters == len(codes):
        return np.asarray(residual / (1.0 - fit.side.cells.counted(fit.leverage)))
    extra = _without(_moments(fit), summed(fit, residual, fit.loads))
    return _spread(residual, fit.powers, extra, codes)


def summed(fit: Fit, values: Floats, columns: Floats) -> Floats:
    """(columns, clusters): values × columns summed over the rows of each cluster."""
    codes, clusters = fit.side.clusters(fit.reach)
    counted = fit.side.cells.counted(values)
    found = np.empty((columns.shape[1], clusters))
    for row, column in zip(found, columns.T, strict=True):
        row[:] = np.bincount(codes, counted * column, clusters)
    return found


def _spread(values: Floats, columns: Floats, extra: Floats, codes: Ints) -> Floats:
    """values + columns × what their cluster adds to each."""
    found = values.copy()
    for column, of_cluster in zip(columns.T, extra, strict=True):
        found += column * of_cluster[codes]
    return found


def _moments(fit: Fit) -> Floats:
    """(2 order + 1, clusters): weighted sums of the powers 0 to twice the order."""
    low = summed(fit, fit.weight, fit.powers)
    return np.vstack([low, summed(fit, fit.loads[:, -1], fit.powers[:, 1:])])


def _matrices(moments: Floats) -> Floats:
    """(width, width, clusters): the Gram matrices of which these are the moments."""
    places = np.arange(len(moments) // 2 + 1)
    return np.asarray(moments[np.add.outer(places, places)])


def _without(moments: Floats, pull: Floats) -> Floats:
    """(width, clusters): the inverse of the Gram matrix of all other clusters, times pull.

    By elimination over all clusters at once; the matrices are positive definite, so that their
    pivots need no exchange. Raises Refused where one is not.
    """
    matrix = _matrices(moments.sum(axis=1)[:, None] - moments)
    found, width = pull.copy(), len(pull)
    with np.errstate(all="ignore"):  # what is no number is refused below
        for i in range(width):
            for j in range(i + 1, width):
                share = matrix[i, j] / matrix[i, i]
                matrix[j, i:] -= share * matrix[i, i:]
                found[j] -= share * found[i]
        if not (matrix[range(width), range(width)] > 0).all():
            raise Refused("few_clusters", CARRIES, moments.shape[1])
        for i in reversed(range(width)):
            for j in range(i + 1, width):
                found[i] -= matrix[i, j] * found[j]
            found[i] /= matrix[i, i]
    return found


def _halfway(fit: Fit, moments: Floats, pull: Floats) -> Floats:
    """The same for the square root: ((1 - v)^-1/2 - 1) / v for each eigenvalue v of H."""
    root = np.linalg.cholesky(fit.inverse)
    values, vectors = np.linalg.eigh(root.T @ np.moveaxis(_matrices(moments), 2, 0) @ root)
    if values.max() >= 1.0 - ALONE:
        raise Refused("few_clusters", CARRIES, moments.shape[1])
    half = np.sqrt(1.0 - np.clip(values, 0.0, None))
    turned = ((pull.T @ root)[:, None, :] @ vectors)[:, 0] / (half * (1.0 + half))
    return np.asarray(root @ (vectors @ turned[:, :, None])[:, :, 0].T)
