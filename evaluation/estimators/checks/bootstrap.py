"""Several estimates over the same draws of clusters, to judge them together."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import sqrt

import numpy as np

from evaluation.estimators.multiplicity import Floats, romano_wolf
from evaluation.estimators.rd import NotEstimable, RDSample, RDSpec
from evaluation.estimators.rd.cells import Cells, Ints
from evaluation.estimators.rd.covariance import by_cluster, freed_loading, left_out_residuals
from evaluation.estimators.rd.estimating import localised
from evaluation.estimators.rd.local import LocalEstimate, SideEstimate
from evaluation.estimators.rd.results import EstimationError
from evaluation.estimators.rd.sample import Data

#: Signs held at once, so that a million clusters fit in memory.
AT_ONCE = 1 << 22


@dataclass(frozen=True, eq=False)
class Bootstrap:
    """Robust z of each specification, (K,), and around it in each draw, (draws, K)."""

    statistics: Floats
    draws: Floats

    @property
    def adjusted(self) -> list[float]:
        """Romano-Wolf p-values, one a specification."""
        return romano_wolf(self.statistics.tolist(), self.draws)

    @property
    def joint(self) -> float:
        """p-value of "none of them jumps", from the largest of all."""
        return min(self.adjusted, default=1.0)


def bootstrap(
    data: Data, specs: Sequence[RDSpec], draws: int = 999, seed: int = 0
) -> Bootstrap | NotEstimable:
    """Every specification under the same signs, one drawn for each cluster of each side.

    The wild cluster bootstrap: a sign turns the residuals of its cluster, taken from the polynomial
    of all the others, and each draw is estimated and its cr3 error worked out anew, whatever the
    variance asked for (Cameron, Gelbach and Miller 2008; MacKinnon, Nielsen and Webb 2023). Scores
    and bandwidths stay, so no draw can fail, however few the alliances, and the estimates of one
    draw vary together as those of the data do. A specification that cannot be estimated is the
    answer. Raises ValueError without one cluster column for all.
    """
    if not specs or draws < 1:
        raise ValueError("the bootstrap needs a specification and a draw")
    if len({spec.cluster for spec in specs}) > 1 or any(spec.cluster is None for spec in specs):
        raise ValueError("the bootstrap draws clusters: name the same one in every specification")
    sample = RDSample.of(data)
    try:
        cells = [sample.prepared(spec).cells for spec in specs]
        fits = [_by_cr3(data, spec) for data, spec in zip(cells, specs, strict=True)]
        statistics = [local.corrected / sqrt(local.variances(local.gradient)[1]) for local in fits]
    except EstimationError as refused:
        return refused.why
    clusters = 1 + max((_last(data) for data in cells), default=0)
    turned = [[WildBootstrapSide.of(half, local) for half in local.halves] for local in fits]
    chance = np.random.default_rng(seed)
    step = max(1, AT_ONCE // clusters)
    rows = [np.empty((0, len(specs)))]
    for start in range(0, draws, step):
        signs = chance.choice([-1.0, 1.0], (2, min(step, draws - start), clusters))
        rows.append(np.column_stack([statistics_of(sides, signs) for sides in turned]))
    return Bootstrap(np.array(statistics), np.vstack(rows))


def _by_cr3(cells: Cells, spec: RDSpec) -> LocalEstimate:
    """At the bandwidths of the specification as it was given. Raises EstimationError."""
    local = localised(cells, spec)
    return localised(cells, replace(spec, vce="cr3", h=local.h, b=local.b, rho=None))


def _last(cells: Cells) -> int:
    return 0 if cells.cluster is None else int(cells.cluster.max())


@dataclass(frozen=True, eq=False)
class WildBootstrapSide:
    """One side of one estimate, as a function of the signs of its clusters.

    added: what each cluster adds to the estimate. own: to its cr3 sum by its residuals, and pulled,
    (order + 1, clusters): by each coefficient that the polynomial takes from a draw. taken:
    (clusters, order + 1), what each cluster gives to these coefficients.
    """

    clusters: Ints
    added: Floats
    own: Floats
    pulled: Floats
    taken: Floats

    @classmethod
    def of(cls, half: SideEstimate, local: LocalEstimate) -> "WildBootstrapSide":
        fit, cells = half.far, half.side.cells
        assert cells.cluster is not None
        plain = cells.means[: fit.reach] @ local.mix - fit.powers @ (fit.beta @ local.mix)
        residual = left_out_residuals(fit, plain)
        freed = freed_loading(fit, half.corrected, "cr3")
        (added,) = by_cluster(fit, half.corrected.of_row, residual[:, None])
        (own,) = by_cluster(fit, freed, residual[:, None])
        taken = by_cluster(fit, fit.weight * residual, fit.powers).T @ fit.inverse
        return cls(
            np.unique(cells.cluster[: fit.reach]),
            added,
            own,
            by_cluster(fit, freed, fit.powers),
            taken,
        )


def statistics_of(sides: Sequence[WildBootstrapSide], signs: Floats) -> Floats:
    """z of each draw; ``sides``: left and right. ``signs``: (2, draws, clusters)."""
    added, variances = [], []
    for side, all_signs in zip(sides, signs, strict=True):
        turned = all_signs[:, side.clusters]
        sums = turned * side.own - (turned @ side.taken) @ side.pulled
        added.append(turned @ side.added)
        variances.append(np.einsum("ij,ij->i", sums, sums))
    return np.asarray((added[1] - added[0]) / np.sqrt(variances[0] + variances[1]))
