"""Wild cluster bootstrap of several estimates jointly."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import sqrt

import numpy as np

from evaluation.estimators.multiplicity import Floats, romano_wolf
from evaluation.estimators.rd import NotEstimable, RDSample, RDSpec
from evaluation.estimators.rd.cells import Cells, Ints
from evaluation.estimators.rd.covariance import (
    cluster_sums,
    leave_cluster_out_residuals,
    leave_cluster_out_weights,
)
from evaluation.estimators.rd.estimating import fit_local
from evaluation.estimators.rd.local import LocalEstimate, SideEstimate
from evaluation.estimators.rd.results import EstimationError
from evaluation.estimators.rd.sample import Data

#: Signs that are held in memory at once.
CHUNK = 1 << 22


@dataclass(frozen=True, eq=False)
class Bootstrap:
    """Bootstrap distribution of the robust z statistics of K specifications.

    Parameters
    ----------
    statistics : (K,) array
        Robust z of each specification, with cr3 standard errors.
    draws : (draws, K) array
        The same in each draw, centred at the null.
    """

    statistics: Floats
    draws: Floats

    @property
    def adjusted(self) -> list[float]:
        """Romano-Wolf adjusted p-value of each specification."""
        return romano_wolf(self.statistics.tolist(), self.draws)

    @property
    def joint(self) -> float:
        """p-value of H0: no specification has a jump, from the largest |z|."""
        return min(self.adjusted, default=1.0)


def bootstrap(
    data: Data, specs: Sequence[RDSpec], draws: int = 999, seed: int = 0
) -> Bootstrap | NotEstimable:
    """Wild cluster bootstrap of several specifications with common draws.

    Parameters
    ----------
    data : pandas.DataFrame or RDSample
    specs : sequence of RDSpec
        At least one; all with the same cluster column.
    draws : int, default 999
    seed : int

    Returns
    -------
    Bootstrap or NotEstimable
        The reason of the first specification that cannot be estimated, if any.

    Raises
    ------
    ValueError
        Without specifications or draws, or without one cluster column common to all.

    Notes
    -----
    Each draw multiplies the leave-cluster-out residuals of each cluster and side by a Rademacher
    sign, re-estimates, and computes the cr3 standard error anew whatever the specification's
    (Cameron, Gelbach and Miller 2008; MacKinnon, Nielsen and Webb 2023). Scores and bandwidths are
    held fixed, so no draw can fail, and signs are common to all specifications, so statistics of a
    draw are dependent as those of the data are.
    """
    if not specs or draws < 1:
        raise ValueError("the bootstrap needs a specification and a draw")
    if len({spec.cluster for spec in specs}) > 1 or any(spec.cluster is None for spec in specs):
        raise ValueError("the bootstrap draws clusters: name the same one in every specification")
    sample = RDSample.of(data)
    try:
        cells = [sample.prepared(spec).cells for spec in specs]
        fits = [_refit_with_cr3(data, spec) for data, spec in zip(cells, specs, strict=True)]
        statistics = [local.corrected / sqrt(local.variances(local.gradient)[1]) for local in fits]
    except EstimationError as refused:
        return refused.not_estimable
    clusters = 1 + max((_last(data) for data in cells), default=0)
    flipped = [[WildBootstrapSide.of(half, local) for half in local.halves] for local in fits]
    rng = np.random.default_rng(seed)
    step = max(1, CHUNK // clusters)
    rows = [np.empty((0, len(specs)))]
    for start in range(0, draws, step):
        signs = rng.choice([-1.0, 1.0], (2, min(step, draws - start), clusters))
        rows.append(np.column_stack([t_statistics(sides, signs) for sides in flipped]))
    return Bootstrap(np.array(statistics), np.vstack(rows))


def _refit_with_cr3(cells: Cells, spec: RDSpec) -> LocalEstimate:
    """Fit with cr3 at the bandwidths of the original specification. Raises EstimationError."""
    local = fit_local(cells, spec)
    return fit_local(cells, replace(spec, vce="cr3", h=local.h, b=local.b, rho=None))


def _last(cells: Cells) -> int:
    return 0 if cells.cluster is None else int(cells.cluster.max())


@dataclass(frozen=True, eq=False)
class WildBootstrapSide:
    """One side of one estimate as a linear function of the signs of its clusters.

    contributions: (clusters,), to the estimate. scores: (clusters,), cr3 scores from a cluster's
    own residuals. power_scores: (order + 1, clusters), their derivative in the polynomial's
    coefficients. coefficient_changes: (clusters, order + 1), contributions to these coefficients.
    """

    clusters: Ints
    contributions: Floats
    scores: Floats
    power_scores: Floats
    coefficient_changes: Floats

    @classmethod
    def of(cls, half: SideEstimate, local: LocalEstimate) -> "WildBootstrapSide":
        fit, cells = half.far, half.side.cells
        assert cells.cluster is not None
        residuals = cells.means[: fit.n_cells] @ local.column_weights - fit.powers @ (
            fit.beta @ local.column_weights
        )
        held_out = leave_cluster_out_residuals(fit, residuals)
        cr3_weights = leave_cluster_out_weights(fit, half.corrected, "cr3")
        (contributions,) = cluster_sums(fit, half.corrected.per_row, held_out[:, None])
        (scores,) = cluster_sums(fit, cr3_weights, held_out[:, None])
        coefficient_changes = cluster_sums(fit, fit.weight * held_out, fit.powers).T @ fit.inverse
        return cls(
            np.unique(cells.cluster[: fit.n_cells]),
            contributions,
            scores,
            cluster_sums(fit, cr3_weights, fit.powers),
            coefficient_changes,
        )


def t_statistics(sides: Sequence[WildBootstrapSide], signs: Floats) -> Floats:
    """(draws,) z; ``sides``: left and right, ``signs``: (2, draws, clusters)."""
    contributions, variances = [], []
    for side, all_signs in zip(sides, signs, strict=True):
        flipped = all_signs[:, side.clusters]
        sums = flipped * side.scores - (flipped @ side.coefficient_changes) @ side.power_scores
        contributions.append(flipped @ side.contributions)
        variances.append(np.einsum("ij,ij->i", sums, sums))
    return np.asarray((contributions[1] - contributions[0]) / np.sqrt(variances[0] + variances[1]))
