"""Randomisation distribution of differences of means when sides are assigned by lot.

The number of units above the cut-off is fixed. Source: Cattaneo, Frandsen and Titiunik (2015).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from math import comb, floor

import numpy as np

from evaluation.estimators.discontinuity import Sides
from evaluation.estimators.rd.cells import Bools, Floats

#: Units times draws that are held in memory at once.
CHUNK = 4_000_000
#: Share of the values under which a difference of statistics is rounding error.
ROUNDING = 1e-12


@dataclass(frozen=True, eq=False)
class RandomisationDistribution:
    """Differences of means: observed (columns,), and of each assignment (draws, columns)."""

    observed: Floats
    draws: Floats
    tolerance: Floats
    exact: bool

    def pv(self, column: int) -> float:
        """Two-sided randomisation p-value of one column."""
        extreme = (
            np.abs(self.draws[:, column]) >= abs(self.observed[column]) - self.tolerance[column]
        )
        return (int(extreme.sum()) + self.n_added) / (len(self.draws) + self.n_added)

    @property
    def n_added(self) -> int:
        """1 for the observed assignment, unless all assignments are compared."""
        return 0 if self.exact else 1

    def interval(self, column: int, side: int, alpha: float) -> Sides | None:
        """Constant effects with p > alpha; ``side`` is the column of the indicator of being above.

        Net of an effect e the statistic is T - e, and under an assignment A - e B, where B is the
        difference of ``side``. |A - e B| >= |T - e| holds between the roots of a quadratic, both
        around T, so the bounds are order statistics of the roots and no grid search is needed.
        """
        total = len(self.draws) + self.n_added
        critical_rank = floor(total * alpha) + 1 - self.n_added
        observed, redrawn, share = self.observed[column], self.draws[:, column], self.draws[:, side]
        roots = np.stack([(observed - redrawn) / (1 - share), (observed + redrawn) / (1 + share)])
        # Everyone as they are, or everyone swapped: as extreme whatever the effect.
        invariant = 1 - np.abs(share) <= ROUNDING
        low = np.where(invariant, -np.inf, roots.min(axis=0))
        high = np.where(invariant, np.inf, roots.max(axis=0))
        if critical_rank < 1 or np.count_nonzero(invariant) >= critical_rank:
            return None
        rank = len(high) - critical_rank
        return float(np.partition(low, critical_rank - 1)[critical_rank - 1]), float(
            np.partition(high, rank)[rank]
        )


def randomise(
    above: Bools, weight: Floats, columns: Floats, draws: int, seed: int
) -> RandomisationDistribution:
    """Differences of weighted means of each column, observed and under each assignment."""
    values = columns - columns.mean(axis=0)
    totals = np.column_stack([values * weight[:, None], weight])

    def differences(assigned: Bools) -> Floats:
        of_above = assigned.astype(float) @ totals
        of_below = totals.sum(axis=0) - of_above
        return of_above[:, :-1] / of_above[:, -1:] - of_below[:, :-1] / of_below[:, -1:]

    total, n_above = len(above), int(above.sum())
    exact = total <= draws and comb(total, n_above) <= draws
    assignments = (
        all_assignments(total, n_above)
        if exact
        else random_assignments(total, n_above, draws, seed)
    )
    return RandomisationDistribution(
        differences(above[None])[0],
        np.concatenate([differences(chunk) for chunk in assignments]),
        ROUNDING * np.abs(columns).max(axis=0),
        exact,
    )


def all_assignments(total: int, above: int) -> Iterator[Bools]:
    """Every choice of the units above, a row each."""
    selected = np.array([*combinations(range(total), above)])
    assignments = np.zeros((len(selected), total), bool)
    np.put_along_axis(assignments, selected, True, axis=1)
    yield assignments


def random_assignments(total: int, above: int, draws: int, seed: int) -> Iterator[Bools]:
    """Random choices: above are the units with the smallest of as many uniform numbers."""
    rng = np.random.default_rng(seed)
    size = max(1, CHUNK // total)
    for start in range(0, draws, size):
        uniform = rng.random((min(size, draws - start), total))
        yield uniform <= np.partition(uniform, above - 1, axis=1)[:, above - 1 : above]
