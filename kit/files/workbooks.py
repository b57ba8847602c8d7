"""Excel and LibreOffice workbooks into sheets, their true size known first. Runs in the child."""

import zipfile
from collections.abc import Collection, Iterator, Mapping
from io import BytesIO
from typing import Any, NamedTuple
from xml.etree.ElementTree import ParseError
from zlib import error as ZlibError

from kit.files.cleaning import Cleaner
from kit.files.headings import HEADING_ROWS, column_letters, known_in, looks_like_table, plain
from kit.files.limits import MAX_CELLS, MAX_PARTS, Limits
from kit.files.refusing import Refused, refuse_spoilt
from kit.files.scanning import Scan, scan_open_document, scan_sheet, sheet_paths

_OPEN_DOCUMENT = b"application/vnd.oasis.opendocument.spreadsheet"
_DAMAGED = (
    zipfile.BadZipFile,
    ZlibError,
    NotImplementedError,
    EOFError,
    OSError,
    ParseError,
    KeyError,
    ValueError,
)


class OpenSheet(NamedTuple):
    """The rows of a sheet that hold something, with what its reader does not tell of it."""

    name: str
    rows: list[list[Any]]
    numbers: list[int]
    scan: Scan
    clean: Cleaner


def read_workbook(
    content: bytes, limits: Limits, *, only_one: bool, sheet: str, known: Collection[str]
) -> tuple[list[OpenSheet], list[str]]:
    """Its sheets, or the one to read, and the names of those with data that are left out."""
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            _check_archive(archive, limits)
            scans = _scans(archive, limits)
    except _DAMAGED as error:
        raise Refused("damaged") from error
    if not scans:
        raise Refused("damaged")
    filled = [name for name, scan in scans.items() if not scan.is_empty]
    names = _candidates(filled, sheet) if only_one else list(scans)
    if len(names) == 1 or not only_one:
        for name in names:
            _check_extent(name, scans[name], limits)
    else:
        names = [name for name in names if _is_within(scans[name], limits)]
    sheets = list(_sheets(content, {name: scans[name] for name in names}))
    if only_one:
        sheets = [_one_of(sheets, known)]
    for read in sheets:
        refuse_spoilt(read.name, read.rows, read.numbers, read.clean)
    return sheets, [name for name in filled if name not in {read.name for read in sheets}]


def _check_archive(archive: zipfile.ZipFile, limits: Limits) -> None:
    """What it says of itself. A part that unpacks to more than it said fails its checksum."""
    parts = archive.infolist()
    if any(part.flag_bits & 1 for part in parts):
        raise Refused("password")
    if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > limits.unpacked:
        raise Refused("unpacked")
    if len({part.filename for part in parts}) < len(parts):
        raise Refused("damaged")


def _scans(archive: zipfile.ZipFile, limits: Limits) -> dict[str, Scan]:
    names = archive.namelist()
    if "xl/workbook.xml" in names:
        near = (limits.rows, limits.columns)
        return {
            name: scan_sheet(archive.read(path), near=near)
            for name, path in sheet_paths(archive.read)
        }
    if "mimetype" not in names or not archive.read("mimetype").startswith(_OPEN_DOCUMENT):
        raise Refused("not a workbook")
    manifest = "META-INF/manifest.xml"
    if manifest in names and b"encryption-data" in archive.read(manifest):
        raise Refused("password")
    return scan_open_document(archive.read("content.xml"))


def _candidates(filled: list[str], sheet: str) -> list[str]:
    """The sheets with data, or the one that somebody named."""
    if not filled:
        raise Refused("no rows")
    if not sheet:
        return filled
    named = [name for name in filled if plain(name) == plain(sheet)]
    if not named:
        raise Refused("no sheet", name=sheet, names=filled)
    return named


def _one_of(sheets: list[OpenSheet], known: Collection[str]) -> OpenSheet:
    """The sheet to read where only one is: that with known headings, or the only table."""
    if len(sheets) == 1:
        return sheets[0]
    counts = [
        max((known_in(row, known) for row in read.rows[:HEADING_ROWS]), default=0)
        for read in sheets
    ]
    best = max(counts, default=0)
    if best > 1 and counts.count(best) == 1:
        return sheets[counts.index(best)]
    tables = [read for read in sheets if looks_like_table(read.rows)]
    if len(tables) != 1 or best > 1:
        raise Refused("sheets", names=[read.name for read in sheets])
    return tables[0]


def _is_within(scan: Scan, limits: Limits) -> bool:
    row, column = scan.lowest[0], scan.rightmost[1]
    return row <= limits.rows and column <= limits.columns and row * column <= MAX_CELLS


def _check_extent(sheet: str, scan: Scan, limits: Limits) -> None:
    """A single cell far away makes the reader reserve everything in between."""
    row, column = scan.lowest[0], scan.rightmost[1]
    if not _is_within(scan, limits):
        far = scan.lowest if row > limits.rows else scan.rightmost
        raise Refused(
            "extent",
            sheet=sheet,
            row=far[0],
            column=column_letters(far[1]),
            last_row=row,
            last_column=column,
        )


def _sheets(content: bytes, scans: Mapping[str, Scan]) -> Iterator[OpenSheet]:
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        workbook = CalamineWorkbook.from_filelike(BytesIO(content))
        for name, scan in scans.items():
            clean = Cleaner()
            cells = workbook.get_sheet_by_name(name).to_python(skip_empty_area=False)
            yield OpenSheet(name, *_rows(cells, scan, clean), scan, clean)
    except (CalamineError, ValueError) as error:
        raise Refused("damaged") from error


def _rows(cells: list[list[Any]], scan: Scan, clean: Cleaner) -> tuple[list[list[Any]], list[int]]:
    """Rows as wide and as many as the broken cells need, which the reader leaves blank."""
    broken = {row for row, _column in scan.broken}
    lacking = max((column for _row, column in scan.broken), default=0)
    width = max(lacking, len(cells[0]) if cells else 0)
    cells.extend([] for _row in range(max(broken, default=0) - len(cells)))
    rows, numbers = [], []
    for number, row in enumerate(cells, start=1):
        values = [clean[cell] if cell.__class__ is str else cell for cell in row]
        if number in broken or any(cell is not None for cell in values):
            rows.append(values + [None] * (width - len(values)))
            numbers.append(number)
    return rows, numbers
