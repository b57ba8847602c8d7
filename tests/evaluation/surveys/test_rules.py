"""What a cell means for a variable, and what is refused rather than guessed."""

from datetime import date
from decimal import Decimal

import pytest
from django.utils import translation

from evaluation.surveys.rules import Field, answer_of
from kit.cells import Broken, Unreadable

SCALE = {"0": "Nada", "1": "Poco", "2": "Algo"}


def read(cell, kind="number", *, mark=None, file_labels=None, **settings):
    variable = Field("v", "V", kind, **settings)
    return answer_of(cell, variable, mark=mark, file_labels=file_labels or {})


@pytest.mark.parametrize("cell", [None, "", "  ", ".", "NA", "n/a", "99", 99, 99.0])
def test_blanks_and_missing_codes_are_no_answer(cell):
    assert read(cell, missing_codes=frozenset({"99"})) is None


def test_not_a_number_of_floating_point_is_no_answer():
    assert read(float("nan")) is None


@pytest.mark.parametrize("cell", ["x", float("inf"), date(2021, 1, 1), True])
def test_what_is_not_a_number_is_refused(cell):
    with pytest.raises(Unreadable, match="not a number"):
        read(cell)


@pytest.mark.parametrize("cell", [-1, 5, "4.01"])
def test_out_of_range_is_refused(cell):
    with pytest.raises(Unreadable, match="range"):
        read(cell, minimum=Decimal(0), maximum=Decimal(4))


def test_a_refused_figure_is_written_as_people_read_it():
    with translation.override("es-co"), pytest.raises(Unreadable, match=r"^1\.000\.000,5 .*0,25"):
        read(1_000_000.5, minimum=Decimal("0.25"), maximum=Decimal(4))


def test_half_a_person_is_refused():
    with pytest.raises(Unreadable, match="whole"):
        read(2.5, "integer")


@pytest.mark.parametrize(
    ("cell", "expected"),
    [("Sí", 1), ("SI", 1), (1, 1), (1.0, 1), (True, 1), ("no", 0), (0, 0), ("falso", 0)],
)
def test_yes_and_no_in_any_spelling(cell, expected):
    assert read(cell, "yes_no") == expected


def test_yes_and_no_follow_the_labels_of_the_file():
    assert read(2, "yes_no", file_labels={"1": "Sí", "2": "No"}) == 0
    with pytest.raises(Unreadable):
        read(2, "yes_no")


@pytest.mark.parametrize("cell", [1, 1.0, "1", "Poco", "POCO "])
def test_a_choice_by_code_or_label(cell):
    assert read(cell, "choice", labels=SCALE) == 1


def test_labels_of_the_file_win_over_its_codes():
    assert read(1, "choice", labels=SCALE, file_labels={"1": "Nada"}) == 0


def test_a_code_that_means_something_else_in_the_file_is_refused():
    with pytest.raises(Unreadable, match="Bastante"):
        read(1, "choice", labels=SCALE, file_labels={"1": "Bastante"})


def test_an_unknown_choice_is_refused():
    with pytest.raises(Unreadable, match="not one of"):
        read(7, "choice", labels=SCALE)


def test_long_texts_are_refused():
    assert read(" hola ", "text") == "hola"
    with pytest.raises(Unreadable, match="500"):
        read("x" * 501, "text")


@pytest.mark.parametrize("kind", ["number", "integer", "yes_no", "choice", "text"])
@pytest.mark.parametrize("cell", ["#N/A", "#N/D", "#REF!", "#¡DIV/0!", "Err:502", Broken("broken")])
def test_an_error_of_the_spreadsheet_is_never_an_answer_nor_a_blank(kind, cell):
    with pytest.raises(Unreadable, match=r"formula|broken"):
        read(cell, kind, labels=SCALE)


def test_codes_that_a_data_frame_wrote_with_a_point_are_their_codes():
    assert read("2.0", "choice", labels=SCALE) == 2
    assert read("1,0", "yes_no") == 1
    assert read("99.0", "choice", labels=SCALE, missing_codes=frozenset({"99"})) is None
    with pytest.raises(Unreadable, match="not one of"):
        read("2.000", "choice", labels=SCALE)
