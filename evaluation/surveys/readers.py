"""Files of answers as plain tables: CSV of any delimiter and encoding, XLSX, Stata .dta.

Nothing here knows what a column means. A file that cannot be read raises InvalidFile.
"""

import csv
import io
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import PurePath
from typing import Any
from xml.etree.ElementTree import ParseError

from django.utils.translation import gettext as _

from kit.cells import Broken
from kit.errors import InvalidFile, RowError
from kit.scanning import Scan, column_letters, scan_values, sheet_paths

Cell = str | int | float | bool | date | datetime | time | timedelta | Broken | None

MAXIMUM_BYTES = 20 * 1024 * 1024
MAXIMUM_UNPACKED_BYTES = 400 * 1024 * 1024
MAXIMUM_ROWS = 100_000
MAXIMUM_COLUMNS = 500
DELIMITERS = (";", ",", "\t", "|")
FORMATS = (".csv", ".txt", ".xlsx", ".dta")


@dataclass(frozen=True)
class Table:
    """Headings and rows; ``numbers`` are the rows as the spreadsheet counts them (1-based).

    ``labels`` are value labels that the file itself carries: column → code → label.
    A cell that its spreadsheet could not compute is ``Broken``, never a blank. ``other_sheets``
    are left unread.
    """

    sheet: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    numbers: tuple[int, ...]
    labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    other_sheets: tuple[str, ...] = ()


def read_table(file_name: str, content: bytes, *, delimiter: str = "", encoding: str = "") -> Table:
    """The table in a file, told by its name's ending.

    Raises InvalidFile, with the row and column where it can tell.
    """
    suffix = PurePath(file_name).suffix.lower()
    if suffix not in FORMATS:
        raise InvalidFile(_("Only CSV, XLSX and Stata (.dta) files can be read."))
    if not content:
        raise InvalidFile(_("The file is empty."))
    if len(content) > MAXIMUM_BYTES:
        raise InvalidFile(_("The file is larger than 20 MB."))
    if suffix == ".xlsx":
        return _checked(_read_xlsx(content))
    if suffix == ".dta":
        return _checked(_read_stata(content))
    return _checked(_read_csv(content, delimiter, encoding))


# -- CSV -----------------------------------------------------------------------------------------


def _read_csv(content: bytes, delimiter: str, encoding: str) -> Table:
    text = _decode(content, encoding)
    delimiter = delimiter or _guess_delimiter(text)
    records = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    found: list[tuple[int, list[str]]] = []
    try:
        for number, record in enumerate(records, start=1):
            if any(cell.strip() for cell in record):
                found.append((number, record))
    except csv.Error as error:
        where = RowError("", number + 1 if found else 1, "", _("A quotation mark is not closed."))
        raise InvalidFile(_("The file is not a readable CSV."), [where]) from error
    if not found:
        raise InvalidFile(_("The file has no rows."))
    (_header_row, header), *rows = found
    return Table(
        sheet="",
        columns=tuple(name.strip() for name in header),
        rows=tuple(tuple(record) for _number, record in rows),
        numbers=tuple(number for number, _record in rows),
    )


def _decode(content: bytes, encoding: str) -> str:
    """The text; without ``encoding``, UTF-8 (with or without mark), UTF-16 by its mark, Windows."""
    guesses = [encoding] if encoding else _encodings(content)
    for guess in guesses:
        try:
            text = content.decode(guess)
        except (UnicodeDecodeError, LookupError):
            continue
        if "\0" not in text:
            return text
    raise InvalidFile(_("The file is not text, or not in that encoding."))


def _encodings(content: bytes) -> list[str]:
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return ["utf-16"]
    return ["utf-8-sig", "cp1252", "latin-1"]


def _guess_delimiter(text: str) -> str:
    """The candidate that splits the first line into most cells."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    counts = {mark: len(next(csv.reader([first], delimiter=mark), [])) for mark in DELIMITERS}
    return max(DELIMITERS, key=lambda mark: counts[mark])


# -- XLSX ----------------------------------------------------------------------------------------


def _read_xlsx(content: bytes) -> Table:
    from python_calamine import CalamineError, load_workbook

    _check_zip(content)
    try:
        workbook = load_workbook(io.BytesIO(content))
        cells = workbook.get_sheet_by_index(0).to_python(skip_empty_area=False)
        sheet, *others = workbook.sheet_names
        scan = _scan(content, sheet)
    except (CalamineError, OSError, ValueError, KeyError, ParseError) as error:
        raise InvalidFile(_("The workbook cannot be opened: it is damaged or locked.")) from error
    _mark_broken(sheet, cells, scan)
    found = [
        (number, [None if cell == "" else cell for cell in row])
        for number, row in enumerate(cells, start=1)
        if any(cell not in ("", None) for cell in row)
    ]
    if not found:
        raise InvalidFile(_("The first sheet of the workbook is empty."))
    (header_row, header), *rows = found
    _check_merged(sheet, header_row, scan)
    return Table(
        sheet=sheet,
        columns=tuple(map(_heading, header)),
        rows=tuple(tuple(row) for _number, row in rows),
        numbers=tuple(number for number, _row in rows),
        other_sheets=tuple(others),
    )


def _scan(content: bytes, sheet: str) -> Scan:
    """What the reader does not tell of the sheet: failed formulas, those never computed, merges."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = ("xl/workbook.xml", "xl/_rels/workbook.xml.rels")
        path = dict(sheet_paths({name: archive.read(name) for name in names})).get(sheet)
        return scan_values(archive.read(path)) if path else Scan()


