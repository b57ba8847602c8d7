"""Assignment of rows to cells, computed once for all columns measured on them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evaluation.estimators.rd.cells import Cells, Floats, Ints


@dataclass(frozen=True, eq=False)
class Layout:
    """Cell of each row. Cells are sorted by score.

    place: cell of each row; None where every row is its own cell. order: one row of each cell.
    score, count (rows), weight, cluster, groups: of each cell.
    """

    place: Ints | None
    order: Ints
    score: Floats
    count: Floats
    weight: Floats
    cluster: Ints | None
    groups: tuple[Ints, ...]

    @classmethod
    def of(
        cls,
        score: Floats,
        weight: Floats | None = None,
        cluster: Ints | None = None,
        groups: tuple[Ints, ...] = (),
    ) -> "Layout":
        """Layout in which rows with equal score, weight, cluster and groups share a cell."""
        place, order = _assign_cells(score, cluster, [weight, *groups])
        return cls(
            place,
            order,
            score[order],
            np.ones(len(order)) if place is None else np.bincount(place).astype(float),
            np.ones(len(order)) if weight is None else weight[order],
            None if cluster is None else cluster[order],
            tuple(group[order] for group in groups),
        )

    def cells(self, columns: Sequence[Floats]) -> Cells:
        """Means and cross-products of the columns of the rows, by cell."""
        place = self.place
        if place is None:
            means, compute_products = (
                np.column_stack([column[self.order] for column in columns]),
                None,
            )
        else:
            means = np.column_stack([np.bincount(place, column) for column in columns])
            means /= self.count[:, None]

            def compute_products() -> Floats:
                return _products(columns, means, place)

        return Cells(self.score, self.count, self.weight, means, self.cluster, compute_products)


def _assign_cells(
    score: Floats, cluster: Ints | None, others: Sequence[NDArray[Any] | None]
) -> tuple[Ints | None, Ints]:
    """The cell of each row, in order of score, and one row of each cell.

    Where rows are hardly ever alike: None, and the rows by score. Rows nested in clusters are not
    sorted: that would take longer than all the rest.
    """
    keys = [key for key in others if key is not None]
    if cluster is not None and _is_nested(score, cluster):
        return _refine(cluster, score, keys)
    order = np.argsort(score)
    ordered = score[order]
    new = np.append(True, ordered[1:] != ordered[:-1])
    if 2 * np.count_nonzero(new) > len(score):
        return None, stable_sort(order, score)
    rank = np.empty(len(score), np.intp)
    rank[order] = np.cumsum(new) - 1
    keys += [] if cluster is None else [cluster]
    if all(_is_nested(key, rank) for key in keys):
        return rank, order[new]
    return _refine(rank, score, keys)


def _refine(code: Ints, score: Floats, keys: Sequence[NDArray[Any]]) -> tuple[Ints, Ints]:
    """Cells of rows that share a code and all keys, by score, and one row of each."""
    for key in keys:
        if not _is_nested(key, code):
            codes, size = _codes(key)
            code = _codes(code * size + codes)[0]
    of_cell = np.full(int(code.max()) + 1, np.inf)  # codes that no row has come last
    of_cell[code] = score
    rank = np.empty(len(of_cell), np.intp)
    rank[stable_sort(np.argsort(of_cell), of_cell)] = np.arange(len(of_cell))
    place = rank[code]
    row = np.empty(int(place.max()) + 1, np.intp)
    row[place] = np.arange(len(place))
    return place, row


def stable_sort(order: Ints, score: Floats) -> Ints:
    """Make an unstable sort by score stable: faster than a stable sort of all rows."""
    equal = np.diff(score[order]) == 0
    tied = np.flatnonzero(np.append(equal, False) | np.append(False, equal))
    rows = order[tied]
    order[tied] = rows[np.lexsort((rows, score[rows]))]
    return order


def _is_nested(key: NDArray[Any], code: Ints) -> bool:
    """Whether all rows with one code have one key."""
    one = np.empty(int(code.max()) + 1, key.dtype)
    one[code] = key
    return bool((one[code] == key).all())


def _codes(values: NDArray[Any]) -> tuple[Ints, int]:
    """The rank of each value among the distinct ones, and how many these are."""
    codes, distinct = pd.factorize(values, sort=True)
    return codes, len(distinct)


def _products(columns: Sequence[Floats], means: Floats, place: Ints) -> Floats:
    """(pairs, cells): within-cell cross-products, in the order of ``Cells.products``."""
    deviations = [
        column - mean[place] for column, mean in zip(columns, means.T.copy(), strict=True)
    ]
    pairs = [(one, other) for i, one in enumerate(deviations) for other in deviations[: i + 1]]
    products = np.empty((len(pairs), len(means)))
    for row, (one, other) in zip(products, pairs, strict=True):
        row[:] = np.bincount(place, one * other)
    return products
