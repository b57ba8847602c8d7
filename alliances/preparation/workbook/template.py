"""The workbook to fill in, written from the same table of columns that reads it back."""

from collections.abc import Iterable, Sequence
from io import BytesIO
from typing import TYPE_CHECKING

from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from alliances.preparation.workbook.columns import (
    INSTRUCTIONS_SHEET,
    LIMITS,
    MAX_PRODUCERS,
    MAX_PROFILES,
    SHEETS,
)
from kit.files.columns import Column
from kit.files.filling import (
    explained,
    headings_of_instructions,
    offer,
    write_headings,
)
from kit.files.headings import column_letters
from kit.numbers import grouped

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

FILE_NAME = "plantilla-perfiles.xlsx"
CROPS_COLUMN = 8  # of the instructions: the products, which a drop-down reads


def template(*, crops: Sequence[str], limits: Iterable[str] = ()) -> bytes:
    """An XLSX with the two sheets to fill in and the instructions; ``limits`` are the call's."""
    from openpyxl import Workbook

    workbook = Workbook()
    workbook.remove(workbook.active)
    for name, columns in SHEETS.items():
        _write_sheet(workbook.create_sheet(name), _hers(columns), len(crops))
    _write_instructions(workbook, crops, limits)
    target = BytesIO()
    workbook.save(target)
    return target.getvalue()


def _hers(columns: Sequence[Column]) -> list[Column]:
    """Those that whoever fills it in writes."""
    return [column for column in columns if not column.is_ours]


def _write_sheet(sheet: "Worksheet", columns: Sequence[Column], crops: int) -> None:
    write_headings(sheet, columns)
    for number, column in enumerate(columns, start=1):
        _offer_words(sheet, column_letters(number), column, crops)


def _offer_words(sheet: "Worksheet", letters: str, column: Column, crops: int) -> None:
    """A drop-down where only some words are taken."""
    if column.key == "crop":
        source = column_letters(CROPS_COLUMN)
        formula = f"{INSTRUCTIONS_SHEET}!${source}$2:${source}${crops + 1}"
        offer(sheet, letters, column, formula)
    elif column.words:
        offer(sheet, letters, column, f'"{",".join(column.words)}"')


def _write_instructions(workbook: "Workbook", crops: Sequence[str], limits: Iterable[str]) -> None:
    from openpyxl.styles import Alignment, Font

    sheet = workbook.create_sheet(INSTRUCTIONS_SHEET)
    sheet.append(headings_of_instructions())
    for name, columns in SHEETS.items():
        for column in _hers(columns):
            sheet.append(explained(name, column))
    sheet.append([])
    for line in (*_general(), *limits):
        sheet.append([line])
    sheet.cell(row=1, column=CROPS_COLUMN, value=_("Products"))
    for row, crop in enumerate(crops, start=2):
        sheet.cell(row=row, column=CROPS_COLUMN, value=crop)
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    for letters, width in zip("ABCDEFGH", (14, 32, 12, 40, 46, 26, 3, 40), strict=True):
        sheet.column_dimensions[letters].width = width
    for row in sheet.iter_rows(min_col=4, max_col=5):
        for cell in row:
            cell.alignment = Alignment(wrap_text=True, vertical="top")
    sheet.freeze_panes = "A2"


def _general() -> list[str]:
    return [
        _("Fill in the sheets under their headings, one row per profile and one per producer."),
        _("At most %(profiles)s profiles and %(producers)s producers per file, and %(size)s.")
        % {
            "profiles": grouped(MAX_PROFILES),
            "producers": grouped(MAX_PRODUCERS),
            "size": filesizeformat(LIMITS.size),
        },
        _("The file enters whole or not at all: if there is a mistake nothing is saved."),
        _("Pesos without cents: 7000000 or 7.000.000. Hectares with a comma: 2,5."),
        _(
            "In CSV there is one table: each row a producer with the columns of its profile beside "
            "it; from the second row of a profile on, its columns may be left blank."
        ),
    ]
