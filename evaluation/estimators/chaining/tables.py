"""Shares and outcomes by level, and the cross table, with intervals clustered by alliance."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from evaluation.estimators.chaining.clusters import (
    Codes,
    Floats,
    Mask,
    cluster_mean,
    cluster_share,
    codes_of,
)
from evaluation.estimators.chaining.index import levels_of
from evaluation.estimators.chaining.results import CrossCell, LevelRow
from evaluation.estimators.chaining.spec import LEVELS, ChainingSpec, DimensionName, LevelName
from evaluation.estimators.results import Estimate, NotEstimable


def levels(frame: pd.DataFrame, spec: ChainingSpec, dimension: DimensionName) -> Codes:
    """The level of each row on one dimension: 0 low, 1 medium, 2 high."""
    return levels_of(frame[dimension].to_numpy(), spec.thresholds(dimension))


def level_rows(
    frame: pd.DataFrame, spec: ChainingSpec, dimension: DimensionName
) -> Iterator[LevelRow]:
    """One row per level, empty levels included."""
    codes = levels(frame, spec, dimension)
    for code, name in enumerate(LEVELS):
        yield _level_row(frame, spec, codes == code, name)


def cross_table(frame: pd.DataFrame, spec: ChainingSpec) -> Iterator[CrossCell]:
    """Producers–organisation against organisation–ally, nine cells."""
    producers = levels(frame, spec, "producers_organisation")
    ally = levels(frame, spec, "organisation_ally")
    for row, row_name in enumerate(LEVELS):
        for column, column_name in enumerate(LEVELS):
            here = (producers == row) & (ally == column)
            yield CrossCell(
                producers_organisation=row_name,
                organisation_ally=column_name,
                n=int(here.sum()),
                alliances=int(frame["alliance"][here].nunique()),
                share=_share(frame, here.astype(float), spec),
            )


def mean_index(
    frame: pd.DataFrame, spec: ChainingSpec, dimension: DimensionName
) -> Estimate | NotEstimable:
    """Mean of an index over all producers analysed."""
    return _mean(frame, frame[dimension].to_numpy(), spec)


def _level_row(frame: pd.DataFrame, spec: ChainingSpec, here: Mask, level: LevelName) -> LevelRow:
    rows = frame[here]
    wellbeing = np.asarray(rows["wellbeing"], dtype=np.float64)
    improved = np.where(np.isnan(wellbeing), np.nan, wellbeing >= spec.wellbeing_improved_from)
    answers = rows["wellbeing"].dropna().value_counts().sort_index()
    return LevelRow(
        level=level,
        n=len(rows),
        alliances=int(rows["alliance"].nunique()),
        share=_share(frame, here.astype(float), spec),
        income_improved=_share(rows, rows["income_improved"].to_numpy(), spec),
        income_change_cop=_mean(rows, rows["income_change_cop"].to_numpy(), spec),
        wellbeing=_share(rows, improved, spec),
        wellbeing_answers={f"{answer:g}": int(count) for answer, count in answers.items()},
        organisation_age_years=_mean(rows, rows["organisation_age_years"].to_numpy(), spec),
    )


def _share(frame: pd.DataFrame, hits: Floats, spec: ChainingSpec) -> Estimate | NotEstimable:
    return _known(frame, hits, spec, share=True)


def _mean(frame: pd.DataFrame, values: Floats, spec: ChainingSpec) -> Estimate | NotEstimable:
    return _known(frame, values, spec, share=False)


def _known(
    frame: pd.DataFrame, values: Floats, spec: ChainingSpec, *, share: bool
) -> Estimate | NotEstimable:
    known = np.isfinite(values)
    if not known.any():
        return NotEstimable("no_rows" if len(frame) else "empty_level")
    clusters = codes_of(frame["alliance"].to_numpy()[known])
    estimate = cluster_share if share else cluster_mean
    return estimate(values[known], clusters, alpha=spec.alpha, minimum=spec.minimum_clusters)
