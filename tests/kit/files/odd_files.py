# ruff: noqa: E501  one kind of file, one line
"""Files as people and their enemies send them, each with what a reader must make of it."""

import gzip
import io
import struct
import unicodedata
import warnings
import zipfile
from collections.abc import Callable
from typing import Any, NamedTuple

import openpyxl
from openpyxl.styles import Font

from kit.files.headings import column_letters
from tests.evaluation.surveys.files import spss_file, stata_file

HEAD = ["documento", "ventas", "situación"]
ROWS = [HEAD, ["1085", "1,5", "Mejor"], ["1086", "2,25", "Peor"]]
TYPED = [HEAD, [1085, 1.5, "Mejor"], [1086, 2.25, "Peor"]]
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
PAGE = b"<html><body><table><tr><td>documento</td><td>ventas</td></tr></table></body></html>"
PDF = b"%PDF-1.7\n1 0 obj <<>> endobj\n%%EOF"


# -- Text -----------------------------------------------------------------------------------------
def text(delimiter: str = ";", end: str = "\n", rows: list[list[str]] = ROWS) -> str:
    quoted = [[f'"{cell}"' if delimiter in cell else cell for cell in row] for row in rows]
    return "".join(delimiter.join(row) + end for row in quoted)


# -- Excel ----------------------------------------------------------------------------------------
def xlsx(*rows: list[Any], edit: Callable[[openpyxl.Workbook], Any] | None = None) -> bytes:
    workbook = openpyxl.Workbook()
    for row in rows or TYPED:
        workbook.active.append(row)
    if edit:
        edit(workbook)
    target = io.BytesIO()
    workbook.save(target)
    return target.getvalue()


def sheet_xml(rows: str, *, before: str = "", prefix: str = "") -> bytes:
    """A workbook of one sheet written by hand, as other programs write it."""
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    packages = "http://schemas.openxmlformats.org/package/2006"
    space = f'xmlns:{prefix[:-1]}="{main}"' if prefix else f'xmlns="{main}"'
    return archive(
        **{
            "[Content_Types].xml": f'<Types xmlns="{packages}/content-types"><Default Extension="xml" ContentType="application/xml"/></Types>',
            "_rels/.rels": f'<Relationships xmlns="{packages}/relationships"><Relationship Id="r1" Type="{relations}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
            "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{relations}"><sheets><sheet name="Hoja" sheetId="1" r:id="r1"/></sheets></workbook>',
            "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{packages}/relationships"><Relationship Id="r1" Type="{relations}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
            "xl/worksheets/sheet1.xml": f"{before}<{prefix}worksheet {space}><{prefix}sheetData>{rows}</{prefix}sheetData></{prefix}worksheet>",
        }
    )


def inline(value: object, reference: str = "", prefix: str = "") -> str:
    place = f' r="{reference}"' if reference else ""
    p = prefix
    if isinstance(value, str):
        return f'<{p}c{place} t="inlineStr"><{p}is><{p}t>{value}</{p}t></{p}is></{p}c>'
    return f"<{p}c{place}><{p}v>{value}</{p}v></{p}c>"


def unnumbered(prefix: str = "") -> str:
    rows = ("".join(inline(cell, prefix=prefix) for cell in row) for row in TYPED)
    return "".join(f"<{prefix}row>{row}</{prefix}row>" for row in rows)


