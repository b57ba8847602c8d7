"""Any of the three formats gives the same table; what cannot be read says where and why."""

import io
import zipfile

import openpyxl
import pytest

from kit.cells import Broken
from kit.errors import InvalidFile
from kit.files.limits import Limits
from kit.files.tables import Table, read_table
from tests.evaluation.surveys.files import csv_file, stata_file, xlsx_file

ROWS = [
    {"documento": "1085", "situación": "Mejor", "ingreso": 1500000},
    {"documento": "1086", "situación": "Peor", "ingreso": -2000},
]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1", "cp1252", "utf-16"])
def test_csv_is_read_whatever_its_delimiter_and_encoding(delimiter, encoding):
    table = read_table("encuesta.CSV", csv_file(ROWS, delimiter=delimiter, encoding=encoding))

    assert table.columns == ("documento", "situación", "ingreso")
    assert table.rows == (("1085", "Mejor", "1500000"), ("1086", "Peor", "-2000"))
    assert table.numbers == (2, 3)


def test_csv_keeps_the_row_numbers_of_the_spreadsheet():
    text = 'a,b\n\n1,"two\nlines"\n\n3,4\n'

    table = read_table("x.csv", text.encode())

    assert table.numbers == (3, 5)
    assert table.rows[0] == ("1", "two\nlines")


def test_xlsx_counts_rows_from_the_top_of_the_sheet():
    table = read_table("x.xlsx", xlsx_file(ROWS, blank_rows_above=2))

    assert table.sheet == "Respuestas"
    assert table.numbers == (4, 5)
    assert table.rows[0] == ("1085", "Mejor", 1500000.0)


def test_stata_brings_its_value_labels_and_missing_values():
    rows = [{"id": 7.0, "bien": 1.0, "nota": "a"}, {"id": 8.0, "bien": float("nan"), "nota": ""}]

    table = read_table("x.dta", stata_file(rows, labels={"bien": {1: "Mejor", 2: "Peor"}}))

    assert table.rows == ((7, 1, "a"), (8, None, None))
    assert table.labels["bien"] == {"1": "Mejor", "2": "Peor"}


def workbook_of(*rows: list[object]) -> bytes:
    workbook = openpyxl.Workbook()
    for row in rows:
        workbook.active.append(row)
    content = io.BytesIO()
    workbook.save(content)
    return content.getvalue()


BROKEN = {
    "unknown ending": ("x.pdf", b"%PDF-1.7"),
    "empty": ("x.csv", b""),
    "only spaces": ("x.csv", b" \n \n"),
    "headings only": ("x.csv", b"a,b\n"),
    "binary": ("x.csv", b"\x00\x01\x02\x03" * 20),
    "open quotation": ("x.csv", b'a,b\n1,"2\n'),
    "wrong encoding asked": ("x.csv", "situación,b\n1,2\n".encode("latin-1")),
    "not a workbook": ("x.xlsx", b"PK\x03\x04 nothing"),
    "text named xlsx": ("x.xlsx", b"a,b\n1,2\n"),
    "truncated workbook": ("x.xlsx", xlsx_file(ROWS)[:2000]),
    "empty workbook": ("x.xlsx", workbook_of()),
    "not stata": ("x.dta", b"a,b\n1,2\n"),
    "truncated stata": ("x.dta", stata_file([{"a": 1.0, "b": "xyz"}] * 50)[:900]),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_broken_files_are_refused_in_words(kind):
    name, content = BROKEN[kind]
    encoding = "utf-8" if kind == "wrong encoding asked" else ""

    with pytest.raises(InvalidFile) as refusal:
        read_table(name, content, encoding=encoding)

    assert refusal.value.message


@pytest.mark.parametrize(
    ("content", "row", "column"),
    [
        (b"a,a\n1,2\n", 1, "a"),
        (b"a,,c\n1,2,3\n", 1, ""),
        (b"a,b\n1,2\n3\n", 3, ""),
        (b"a,b\n1,2\n3,4,5\n", 3, ""),
    ],
)
def test_a_crooked_table_names_its_row(content, row, column):
    with pytest.raises(InvalidFile) as refusal:
        read_table("x.csv", content)

    assert [(error.row, error.column) for error in refusal.value.errors] == [(row, column)]


def test_limits_hold():
    one_row = Limits(rows=2)
    for name, content in (
        ("x.csv", csv_file(ROWS)),
        ("x.xlsx", xlsx_file(ROWS)),
        ("x.dta", stata_file([{"a": 1.0}, {"a": 2.0}])),
    ):
        with pytest.raises(InvalidFile):
            read_table(name, content, limits=one_row)

    with pytest.raises(InvalidFile, match="most is 10"):
        read_table("x.csv", csv_file(ROWS), limits=Limits(size=10))
    with pytest.raises(InvalidFile, match="most is 20"):
        read_table("x.csv", b"a" * (20 * 1024 * 1024 + 1))


def test_a_zip_bomb_is_not_unpacked():
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b" " * 1_000_000)

    with pytest.raises(InvalidFile, match="unpacks to far more"):
        read_table("x.xlsx", packed.getvalue(), limits=Limits(unpacked=500_000))


