"""Observations of a discontinuity design, collapsed into cells without loss of information.

Rows that share score, weight and cluster form a *cell*. Local polynomials and their variances
depend on a cell only through its number of rows, the means of its columns and the cross-products of
deviations from them, so that a survey in which members share their alliance's score shrinks to one
cell per alliance, exactly. Where every row has its own score, each row is a cell.

A side keeps its cells by distance from the cut-off, nearest first: a window is a slice from 0.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evaluation.estimators.rd.results import SIDES

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Bools = NDArray[np.bool_]

#: Relative difference up to which two distances are tied: in binary 0.3 - 0.2 is not 0.2 - 0.1.
TIE_TOLERANCE = float(np.sqrt(np.finfo(float).eps))


@dataclass(frozen=True, eq=False)
class Cells:
    """Cells sorted by score.

    score, count (rows), weight (of each row), cluster (codes, or None): (cells,). means: (cells,
    columns) of outcome, treatment if any, covariates. compute_products: computes ``products`` on
    first use; None where every cell is one row.
    """

    score: Floats
    count: Floats
    weight: Floats
    means: Floats
    cluster: Ints | None
    compute_products: Callable[[], Floats] | None
    _clusters: dict[int, tuple[Ints, int]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.score)

    @cached_property
    def products(self) -> Floats:
        """(pairs, cells): within-cell cross-products of deviations from the means.

        Pairs of columns, the second up to the first: 00, 10, 11, 20, …
        """
        assert self.compute_products is not None
        return self.compute_products()

    def within_cell_products(self, weight: Floats) -> Floats | float:
        """(columns, columns): weighted sum of the cross-products of the first ``len(weight)``
        cells.
        """
        if self.compute_products is None:
            return 0.0
        return (self.products[:, : len(weight)] @ weight)[_pairs(self.means.shape[1])]

    def varies(self, column: int, least: float) -> bool:
        """Whether a column varies within a cell by more than ``least``."""
        if self.compute_products is None:
            return False
        squares = self.products[_pairs(column + 1)[column, column]]
        return bool((squares > self.count * least**2).any())

    def clusters(self, n_cells: int) -> tuple[Ints, int]:
        """Codes 0..G-1 of the first ``n_cells`` cells, and the number of clusters G."""
        if n_cells not in self._clusters:
            self._clusters[n_cells] = self._code_clusters(n_cells)
        return self._clusters[n_cells]

    def _code_clusters(self, n_cells: int) -> tuple[Ints, int]:
        assert self.cluster is not None
        codes = self.cluster[:n_cells]
        if not n_cells:
            return codes, 0
        present = np.zeros(int(codes.max()) + 1, bool)
        present[codes] = True
        return (np.cumsum(present) - 1)[codes], int(present.sum())

    @cached_property
    def largest(self) -> Floats:
        """(columns,): largest absolute mean of a cell."""
        return np.asarray(np.abs(self.means).max(axis=0, initial=0.0))

    @cached_property
    def sums(self) -> Floats:
        """(cells, columns): sums of the columns over the rows of each cell."""
        return self.times_count(self.means)

    def times_count(self, values: Floats) -> Floats:
        """Values per row of the first cells, times the number of rows of each."""
        if self.compute_products is None:
            return values
        count = self.count[: len(values)]
        return values * (count if values.ndim == 1 else count[:, None])

    def select(self, mask: NDArray[Any] | slice) -> "Cells":
        """Subset of the cells, in the same order."""
        return Cells(
            self.score[mask],
            self.count[mask],
            self.weight[mask],
            self.means[mask],
            None if self.cluster is None else self.cluster[mask],
            None if self.compute_products is None else lambda: self.products[:, mask],
        )

    def sides(self, cutoff: float) -> tuple["CutoffSide", "CutoffSide"]:
        """Cells below the cut-off, and those at it or above."""
        split = int(np.searchsorted(self.score, cutoff, side="left"))
        left = self.select(slice(split - 1, None, -1) if split else slice(0, 0))
        return CutoffSide.of(left, cutoff), CutoffSide.of(self.select(slice(split, None)), cutoff)


@cache
def _pairs(columns: int) -> Ints:
    """(columns, columns): index of each pair of columns among the products."""
    low, high = np.sort(np.indices((columns, columns)), axis=0)
    return high * (high + 1) // 2 + low


@dataclass(frozen=True, eq=False)
class CutoffSide:
    """One side of the cut-off, cells by distance. ``score`` is relative to the cut-off."""

    cells: Cells
    score: Floats
    distance: Floats
    _cache: dict[Any, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, cells: Cells, cutoff: float) -> "CutoffSide":
        score = cells.score - cutoff
        return cls(cells, score, np.abs(score))

    @cached_property
    def rows(self) -> Floats:
        """(cells + 1,): cumulative number of rows, from 0."""
        if self.cells.compute_products is None:
            return np.arange(len(self.cells) + 1.0)
        return np.concatenate([[0.0], np.cumsum(self.cells.count)])

    @cached_property
    def group_starts(self) -> Ints:
        """First cell of each distinct score, and the number of cells."""
        new = np.flatnonzero(self.distance[1:] != self.distance[:-1]) + 1
        return np.concatenate([[0], new, [len(self.distance)]]).astype(np.intp)

    @cached_property
    def group_of(self) -> Ints:
        """Index of the distinct score of each cell."""
        return np.repeat(np.arange(self.distinct), np.diff(self.group_starts))

    @property
    def distinct(self) -> int:
        """Number of distinct scores."""
        return len(self.group_starts) - 1 if len(self.distance) else 0

    @property
    def range(self) -> float:
        return float(self.distance[-1])

    @property
    def where(self) -> str:
        """The side, as details of reasons name it."""
        return SIDES[0] if len(self.score) and self.score[0] < 0 else SIDES[1]

    def nearest(self, distinct: int) -> float:
        """Distance of the n-th nearest distinct score, or of the farthest."""
        starts = self.group_starts
        return float(self.distance[starts[min(distinct, self.distinct) - 1]])

    def cells_within(self, h: float, closed: bool) -> int:
        """Number of cells within ``h``; those at ``h`` only when closed."""
        if closed:
            return int(np.searchsorted(self.distance, h * (1.0 + TIE_TOLERANCE), side="right"))
        return int(np.searchsorted(self.distance, h, side="left"))

    def cached(self, key: Any, compute: Callable[[], Any]) -> Any:
        """Value of ``compute()``, computed once per key."""
        if key not in self._cache:
            self._cache[key] = compute()
        return self._cache[key]

    # -- Nearest neighbours ----------------------------------------------------------------------
    def nearest_neighbours(self, n_cells: int, matches: int) -> tuple[Floats, Ints, Ints]:
        """Rows and bounds of the nearest-neighbour interval of each of the first cells.

        The interval holds a row's nearest ``matches`` other rows among those of the first
        ``n_cells`` cells, ties included; rows with one score share it. Returns per cell the rows in
        the interval and its first and last-plus-one cell, for differences of cumulative sums.
        """
        return self.cached(
            ("near", n_cells, matches), lambda: self._nearest_neighbours(n_cells, matches)
        )

    def _nearest_neighbours(self, n_cells: int, matches: int) -> tuple[Floats, Ints, Ints]:
        groups = int(np.searchsorted(self.group_starts, n_cells))
        first, last = self.cached(
            ("all", matches),
            lambda: self._intervals(np.arange(self.distinct), self.distinct, matches),
        )
        first, last = first[:groups].copy(), last[:groups].copy()
        # Only those whose interval passes the far end of the window differ from the whole side's.
        beyond = np.flatnonzero(last > groups)
        if len(beyond):
            first[beyond], last[beyond] = self._intervals(beyond, groups, matches)
        starts = self.group_starts
        begin, end = starts[first], starts[last]
        rows = self.rows[end] - self.rows[begin]
        group = self.group_of[:n_cells]
        return rows[group], begin[group], end[group]

    def _intervals(self, which: Ints, groups: int, matches: int) -> tuple[Ints, Ints]:
        """First and last-plus-one group of the neighbourhood of each group of ``which``."""
        place = self.distance[self.group_starts[:-1]]
        rows = self.rows[self.group_starts]
        wanted = min(matches, rows[groups] - 1) + 1
        first, last = which.copy(), which + 1
        growing = np.flatnonzero(rows[last] - rows[first] < wanted)
        while len(growing):
            low, high, at = first[growing], last[growing], place[which[growing]]
            nearer = np.where(low > 0, at - place[low - 1], np.inf)
            farther = np.where(high < groups, place[np.minimum(high, groups - 1)] - at, np.inf)
            slack = TIE_TOLERANCE * np.minimum(nearer, farther)
            first[growing] -= nearer <= farther + slack
            last[growing] += farther <= nearer + slack
            growing = growing[rows[last[growing]] - rows[first[growing]] < wanted]
        return first, last
