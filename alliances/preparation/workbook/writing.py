"""Profiles and producers as a workbook that can come back corrected. Pure.

It has the columns of the template, and behind them our own key of each row, by which a corrected
row is known. Of a document only the last digits go out; coming back so, they mean «the same».
"""

from collections.abc import Iterable, Mapping, Sequence
from io import BytesIO
from typing import TYPE_CHECKING, Any

from alliances.preparation.workbook.columns import (
    DOCUMENT_KINDS,
    PRODUCER_COLUMNS,
    PRODUCERS_SHEET,
    PROFILE_COLUMNS,
    PROFILES_SHEET,
    ROUTES,
    SEXES,
    SPECIAL_GROUPS,
    TENURES,
)
from kit.files.columns import Column
from kit.files.filling import write_headings
from kit.files.parsers import NO, YES

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

_WORDS: dict[str, Mapping[str, tuple[str, ...]]] = {
    "route": ROUTES,
    "document_kind": DOCUMENT_KINDS,
    "sex": SEXES,
    "tenure": TENURES,
    "special_group": SPECIAL_GROUPS,
}
Row = Mapping[str, Any]


def written(profiles: Iterable[Row], producers: Iterable[Row]) -> bytes:
    """An XLSX of these rows, by key of column."""
    from openpyxl import Workbook

    workbook = Workbook()
    workbook.remove(workbook.active)
    for name, columns, rows in (
        (PROFILES_SHEET, PROFILE_COLUMNS, profiles),
        (PRODUCERS_SHEET, PRODUCER_COLUMNS, producers),
    ):
        sheet = workbook.create_sheet(name)
        write_headings(sheet, columns)
        for number, row in enumerate(rows, start=2):
            _write_row(sheet, number, columns, row)
    target = BytesIO()
    workbook.save(target)
    return target.getvalue()


def _write_row(sheet: "Worksheet", number: int, columns: Sequence[Column], row: Row) -> None:
    for place, column in enumerate(columns, start=1):
        value = in_words(column.key, row.get(column.key))
        if value is None:
            continue
        cell = sheet.cell(row=number, column=place, value=value)
        cell.number_format = column.number_format
        if isinstance(value, str):
            cell.data_type = "s"  # a name that begins with «=» is no formula


def in_words(key: str, value: Any) -> Any:
    """A stored value as the columns of the template say it; None for a blank."""
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return YES if value else NO
    words = _WORDS.get(key)
    return words.get(value, (value,))[0] if words else value