def test_a_table_is_plain_data():
    assert isinstance(read_table("x.csv", csv_file(ROWS)), Table)


# -- Every cell is a value, a blank or an error ---------------------------------------------------
HEAD = ["documento", "ingreso", "nota"]


def broken_of(table: Table) -> dict[tuple[int, int], str]:
    return {
        (number, place): cell.why
        for number, row in zip(table.numbers, table.rows, strict=True)
        for place, cell in enumerate(row)
        if isinstance(cell, Broken)
    }


@pytest.mark.parametrize(
    ("cell", "says"),
    [
        ("=B1*2", "never computed"),
        ("#N/A", "gives «#N/A»"),
        ("#REF!", "gives «#REF!»"),
        ("#DIV/0!", "gives «#DIV/0!»"),
    ],
)
def test_an_error_of_a_workbook_is_an_error_where_it_stands(cell, says):
    table = read_table("x.xlsx", workbook_of(HEAD, [1085, 5, "a"], [1086, cell, "b"]))

    assert list(broken_of(table)) == [(3, 1)]
    assert says in broken_of(table)[3, 1]


def test_a_formula_in_the_last_row_and_column_is_not_cut_off():
    table = read_table("x.xlsx", workbook_of(HEAD, [1085, 5, "a"], [None, None, "=A2"]))

    assert list(broken_of(table)) == [(3, 2)]


@pytest.mark.parametrize("place", [b"XFD2", b"B1048576"])
def test_a_formula_far_away_is_refused_where_it_stands(place):
    content = workbook_of(HEAD, [1085, "=A2", "a"])

    with pytest.raises(InvalidFile) as refusal:
        read_table("x.xlsx", repacked(content, b'r="B2"', b'r="%s"' % place))

    ((row, column),) = [(error.row, error.column) for error in refusal.value.errors]
    assert f"{column}{row}".encode() == place


def test_a_computed_formula_is_its_value():
    content = workbook_of(HEAD, [1085, 5, "=A2"])
    computed = repacked(content, b"<v></v>", b"<v>7</v>", b"<v />", b"<v>7</v>")

    table = read_table("x.xlsx", computed)

    assert table.rows == ((1085, 5, 7),)


def test_prefixes_and_comments_do_not_hide_an_error():
    content = workbook_of(HEAD, [1085, "#N/A", "a"])
    odd = repacked(content, b"<sheetData>", b"<!-- <c --><sheetData>")

    assert list(broken_of(read_table("x.xlsx", odd))) == [(2, 1)]


def test_merged_cells_are_refused_where_they_are():
    workbook = openpyxl.Workbook()
    for row in (HEAD, [1085, 5, "a"], [1086, None, "b"]):
        workbook.active.append(row)
    workbook.active.merge_cells("B2:B3")
    content = io.BytesIO()
    workbook.save(content)

    with pytest.raises(InvalidFile) as refusal:
        read_table("x.xlsx", content.getvalue())

    assert [(error.row, error.column) for error in refusal.value.errors] == [(2, "B")]


def test_sheets_that_are_not_read_are_told():
    workbook = openpyxl.Workbook()
    for row in (HEAD, [1085, 5, "a"]):
        workbook.active.append(row)
    workbook.create_sheet("Más").append(["una nota"])
    workbook.create_sheet("Vacía")
    content = io.BytesIO()
    workbook.save(content)

    assert read_table("x.xlsx", content.getvalue()).other_sheets == ("Más",)


def repacked(content: bytes, *pairs: bytes) -> bytes:
    """The workbook with some bytes of its sheet replaced, two by two."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            body = old.read(name)
            if name == "xl/worksheets/sheet1.xml":
                for before, after in zip(pairs[::2], pairs[1::2], strict=True):
                    body = body.replace(before, after)
            new.writestr(name, body)
    return target.getvalue()
