"""Which rows make up which cell, found once for all that is measured in them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evaluation.estimators.rd.cells import Cells, Floats, Ints


@dataclass(frozen=True, eq=False)
class Layout:
    """Which rows share a cell, whatever is measured in them. Cells are sorted by score.

    place: cell of each row; None where every row is its own cell. order: one row of each cell.
    score, count (of its rows), weight, cluster, groups: of each cell.
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
        """Rows that share score, weight, cluster and groups are one cell."""
        place, order = _places(score, cluster, [weight, *groups])
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
        """What the cells hold of each column of the rows."""
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


def _places(
    score: Floats, cluster: Ints | None, others: Sequence[NDArray[Any] | None]
) -> tuple[Ints | None, Ints]:
    """The cell of each row, by score and then in any order, and one row of each cell.

    Where rows are hardly ever alike: None, and the rows by score. What is already nested in
    clusters is not sorted: that would take longer than all the rest.
    """
    keys = [key for key in others if key is not None]
    if cluster is not None and _is_nested(score, cluster):
        return _split(cluster, score, keys)
    order = np.argsort(score)
    ordered = score[order]
    new = np.append(True, ordered[1:] != ordered[:-1])
    if 2 * np.count_nonzero(new) > len(score):
        return None, _stable(order, score)
    rank = np.empty(len(score), np.intp)
    rank[order] = np.cumsum(new) - 1
    keys += [] if cluster is None else [cluster]
    if all(_is_nested(key, rank) for key in keys):
        return rank, order[new]
    return _split(rank, score, keys)


def _split(code: Ints, score: Floats, keys: Sequence[NDArray[Any]]) -> tuple[Ints, Ints]:
    """Cells of rows that share a code and all keys, by score, and one row of each."""
    for key in keys:
        if not _is_nested(key, code):
            finer, size = _codes(key)
            code = _codes(code * size + finer)[0]
    of_cell = np.full(int(code.max()) + 1, np.inf)  # codes that no row has come last
    of_cell[code] = score
    rank = np.empty(len(of_cell), np.intp)
    rank[_stable(np.argsort(of_cell), of_cell)] = np.arange(len(of_cell))
    place = rank[code]
    row = np.empty(int(place.max()) + 1, np.intp)
    row[place] = np.arange(len(place))
    return place, row


def _stable(order: Ints, score: Floats) -> Ints:
    """An order by score, with equals as they came: quicker so than sorting with that in mind."""
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
    """(pairs, cells): products of deviations from the means of the cells, as Cells has them."""
    away = [column - mean[place] for column, mean in zip(columns, means.T.copy(), strict=True)]
    pairs = [(one, other) for i, one in enumerate(away) for other in away[: i + 1]]
    products = np.empty((len(pairs), len(means)))
    for row, (one, other) in zip(products, pairs, strict=True):
        row[:] = np.bincount(place, one * other)
    return products