def archive(**parts: str | bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as found:
        for name, body in parts.items():
            found.writestr(name, body)
    return target.getvalue()


def with_part(content: bytes, name: str, body: bytes) -> bytes:
    """The same archive with a part replaced."""
    with zipfile.ZipFile(io.BytesIO(content)) as old:
        return archive(**({each: old.read(each) for each in old.namelist()} | {name: body}))


def twice(content: bytes) -> bytes:
    """An archive that holds a sheet two times: which one is read depends on who reads."""
    target = io.BytesIO(content)
    with zipfile.ZipFile(target, "a") as found, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that it is there already: so it must be
        name = "xl/worksheets/sheet1.xml"
        found.writestr(name, found.read(name).replace(b"1085", b"9999"))
    return target.getvalue()


def lying(content: bytes, size: int) -> bytes:
    """An archive whose index says that each part unpacks to ``size`` bytes."""
    found, at = bytearray(content), 0
    while (at := found.find(b"PK\x01\x02", at)) >= 0:
        found[at + 24 : at + 28] = struct.pack("<I", size)
        at += 4
    return bytes(found)


def locked(content: bytes) -> bytes:
    """An archive whose parts say that they have a password."""
    found, at = bytearray(content), 0
    while (at := found.find(b"PK\x01\x02", at)) >= 0:
        found[at + 8] |= 1
        at += 4
    return bytes(found)


def styled(workbook: openpyxl.Workbook) -> None:
    workbook.active["XFD1048576"].font = Font(bold=True)


def far(workbook: openpyxl.Workbook) -> None:
    workbook.active["XFD1048576"] = "x"


def second_sheet(workbook: openpyxl.Workbook) -> None:
    workbook.create_sheet("Portada", 0)


def three_sheets(workbook: openpyxl.Workbook) -> None:
    second_sheet(workbook)
    workbook.create_sheet("Códigos").append(["a", 1])


def cover(workbook: openpyxl.Workbook) -> None:
    """A sheet before the data that says what the file is."""
    page = workbook.create_sheet("Portada", 0)
    page.append(["Encuesta de la alianza"])
    page.append(["Responsable", "Rosa Chaves"])


def two_tables(workbook: openpyxl.Workbook) -> None:
    page = workbook.create_sheet("Códigos")
    for row in (["a", "b"], [1, 2], [3, 4]):
        page.append(row)


def twin_tables(workbook: openpyxl.Workbook) -> None:
    page = workbook.create_sheet("Copia")
    for row in TYPED:
        page.append(row)


def cell(place: str, value: object) -> Callable[[openpyxl.Workbook], None]:
    def edit(workbook: openpyxl.Workbook) -> None:
        workbook.active[place] = value

    return edit


# -- LibreOffice ----------------------------------------------------------------------------------
_NS = "urn:oasis:names:tc:opendocument:xmlns"
ODS_TYPE = "application/vnd.oasis.opendocument.spreadsheet"
BLANK_MILLION = '<table:table-row table:number-rows-repeated="1048000"><table:table-cell table:number-columns-repeated="16384"/></table:table-row>'


def ods(*rows: str, manifest: str = "<m/>", before: str = "") -> bytes:
    return archive(
        **{
            "mimetype": ODS_TYPE,
            "META-INF/manifest.xml": manifest,
            "content.xml": f'{before}<office:document-content xmlns:office="{_NS}:office:1.0" xmlns:table="{_NS}:table:1.0" xmlns:text="{_NS}:text:1.0" xmlns:calcext="urn:calcext"><office:body><office:spreadsheet><table:table table:name="Hoja">{"".join(rows)}</table:table></office:spreadsheet></office:body></office:document-content>',
        }
    )


def ods_row(cells: list[Any], repeated: str = "") -> str:
    attribute = f' table:number-rows-repeated="{repeated}"' if repeated else ""
    return f"<table:table-row{attribute}>{''.join(map(ods_cell, cells))}</table:table-row>"


def ods_cell(value: Any, repeated: str = "") -> str:
    attribute = f' table:number-columns-repeated="{repeated}"' if repeated else ""
    if isinstance(value, str):
        return f'<table:table-cell office:value-type="string"{attribute}><text:p>{value}</text:p></table:table-cell>'
    return f'<table:table-cell office:value-type="float" office:value="{value}"{attribute}><text:p>{value}</text:p></table:table-cell>'


ODS_ROWS = [ods_row(row) for row in TYPED]
ODS_ERROR = '<table:table-row><table:table-cell office:value-type="float" office:value="1087"><text:p>1087</text:p></table:table-cell><table:table-cell office:value-type="string" office:string-value="" calcext:value-type="error"><text:p>#DIV/0!</text:p></table:table-cell></table:table-row>'
ODS_NO_TEXT = '<table:table-row table:number-rows-repeated="2000000000"><table:table-cell office:value-type="float" office:value="1"/></table:table-row>'


# -- What must be read ----------------------------------------------------------------------------
class Right(NamedTuple):
    """A file that holds ``ROWS``, in rows 1 to 3 unless told."""

    name: str
    build: Callable[[], bytes]
    numbers: tuple[int, ...] = (1, 2, 3)


RIGHT = {
    "UTF-8": Right("e.csv", lambda: text().encode()),
    "UTF-8 with its mark": Right("e.csv", lambda: text().encode("utf-8-sig")),
    "UTF-16": Right("e.csv", lambda: text().encode("utf-16")),
    "UTF-16 of the other order": Right("e.csv", lambda: b"\xfe\xff" + text().encode("utf-16-be")),
    "Windows": Right("e.csv", lambda: text().encode("cp1252")),
    "commas, decimals quoted": Right("e.csv", lambda: text(",").encode()),
    "tabs": Right("e.tsv", lambda: text("\t").encode()),
    "bars": Right("e.txt", lambda: text("|").encode()),
    "capitals in its name": Right("E.CSV", lambda: text().encode()),
    "a path for a name": Right("../../etc/e.csv", lambda: text().encode()),
    "sep=; above": Right("e.csv", lambda: b"sep=;\r\n" + text(end="\r\n").encode("cp1252")),
    "sep=tab above": Right("e.csv", lambda: b"sep=\t\n" + text("\t").encode()),
    "lines of Windows": Right("e.csv", lambda: text(end="\r\n").encode()),
    "lines of an old Mac": Right("e.csv", lambda: text(end="\r").encode()),
    "no last line end": Right("e.csv", lambda: text().encode().rstrip()),
    "sep=; saved again": Right("e.csv", lambda: b"sep=;;;\n" + text().encode()),
    "a title above, with commas": Right(
        "e.csv",
        lambda: "Encuesta de Pasto, Ipiales y Túquerres, 2026\n".encode() + text().encode(),
        (2, 3, 4),
    ),
    "a title above, with the delimiters of its cells": Right(
        "e.csv", lambda: b"Encuesta, 2026;;\n;;\n" + text().encode(), (3, 4, 5)
    ),
    "letters composed of two": Right(
        "e.csv", lambda: unicodedata.normalize("NFD", text()).encode()
    ),
    "marks that nobody sees": Right(
        "e.csv",
        lambda: (
            text().replace("Mejor", "Me\u00adjor\u200b").replace("ventas", "\ufeffventas").encode()
        ),
    ),
    "marks that nobody sees in a workbook": Right(
        "e.xlsx",
        lambda: xlsx(
            *[
                [c.replace("Mejor", "Me\u00adjor\u200b") if isinstance(c, str) else c for c in row]
                for row in TYPED
            ]
        ),
    ),
    "blank lines": Right("e.csv", lambda: b"\n \n" + text(end="\n;;\n").encode(), (3, 5, 7)),
    "a title line without cells": Right("e.csv", lambda: b"\n\n" + text().encode(), (3, 4, 5)),
    "a workbook": Right("e.xlsx", xlsx),
    "a workbook with blank rows": Right("e.xlsx", lambda: xlsx([], [], *TYPED), (3, 4, 5)),
    "a workbook named as text": Right("e.csv", xlsx),
    "a workbook with macros": Right("e.xlsm", xlsx),
    "data on the second sheet": Right("e.xlsx", lambda: xlsx(edit=second_sheet)),
    "data on the second sheet, a cover on the first": Right("e.xlsx", lambda: xlsx(edit=cover)),
    "data on the second sheet, notes on the third": Right(
        "e.xlsx", lambda: xlsx(edit=three_sheets)
    ),
    "a title above in a workbook": Right(
        "e.xlsx", lambda: xlsx(["Encuesta de 2026"], [], *TYPED), (3, 4, 5)
    ),
    "a style far away": Right("e.xlsx", lambda: xlsx(edit=styled)),
    "cells without references": Right("e.xlsx", lambda: sheet_xml(unnumbered())),
    "prefixes in its marks": Right("e.xlsx", lambda: sheet_xml(unnumbered("x:"), prefix="x:")),
    "a comment with a cell in it": Right(
        "e.xlsx", lambda: sheet_xml('<!-- <c r="XFD9"> -->' + unnumbered())
    ),
    "a workbook of LibreOffice": Right("e.ods", lambda: ods(*ODS_ROWS)),
    "a million blank rows": Right("e.ods", lambda: ods(*ODS_ROWS, BLANK_MILLION)),
    "blank rows repeated between": Right(
        "e.ods",
        lambda: ods(
            ODS_ROWS[0],
            '<table:table-row table:number-rows-repeated="9"><table:table-cell/></table:table-row>',
            *ODS_ROWS[1:],
        ),
        (1, 11, 12),
    ),
    "Stata": Right(
        "e.dta",
        lambda: stata_file(
            [
                {"documento": 1085.0, "ventas": 1.5, "situación": "Mejor"},
                {"documento": 1086.0, "ventas": 2.25, "situación": "Peor"},
            ]
        ),
        (0, 1, 2),
    ),
    "SPSS": Right(
        "e.sav",
        lambda: spss_file(
            [
                {"documento": 1085.0, "ventas": 1.5, "situación": "Mejor"},
                {"documento": 1086.0, "ventas": 2.25, "situación": "Peor"},
            ]
        ),
        (0, 1, 2),
    ),
}


# -- What must be refused -------------------------------------------------------------------------
class Wrong(NamedTuple):
    """A file and what its refusal says; ``place`` is the row and column that it names.

    ``is_grid``: its bytes can be read, and what is wrong is said of its cells or headings.
    """

    name: str
    build: Callable[[], bytes]
    says: str
    place: tuple[int, str] | None = None
    is_grid: bool = False


ENTITIES = (
    '<!DOCTYPE w [<!ENTITY a "aaaaaaaaaa">'
    + "".join(
        f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    )
    + "]>"
)
WRONG = {
    "nothing": Wrong("e.csv", lambda: b"", "empty"),
    "nothing, a workbook": Wrong("e.xlsx", lambda: b"", "empty"),
    "only spaces": Wrong("e.csv", lambda: b" \n ; \n", "no rows", is_grid=True),
    "headings alone": Wrong("e.csv", lambda: b"a;b\n", "headings and no rows", is_grid=True),
    "another kind of file": Wrong("e.pdf", lambda: PDF, "Only CSV"),
    "zeros": Wrong("e.csv", lambda: b"\x00\x01\x02;\x00", "not text"),
    "UTF-16 without its mark": Wrong("e.csv", lambda: text().encode("utf-16-le"), "not text"),
    "compressed": Wrong("e.csv", lambda: gzip.compress(text().encode() * 50), "not text"),
    "a PDF named CSV": Wrong("e.csv", lambda: PDF, "not text"),
    "a PDF named workbook": Wrong("e.xlsx", lambda: PDF, "not an Excel"),
    "a picture named workbook": Wrong(
        "e.xlsx", lambda: b"\x89PNG\r\n\x1a\n" + bytes(64), "not an Excel"
    ),
    "text named workbook": Wrong("e.xlsx", lambda: text().encode(), "not an Excel"),
    "a web page named CSV": Wrong("e.csv", lambda: PAGE, "web page"),
    "a web page named .xls": Wrong("e.xls", lambda: PAGE, "not an Excel"),
    "a web page named .xlsx": Wrong("e.xlsx", lambda: PAGE, "not an Excel"),
    "a quotation not closed": Wrong(
        "e.csv", lambda: b'a;b\n1;2\n3;"4\n5;6\n', "quotation", (3, "")
    ),
    "a quotation within a cell": Wrong("e.csv", lambda: b'a;b\n"1"x;2\n', "quotation", (2, "")),
    "a cell without end": Wrong(
        "e.csv", lambda: b"a;b\n1;2\n1;" + b"x" * 200_000, "far more text", (3, "")
    ),
    "a cell of a workbook without end": Wrong(
        "e.xlsx",
        lambda: sheet_xml(unnumbered() + f"<row>{inline('x' * 200_000)}</row>"),
        "far more text",
        (4, "A"),
    ),
    "a first cell without end": Wrong(
        "e.csv", lambda: b"x" * 131_100 + b"\n1;2\n", "far more text", (1, "")
    ),
    "a byte of Windows in UTF-8": Wrong(
        "e.csv",
        lambda: text().replace("Mejor", "Ma#ana").encode().replace(b"#", b"\xf1"),
        "has a letter that was lost",
        (2, "C"),
    ),
    "a lost letter": Wrong(
        "e.csv",
        lambda: text().replace("Peor", "Ni\ufffdo").encode(),
        "letter that was lost",
        (3, "C"),
    ),
    "a lost letter in a workbook": Wrong(
        "e.xlsx", lambda: xlsx(edit=cell("C3", "Ni\ufffdo")), "letter that was lost", (3, "C")
    ),
    **{
        f"UTF-8 read as {wrong}": Wrong(
            "e.csv",
            lambda wrong=wrong: text().replace("Peor", "Ñandú".encode().decode(wrong)).encode(),
            "it was probably «Ñandú»",
            (3, "C"),
        )
        for wrong in ("latin-1", "mac-roman", "cp850")
    },
    "UTF-8 read as Windows": Wrong(
        "e.csv",
        lambda: text().replace("Peor", "MarÃ\u00ada NuÃ±ez").encode(),
        "it was probably «María Nuñez»",
        (3, "C"),
    ),
    "UTF-8 read as Windows in a workbook": Wrong(
        "e.xlsx", lambda: xlsx(edit=cell("C3", "NuÃ±ez")), "it was probably «Nuñez»", (3, "C")
    ),
    "UTF-8 read as Windows in LibreOffice": Wrong(
        "e.ods", lambda: ods(*ODS_ROWS, ods_row(["NuÃ±ez"])), "it was probably «Nuñez»", (4, "A")
    ),
    "UTF-8 read as Windows in Stata": Wrong(
        "e.dta", lambda: stata_file([{"nombre": "NuÃ±ez"}]), "it was probably «Nuñez»", (1, "A")
    ),
    "DOS read as Windows": Wrong(
        "e.csv",
        lambda: text().replace("Peor", "Mu¤oz").encode("cp1252"),
        "has spoilt letters",
        (3, "C"),
    ),
    "a row too short": Wrong(
        "e.csv", lambda: b"a;b\n1;2\n3\n", "do not match", (3, ""), is_grid=True
    ),
    "a row too long": Wrong(
        "e.csv", lambda: b"a;b\n1;2\n3;4;5\n", "do not match", (3, ""), is_grid=True
    ),
    "a heading twice": Wrong(
        "e.csv", lambda: b"a;A\n1;2\n", "do not match", (1, "A"), is_grid=True
    ),
    "a column without heading": Wrong(
        "e.csv", lambda: b"a;\n1;2\n", "do not match", (1, ""), is_grid=True
    ),
    "too many rows of text": Wrong("e.csv", lambda: b"a;b\n" * 100_002, "rows", (100_002, "")),
    "too many columns of text": Wrong(
        "e.csv", lambda: b";".join([b"1"] * 501), "501 cells", (1, "")
    ),
    "too heavy": Wrong("e.csv", lambda: b"a;b\n" * 6_000_000, "split it in two"),
    "a password": Wrong("e.xlsx", lambda: OLE + "EncryptedPackage".encode("utf-16-le"), "password"),
    "Excel 97": Wrong("e.xls", lambda: OLE + bytes(600), "save it as .xlsx"),
    "truncated": Wrong("e.xlsx", lambda: xlsx()[:-400], "damaged"),
    "half of a workbook": Wrong("e.xlsx", lambda: xlsx()[:2000], "damaged"),
    "the beginning of an archive": Wrong("e.xlsx", lambda: b"PK\x03\x04", "damaged"),
    "a document": Wrong(
        "e.xlsx", lambda: archive(**{"word/document.xml": b"<w/>"}), "not an Excel or LibreOffice"
    ),
    "a sheet cut short": Wrong(
        "e.xlsx",
        lambda: with_part(
            xlsx(), "xl/worksheets/sheet1.xml", b"<worksheet><sheetData><row><c><v>1"
        ),
        "damaged",
    ),
    "a sheet cut after a cell": Wrong(
        "e.xlsx",
        lambda: with_part(
            xlsx(),
            "xl/worksheets/sheet1.xml",
            b'<worksheet><sheetData><row r="1"><c r="A1"><v>1</v></c><c r="B1"><v>',
        ),
        "damaged",
    ),
    "a sheet that is a picture": Wrong(
        "e.xlsx",
        lambda: with_part(xlsx(), "xl/worksheets/sheet1.xml", b"\x89PNG\x00<v>"),
        "damaged",
    ),
    "no list of sheets": Wrong(
        "e.xlsx", lambda: with_part(xlsx(), "xl/workbook.xml", b"<a/>"), "damaged"
    ),
    "parts with a password": Wrong("e.xlsx", lambda: locked(xlsx()), "password"),
    "sizes that lie": Wrong("e.xlsx", lambda: lying(xlsx(), 10), "damaged"),
    "one part twice": Wrong("e.xlsx", lambda: twice(xlsx()), "damaged"),
    "unpacks to too much": Wrong("e.xlsx", lambda: lying(xlsx(), 2**29), "far more than it should"),
    "too many parts": Wrong(
        "e.xlsx", lambda: archive(**{f"p{n}": b"" for n in range(501)}), "far more than it should"
    ),
    "entities that multiply": Wrong(
        "e.xlsx",
        lambda: sheet_xml(f"<row><c><v>&i;</v></c></row>{unnumbered()}", before=ENTITIES),
        "damaged",
    ),
    "a cell far away": Wrong(
        "e.xlsx", lambda: xlsx(edit=far), "reaches row 1048576", (1_048_576, "XFD")
    ),
    "a cell far away and nothing else": Wrong(
        "e.xlsx",
        lambda: sheet_xml(f'<row r="1048576">{inline(1, "XFD1048576")}</row>'),
        "reaches row 1048576",
        (1_048_576, "XFD"),
    ),
    "an error far away that shows nothing": Wrong(
        "e.xlsx",
        lambda: sheet_xml(f'{unnumbered()}<row r="9"><c r="XFD1048576" t="e"/></row>'),
        "reaches row 1048576",
        (1_048_576, "XFD"),
    ),
    "a cell far away in a row that says it is near": Wrong(
        "e.xlsx",
        lambda: sheet_xml(f'<row r="1">{inline(1, "A1")}{inline(1, "B1048576")}</row>'),
        "reaches row 1048576",
        (1_048_576, "B"),
    ),
    "a row far away without references": Wrong(
        "e.xlsx",
        lambda: sheet_xml(f'{unnumbered()}<row r="1048576">{inline(1)}</row>'),
        "reaches row 1048576",
        (1_048_576, "A"),
    ),
    "a column far away": Wrong(
        "e.xlsx", lambda: xlsx(edit=cell("SZ2", 1)), "reaches row 3 and column 520", (2, "SZ")
    ),
    "a formula never computed": Wrong(
        "e.xlsx",
        lambda: xlsx(edit=cell("B3", "=A2*2")),
        "never computed",
        (3, "ventas"),
        is_grid=True,
    ),
    "a formula that failed": Wrong(
        "e.xlsx", lambda: xlsx(edit=cell("B2", "#N/A")), "gives «#N/A»", (2, "ventas"), is_grid=True
    ),
    "a failed formula for a heading": Wrong(
        "e.xlsx", lambda: xlsx(edit=cell("B1", "#N/A")), "gives «#N/A»", (1, "B"), is_grid=True
    ),
    "a formula below the data": Wrong(
        "e.xlsx",
        lambda: xlsx(edit=cell("B9", "=A2")),
        "never computed",
        (9, "ventas"),
        is_grid=True,
    ),
    "merged data": Wrong(
        "e.xlsx",
        lambda: xlsx(edit=lambda book: book.active.merge_cells("B2:B3")),
        "Merged cells",
        (2, "B"),
        is_grid=True,
    ),
    "two tables": Wrong(
        "e.xlsx", lambda: xlsx(edit=twin_tables), "Say which one to read", is_grid=True
    ),
    "sheets without data": Wrong("e.xlsx", lambda: xlsx([]), "no rows", is_grid=True),
    "LibreOffice with a password": Wrong(
        "e.ods", lambda: ods(manifest="<encryption-data/>"), "password"
    ),
    "LibreOffice, damaged": Wrong("e.ods", lambda: archive(mimetype=ODS_TYPE), "damaged"),
    "a row repeated without end": Wrong(
        "e.ods",
        lambda: ods(ods_row([1], "2000000000")),
        "reaches row 2000000000",
        (2_000_000_000, "A"),
    ),
    "a value without text repeated": Wrong(
        "e.ods", lambda: ods(ODS_NO_TEXT), "reaches row 2000000000", (2_000_000_000, "A")
    ),
    "a cell repeated without end": Wrong(
        "e.ods",
        lambda: ods(f"<table:table-row>{ods_cell(1, '900000000')}</table:table-row>"),
        "column 900000000",
        (1, column_letters(900_000_000)),
    ),
    "more repetitions than a number holds": Wrong(
        "e.ods", lambda: ods(ods_row([1], "9" * 5000)), "damaged"
    ),
    "entities that multiply in LibreOffice": Wrong(
        "e.ods", lambda: ods(ods_row(["&i;"]), before=ENTITIES), "damaged"
    ),
    "a failed formula of LibreOffice": Wrong(
        "e.ods", lambda: ods(*ODS_ROWS, ODS_ERROR), "gives «#DIV/0!»", (4, "ventas"), is_grid=True
    ),
    "a formula of LibreOffice never computed": Wrong(
        "e.ods",
        lambda: ods(
            *ODS_ROWS[:2],
            f'<table:table-row>{ods_cell(1086)}<table:table-cell table:formula="of:=[.A2]"/>'
            f"{ods_cell('Peor')}</table:table-row>",
        ),
        "never computed",
        (3, "ventas"),
        is_grid=True,
    ),
    "a failed formula repeated": Wrong(
        "e.ods",
        lambda: ods(
            *ODS_ROWS,
            ODS_ERROR.replace(
                "<table:table-row>", '<table:table-row table:number-rows-repeated="3">'
            ),
        ),
        "gives «#DIV/0!»",
        (6, "ventas"),
        is_grid=True,
    ),
    "no Stata inside": Wrong("e.dta", lambda: text().encode(), "not a readable Stata"),
    "no SPSS inside": Wrong("e.sav", lambda: text().encode(), "not a readable Stata or SPSS"),
    "SPSS cut short": Wrong(
        "e.sav", lambda: spss_file([{"a": 1.0, "b": "xyz"}] * 50)[:300], "not a readable Stata"
    ),
    "Stata cut short": Wrong(
        "e.dta", lambda: stata_file([{"a": 1.0, "b": "xyz"}] * 50)[:900], "not a readable Stata"
    ),
}
