"""From the bytes of a file to grids of cells, safely: what it is and how big it unpacks."""

import csv
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import time, timedelta
from io import BytesIO, StringIO
from xml.etree.ElementTree import ParseError
from zlib import error as ZlibError

from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from alliances.preparation.workbook.cells import Cell
from alliances.preparation.workbook.columns import MAX_BYTES, PRODUCERS_SHEET
from kit.errors import InvalidFile
from kit.scanning import (
    MAX_COLUMNS,
    MAX_ROWS,
    Position,
    Scan,
    scan_open_document,
    scan_open_xml,
)

MAX_UNPACKED_BYTES = 80 * 1024 * 1024
MAX_PARTS = 500
ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
TEXT_NAMES = (".csv", ".txt", ".tsv")
DELIMITERS = ";,\t|"
Scanner = Callable[[dict[str, bytes]], dict[str, Scan]]


@dataclass(frozen=True)
class Grid:
    """One sheet: its cells from A1, the cells that hold no usable value, the merged ranges."""

    name: str
    rows: list[list[Cell]]
    broken: dict[Position, str] = field(default_factory=dict)
    merged: tuple[tuple[Position, Position], ...] = ()


def open_file(*, name: str, content: bytes) -> list[Grid]:
    """The grids of a workbook, or the one of a CSV. Raises InvalidFile, saying what to do."""
    if not content:
        raise InvalidFile(_("The file is empty."))
    if len(content) > MAX_BYTES:
        raise InvalidFile(
            _("The file has %(size)s and the most is %(limit)s: split it in two.")
            % {"size": filesizeformat(len(content)), "limit": filesizeformat(MAX_BYTES)}
        )
    if content.startswith(ZIP):
        return _workbook(content)
    if content.startswith(OLE):
        # A workbook with a password is a compound file, as are those of Excel 97.
        if "EncryptedPackage".encode("utf-16-le") in content:
            raise _has_password()
        raise InvalidFile(
            _("This is the format of Excel 97-2003 (.xls): open it and save it as .xlsx.")
        )
    if name.lower().endswith(TEXT_NAMES):
        return [_table(content)]
    raise InvalidFile(
        _("«%(name)s» is not an Excel workbook inside, whatever its name says. Use the template.")
        % {"name": name}
    )


# -- Workbooks ----------------------------------------------------------------------------------
def _workbook(content: bytes) -> list[Grid]:
    parts = _unpack(content)
    if "xl/workbook.xml" in parts:
        scans = _scanned(scan_open_xml, parts)
    elif parts.get("mimetype", b"").startswith(b"application/vnd.oasis.opendocument.spreadsheet"):
        _check_password(parts)
        scans = _scanned(scan_open_document, parts)
    else:
        raise InvalidFile(_("The file is not an Excel or LibreOffice workbook. Use the template."))
    for sheet, scan in scans.items():
        _check_extent(sheet, scan)
    return _grids(_repacked(parts), scans)


def _unpack(content: bytes) -> dict[str, bytes]:
    """Every part of the archive, with its true size known before a reader sees it."""
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            _check_sizes(archive)
            return {part.filename: archive.read(part) for part in archive.infolist()}
    except (zipfile.BadZipFile, ZlibError, NotImplementedError, EOFError, OSError) as error:
        raise _damaged() from error


def _check_sizes(archive: zipfile.ZipFile) -> None:
    parts = archive.infolist()
    if any(part.flag_bits & 1 for part in parts):
        raise _has_password()
    unpacked = sum(part.file_size for part in parts)
    if len(parts) > MAX_PARTS or unpacked > MAX_UNPACKED_BYTES:
        raise InvalidFile(
            _("The file unpacks to far more than it should: copy your rows to a new template.")
        )


def _check_password(parts: dict[str, bytes]) -> None:
    if b"encryption-data" in parts.get("META-INF/manifest.xml", b""):
        raise _has_password()


def _scanned(scan: Scanner, parts: dict[str, bytes]) -> dict[str, Scan]:
    try:
        return scan(parts)
    except (ParseError, KeyError, ValueError) as error:
        raise _damaged() from error


def _check_extent(sheet: str, scan: Scan) -> None:
    """A single cell far away makes the reader reserve everything in between."""
    if scan.last_row > MAX_ROWS or scan.last_column > MAX_COLUMNS:
        raise InvalidFile(
            _(
                "The sheet «%(sheet)s» reaches row %(row)d and column %(column)d: delete what is "
                "below and to the right of your data."
            )
            % {"sheet": sheet, "row": scan.last_row, "column": scan.last_column}
        )


def _repacked(parts: dict[str, bytes]) -> BytesIO:
    """The same archive without compression: no size in it can lie."""
    target = BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for name, body in parts.items():
            archive.writestr(name, body)
    target.seek(0)
    return target


def _grids(archive: BytesIO, scans: dict[str, Scan]) -> list[Grid]:
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        workbook = CalamineWorkbook.from_filelike(archive)
        return [
            Grid(
                name=name,
                rows=[
                    [str(cell) if isinstance(cell, time | timedelta) else cell for cell in row]
                    for row in workbook.get_sheet_by_name(name).to_python(skip_empty_area=False)
                ],
                broken=scans[name].broken if name in scans else {},
                merged=scans[name].merged if name in scans else (),
            )
            for name in workbook.sheet_names
        ]
    except (CalamineError, ValueError) as error:
        raise _damaged() from error


def _damaged() -> InvalidFile:
    return InvalidFile(_("The file is damaged: open it, save it again and upload it."))


def _has_password() -> InvalidFile:
    return InvalidFile(_("The file has a password: save it without one and upload it again."))


# -- Text ---------------------------------------------------------------------------------------
def _table(content: bytes) -> Grid:
    """The one table of a CSV, whatever its encoding and delimiter."""
    written = _decoded(content)
    first, _newline, rest = written.partition("\n")
    delimiter = max(DELIMITERS, key=first.count)
    if first.lower().startswith("sep=") and len(first.strip()) == 5:
        delimiter, written = first.strip()[4], rest  # Excel's own hint, which it does not show
    try:
        rows: list[list[Cell]] = [
            list(row) for row in csv.reader(StringIO(written, newline=""), delimiter=delimiter)
        ]
    except csv.Error as error:
        raise InvalidFile(
            _("The CSV cannot be read (%(problem)s): open it in a spreadsheet and save it again.")
            % {"problem": error}
        ) from error
    if len(rows) > MAX_ROWS:
        raise InvalidFile(_("The CSV has too many rows: split it in two."))
    return Grid(name=PRODUCERS_SHEET, rows=rows)


def _decoded(content: bytes) -> str:
    """UTF-8, UTF-16 with its mark, or else what Excel writes in Spanish on Windows."""
    encodings = ["utf-8-sig", "cp1252"]
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise InvalidFile(_("The file is not text: use the template or save it as CSV UTF-8."))
