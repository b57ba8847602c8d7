"""Scores by scored unit: members of an alliance share its score, and it counts once."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from evaluation.estimators.rd.cells import TIE_TOLERANCE, Floats, Ints
from evaluation.estimators.rd.cleaning import DataTable
from evaluation.estimators.rd.results import EstimationError
from evaluation.estimators.rd.scores import Decimals
from evaluation.estimators.results import EstimatorWarning

#: Distinct scores per row under which rows are taken to share the score of a unit.
SHARED = 0.5
#: Largest score whose differences do not overflow.
LARGEST = 1e300


@dataclass(frozen=True, eq=False)
class Scored:
    """Sorted scores, one a unit, their ``decimals``, and the ``rows`` that they come from."""

    scores: Floats
    decimals: int | None
    rows: int
    warnings: tuple[str, ...]
    dropped: tuple[tuple[str, str], ...]


def scored_units(
    table: DataTable, score: str | int, unit: str | int | None, decimals: Decimals
) -> Scored:
    """Score of each unit; without a ``unit``, of each row.

    Rows without a score or unit are left out and counted, and so are units whose rows give
    different scores, with a warning: a score changed in one record only is what tampering looks
    like. Raises EstimationError when a column is absent, holds words, or no unit has a score.
    """
    table.require([score] if unit is None else [score, unit])
    read = table.scores(score, decimals)
    values = read.values
    if (np.abs(values[np.isfinite(values)]) > LARGEST).any():
        raise EstimationError("out_of_range", f"Column {score} holds scores beyond {LARGEST:g}.")
    codes = np.zeros(len(values), np.intp) if unit is None else table.codes(unit)
    complete = np.isfinite(values) & (codes >= 0)
    scores, inconsistent = values[complete], 0
    rows = len(scores)
    if unit is not None:
        scores, inconsistent = _collapse(scores, codes[complete])
    if not len(scores):
        raise EstimationError("no_rows", "No unit has a score.")
    left_out = (
        ("rows", len(values) - rows, "without a score or a unit"),
        ("units", inconsistent, "whose rows differ in score"),
    )
    return Scored(
        np.sort(scores),
        read.decimals,
        rows,
        warnings=(
            EstimatorWarning(
                "units_differ",
                f"{inconsistent} units left out: their rows differ in score",
                n=inconsistent,
            ),
        )
        if inconsistent
        else (),
        dropped=tuple((what, f"{count} {why}") for what, count, why in left_out if count),
    )


def _collapse(values: Floats, codes: Ints) -> tuple[Floats, int]:
    """The score of each unit whose rows agree, and how many units do not."""
    rows = pd.Series(values).groupby(codes)
    low, high = rows.min().to_numpy(), rows.max().to_numpy()
    consistent = high - low <= TIE_TOLERANCE * np.abs(values).max(initial=0.0)
    return low[consistent], int((~consistent).sum())


def sharing_warnings(distinct: int, rows: int, unit: str | int | None) -> tuple[str, ...]:
    """A warning where no unit was named and most rows repeat the score of another."""
    if unit is None and distinct < SHARED * rows:
        return (
            EstimatorWarning(
                "unit_not_named",
                "rows share scores: name the unit that was scored, or each counts many times",
            ),
        )
    return ()
