"""Columns of a data frame as arrays of numbers, with an account of what is left out."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from math import sqrt
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evaluation.estimators.columns import independent_columns
from evaluation.estimators.rd.cells import Bools, Floats, Ints
from evaluation.estimators.rd.codes import Codes, recoded
from evaluation.estimators.rd.results import EstimationError
from evaluation.estimators.rd.scores import Decimals, Scores, read_scores
from evaluation.estimators.rd.spec import RDSpec
from evaluation.estimators.results import EstimatorWarning

#: Standard deviations from which a covariate's level costs digits.
FAR = 100.0
#: Values of a treatment that a warning shows.
SHOWN = 5
#: Characters of a value that a reason quotes.
LONGEST = 40


@dataclass(frozen=True, eq=False)
class Columns:
    """Complete rows.

    values: outcome, treatment if any, covariates over their deviation. decimals: of the scores.
    """

    complete: Bools
    score: Floats
    decimals: int | None
    values: tuple[Floats, ...]
    weight: Floats | None
    cluster: Ints | None
    warnings: tuple[str, ...]
    dropped: tuple[tuple[str, str], ...]


class DataTable:
    """A data frame whose columns are converted once. It must not change meanwhile."""

    def __init__(self, data: pd.DataFrame) -> None:
        self.data = data
        self._cache: dict[tuple[str, str | int], Any] = {}

    def require(self, names: Iterable[str | int]) -> None:
        """Raises EstimationError where a name is no column, or two."""
        columns, names = self.data.columns, list(names)
        absent = [str(name) for name in names if name not in columns]
        if absent:
            raise EstimationError("no_column", f"The data have no column {', '.join(absent)}.")
        if not columns.is_unique:
            twice = [str(name) for name in names if (columns == name).sum() > 1]
            if twice:
                raise EstimationError(
                    "no_column", f"The data have column {', '.join(twice)} twice."
                )

    def recoded(self, codes: Codes) -> "DataTable":
        """This table with code maps applied, once for each set of them."""
        if not codes:
            return self
        self.require(name for name, _codes in codes)
        return self._cached(f"recoded {codes}", "", lambda: DataTable(recoded(self.data, codes)))

    def numbers(self, name: str | int) -> Floats:
        """Column as floats. Raises EstimationError where it holds words."""
        return self._cached("numbers", name, lambda: to_floats(self.data[name], str(name)))

    def scores(self, name: str | int, decimals: Decimals) -> Scores:
        """Column as scores, read with ``decimals``. Raises EstimationError."""
        return self._cached(
            f"scores {decimals}", name, lambda: read_scores(self.numbers(name), decimals)
        )

    def codes(self, name: str | int) -> Ints:
        """0, 1, … for each distinct value in order of appearance; -1 where missing."""
        return self._grouped(name)[0]

    def labels(self, name: str | int) -> list[Any]:
        """The value behind each code."""
        return self._grouped(name)[1]

    def _grouped(self, name: str | int) -> tuple[Ints, list[Any]]:
        return self._cached("groups", name, lambda: self._factorized(name))

    def _factorized(self, name: str | int) -> tuple[Ints, list[Any]]:
        try:
            codes, labels = pd.factorize(self.data[name])
        except TypeError:  # lists and the like
            raise EstimationError("no_group", f"Column {name} holds what names no group.") from None
        return codes.astype(np.intp), labels.tolist()

    def covariate(self, name: str | int) -> dict[str, Floats]:
        """The column, or indicators of every level of words but the first."""
        return self._cached("covariate", name, lambda: self._covariate(name))

    def _covariate(self, name: str | int) -> dict[str, Floats]:
        try:
            return {str(name): self.numbers(name)}
        except EstimationError:
            codes, labels = self.codes(name), self.labels(name)
            order = sorted(range(len(labels)), key=lambda code: str(labels[code]))
            if len(order) == 1:  # constant: reported where columns are read
                return {str(name): np.where(codes < 0, np.nan, 1.0)}
            return {
                f"{name}={labels[code]}": np.where(codes < 0, np.nan, codes == code)
                for code in order[1:]
            }

    def _cached(self, kind: str, name: str | int, compute: Callable[[], Any]) -> Any:
        if (kind, name) not in self._cache:
            self._cache[kind, name] = compute()
        return self._cache[kind, name]


@np.errstate(all="ignore")  # overflow shows in the result
def read_columns(table: DataTable, spec: RDSpec) -> Columns:
    """Columns of the specification, complete rows only. Raises EstimationError."""
    table = table.recoded(spec.codes)
    leading = [spec.outcome, *_optional(spec.treatment)]
    others = [*_optional(spec.weights), *spec.covariates, *_optional(spec.cluster), spec.score]
    table.require([*leading, *others])
    scores = table.scores(spec.score, spec.decimals)
    numbers = [table.numbers(name) for name in leading]
    extra = {
        key: values for name in spec.covariates for key, values in table.covariate(name).items()
    }
    measured = [(spec.score, scores.values), *zip(leading, numbers, strict=True), *extra.items()]
    usable = [(name, np.isfinite(values)) for name, values in measured]
    cluster = None if spec.cluster is None else table.codes(spec.cluster)
    if spec.cluster is not None and cluster is not None:
        usable.append((spec.cluster, cluster >= 0))
    weight = None if spec.weights is None else _weights(table, spec.weights)
    if spec.weights is not None and weight is not None:
        usable.append((spec.weights, (weight > 0) & np.isfinite(weight)))
    complete = np.logical_and.reduce([rows for _name, rows in usable])
    missing = len(complete) - int(np.count_nonzero(complete))
    if missing == len(complete):
        raise EstimationError("no_rows", "No row has a value in every column that is needed.")

    def complete_rows(column: NDArray[Any]) -> NDArray[Any]:
        return column[complete] if missing else column

    covariates, left_out = _independent(
        {name: complete_rows(values) for name, values in extra.items()}
    )
    return Columns(
        complete=complete,
        score=complete_rows(scores.values),
        decimals=scores.decimals,
        values=(*(complete_rows(values) for values in numbers), *covariates),
        weight=None if weight is None else complete_rows(weight),
        cluster=None if cluster is None else complete_rows(cluster),
        warnings=(
            *(_left_out_warning(name, why) for name, why in left_out),
            *(_code_warnings(spec, complete_rows(numbers[1])) if spec.is_fuzzy else ()),
        ),
        dropped=(*_missing_counts(missing, usable), *left_out),
    )


def _weights(table: DataTable, name: str | int) -> Floats:
    weight = table.numbers(name)
    if (weight < 0).any():  # not those that are missing
        raise EstimationError("negative_weights", f"Column {name} has weights below zero.")
    return weight


def _left_out_warning(name: str, why: str) -> EstimatorWarning:
    sentence = f"covariate {name} left out: {why}"
    return EstimatorWarning("covariate_left_out", sentence, covariate=name, why=why)


def _code_warnings(spec: RDSpec, treatment: Floats) -> Iterator[str]:
    """Who did not take part is 0 and who did 1, or a share between: other codes turn the sign."""
    if treatment.min() < 0 or treatment.max() > 1:
        values = np.unique(treatment)
        shown = ", ".join(f"{value:g}" for value in values[:SHOWN])
        more = ", …" if len(values) > SHOWN else ""
        yield EstimatorWarning(
            "treatment_codes",
            f"the treatment {spec.treatment} is not 0 or 1 but {shown}{more}: the effect is of one "
            "unit of it; if these are codes, say what each counts as",
            values=f"{shown}{more}",
        )


def _missing_counts(missing: int, usable: list[tuple[str | int, Bools]]) -> list[tuple[str, str]]:
    """Rows left out, and those that each column would leave out alone."""
    if not missing:
        return []
    gaps = {name: len(rows) - int(np.count_nonzero(rows)) for name, rows in usable}
    named = ", ".join(f"{name} {gap}" for name, gap in gaps.items() if gap)
    return [("rows", f"{missing} without a value or a weight: {named}")]


def _optional(name: str | int | None) -> list[str | int]:
    return [] if name is None else [name]


def to_floats(column: pd.Series, name: str) -> Floats:
    """Column as floats, not finite where missing. Raises EstimationError for words."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        values = to_floats(column.cat.categories.to_series(), name)
        return np.append(values, np.nan)[column.cat.codes.to_numpy()]
    if isinstance(column.dtype, np.dtype) and column.dtype.kind in "fiub":
        return np.asarray(column.to_numpy(), float)
    return _parsed(column, name)


