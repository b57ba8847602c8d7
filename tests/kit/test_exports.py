"""Tables that leave: in columns where they are opened, and never a formula."""

import ast
from decimal import Decimal

import pytest
from django.utils.translation import override

from kit.exports import harmless, table_file
from tests.sources import trees

ROWS = [{"nombre": "Ñáñez; Rosa", "valor": 0.25, "n": 14}, {"nombre": "=1+1", "valor": -3}]


def written(language: str) -> str:
    with override(language):
        return table_file("a.csv", ["nombre", "valor", "n"], ROWS).content.decode()


def test_spanish_separates_by_semicolons_and_writes_a_decimal_comma() -> None:
    assert written("es-co").split("\r\n") == [
        "\ufeffnombre;valor;n",
        '"Ñáñez; Rosa";0,25;14',
        "'=1+1;-3;",
        "",
    ]


def test_english_separates_by_commas_and_writes_a_decimal_point() -> None:
    assert "Ñáñez; Rosa,0.25,14" in written("en")


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "＝"])
def test_text_that_begins_as_a_formula_stays_text(start: str) -> None:
    assert harmless(f"{start}HYPERLINK(1)").startswith("'")


def test_numbers_and_other_text_are_left_as_they_are() -> None:
    assert harmless("María - Nuñez") == "María - Nuñez"
    assert "'-3" not in written("es-co")
    with override("en"):
        assert b"-1.50" in table_file("a.csv", ["v"], [{"v": Decimal("-1.50")}]).content


def test_no_other_writer_of_tables_exists() -> None:
    """Every export is neutralised because there is one."""
    calls = {
        str(path)
        for path, tree in trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and (node.func.attr in ("writer", "DictWriter", "to_excel"))
    }
    assert calls == {"kit/exports.py"}