def _mark_broken(sheet: str, cells: list[list[Any]], scan: Scan) -> None:
    """Put each broken cell where the reader gives a blank, or a row less.

    Raises InvalidFile for one to the right of every heading, or below every row to be read.
    """
    width = len(cells[0]) if cells else 0
    for (row, column), why in sorted(scan.broken.items()):
        if column > width or row > max(len(cells), MAXIMUM_ROWS):
            error = RowError(sheet, row, column_letters(column), why)
            raise InvalidFile(_("The file's rows and headings do not match."), [error])
        cells.extend([""] * width for _row in range(row - len(cells)))
        cells[row - 1][column - 1] = Broken(why)


def _heading(cell: Any) -> str:
    return "" if cell is None or isinstance(cell, Broken) else str(cell).strip()


def _check_merged(sheet: str, header_row: int, scan: Scan) -> None:
    """Merged cells keep a value in their first cell only: the rest would read as no answer."""
    message = _("Merged cells: unmerge them and write the value in each one.")
    errors = [
        RowError(sheet, row, column_letters(column), message)
        for (row, column), (last_row, _last_column) in scan.merged
        if last_row > header_row
    ]
    if errors:
        raise InvalidFile(_("The sheet has merged cells."), errors)


def _check_zip(content: bytes) -> None:
    """Refuse what is not a zip, and what would unpack to more than memory should hold."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            unpacked = sum(item.file_size for item in archive.infolist())
    except zipfile.BadZipFile as error:
        raise InvalidFile(_("The workbook cannot be opened: it is damaged or locked.")) from error
    if unpacked > MAXIMUM_UNPACKED_BYTES:
        raise InvalidFile(_("The workbook is too large once unpacked."))


# -- Stata ---------------------------------------------------------------------------------------


def _read_stata(content: bytes) -> Table:
    import pyreadstat

    try:
        data, meta = pyreadstat.read_dta(
            io.BytesIO(content), output_format="dict", row_limit=MAXIMUM_ROWS + 1
        )
    except (pyreadstat.ReadstatError, ValueError, OSError, OverflowError) as error:
        raise InvalidFile(_("This is not a readable Stata file.")) from error
    columns = tuple(meta.column_names)
    rows = tuple(zip(*(map(_plain, data[name]) for name in columns), strict=True))
    labels = {
        name: {_code(code): str(label) for code, label in codes.items()}
        for name, codes in meta.variable_value_labels.items()
    }
    return Table(
        sheet="",
        columns=columns,
        rows=rows,
        numbers=tuple(range(1, len(rows) + 1)),
        labels=labels,
    )


def _plain(value: Any) -> Cell:
    """A Stata value as Python writes it: missing as None, whole floats as integers."""
    if value is None or value == "" or value != value:  # NaN is the value that differs from itself
        return None
    if isinstance(value, float) and value.is_integer():
        return int(value)
    plain: Cell = value.item() if hasattr(value, "item") else value
    return plain


def _code(value: Any) -> str:
    return str(_plain(value))


# -- What every table must satisfy ---------------------------------------------------------------


def _checked(table: Table) -> Table:
    errors = list(_heading_errors(table))
    if not table.rows:
        raise InvalidFile(_("The file has headings and no rows."), errors)
    if len(table.rows) > MAXIMUM_ROWS:
        raise InvalidFile(_("The file has more than 100,000 rows."))
    if len(table.columns) > MAXIMUM_COLUMNS:
        raise InvalidFile(_("The file has more than 500 columns."))
    errors += _width_errors(table)
    if errors:
        raise InvalidFile(_("The file's rows and headings do not match."), errors)
    return table


def _heading_errors(table: Table) -> Iterator[RowError]:
    seen: set[str] = set()
    for place, name in enumerate(table.columns, start=1):
        if not name:
            message = _("Column %(place)s has no heading.") % {"place": place}
            yield RowError(table.sheet, 1, "", message)
        elif name.casefold() in seen:
            yield RowError(table.sheet, 1, name, _("This heading appears twice."))
        seen.add(name.casefold())


def _width_errors(table: Table) -> Sequence[RowError]:
    width = len(table.columns)
    return [
        RowError(
            table.sheet,
            number,
            "",
            _("The row has %(found)s cells and the headings are %(width)s.")
            % {"found": len(row), "width": width},
        )
        for number, row in zip(table.numbers, table.rows, strict=True)
        if len(row) != width
    ]
