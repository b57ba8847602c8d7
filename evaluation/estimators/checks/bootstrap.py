"""Several estimates over the same draws of clusters, to judge them together."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from evaluation.estimators.multiplicity import Floats, romano_wolf
from evaluation.estimators.rd import NotEstimable, RDSpec, Sample
from evaluation.estimators.rd.cells import Cells
from evaluation.estimators.rd.estimating import localised
from evaluation.estimators.rd.results import Refused
from evaluation.estimators.rd.sample import Data
from evaluation.estimators.rd.spec import BY_CLUSTER

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

    The sign turns what the cluster adds to the error of each estimate: the wild cluster bootstrap
    of scores (Kline and Santos 2012). Scores, bandwidths and the size of the errors stay, so no
    draw can fail, however few the alliances, and the estimates of one draw vary together as those
    of the data do. A specification that cannot be estimated is the answer. Raises ValueError
    without one cluster column for all.
    """
    if len({spec.cluster for spec in specs}) > 1 or any(
        spec.variance not in BY_CLUSTER for spec in specs
    ):
        raise ValueError("the bootstrap draws clusters: name the same one in every specification")
    sample = Sample.of(data)
    try:
        cells = [sample.prepared(spec).cells for spec in specs]
        clusters = 1 + max((_last(each) for each in cells), default=0)
        found = [_errors(each, spec, clusters) for each, spec in zip(cells, specs, strict=True)]
    except Refused as refused:
        return refused.why
    parts = np.column_stack([errors for _z, errors in found])
    chance = np.random.default_rng(seed)
    step = max(1, AT_ONCE // len(parts))
    drawn = [
        chance.choice([-1.0, 1.0], (min(step, draws - start), len(parts))) @ parts
        for start in range(0, draws, step)
    ]
    return Bootstrap(np.array([z for z, _errors in found]), np.vstack(drawn))


def _last(cells: Cells) -> int:
    return 0 if cells.cluster is None else int(cells.cluster.max())


def _errors(cells: Cells, spec: RDSpec, clusters: int) -> tuple[float, Floats]:
    """The robust z, and what each cluster of each side adds to its error. Raises Refused."""
    local = localised(cells, spec)
    z = local.corrected / local.variances(local.gradient)[1] ** 0.5
    errors = np.zeros(2 * clusters)
    for side, (codes, of_clusters) in enumerate(local.errors()):
        errors[side * clusters + codes] = of_clusters
    return z, errors / np.linalg.norm(errors)
