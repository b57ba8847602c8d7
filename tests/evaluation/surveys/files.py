"""Survey files as colleagues send them: CSV, XLSX, Stata and SPSS built in memory."""

import csv
import io
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pyreadstat

Rows = Sequence[Mapping[str, Any]]


def csv_file(rows: Rows, *, delimiter: str = ",", encoding: str = "utf-8") -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(rows[0]), delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode(encoding)


def xlsx_file(rows: Rows, *, sheet: str = "Respuestas", blank_rows_above: int = 0) -> bytes:
    workbook = openpyxl.Workbook()
    page = workbook.active
    page.title = sheet
    for _blank in range(blank_rows_above):
        page.append([])
    page.append(list(rows[0]))
    for row in rows:
        page.append(list(row.values()))
    content = io.BytesIO()
    workbook.save(content)
    return content.getvalue()


Labels = Mapping[str, Mapping[int, str]]


def stata_file(rows: Rows, *, labels: Labels | None = None) -> bytes:
    return _statistical(pyreadstat.write_dta, "survey.dta", rows, labels)


def _statistical(write: Any, name: str, rows: Rows, labels: Labels | None) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        write(pd.DataFrame(list(rows)), str(path), variable_value_labels=dict(labels or {}))
        return path.read_bytes()


def spss_file(
    rows: Rows,
    *,
    labels: Mapping[str, Mapping[int, str]] | None = None,
    missing: Mapping[str, list[int]] | None = None,
) -> bytes:
    """``missing`` are the codes that SPSS itself calls «no answer»."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "survey.sav"
        pyreadstat.write_sav(
            pd.DataFrame(list(rows)),
            str(path),
            variable_value_labels=dict(labels or {}),
            missing_ranges=dict(missing or {}),
        )
        return path.read_bytes()
