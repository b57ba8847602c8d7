"""What a cell means for a variable, and what is refused rather than guessed."""

from datetime import date
from decimal import Decimal

import pytest

from evaluation.surveys.rules import BadCell, Field, answer_of, number_of, uses_decimal_comma

SCALE = {"0": "Nada", "1": "Poco", "2": "Algo"}


def read(cell, kind="number", *, comma=False, file_labels=None, **settings):
    variable = Field("v", "V", kind, **settings)
    return answer_of(cell, variable, decimal_comma=comma, file_labels=file_labels or {})


@pytest.mark.parametrize("cell", [None, "", "  ", ".", "NA", "n/a", "99", 99, 99.0])
def test_blanks_and_missing_codes_are_no_answer(cell):
    assert read(cell, missing_codes=frozenset({"99"})) is None


@pytest.mark.parametrize(
    ("text", "comma", "expected"),
    [
        ("1500", False, "1500"),
        ("1,500.25", False, "1500.25"),
        ("1.500.000", True, "1500000"),
        ("$ 1.500,5", True, "1500.5"),
        ("-3,5", True, "-3.5"),
        ("−3,5", True, "-3.5"),
        ("1e3", False, "1000"),
        (".5", False, "0.5"),
    ],
)
def test_numbers_follow_one_convention(text, comma, expected):
    assert number_of(text, decimal_comma=comma) == Decimal(expected)


@pytest.mark.parametrize(
    ("text", "comma"),
    [
        ("1.23.4", True),
        ("1,23,4", False),
        ("12,5", False),
        ("abc", False),
        ("1 2", True),
        ("--1", False),
    ],
)
def test_a_number_is_never_guessed(text, comma):
    with pytest.raises(BadCell):
        number_of(text, decimal_comma=comma)


def test_a_column_decides_its_own_decimal_mark():
    assert uses_decimal_comma(["1.234", "3,5"], default=False)
    assert not uses_decimal_comma(["1.234", "3.5"], default=True)
    assert uses_decimal_comma(["1.234", "7"], default=True)


def test_not_a_number_of_floating_point_is_no_answer():
    assert read(float("nan")) is None


@pytest.mark.parametrize("cell", ["x", float("inf"), date(2021, 1, 1)])
def test_what_is_not_a_number_is_refused(cell):
    with pytest.raises(BadCell, match="not a number"):
        read(cell)


@pytest.mark.parametrize("cell", [-1, 5, "4.01"])
def test_out_of_range_is_refused(cell):
    with pytest.raises(BadCell, match="range"):
        read(cell, minimum=Decimal(0), maximum=Decimal(4))


def test_half_a_person_is_refused():
    with pytest.raises(BadCell, match="whole"):
        read(2.5, "integer")


@pytest.mark.parametrize(
    ("cell", "expected"),
    [("Sí", 1), ("SI", 1), (1, 1), (1.0, 1), (True, 1), ("no", 0), (0, 0), ("falso", 0)],
)
def test_yes_and_no_in_any_spelling(cell, expected):
    assert read(cell, "yes_no") == expected


def test_yes_and_no_follow_the_labels_of_the_file():
    assert read(2, "yes_no", file_labels={"1": "Sí", "2": "No"}) == 0
    with pytest.raises(BadCell):
        read(2, "yes_no")


@pytest.mark.parametrize("cell", [1, 1.0, "1", "Poco", "POCO "])
def test_a_choice_by_code_or_label(cell):
    assert read(cell, "choice", labels=SCALE) == 1


def test_labels_of_the_file_win_over_its_codes():
    assert read(1, "choice", labels=SCALE, file_labels={"1": "Nada"}) == 0


def test_a_code_that_means_something_else_in_the_file_is_refused():
    with pytest.raises(BadCell, match="Bastante"):
        read(1, "choice", labels=SCALE, file_labels={"1": "Bastante"})


def test_an_unknown_choice_is_refused():
    with pytest.raises(BadCell, match="not one of"):
        read(7, "choice", labels=SCALE)


def test_long_texts_are_refused():
    assert read(" hola ", "text") == "hola"
    with pytest.raises(BadCell, match="500"):
        read("x" * 501, "text")