def _parsed(column: pd.Series, name: str) -> Floats:
    types = pd.api.types
    try:
        if types.is_complex_dtype(column) or not (
            types.is_numeric_dtype(column)
            or types.is_object_dtype(column)
            or types.is_string_dtype(column)
        ):
            raise TypeError("dates, spans of time and complex numbers are no measure")
        if column.dtype == object:
            column = column.map(lambda value: float(value) if isinstance(value, Decimal) else value)
        return pd.to_numeric(column).to_numpy(dtype=float, na_value=np.nan)
    except (TypeError, ValueError, OverflowError):
        raise EstimationError(
            "not_a_number", f"Column {name} holds something that is no number{_first(column)}."
        ) from None


def _first(column: pd.Series) -> str:
    """The first value that is no number, and the row (by its label) that holds it."""
    for row, value in column.items():
        try:
            pd.to_numeric(pd.Series([value]))
        except (TypeError, ValueError, OverflowError):
            return f": «{str(value)[:LONGEST]}» in row {row}"
    return ""


def _independent(columns: dict[str, Floats]) -> tuple[list[Floats], list[tuple[str, str]]]:
    """Linearly independent columns in standard deviations, and why others are left out."""
    selected = {list(columns)[position] for position in independent_columns(list(columns.values()))}
    left_out = [
        (
            name,
            "the other covariates already say it"
            if independent_columns([values])
            else "it does not vary",
        )
        for name, values in columns.items()
        if name not in selected
    ]
    values = [column for name, column in columns.items() if name in selected]
    return [_standardised(column) for column in values], left_out


def _standardised(values: Floats) -> Floats:
    """Over the standard deviation; centred only where the mean is so far from 0 that digits are
    lost.

    Otherwise the level stays, since the bandwidth of the ratio depends on it.
    """
    square, mean = float(values @ values) / len(values), float(values.mean())
    if square > FAR**2 * (square - mean**2):
        values = values - mean
        return values / values.std()
    return values / sqrt(square - mean**2)
