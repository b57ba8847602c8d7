"""The workbook to fill in, written from the same columns that read it back. Pure."""

from collections.abc import Iterable, Sequence
from io import BytesIO
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from kit.files.columns import Column
from kit.files.headings import column_letters

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
#: Rows with drop-downs, and the first column of the instructions that holds their words.
PREPARED_ROWS, WORDS_COLUMN = 1_000, 8


def table_template(name: str, columns: Sequence[Column], lines: Iterable[str]) -> bytes:
    """An XLSX with one sheet to fill in, and the instructions: each column, then ``lines``."""
    from openpyxl import Workbook
    from openpyxl.styles import Font

    workbook = Workbook()
    sheet = workbook.active
    assert sheet is not None
    sheet.title = name
    write_headings(sheet, columns)
    instructions = workbook.create_sheet(_("Instructions"))
    instructions.append(headings_of_instructions())
    for column in columns:
        instructions.append(explained(name, column))
    instructions.append([])
    for line in lines:
        instructions.append([line])
    place = WORDS_COLUMN
    for number, column in enumerate(columns, start=1):
        if not column.words:
            continue
        instructions.cell(row=1, column=place, value=column.heading)
        for row, word in enumerate(column.words, start=2):
            instructions.cell(row=row, column=place, value=word)
        letters = column_letters(place)
        source = f"'{instructions.title}'!${letters}$2:${letters}${len(column.words) + 1}"
        offer(sheet, column_letters(number), column, source)
        instructions.column_dimensions[letters].width = 40
        place += 1
    for cell in instructions[1]:
        cell.font = Font(bold=True)
    for letters, width in zip("ABCDEF", (14, 32, 12, 40, 60, 30), strict=True):
        instructions.column_dimensions[letters].width = width
    target = BytesIO()
    workbook.save(target)
    return target.getvalue()


def write_headings(sheet: "Worksheet", columns: Sequence[Column]) -> None:
    """The first row of a sheet, and how wide and in which format each column is."""
    for number, column in enumerate(columns, start=1):
        _write_heading(sheet.cell(row=1, column=number, value=column.heading), column)
        letters = column_letters(number)
        sheet.column_dimensions[letters].width = column.width
        sheet.column_dimensions[letters].number_format = column.number_format
    sheet.freeze_panes = "B2"
    sheet.row_dimensions[1].height = 32


def _write_heading(cell: Any, column: Column) -> None:
    from openpyxl.styles import Alignment, Font, PatternFill

    colour = "1F6B4A" if column.is_required else "5B665F"
    cell.font = Font(bold=True, color="FFFFFF")
    cell.fill = PatternFill("solid", start_color=colour)
    cell.alignment = Alignment(wrap_text=True, vertical="center")


def offer(sheet: "Worksheet", letters: str, column: Column, formula: str) -> None:
    """A drop-down where only some words are taken: those of a range, or between quotes."""
    from openpyxl.worksheet.datavalidation import DataValidation

    offered = DataValidation(type="list", formula1=formula, allow_blank=not column.is_required)
    offered.add(f"{letters}2:{letters}{PREPARED_ROWS + 1}")
    sheet.add_data_validation(offered)


def headings_of_instructions() -> list[str]:
    """What the instructions tell of each column."""
    return [_("Sheet"), _("Column"), _("Required"), _("Values"), _("How to write it"), _("Example")]


def explained(sheet: str, column: Column) -> list[Any]:
    """One column, as the instructions tell it."""
    return [
        sheet,
        column.heading,
        _("Yes") if column.is_required else _("No"),
        " · ".join(column.words),
        str(column.help),
        column.example,
    ]
