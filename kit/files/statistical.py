"""Stata and SPSS files into rows: values stay codes, labels come beside. Runs in the child."""

from collections.abc import Callable
from io import BytesIO
from typing import Any

from kit.files.cleaning import Cleaner
from kit.files.limits import Limits
from kit.files.refusing import Refused, refuse_spoilt
from kit.text import tidy_lines

SUFFIXES = (".dta", ".sav")


def read_statistical(
    suffix: str, content: bytes, limits: Limits
) -> tuple[list[list[Any]], dict[str, dict[str, str]]]:
    """The names and then the rows, and by column the label of each code."""
    import pyreadstat

    readers: dict[str, Callable[..., Any]] = {
        ".dta": pyreadstat.read_dta,
        ".sav": pyreadstat.read_sav,
    }
    try:
        data, meta = readers[suffix](BytesIO(content), output_format="dict", row_limit=limits.rows)
    except (pyreadstat.ReadstatError, ValueError, OSError, OverflowError) as error:
        raise Refused("not statistical") from error
    names = list(meta.column_names)
    if len(names) > limits.columns:
        raise Refused("columns", count=len(names), limit=limits.columns)
    clean = Cleaner()
    columns = [[_plain(value, clean) for value in data[name]] for name in names]
    rows = [[clean[name] for name in names], *map(list, zip(*columns, strict=True))]
    if len(rows) > limits.rows:
        raise Refused("rows", row=len(rows), limit=limits.rows)
    refuse_spoilt("", rows, range(len(rows)), clean)
    labels = {
        name: {
            str(_plain(code, clean)): tidy_lines(str(label)) or "" for code, label in codes.items()
        }
        for name, codes in meta.variable_value_labels.items()
    }
    return rows, labels


def _plain(value: Any, clean: Cleaner) -> Any:
    """A value as Python writes it: missing as None, whole floats as integers."""
    if value is None or value != value:  # NaN is the value that differs from itself
        return None
    if isinstance(value, str):
        return clean[str(value)]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value.item() if hasattr(value, "item") else value
