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
    """Which rows share a cell, whatever is measured in them. Sorted by score.

    order: positions of the rows, cell by cell. first: where each cell begins in it, or None where
    every row is its own. score, weight, cluster, groups: of each cell.
    """

    order: Ints
    first: Ints | None
    score: Floats
    weight: Floats | None
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
        order, first = _grouped(score, cluster, [weight, *groups])
        some = order if first is None else order[first]
        return cls(
            order,
            first,
            score[some],
            None if weight is None else weight[some],
            None if cluster is None else cluster[some],
            tuple(group[some] for group in groups),
        )

    def cells(self, columns: Sequence[Floats]) -> Cells:
        """What the cells hold of each column of the rows."""
        values = [column[self.order] for column in columns]
        first, number = self.first, len(self.score)
        if first is None:
            count = np.ones(number)
            means = np.column_stack(values)
        else:
            count = np.diff(np.append(first, len(self.order))).astype(float)
            means = np.column_stack([np.add.reduceat(each, first) for each in values])
            means /= count[:, None]
        return Cells(
            score=self.score,
            count=count,
            weight=np.ones(number) if self.weight is None else self.weight,
            means=means,
            cluster=self.cluster,
            find_within=None if first is None else lambda: _within(values, means, count, first),
        )


def _grouped(
    score: Floats, cluster: Ints | None, others: Sequence[NDArray[Any] | None]
) -> tuple[Ints, Ints | None]:
    """The order of the rows and where their cells begin in it, as in ``Layout``."""
    keys = [key for key in others if key is not None]
    if cluster is not None and _is_nested(score, cluster):
        code = cluster
    else:
        distinct = 1 + np.count_nonzero(np.diff(np.sort(score)))
        if 2 * distinct > len(score):  # hardly any rows alike: collapsing is not worth it
            return np.argsort(score, kind="stable"), None
        code = _codes(score)[0]
        keys += [] if cluster is None else [cluster]
    for key in keys:
        if not _is_nested(key, code):
            finer, size = _codes(key)
            code = _codes(code * size + finer)[0]
    return _by_cell(score, code)


def _by_cell(score: Floats, code: Ints) -> tuple[Ints, Ints]:
    """The order of the rows, cells by score and then by code, and where each cell begins."""
    number = int(code.max()) + 1
    of_cell = np.full(number, np.inf)  # codes that no row has come last, and are cut off
    of_cell[code] = score
    rank = np.empty(number, np.min_scalar_type(number))
    rank[np.argsort(of_cell, kind="stable")] = np.arange(number)
    place = rank[code]
    count = np.bincount(place, minlength=number)
    # Small ranks sort in one pass over their digits.
    order = np.argsort(place, kind="stable")
    return order, (np.cumsum(count) - count)[count > 0]


def _is_nested(key: NDArray[Any], code: Ints) -> bool:
    """Whether all rows with one code have one key."""
    one = np.empty(int(code.max()) + 1, key.dtype)
    one[code] = key
    return bool((one[code] == key).all())


def _codes(values: NDArray[Any]) -> tuple[Ints, int]:
    """The rank of each value among the distinct ones, and how many these are."""
    codes, distinct = pd.factorize(values, sort=True)
    return codes, len(distinct)


def _within(values: Sequence[Floats], means: Floats, count: Floats, first: Ints) -> Floats:
    """(cells, columns, columns): products of deviations from the means of the cells."""
    away = np.array(values)
    away -= np.repeat(means.T, count.astype(np.intp), axis=1)
    within = np.empty((len(first), len(away), len(away)))
    for i, one in enumerate(away):
        found = np.add.reduceat(one * away[i:], first, axis=1)
        within[:, i, i:], within[:, i:, i] = found.T, found.T
    return within
