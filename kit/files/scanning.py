"""What a spreadsheet reader does not tell: failed formulas, merged cells and how far a sheet goes.

The reader gives a failed formula (#N/A) and one never computed as blank cells, and reserves every
cell up to the farthest. Here the sheets' own XML is walked for them first, so that nothing is
lost in silence nor reserved in vain. Pure; runs in the child.
"""

import posixpath
import re
from collections.abc import Callable, Iterator
from io import BytesIO
from itertools import islice, product
from xml.etree import ElementTree

_REFERENCE = re.compile(rb"\br\s*=\s*[\"']([A-Z]+)([0-9]+)[\"']")
_ROW = re.compile(rb"<row [^>]*?\br=\"([0-9]+)\"")
_FAR_BELOW = re.compile(rb"<c r=\"[A-Z]+([0-9]{6,})")
_BEYOND_Z = re.compile(rb"<c r=\"([A-Z]{2,})")
_HOLDS = re.compile(rb"<(?:\w+:)?(?:v|is|f)[\s/>]")
#: Without any of these a sheet has no formula, error or merged cell.
_MARKS = (b"<f>", b"<f ", b"<f/", b'"e"', b"'e'", b"mergeCell")
#: With any of these its cells cannot be told by looking for «<c »: prefixes, comments, UTF-16.
_ODD = (b":c ", b":c>", b"<c>", b"<!--", b"<![CDATA[", b"\x00")
_FORMULA_OR_ERROR = re.compile(rb"<f[ />]|<c [^>]*\bt\s*=\s*[\"']e[\"']")
_MERGED = re.compile(rb"<mergeCell [^>]*ref=[\"']([A-Z0-9:]+)[\"']")

#: A broken cell is repeated in a file of LibreOffice this often at most; beyond, it is far away.
_COPIES = 100_000

Position = tuple[int, int]  # row and column as the spreadsheet numbers them, both from 1
Range = tuple[Position, Position]


class Scan:
    """What was found on one sheet. ``broken`` are what its cells show: nothing if not computed.

    ``lowest`` and ``rightmost`` are cells that hold something.
    """

    def __init__(self, lowest: Position = (0, 0), rightmost: Position = (0, 0)) -> None:
        self.broken: dict[Position, str] = {}
        self.merged: tuple[Range, ...] = ()
        self.lowest = lowest
        self.rightmost = rightmost

    @property
    def is_empty(self) -> bool:
        """No cell holds anything."""
        return self.lowest == (0, 0)

    def reach(self, row: int, column: int) -> None:
        """Note a cell that holds something."""
        if row > self.lowest[0]:
            self.lowest = (row, column)
        if column > self.rightmost[1]:
            self.rightmost = (row, column)


# -- Excel --------------------------------------------------------------------------------------
def sheet_paths(read: Callable[[str], bytes]) -> Iterator[tuple[str, str]]:
    """The name of each sheet and the part that holds it, by what reads a part.

    Raises KeyError, ValueError or ParseError for a damaged workbook.
    """
    relations = {
        element.attrib["Id"]: element.attrib["Target"]
        for element in ElementTree.fromstring(read("xl/_rels/workbook.xml.rels"))
        if element.attrib["Type"].endswith("/worksheet")
    }
    for element in ElementTree.fromstring(read("xl/workbook.xml")).iter():
        target = relations.get(_attribute(element, "id"), "")
        if _local(element.tag) == "sheet" and target:
            path = posixpath.normpath(posixpath.join("/xl", target))
            yield element.attrib["name"], path.lstrip("/")


def scan_sheet(xml: bytes, *, near: Position) -> Scan:
    """What one sheet of Excel does not tell. Raises ValueError or ParseError for a damaged one.

    It is parsed only if it seems to go beyond ``near``, as cells with a style and no value do, or
    is written in an odd way: at a glance 100,000 rows take a second.
    """
    if any(mark in xml for mark in _ODD):
        return _walked(xml)
    if not _HOLDS.search(xml):
        return Scan()
    scan = _glanced(xml)
    is_near = 0 < scan.lowest[0] <= near[0] and scan.rightmost[1] <= near[1]
    return scan if is_near and _noted(scan, xml) else _walked(xml)


def _glanced(xml: bytes) -> Scan:
    """How far its rows and the cells in them are numbered, blank ones too: to Z at least."""
    columns = {match[1] for match in _BEYOND_Z.finditer(xml)}
    rows = map(int, _ROW.findall(xml) + _FAR_BELOW.findall(xml))
    far = (max(rows, default=0), max(map(_column, columns), default=26))
    return Scan(lowest=far, rightmost=far)


