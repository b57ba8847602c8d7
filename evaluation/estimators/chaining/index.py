"""The two chaining indices and their levels. Our own operational index, on a scale of 0 to 4."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evaluation.estimators.chaining.clusters import Codes, Floats
from evaluation.estimators.chaining.results import ChainingFunnel
from evaluation.estimators.chaining.spec import (
    ALLY_ITEMS,
    ASPECTS,
    BEHAVIOUR,
    DIMENSIONS,
    MILESTONE_ITEMS,
    MILESTONES,
    OUTCOMES,
    SCALE_TOP,
    ChainingSpec,
    Thresholds,
)

KEYS = ("producer", "alliance", "department")
MEASURES = (*MILESTONE_ITEMS, *ALLY_ITEMS, *BEHAVIOUR, *OUTCOMES, "organisation_age_years")


def prepare(data: pd.DataFrame, spec: ChainingSpec) -> pd.DataFrame:
    """The columns that the method reads, as floats, in an order that does not depend on the input.

    Raises ValueError when a column is absent or an item leaves its scale.
    """
    measures = [*MEASURES, *(name for name in spec.covariates if name not in MEASURES)]
    absent = [name for name in (*KEYS, *measures) if name not in data.columns]
    if absent:
        raise ValueError(f"the data lack the columns {', '.join(absent)}")
    frame = data[[*KEYS, *measures]].copy()
    frame[measures] = frame[measures].apply(pd.to_numeric).astype(float)
    frame[measures] = frame[measures].replace([np.inf, -np.inf], np.nan)
    _check_scale(frame, [*MILESTONE_ITEMS, *ALLY_ITEMS], SCALE_TOP)
    _check_scale(frame, [*BEHAVIOUR, "income_improved"], 1)
    order = ["alliance", "producer", *(name for name in frame.columns if name not in KEYS[:2])]
    return frame.sort_values(order, kind="stable", ignore_index=True)


def _check_scale(frame: pd.DataFrame, names: list[str], top: float) -> None:
    outside = [name for name in names if ((frame[name] < 0) | (frame[name] > top)).any()]
    if outside:
        raise ValueError(f"values outside 0-{top:g} in {', '.join(outside)}")


def with_indices(frame: pd.DataFrame, spec: ChainingSpec) -> tuple[pd.DataFrame, ChainingFunnel]:
    """Rows where both indices are known, with one column per dimension, and the funnel."""
    producers = producers_index(frame, spec)
    ally = ally_index(frame, spec)
    complete = producers.notna() & ally.notna()
    indexed = frame.assign(
        producers_organisation=producers, organisation_ally=ally, both=((producers + ally) / 2)
    )[complete].reset_index(drop=True)
    # A mean that equals a threshold on paper must not miss it by a rounding error.
    indexed[list(DIMENSIONS)] = indexed[list(DIMENSIONS)].round(9)
    return indexed, ChainingFunnel(
        surveyed=len(frame),
        without_milestones=int(producers.isna().sum()),
        without_ally=int((producers.notna() & ally.isna()).sum()),
        analysed=len(indexed),
        alliances=int(indexed["alliance"].nunique()),
        departments=int(indexed["department"].nunique()),
    )


def producers_index(frame: pd.DataFrame, spec: ChainingSpec) -> pd.Series:
    """Mean over the milestones answered of participation and information; NaN when too few."""
    milestones = pd.DataFrame(
        {
            name: frame[[f"{name}_{aspect}" for aspect in ASPECTS]].mean(axis=1)
            for name in MILESTONES
        }
    )
    return milestones.mean(axis=1).where(milestones.count(axis=1) >= spec.minimum_milestones)


def ally_index(frame: pd.DataFrame, spec: ChainingSpec) -> pd.Series:
    """Survey items and stored behaviour of the link with the ally, weighted; NaN when too few.

    Absent behaviour is never taken as good: it shrinks the count that ``spec`` demands.
    """
    items, behaviour = frame[list(ALLY_ITEMS)], frame[list(BEHAVIOUR)]
    answered = items.mean(axis=1).where(items.count(axis=1) >= spec.minimum_ally_items)
    observed = behaviour.mean(axis=1).where(behaviour.count(axis=1) >= spec.minimum_behaviour)
    weight = spec.behaviour_weight
    return (1 - weight) * answered + weight * SCALE_TOP * observed


def levels_of(index: Floats, thresholds: Thresholds) -> Codes:
    """0 low, 1 medium, 2 high."""
    cuts: NDArray[np.float64] = np.array([thresholds.low, thresholds.high])
    return np.searchsorted(cuts, index, side="right").astype(np.int64)
