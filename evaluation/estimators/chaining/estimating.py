"""Chaining: levels of two indices, shares, outcomes by level and adjusted differences.

Association, not effect; the index is ours and says so. The published shares (53 / 32 / 15 %) came
without base, interval or n: every figure here carries all three or the reason why it cannot.
"""

from collections.abc import Callable
from typing import Literal

import pandas as pd

from evaluation.estimators.chaining.index import prepare, with_indices
from evaluation.estimators.chaining.models import age_slope, comparisons, differences, trend
from evaluation.estimators.chaining.results import (
    AdjustedDifference,
    ChainingResult,
    Dimension,
    Trend,
)
from evaluation.estimators.chaining.spec import DIMENSIONS, OUTCOMES, ChainingSpec
from evaluation.estimators.chaining.tables import cross_table, level_rows, mean_index

Phase = Literal["index", "shares", "models"]
Progress = Callable[[Phase, float], None]
STEPS = len(DIMENSIONS) * len(OUTCOMES) * 2  # models without and with department effects


def estimate_chaining(
    data: pd.DataFrame,
    spec: ChainingSpec,
    *,
    seed: int = 0,
    progress: Progress = lambda phase, done: None,
) -> ChainingResult:
    """Estimate the levels of chaining, and the adjusted association of outcomes with them.

    Parameters
    ----------
    data : pandas.DataFrame
        One row per surveyed producer, with the columns that ``index.prepare`` names, in any order.
    spec : ChainingSpec
    seed : int
        Of the cluster bootstrap.
    progress : callable, optional
        Called with the phase and the share of it that is done; may raise to stop the run.

    Returns
    -------
    ChainingResult
        With a ``NotEstimable`` in the place of whatever the data do not identify.

    Raises
    ------
    ValueError
        If a column is absent, or an item lies outside its scale.

    Notes
    -----
    Shares and means have intervals clustered by alliance (CR1, Student's t with G - 1 degrees of
    freedom). Differences between levels are average marginal effects of a linear, logit or ordered
    logit model with clustered delta-method errors, and a percentile interval of a cluster
    bootstrap. They are associations, not effects.
    """
    progress("index", 0)
    frame, funnel = with_indices(prepare(data, spec), spec)
    progress("shares", 0)
    cross = tuple(cross_table(frame, spec))
    tables = [tuple(level_rows(frame, spec, name)) for name in DIMENSIONS]
    steps = iter(range(STEPS))
    dimensions: list[Dimension] = []
    for name, rows in zip(DIMENSIONS, tables, strict=True):
        contrasts: list[AdjustedDifference] = []
        moves: list[Trend] = []
        for comparison_data in comparisons(frame, spec, name):
            progress("models", next(steps) / STEPS)
            contrasts.extend(differences(comparison_data, seed))
            moves.append(trend(comparison_data))
        dimensions.append(
            Dimension(
                name=name,
                low=spec.thresholds(name).low,
                high=spec.thresholds(name).high,
                mean_index=mean_index(frame, spec, name),
                levels=rows,
                differences=tuple(contrasts),
                trends=tuple(moves),
                age=age_slope(frame, spec, name),
            )
        )
    progress("models", 1)
    return ChainingResult(funnel, tuple(dimensions), cross)
