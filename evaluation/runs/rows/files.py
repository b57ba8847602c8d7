"""Rows and their dictionary as files: for a spreadsheet, for other programs, for Stata."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from io import BytesIO
from typing import Any

import numpy as np
import pandas as pd
import pyarrow
from django.utils import translation
from django.utils.formats import get_format
from pyarrow import parquet

from evaluation.runs.drawing import LANGUAGES
from evaluation.runs.rows.columns import DataColumn
from kit.exports import UTF8_MARK, harmless
from kit.numbers import COMMA

#: Whence the rows come: run, study, fingerprint.
Provenance = Mapping[str, str]
#: Longest name, and longest label of a variable or of a file, that Stata takes.
_STATA_NAME, _STATA_LABEL = 32, 80
#: Stata writes a time into its files; the same rows give the same bytes.
_NO_TIME = datetime(2000, 1, 1)  # noqa: DTZ001  Stata knows no zones


def csv_file(rows: pd.DataFrame) -> bytes:
    """For a spreadsheet of the language that is active: it opens in columns, accents and all."""
    has_comma = get_format("DECIMAL_SEPARATOR") == COMMA
    tidy = pd.DataFrame({name: _tidy(rows[name]) for name in rows})
    text = tidy.to_csv(
        index=False,
        sep=";" if has_comma else ",",
        decimal=COMMA if has_comma else ".",
        lineterminator="\r\n",
    )
    return (UTF8_MARK + text).encode()


def parquet_file(rows: pd.DataFrame, columns: Sequence[DataColumn], source: Provenance) -> bytes:
    """For other programs: exact numbers, with their dictionary and whence they come inside."""
    table = pyarrow.Table.from_pandas(rows, preserve_index=False)
    words = json.dumps(dictionary_rows(columns, {}), ensure_ascii=False)
    inside = {**(table.schema.metadata or {}), **source, "dictionary": words}
    file = BytesIO()
    parquet.write_table(table.replace_schema_metadata(inside), file, compression="zstd")
    return file.getvalue()


def stata_file(rows: pd.DataFrame, columns: Sequence[DataColumn], source: Provenance) -> bytes:
    """For Stata 14 and later, with labels in the language that is active."""
    names = _stata_names([column.name for column in columns])
    ready = rows.set_axis(names, axis=1)
    for name in ready.select_dtypes(exclude="number"):
        ready[name] = ready[name].astype(object).where(ready[name].notna(), "")
    file = BytesIO()
    ready.to_stata(
        file,
        write_index=False,
        version=118,
        time_stamp=_NO_TIME,
        data_label=f"run {source['run']} {source['fingerprint']}"[:_STATA_LABEL],
        variable_labels={
            name: _described(column)[:_STATA_LABEL]
            for name, column in zip(names, columns, strict=True)
        },
        value_labels={
            name: labels
            for name, column in zip(names, columns, strict=True)
            if (labels := _value_labels(column)) and name in ready.select_dtypes("number")
        },
    )
    return file.getvalue()


DICTIONARY = (
    "name",
    "label_es",
    "label_en",
    "unit_es",
    "unit_en",
    "kind",
    "measured",
    "values_es",
    "values_en",
    "source_es",
    "source_en",
)


def dictionary_rows(columns: Sequence[DataColumn], source: Provenance) -> list[dict[str, Any]]:
    """A row a column in both languages; whence the rows come stands in each."""
    return [
        {
            "name": column.name,
            **_in_both("label", column),
            **_in_both("unit", column),
            "kind": column.kind,
            "measured": column.measured,
            **_in_both("values", column),
            **_in_both("source", column),
            **source,
        }
        for column in columns
    ]


def _in_both(field: str, column: DataColumn) -> dict[str, str]:
    words = {}
    for short, language in LANGUAGES.items():
        with translation.override(language):
            value = getattr(column, field)
            words[f"{field}_{short}"] = (
                " | ".join(f"{code}={label}" for code, label in value.items())
                if field == "values"
                else str(value)
            )
    return words


def _tidy(column: pd.Series) -> pd.Series:
    """Whole numbers without their point; texts that no spreadsheet takes for a formula."""
    if not pd.api.types.is_numeric_dtype(column):
        return column.map(harmless, na_action="ignore")
    numbers = column.dropna()
    if pd.api.types.is_float_dtype(column) and bool((numbers % 1 == 0).all()):
        return column.astype("Int64")
    return column


def _described(column: DataColumn) -> str:
    return f"{column.label} ({column.unit})" if column.unit else str(column.label)


def _value_labels(column: DataColumn) -> dict[int | float, str]:
    """Stata labels whole numbers alone."""
    return {int(code): str(label) for code, label in column.values.items() if _is_whole(str(code))}


def _is_whole(code: str) -> bool:
    return code.removeprefix("-").isdecimal() and abs(int(code)) <= np.iinfo(np.int32).max


def _stata_names(names: Sequence[str]) -> list[str]:
    """Names of at most 32 letters, each once."""
    return [
        name if len(name) <= _STATA_NAME else f"{name[: _STATA_NAME - 4]}_{place:03d}"
        for place, name in enumerate(names)
    ]
