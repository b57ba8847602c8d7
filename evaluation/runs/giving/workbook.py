"""A run as a workbook (.xlsx): its tables, and every number at full precision."""

import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from io import BytesIO
from typing import Any

from django.utils.formats import get_format
from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font

from evaluation.runs.drawing import ChartView
from evaluation.runs.giving.document import Handout, Heading, Paragraph
from evaluation.runs.tables import ReportTable
from kit.exports import harmless
from kit.figures import HARD_SPACE

#: A figure as the report writes it: its sign, pesos, digits, and per cent.
_FIGURE = re.compile(r"([−-]?)(\$?)([0-9][0-9.,]*)(%?)")
#: Characters; a column is as wide as its longest cell within these.
NARROW, WIDE = 10, 60
#: Longest name of a sheet that spreadsheets take.
SHEET_NAME = 31


def write(
    document: Handout, headings: Sequence[str], numbers: Iterable[Mapping[str, Any]]
) -> bytes:
    """A sheet to read, as the report is read, and a sheet of numbers to reckon with."""
    book = Workbook()
    _fill_report(book.active, document)
    sheet = book.create_sheet(_("All numbers")[:SHEET_NAME])
    _append(sheet, headings, is_bold=True)
    for row in numbers:
        _append(sheet, [row.get(name) for name in headings])
    sheet.freeze_panes, sheet.auto_filter.ref = "A2", sheet.dimensions
    for page in book.worksheets:
        _set_widths(page)
    file = BytesIO()
    book.save(file)
    return file.getvalue()


def _fill_report(sheet: Any, document: Handout) -> None:
    sheet.title = _("Report")[:SHEET_NAME]
    _append(sheet, [document.title], is_bold=True)
    for line in document.lines:
        _append(sheet, [line])
    for block in document.blocks:
        if isinstance(block, Heading):
            sheet.append([])
            _append(sheet, [block.text], is_bold=True)
        elif isinstance(block, Paragraph):
            _append(sheet, [block.text])
        else:
            _append_table(sheet, block.table if isinstance(block, ChartView) else block)


def _append_table(sheet: Any, table: ReportTable) -> None:
    sheet.append([])
    _append(sheet, [table.caption], is_bold=True)
    _append(sheet, [column.label for column in table.columns], is_bold=True)
    for row in table.rows:
        _append(sheet, map(as_number, row))


def _append(sheet: Any, cells: Iterable[object], *, is_bold: bool = False) -> None:
    """One more row. The sheet knows where it ends; asking for it walks through every cell."""
    row = []
    for cell in cells:
        value, shape = cell if isinstance(cell, tuple) else (_exact(cell), "")
        row.append(written := WriteOnlyCell(sheet, value))
        if shape:
            written.number_format = shape
        if is_bold:
            written.font = Font(bold=True)
    sheet.append(row)


def as_number(text: str) -> tuple[object, str]:
    """A cell of the report as a number with its format; what is no figure stays harmless text."""
    match = _FIGURE.fullmatch(text.replace(HARD_SPACE, "").replace(" ", ""))
    if not match:
        return harmless(text), ""
    sign, pesos, digits, per_cent = match.groups()
    whole, _mark, part = digits.partition(get_format("DECIMAL_SEPARATOR"))
    bare = whole.replace(get_format("THOUSAND_SEPARATOR"), "")
    if not bare.isdecimal() or (part and not part.isdecimal()):
        return harmless(text), ""
    value = Decimal(f"{bare}.{part or 0}") * (-1 if sign else 1)
    decimals = f".{'0' * len(part)}" if part else ""
    if per_cent:
        return value / 100, f"0{decimals}%"
    return value, f"{chr(34)}$ {chr(34)}#,##0{decimals}" if pesos else f"#,##0{decimals}"


def _exact(value: object) -> object:
    if value is None or isinstance(value, int | float | Decimal):
        return value
    return harmless(str(value))


def _set_widths(sheet: Any) -> None:
    for column in sheet.columns:
        longest = max(len(str(cell.value or "")) for cell in column)
        sheet.column_dimensions[column[0].column_letter].width = min(max(longest, NARROW), WIDE)
