"""How much what is linear in the rows varies, on one side of the cut-off.

Sources: Calonico, Cattaneo and Titiunik (2014) for the nearest neighbour variance; MacKinnon and
White (1985) for hc0 to hc3; Bell and McCaffrey (2002) and Pustejovsky and Tipton (2018) for cr2 and
cr3.
"""

import numpy as np

from evaluation.estimators.rd.cells import Floats
from evaluation.estimators.rd.fits import Fit, weighted_sum
from evaluation.estimators.rd.results import Refused
from evaluation.estimators.rd.spec import BY_CLUSTER, RDSpec

#: Residuals under this part of the values they are left of come from arithmetic.
ROUNDING = 1e-12


def covariance_of(fit: Fit, loading: Floats, net: Floats, spec: RDSpec, parameters: int) -> Floats:
    """(k, k): covariance of the sums of loading × columns @ net.T over the rows of the fit.

    loading: weight of each row of a cell. net: (k, columns). ``fit`` gives the residuals (those of
    nn come from neighbours in the same cells). ``parameters``: of the small-sample factor of cr1
    and nn_cluster. What is only rounding is no variance: 0. Raises Refused for too few clusters.
    """
    count, values = fit.side.cells.count[: fit.reach], fit.side.cells.means[: fit.reach] @ net.T
    if spec.variance in BY_CLUSTER:
        sums = _sums(fit, loading, values, net, spec)
        found = _factor(fit, len(sums), spec, parameters) * (sums.T @ sums)
    else:
        residual, scale = _residuals(fit, values, net, spec)
        squares = loading**2 * scale
        found = (residual * (squares * count)[:, None]).T @ residual
        within = fit.side.cells.within
        if within is not None:
            found += net @ weighted_sum(squares, within) @ net.T
    size = (loading**2 * count) @ values**2
    real = found.diagonal() > ROUNDING**2 * size
    return found if real.all() else np.where(real[:, None] & real, found, 0.0)


def cluster_sums(fit: Fit, loading: Floats, net: Floats, spec: RDSpec) -> Floats:
    """(clusters, k): what each cluster adds to the error; their products make the covariance.

    Raises Refused for too few clusters.
    """
    return _sums(fit, loading, fit.side.cells.means[: fit.reach] @ net.T, net, spec)


def _sums(fit: Fit, loading: Floats, values: Floats, net: Floats, spec: RDSpec) -> Floats:
    codes, clusters = fit.side.clusters(fit.reach)
    if clusters < 2:
        raise Refused("few_clusters", f"{clusters} clusters in a window of one side.", clusters)
    residual, scale = _residuals(fit, values, net, spec)
    if spec.variance == "nn_cluster":
        loading = loading * np.sqrt(scale)
    elif spec.variance in ("cr2", "cr3"):
        loading = _freed(fit, loading, spec.variance)
    parts = residual * (loading * fit.side.cells.count[: fit.reach])[:, None]
    sums = np.empty((clusters, len(net)))
    for column, part in enumerate(parts.T):
        sums[:, column] = np.bincount(codes, part, clusters)
    return sums


def _residuals(
    fit: Fit, values: Floats, net: Floats, spec: RDSpec
) -> tuple[Floats, Floats | float]:
    """Of each cell, and what its squares are to be multiplied with."""
    if spec.variance in ("nn", "nn_cluster"):
        rows, begin, end = fit.side.neighbours(fit.reach, spec.nn_matches)
        running = np.zeros((fit.reach + 1, len(net)))
        np.cumsum(values * fit.side.cells.count[: fit.reach, None], axis=0, out=running[1:])
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


def _freed(fit: Fit, loading: Floats, vce: str) -> Floats:
    """The loading that makes of plain residuals those freed of their cluster's own pull.

    The hat matrix H of a cluster has the rank of the polynomial, so its (I - H)^-1 (cr3) and
    (I - H)^-1/2 (cr2) need only matrices of that size: the Gram matrix of the cluster, and its sum
    of loading × powers.
    """
    codes, clusters = fit.side.clusters(fit.reach)
    count = fit.side.cells.count[: fit.reach]
    if clusters == len(codes):  # one cell a cluster: its hat matrix has rank one
        free = 1.0 - count * fit.leverage
        return np.asarray(loading / (free if vce == "cr3" else np.sqrt(free)))
    weight, pulled = fit.weight * count, loading * count
    moments = np.empty((2 * fit.order + 1, clusters))
    pull = np.empty((clusters, fit.order + 1))
    for power in range(fit.order + 1):
        pull[:, power] = np.bincount(codes, pulled * fit.powers[:, power], clusters)
        moments[power] = np.bincount(codes, weight * fit.powers[:, power], clusters)
    last = weight * fit.powers[:, -1]
    for power in range(1, fit.order + 1):
        moments[fit.order + power] = np.bincount(codes, last * fit.powers[:, power], clusters)
    places = np.add.outer(np.arange(fit.order + 1), np.arange(fit.order + 1))
    gram = np.moveaxis(moments[places], 2, 0)
    extra = _without(fit, gram, pull) if vce == "cr3" else _halfway(fit, gram, pull)
    return loading + np.sum(fit.loads * extra[codes], axis=1)


def _without(fit: Fit, gram: Floats, pull: Floats) -> Floats:
    """(clusters, order + 1): the inverse of what the other clusters' Gram matrix is, times pull."""
    whole = gram.sum(axis=0)
    try:
        return np.asarray(np.linalg.solve(whole - gram, pull[:, :, None])[:, :, 0])
    except np.linalg.LinAlgError:
        raise Refused(
            "few_clusters", "One cluster alone carries the polynomial of a window.", len(gram)
        ) from None


def _halfway(fit: Fit, gram: Floats, pull: Floats) -> Floats:
    """The same for the square root: ((1 - v)^-1/2 - 1) / v for each eigenvalue v of H."""
    root = np.linalg.cholesky(fit.inverse)
    values, vectors = np.linalg.eigh(root.T @ gram @ root)
    half = np.sqrt(1.0 - np.clip(values, 0.0, None))
    turned = ((pull @ root)[:, None, :] @ vectors)[:, 0] / (half * (1.0 + half))
    return np.asarray((vectors @ turned[:, :, None])[:, :, 0] @ root.T)
