"""Linear independence of regressors."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

#: Part of a column's size under which what is left of it is rounding.
NEGLIGIBLE = 1e-8


def independent_columns(columns: Sequence[NDArray[np.float64]]) -> list[int]:
    """Positions of the columns that a constant and earlier columns do not span."""
    if _well_conditioned(columns):
        return list(range(len(columns)))
    rows = len(columns[0]) if columns else 0
    basis = np.empty((rows, len(columns) + 1), order="F")
    basis[:, 0] = 1 / max(rows, 1) ** 0.5
    selected: list[int] = []
    for position, column in enumerate(columns):
        space = basis[:, : len(selected) + 1]
        rest = column
        for _again in range(2):  # twice is enough to lose what rounding left
            rest = rest - space @ (rest @ space)
        size = np.linalg.norm(rest)
        if size > NEGLIGIBLE * max(float(np.linalg.norm(column)), 1e-300):
            selected.append(position)
            basis[:, len(selected)] = rest / size
    return selected


def _well_conditioned(columns: Sequence[NDArray[np.float64]]) -> bool:
    """Whether the correlation matrix, exact to half the digits, proves independence."""
    products = np.zeros((len(columns), len(columns)))
    for i, one in enumerate(columns):
        products[i, : i + 1] = [one @ other for other in columns[: i + 1]]
    mean = np.array([column.mean() for column in columns])
    rows = len(columns[0]) if columns else 0
    gram = products - rows * np.tril(np.outer(mean, mean))
    spread = gram.diagonal()
    if not columns or not (spread > 1e-6 * products.diagonal()).all():
        return False
    return bool(np.linalg.eigvalsh(gram / np.sqrt(np.outer(spread, spread)))[0] > 1e-6)
