"""Codes of a column that are not what they seem: 1 and 2 for yes and no, 9 for no answer."""

from collections.abc import Iterable, Mapping
from math import isfinite
from typing import Any

import numpy as np
import pandas as pd

from evaluation.estimators.rd.cells import Floats

#: What each code of a column counts as, None where it is no answer. Codes may be words.
CodeMap = Mapping[float | str, float | None]
#: Code maps by column, as a specification keeps them: in one order, and hashable.
Codes = tuple[tuple[str | int, tuple[tuple[float | str, float | None], ...]], ...]


def as_codes(given: Mapping[str | int, CodeMap] | Codes) -> Codes:
    """Code maps as they are kept. Raises ValueError where a value is no number."""
    columns = given.items() if isinstance(given, Mapping) else given
    maps = tuple(
        (name, tuple(codes.items() if isinstance(codes, Mapping) else codes))
        for name, codes in columns
    )
    for name, codes in maps:
        if not all(map(_is_value, (value for _code, value in codes))):
            raise ValueError(f"the codes of {name} stand for numbers, or for nothing")
        if len({code for code, _value in codes}) != len(codes):
            raise ValueError(f"a code of {name} stands for one thing")
    if len({name for name, _codes in maps}) != len(maps):
        raise ValueError("the codes of a column are given once")
    return maps


def _is_value(value: Any) -> bool:
    return value is None or (isinstance(value, (int, float)) and isfinite(value))


def recoded(data: pd.DataFrame, codes: Codes) -> pd.DataFrame:
    """The data with each code as what it counts as; other values stay as they are."""
    data = data.copy(deep=False)
    for name, of_column in codes:
        if name in data.columns:
            data[name] = _recoded(data[name], of_column)
    return data


def _recoded(column: pd.Series, codes: Iterable[tuple[float | str, float | None]]) -> pd.Series:
    words = {code: value for code, value in codes if isinstance(code, str)}
    numbers = [(code, value) for code, value in codes if not isinstance(code, str)]
    if words and not pd.api.types.is_numeric_dtype(column):
        column = column.astype(object).map(
            lambda value: words.get(value.strip(), value) if isinstance(value, str) else value
        )
    values: Floats = pd.to_numeric(column, errors="coerce").to_numpy(float, na_value=np.nan)
    for code, value in numbers:
        column = column.astype(object).where(values != code, value)
    return column
