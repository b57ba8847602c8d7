"""An OpenDocument spreadsheet as LibreOffice writes it, by hand: nothing installed writes one."""

import zipfile
from datetime import date
from io import BytesIO
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from kit.files.headings import column_letters
from tests.alliances.preparation.workbooks import Book

MIMETYPE = "application/vnd.oasis.opendocument.spreadsheet"
_NS = "urn:oasis:names:tc:opendocument:xmlns"
_HEAD = (
    f'<office:document-content xmlns:office="{_NS}:office:1.0" xmlns:table="{_NS}:table:1.0" '
    f'xmlns:text="{_NS}:text:1.0" '
    'xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0">'
    "<office:body><office:spreadsheet>"
)
_TAIL = "</office:spreadsheet></office:body></office:document-content>"
#: Every sheet of LibreOffice ends with a million blank rows.
_BLANK = (
    '<table:table-row table:number-rows-repeated="1048000">'
    '<table:table-cell table:number-columns-repeated="16384"/></table:table-row>'
)


def open_document(book: Book, error_at: tuple[str, int] | None = None) -> bytes:
    """The book as ``.ods``; ``error_at`` puts a failed formula in a cell of «Productores»."""
    sheets = []
    for sheet in book.workbook().worksheets:
        rows = []
        for number, row in enumerate(sheet.iter_rows(values_only=True), start=1):
            cells = [
                _error()
                if sheet.title == "Productores" and error_at == (column_letters(column), number)
                else _cell(value)
                for column, value in enumerate(row, start=1)
            ]
            rows.append(f"<table:table-row>{''.join(cells)}</table:table-row>")
        name, body = quoteattr(sheet.title), "".join(rows)
        sheets.append(f"<table:table table:name={name}>{body}{_BLANK}</table:table>")
    target = BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("mimetype", MIMETYPE)
        archive.writestr("META-INF/manifest.xml", _manifest())
        archive.writestr("content.xml", f"{_HEAD}{''.join(sheets)}{_TAIL}")
    return target.getvalue()


def _manifest() -> str:
    space = f"{_NS}:manifest:1.0"
    return (
        f'<manifest:manifest xmlns:manifest="{space}"><manifest:file-entry '
        f'manifest:full-path="/" manifest:media-type="{MIMETYPE}"/></manifest:manifest>'
    )


def _cell(value: Any) -> str:
    if value is None:
        return "<table:table-cell/>"
    if isinstance(value, date):
        kind, attribute, shown = (
            "date",
            f'office:date-value="{value:%Y-%m-%d}"',
            f"{value:%d/%m/%y}",
        )
    elif isinstance(value, int | float):
        kind, attribute, shown = "float", f'office:value="{value}"', str(value)
    else:
        kind, attribute, shown = "string", "", escape(str(value))
    return (
        f'<table:table-cell office:value-type="{kind}" {attribute}>'
        f"<text:p>{shown}</text:p></table:table-cell>"
    )


def _error() -> str:
    return (
        '<table:table-cell table:formula="of:=1/0" office:value-type="string" '
        'office:string-value="" calcext:value-type="error"><text:p>#DIV/0!</text:p>'
        "</table:table-cell>"
    )