def _noted(scan: Scan, xml: bytes) -> bool:
    """Note broken and merged cells, the only ones looked at; False if a cell is not numbered."""
    if xml.count(b"<c ") != xml.count(b'<c r="'):
        return False
    if not any(mark in xml for mark in _MARKS):
        return True
    for match in _FORMULA_OR_ERROR.finditer(xml):
        first = xml.rfind(b"<c ", 0, match.end())
        cell = xml[first : xml.find(b"</c>", match.start()) + 4]
        place = _REFERENCE.search(cell, 0, cell.find(b">"))
        if not place:
            return False
        _note_cell(scan, *_position((place[1] + place[2]).decode()), ElementTree.fromstring(cell))
    rest = xml[xml.rfind(b"</sheetData>") :]
    scan.merged = tuple(_range(ref.decode()) for ref in _MERGED.findall(rest))
    return True


def _walked(xml: bytes) -> Scan:
    scan, row, column = Scan(), 0, 0
    merged: list[Range] = []
    for event, element in ElementTree.iterparse(BytesIO(xml), events=("start", "end")):
        tag = _local(element.tag)
        if event == "start":
            if tag == "row":
                row, column = int(element.get("r", row + 1)), 0
            elif tag == "c":
                place = _position(element.get("r", ""))
                row, column = place if all(place) else (row, column + 1)
            continue
        if tag == "c":
            _note_cell(scan, row, column, element)
        elif tag == "mergeCell":
            merged.append(_range(element.attrib["ref"]))
        elif tag == "row":
            element.clear()
    scan.merged = tuple(merged)
    return scan


def _note_cell(scan: Scan, row: int, column: int, cell: ElementTree.Element) -> None:
    inside = {_local(child.tag): child for child in cell}
    value = "".join(inside["v"].itertext()) if "v" in inside else ""
    is_error = cell.get("t") == "e"
    if value or is_error or "is" in inside or "f" in inside:
        scan.reach(row, column)
    if is_error:
        scan.broken[row, column] = value
    elif "f" in inside and not value and cell.get("t") != "str":
        scan.broken[row, column] = ""


def _range(reference: str) -> Range:
    first, _colon, last = reference.partition(":")
    return _position(first), _position(last or first)


def _position(reference: str) -> Position:
    """``B7`` is row 7, column 2; (0, 0) when there is no reference."""
    letters = reference.rstrip("0123456789")
    return int(reference[len(letters) :] or 0), _column(letters.encode())


def _column(letters: bytes) -> int:
    column = 0
    for letter in letters.upper():
        column = column * 26 + letter - ord("A") + 1
    return column


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


# -- LibreOffice --------------------------------------------------------------------------------
def scan_open_document(xml: bytes) -> dict[str, Scan]:
    """By name of sheet. Raises KeyError, ValueError or ParseError for a damaged workbook."""
    scans: dict[str, Scan] = {}
    scan, row = Scan(), 0
    for event, element in ElementTree.iterparse(BytesIO(xml), events=("start", "end")):
        tag = _local(element.tag)
        if event == "start" and tag == "table":
            scan, row = Scan(), 0
            scans[_attribute(element, "name")] = scan
        elif event == "end" and tag == "table-row":
            row = _scan_row(scan, row, element)
            element.clear()
    return scans


def _scan_row(scan: Scan, row: int, element: ElementTree.Element) -> int:
    """Note the cells of one (perhaps repeated) row; returns the number of its last copy."""
    last = row + int(_attribute(element, "number-rows-repeated") or 1)
    column = 0
    for cell in element:
        first = column + 1
        column += int(_attribute(cell, "number-columns-repeated") or 1)
        has_value = len(cell) or _attribute(cell, "value-type")
        is_formula = bool(_attribute(cell, "formula"))
        if not has_value and not is_formula:
            continue
        scan.reach(last, column)
        is_error = any(_local(k) == "value-type" and v == "error" for k, v in cell.attrib.items())
        if is_error or not has_value:
            copies = product(range(row + 1, last + 1), range(first, column + 1))
            shown = "".join(cell.itertext()).strip()
            scan.broken.update(dict.fromkeys(islice(copies, _COPIES), shown))
        spans = [int(_attribute(cell, f"number-{way}-spanned") or 1) for way in ("rows", "columns")]
        if spans != [1, 1]:
            end = (row + spans[0], column + spans[1] - 1)
            scan.merged = (*scan.merged, ((row + 1, column), end))
    return last


def _attribute(element: ElementTree.Element, name: str) -> str:
    return next((v for k, v in element.attrib.items() if _local(k) == name), "")
