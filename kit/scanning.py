"""What a spreadsheet reader does not tell: failed formulas, merged cells and how far a sheet goes.

The reader gives a failed formula (#N/A) and one never computed as blank cells. Here the sheets'
own XML is walked for them first, so that nothing is lost in silence. Pure.
"""

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO
from xml.etree import ElementTree

from kit.cells import failed, not_computed

MAX_ROWS = 20_000
MAX_COLUMNS = 200
_NOTABLE = re.compile(rb"<(?:\w+:)?(?:f|mergeCell)\b|\bt\s*=\s*[\"']e[\"']")
_REFERENCE = re.compile(rb"\br\s*=\s*[\"']([A-Z]+)([0-9]+)[\"']")

#: Without any of these a sheet has no formula, error or merged cell.
_MARKS = (b"<f>", b"<f ", b"<f/", b":f>", b":f ", b":f/", b'"e"', b"'e'", b"mergeCell")
#: With any of these its cells cannot be told by looking for «<c »: prefixes, comments, UTF-16.
_ODD = (b":c ", b":c>", b"<c>", b"<!--", b"<![CDATA[", b"\x00")
_FORMULA_OR_ERROR = re.compile(rb"<f[ />]|<c [^>]*\bt\s*=\s*[\"']e[\"']")
_MERGED = re.compile(rb"<mergeCell [^>]*ref=[\"']([A-Z0-9:]+)[\"']")

Position = tuple[int, int]  # row and column as the spreadsheet numbers them, both from 1
Range = tuple[Position, Position]


@dataclass
class Scan:
    """What was found on one sheet."""

    broken: dict[Position, str] = field(default_factory=dict)
    merged: tuple[Range, ...] = ()
    last_row: int = 0
    last_column: int = 0

    def reach(self, row: int, column: int) -> None:
        """Note a cell that holds something."""
        self.last_row = max(self.last_row, row)
        self.last_column = max(self.last_column, column)


def column_letters(column: int) -> str:
    """The column as the spreadsheet heads it: 1 is A, 28 is AB."""
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


# -- Excel --------------------------------------------------------------------------------------
def scan_open_xml(parts: dict[str, bytes]) -> dict[str, Scan]:
    """By name of sheet. Raises KeyError, ValueError or ParseError for a damaged workbook."""
    return {name: _scan_sheet(parts[path]) for name, path in sheet_paths(parts)}


def sheet_paths(parts: dict[str, bytes]) -> Iterator[tuple[str, str]]:
    """The name of each sheet and the part that holds it."""
    relations = {
        element.attrib["Id"]: element.attrib["Target"]
        for element in ElementTree.fromstring(parts["xl/_rels/workbook.xml.rels"])
        if element.attrib["Type"].endswith("/worksheet")
    }
    for element in ElementTree.fromstring(parts["xl/workbook.xml"]).iter():
        target = relations.get(_attribute(element, "id"), "")
        if _local(element.tag) == "sheet" and target:
            path = posixpath.normpath(posixpath.join("/xl", target))
            yield element.attrib["name"], path.lstrip("/")


def scan_values(xml: bytes) -> Scan:
    """What is broken or merged on a sheet, however long: how far it goes is left out.

    Only the cells with a formula or an error are looked at, where the writer numbers its cells.
    """
    if not any(mark in xml for mark in _MARKS):
        return Scan()
    if any(mark in xml for mark in _ODD):
        return _walked(xml)
    scan = Scan()
    for found in _FORMULA_OR_ERROR.finditer(xml):
        first = xml.rfind(b"<c ", 0, found.end())
        cell = xml[first : xml.find(b"</c>", found.start()) + 4]
        place = _REFERENCE.search(cell, 0, cell.find(b">"))
        if not place:
            return _walked(xml)
        row, column = _position((place[1] + place[2]).decode())
        _note_cell(scan, row, column, ElementTree.fromstring(cell))
    rest = xml[xml.rfind(b"</sheetData>") :]
    scan.merged = tuple(_range(ref.decode()) for ref in _MERGED.findall(rest))
    return scan


def _scan_sheet(xml: bytes) -> Scan:
    return _glanced(xml) or _walked(xml)


def _glanced(xml: bytes) -> Scan | None:
    """The scan of a sheet with nothing to tell, at a glance; None when it must be walked."""
    if _NOTABLE.search(xml) or b"\x00" in xml[:200]:  # the second: not in UTF-8
        return None
    scan = Scan()
    for letters, digits in _REFERENCE.findall(xml):
        scan.reach(*_position((letters + digits).decode()))
    return scan if scan.last_row <= MAX_ROWS and scan.last_column <= MAX_COLUMNS else None


def _walked(xml: bytes) -> Scan:
    scan, row, column = Scan(), 0, 0
    merged: list[Range] = []
    for event, element in ElementTree.iterparse(BytesIO(xml), events=("start", "end")):
        tag = _local(element.tag)
        if event == "start":
            if tag == "row":
                row, column = int(element.get("r", row + 1)), 0
            elif tag == "c":
                column = _position(element.get("r", ""))[1] or column + 1
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
    if value or "is" in inside or "f" in inside:
        scan.reach(row, column)
    if cell.get("t") == "e":
        scan.broken[row, column] = failed(value)
    elif "f" in inside and not value and cell.get("t") != "str":
        scan.broken[row, column] = not_computed()


def _range(reference: str) -> Range:
    first, _colon, last = reference.partition(":")
    return _position(first), _position(last or first)


def _position(reference: str) -> Position:
    """``B7`` is row 7, column 2; (0, 0) when there is no reference."""
    column = row = 0
    for character in reference:
        if character.isdigit():
            row = row * 10 + int(character)
        else:
            column = column * 26 + ord(character.upper()) - ord("A") + 1
    return row, column


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


# -- LibreOffice --------------------------------------------------------------------------------
def scan_open_document(parts: dict[str, bytes]) -> dict[str, Scan]:
    """By name of sheet. Raises KeyError, ValueError or ParseError for a damaged workbook."""
    scans: dict[str, Scan] = {}
    scan, row = Scan(), 0
    content = BytesIO(parts["content.xml"])
    for event, element in ElementTree.iterparse(content, events=("start", "end")):
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
        column += int(_attribute(cell, "number-columns-repeated") or 1)
        if not len(cell):
            continue
        scan.reach(last, column)
        if any(_local(k) == "value-type" and v == "error" for k, v in cell.attrib.items()):
            scan.broken[row + 1, column] = failed("".join(cell.itertext()).strip())
        spans = [int(_attribute(cell, f"number-{way}-spanned") or 1) for way in ("rows", "columns")]
        if spans != [1, 1]:
            end = (row + spans[0], column + spans[1] - 1)
            scan.merged = (*scan.merged, ((row + 1, column), end))
    return last


def _attribute(element: ElementTree.Element, name: str) -> str:
    return next((v for k, v in element.attrib.items() if _local(k) == name), "")
