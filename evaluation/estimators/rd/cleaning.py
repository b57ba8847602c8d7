"""From a data frame to columns of numbers, saying what is left out."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
import pandas as pd

from evaluation.estimators.columns import independent
from evaluation.estimators.rd.cells import Floats, Ints
from evaluation.estimators.rd.results import Refused
from evaluation.estimators.rd.spec import RDSpec


@dataclass(frozen=True, eq=False)
class Columns:
    """Complete rows. ``values``: outcome, treatment if any, covariates over their deviation."""

    score: Floats
    values: Floats
    weight: Floats | None
    cluster: Ints | None
    warnings: tuple[str, ...]
    dropped: tuple[tuple[str, str], ...]


def read(data: pd.DataFrame, spec: RDSpec) -> Columns:
    """The columns that the specification names. Raises Refused."""
    leading = [spec.outcome, *_given(spec.treatment)]
    named = [*leading, spec.score, *_given(spec.weights)]
    everything = [*named, *spec.covariates, *_given(spec.cluster)]
    absent = [str(name) for name in everything if name not in data.columns]
    if absent:
        raise Refused("no_column", f"The data have no column {', '.join(absent)}.")
    table = {name: numbers(data[name], str(name)) for name in named}
    extra = _covariates(data, spec.covariates)
    complete = np.all([np.isfinite(each) for each in (*table.values(), *extra.values())], axis=0)
    if spec.cluster is not None:
        complete &= data[spec.cluster].notna().to_numpy()
    weight = None if spec.weights is None else table[spec.weights]
    if weight is not None:
        if (weight < 0).any():
            raise Refused("negative_weights", f"Column {spec.weights} has weights below zero.")
        complete &= weight > 0
    if not complete.any():
        raise Refused("no_rows", "No row has a value in every column that is needed.")
    extra, left_out = _independent({name: each[complete] for name, each in extra.items()})
    missing = int((~complete).sum())
    rows = [("rows", f"{missing} without a value or a weight")] if missing else []
    return Columns(
        score=table[spec.score][complete],
        values=np.column_stack([*(table[name][complete] for name in leading), *extra.values()]),
        weight=None if weight is None else weight[complete],
        cluster=None
        if spec.cluster is None
        else pd.factorize(data[spec.cluster][complete])[0].astype(np.intp),
        warnings=tuple(f"covariate {name} left out: {why}" for name, why in left_out),
        dropped=(*rows, *left_out),
    )


def _given(name: str | int | None) -> list[str | int]:
    return [] if name is None else [name]


def numbers(column: pd.Series, name: str) -> Floats:
    """A column as floats; None, NA and infinities become NaN. Raises Refused for words."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        column = column.astype(column.cat.categories.dtype)
    try:
        if column.dtype == object:
            column = column.map(lambda each: float(each) if isinstance(each, Decimal) else each)
        values = pd.to_numeric(column).to_numpy(dtype=float, na_value=np.nan)
    except (TypeError, ValueError):
        raise Refused("not_a_number", f"Column {name} holds something that is no number.") from None
    return np.where(np.isfinite(values), values, np.nan)


def _covariates(data: pd.DataFrame, names: Sequence[str | int]) -> dict[str, Floats]:
    """Numbers as they are; words as indicators of every level but the first."""
    found: dict[str, Floats] = {}
    for name in names:
        try:
            found[str(name)] = numbers(data[name], str(name))
        except Refused:
            levels = pd.Categorical(data[name])
            for level in levels.categories[1:]:
                is_it = np.where(levels.isna(), np.nan, (levels == level).astype(float))
                found[f"{name}={level}"] = is_it
    return found


def _independent(columns: dict[str, Floats]) -> tuple[dict[str, Floats], list[tuple[str, str]]]:
    """Columns in units of their own deviation, without constant and repeated ones, and why."""
    kept = {list(columns)[position] for position in independent(list(columns.values()))}
    left_out = [
        (
            name,
            "the other covariates already say it" if independent([values]) else "it does not vary",
        )
        for name, values in columns.items()
        if name not in kept
    ]
    return {
        name: values / values.std() for name, values in columns.items() if name in kept
    }, left_out
