"""Tables that leave as text: in columns in a spreadsheet of the reader's language, and harmless.

In Spanish a spreadsheet expects semicolons between cells and a comma before decimals; in English
the other way round. The mark of UTF-8 in front keeps the accents. A cell of text that begins as
a formula does (``= + - @``, a tab) is kept as text by an apostrophe: it may hold a name that
somebody typed. A program that wants the exact numbers reads the JSON.
"""

import csv
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from io import BytesIO, StringIO, TextIOWrapper
from itertools import chain
from tempfile import TemporaryFile
from typing import IO, Any

from django.http import FileResponse, HttpResponse
from django.utils.formats import get_format

from kit.numbers import COMMA
from kit.web import file_to_save

UTF8_MARK = "\ufeff"
_BEGINS_A_FORMULA = tuple("=+-@\t\r\n＝＋－＠")


def table_file(
    file_name: str, headings: Sequence[str], rows: Iterable[Mapping[str, object]] = ()
) -> HttpResponse:
    """The rows as a CSV to download; what a row does not have is empty."""
    file = BytesIO()
    _write_text(file, headings, ([row.get(name) for name in headings] for row in rows))
    return file_to_save(file.getvalue(), file_name, "text/csv; charset=utf-8")


def exchanged_text(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Text that a program reads again: with commas, whatever the reader's language.

    Each cell is read back with ``exchanged_cell``, and is what it was.
    """
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows([_guarded(cell) for cell in row] for row in chain([headings], rows))
    return text.getvalue()


_GUARDED = re.compile(f"'*[{re.escape(''.join(_BEGINS_A_FORMULA))}]")
_PLAIN_NUMBER = re.compile(r"-[0-9]+(\.[0-9]+)?")


def _guarded(text: str) -> str:
    """As ``harmless``, but for numbers below zero; one apostrophe more than there was."""
    is_guarded = _GUARDED.match(text) and not _PLAIN_NUMBER.fullmatch(text)
    return f"'{text}" if is_guarded else text


def exchanged_cell(text: str) -> str:
    """What a cell of ``exchanged_text`` said."""
    return text[1:] if text.startswith("'") and _GUARDED.match(text[1:]) else text


# -- Whole lists --------------------------------------------------------------------------------
Rows = Iterable[Sequence[Any]]


def list_file(kind: str, name: str, headings: Sequence[str], rows: Rows) -> FileResponse:
    """All rows of a list as CSV or XLSX (``kind``), written to disk row by row and sent from there.

    Nothing leaves before the last row is written, so that no file is half of one; memory does not
    grow with the rows. Raises KeyError for another kind.
    """
    write, content_type = _WRITERS[kind]
    file = TemporaryFile()  # noqa: SIM115 - the response closes it
    write(file, headings, rows)
    file.seek(0)
    return FileResponse(
        file, as_attachment=True, filename=f"{name}.{kind}", content_type=content_type
    )


def _write_text(file: IO[bytes], headings: Sequence[str], rows: Rows) -> None:
    has_comma = get_format("DECIMAL_SEPARATOR") == COMMA
    text = TextIOWrapper(file, encoding="utf-8", newline="")
    text.write(UTF8_MARK)
    writer = csv.writer(text, delimiter=";" if has_comma else ",")
    for row in chain([headings], rows):
        writer.writerow([_cell(cell, has_comma) for cell in row])
    text.detach()


def _write_workbook(file: IO[bytes], headings: Sequence[str], rows: Rows) -> None:
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.freeze_panes = "B2"
    for row in chain([headings], rows):
        sheet.append([_for_workbook(cell) for cell in row])
    book.save(file)


def _for_workbook(value: Any) -> Any:
    """Numbers and days as they are; text that no spreadsheet takes for a formula."""
    if value is None or isinstance(value, int | float | Decimal | date):
        return value
    return harmless(str(value))


_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_WRITERS: dict[str, tuple[Callable[[IO[bytes], Sequence[str], Rows], None], str]] = {
    "csv": (_write_text, "text/csv; charset=utf-8"),
    "xlsx": (_write_workbook, _XLSX),
}
FILE_KINDS = tuple(_WRITERS)


def _cell(value: object, has_comma: bool) -> str:
    if value is None:
        return ""
    if isinstance(value, int | float | Decimal):
        text = str(value)
        return text.replace(".", COMMA) if has_comma else text
    return harmless(str(value))


def harmless(text: str) -> str:
    """The text, which no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_BEGINS_A_FORMULA) else text
