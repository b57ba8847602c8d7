"""Survey files as colleagues send them: CSV, XLSX and Stata built in memory."""

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


def stata_file(rows: Rows, *, labels: Mapping[str, Mapping[int, str]] | None = None) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "survey.dta"
        pyreadstat.write_dta(
            pd.DataFrame(list(rows)), str(path), variable_value_labels=dict(labels or {})
        )
        return path.read_bytes()
