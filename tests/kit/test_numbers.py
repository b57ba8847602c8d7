"""Numbers written as text: never a thousandfold, never guessed, whatever the order of the cells."""

from decimal import Decimal
from itertools import permutations

import pytest
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st

from kit.cells import Unreadable
from kit.numbers import (
    COMMA,
    MARKS,
    POINT,
    Mark,
    convention_of,
    grouped,
    number_of,
    readings,
    ungrouped,
)

LANGUAGES = {COMMA: "es-co", POINT: "en"}
numbers = st.decimals(-(10**12), 10**12, places=4, allow_nan=False).map(
    lambda value: value.normalize() + 0
)
texts = st.text("0123456789.,' -$%eE()\u00a0", min_size=1, max_size=12)


def both(text: str) -> list[Decimal | None]:
    return [found and found.value for found in readings(text)]


def outcome(text: str, mark: Mark | None) -> Decimal | None:
    try:
        return number_of(text, mark)
    except Unreadable:
        return None


# -- One cell -------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "comma", "point"),
    [
        ("0.125", None, "0.125"),
        ("0,125", "0.125", None),
        ("1.234", "1234", "1.234"),
        ("1,234", "1.234", "1234"),
        ("1.234,5", "1234.5", None),
        ("1,234.5", None, "1234.5"),
        ("1.234.567", "1234567", None),
        ("1'234.567", "1234567", "1234.567"),
        ("1'234'567", "1234567", "1234567"),
        ("1 234", "1234", "1234"),
        ("1\u202f234,5", "1234.5", None),
        ("$ 1.500,5", "1500.5", None),
        ("−$\u00a07.277.324", "-7277324", None),
        ("$-3,5", "-3.5", None),
        ("1500 COP", "1500", "1500"),
        (".5", None, "0.5"),
        ("1e3", "1000", "1000"),
        ("1.234e5", None, "123400"),
    ],
)
def test_each_mark_gives_its_reading(text: str, comma: str | None, point: str | None) -> None:
    assert both(text) == [comma and Decimal(comma), point and Decimal(point)]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-",
        "abc",
        "1.23.4",
        "1,23,4",
        "1 2",
        "1\n234",
        "--1",
        "-$-1",
        "1.234 567",
        "٥٠٠",
        "1e999",
        "1" * 50,
        "NaN",
        "1.",
        "5-",
        "(500)",
        "12 %",
    ],
)
def test_what_is_no_number_has_no_reading(text: str) -> None:
    assert both(text) == [None, None]


@pytest.mark.parametrize(
    ("text", "mark", "says"),
    [
        ("1.234", None, "two ways, 1234 or 1.234"),
        ("2.5", COMMA, "decimal comma of the rest"),
        ("2,5", POINT, "decimal point of the rest"),
        ("12 %", None, "percentage"),
        ("(500)", COMMA, "brackets"),
        ("mucho", None, "not a number"),
    ],
)
def test_a_refusal_says_why(text: str, mark: Mark | None, says: str) -> None:
    with override("en"), pytest.raises(Unreadable, match=says):
        number_of(text, mark)


@given(value=numbers, mark=st.sampled_from(MARKS), is_grouped=st.booleans())
def test_what_a_language_writes_is_read_back(value: Decimal, mark: Mark, is_grouped: bool) -> None:
    with override(LANGUAGES[mark]):
        written = grouped(value) if is_grouped else ungrouped(value)
    assert number_of(written, mark) == value
    # Nobody who ignores the mark reads another number instead: the same, or none.
    assert outcome(written, None) in (value, None)


@given(text=texts)
def test_a_reading_without_a_mark_is_the_only_one(text: str) -> None:
    alone, either = outcome(text, None), {outcome(text, mark) for mark in MARKS} - {None}
    assert either == ({alone} if alone is not None else either)
    assert alone is not None or len(either) != 1


@given(value=st.decimals("0.0001", "0.9999", places=4), mark=st.sampled_from(MARKS))
def test_a_fraction_is_never_thousands(value: Decimal, mark: Mark) -> None:
    assert number_of(str(value).replace(".", mark), None) == value


# -- A column -------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("column", "mark"),
    [
        (["1.234", "3,5"], COMMA),
        (["1.234", "3.5"], POINT),
        (["1.234", "7"], None),
        (["0.125", "1.234"], POINT),
        (["1.234.567", "950.000"], COMMA),
        (["1.234,5", "2.5"], None),
        (["12", "abc"], None),
    ],
)
def test_a_column_uses_the_mark_that_its_cells_show(column: list[str], mark: Mark | None) -> None:
    assert convention_of(column).mark == mark


def test_a_column_that_shows_no_mark_must_be_asked() -> None:
    found = convention_of(["7", "1.234", "2,345"])
    assert found.must_be_asked
    assert found.doubtful == "1.234"
    assert not convention_of(["7", "1.234", "2.5"]).must_be_asked
    assert not convention_of(["7", "abc"]).must_be_asked


def test_a_contradiction_names_both_cells() -> None:
    found = convention_of(["1.000", "1.234,5", "2.5", "3.5"])
    assert found.is_contradictory
    assert (found.comma, found.point, found.doubtful) == ("1.234,5", "2.5", "1.000")


written = st.tuples(numbers, st.sampled_from(MARKS), st.booleans())


@given(column=st.lists(st.one_of(texts, written.map(lambda w: _written(*w))), max_size=4))
def test_the_mark_does_not_depend_on_the_order(column: list[str]) -> None:
    found = {
        (each.mark, each.must_be_asked, each.is_contradictory)
        for each in map(convention_of, permutations(column))
    }
    assert len(found) == 1


def _written(value: Decimal, mark: Mark, is_grouped: bool) -> str:
    with override(LANGUAGES[mark]):
        return grouped(value) if is_grouped else ungrouped(value)


@given(
    values=st.lists(numbers, min_size=1, max_size=6),
    mark=st.sampled_from(MARKS),
    dots=st.booleans(),
)
def test_a_column_written_in_one_way_is_stored_as_written_or_not_at_all(
    values: list[Decimal], mark: Mark, dots: bool
) -> None:
    column = [_written(value, mark, dots) for value in values]

    decided = convention_of(column).mark

    assert decided in (mark, None)
    for text, value in zip(column, values, strict=True):
        assert outcome(text, decided) in (value, None)
        assert outcome(text, mark) == value  # and once somebody says the mark, each is stored
