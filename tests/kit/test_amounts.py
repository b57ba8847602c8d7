"""Amounts as people type them and as spreadsheets hold them."""

from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st

from kit.amounts import number, pesos
from kit.cells import Parser, Unreadable
from kit.figures import cop as in_a_sentence
from kit.forms import PesosField
from kit.numbers import grouped, ungrouped
from kit.plausible import AMOUNT_COP

PESOS = pesos(AMOUNT_COP)
HECTARES = number(Decimal(0), Decimal("9999.99"), places=2)


@pytest.mark.parametrize(
    ("typed", "amount"),
    [
        ("5.000.000", "5000000"),
        ("$ 5.000.000", "5000000"),
        ("5,000,000.50", "5000000.50"),
        ("5.000.000,5", "5000000.5"),
        ("5000000", "5000000"),
        ("5.000", "5000"),
        ("5,000", "5000"),
        ("5,00", "5.00"),
        ("5,5", "5.5"),
        ("480,50", "480.50"),
        ("500'000.000", "500000000"),
        ("$ 500´000.000", "500000000"),
        ("1’500.000,50", "1500000.50"),
        ("1`234.567.890", "1234567890"),
        (" 12 000 000 ", "12000000"),
        ("7000000,0000", "7000000"),
    ],
)
def test_amounts_are_read_as_colombians_write_them(typed: str, amount: str) -> None:
    assert PESOS(typed) == Decimal(amount)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "mucho",
        "-5.000",
        "5.00.000",
        "5.000,000",
        "1e9",
        "5..000",
        "٥٠٠",
        "NaN",
        "5,0000",
        "1500.000",
        "12500,000",
    ],
)
def test_what_could_be_read_in_two_ways_is_refused(typed: str) -> None:
    with pytest.raises(Unreadable, match=r"\w{4,}"):
        PESOS(typed)


@pytest.mark.parametrize(
    ("parse", "written", "read"),
    [
        (PESOS, "7.000.000", Decimal(7_000_000)),
        (PESOS, "$ 7.000.000,50", Decimal("7000000.50")),
        (PESOS, "COP 900.000", Decimal(900_000)),
        (PESOS, "7,000,000.25", Decimal("7000000.25")),
        (PESOS, "900,000", Decimal(900_000)),
        (PESOS, 7_000_000.0, Decimal(7_000_000)),
        (HECTARES, "2,5", Decimal("2.50")),
        (HECTARES, "2.5", Decimal("2.50")),
        (HECTARES, "1.234,5", Decimal("1234.50")),
        (HECTARES, 3.3000000000000003, Decimal("3.30")),
        (HECTARES, 0.0, Decimal(0)),
    ],
)
def test_number_is_read(parse: Parser, written: Any, read: Any) -> None:
    assert parse(written) == read


@pytest.mark.parametrize(
    ("parse", "written", "says"),
    [
        (PESOS, "siete millones", "not a number"),
        (PESOS, "1.00.000", "not a number"),
        (PESOS, "-5", "outside the limits"),
        (PESOS, 1e12, "outside the limits"),
        (PESOS, "10,555.123", "decimals"),
        (HECTARES, "2.500", "two ways"),
        (HECTARES, 2.555, "decimals"),
        (HECTARES, True, "not a number"),
    ],
)
def test_number_is_refused_and_says_what_to_write(parse: Parser, written: Any, says: str) -> None:
    with override("en"), pytest.raises(Unreadable, match=says):
        parse(written)


@pytest.mark.parametrize("typed", ["480.5", "480.50", "$ 480.5", "1500.5 COP", "-480.5"])
def test_a_point_without_its_three_digits_is_asked_again(typed: str) -> None:
    """It may be cents or thousands cut short; where points mark decimals, it is cents."""
    written = number(-AMOUNT_COP, AMOUNT_COP, places=2, whole_dots=True)
    with override("es-co"), pytest.raises(Unreadable, match=r"480,5|1500,5"):
        written(typed)
    with override("en"):
        assert written(typed) % 1 != 0


def test_cents_that_were_typed_are_shown() -> None:
    with override("es-co"):
        assert in_a_sentence(PESOS("480,5")) == "$\u00a0480,50"


@given(amount=st.integers(1, 10**11 - 1).map(Decimal))
def test_what_is_shown_is_read_back(amount: Decimal) -> None:
    assert PESOS(in_a_sentence(amount)) == amount


@pytest.mark.parametrize("language", ["es-co", "en"])
@pytest.mark.parametrize("amount", [Decimal(900_000), Decimal("1234567.5"), Decimal(0)])
def test_pesos_shown_are_read_back_the_same(language: str, amount: Decimal) -> None:
    with override(language):
        assert PESOS(grouped(amount)) == amount


@pytest.mark.parametrize("language", ["es-co", "en"])
@pytest.mark.parametrize("area", [Decimal("2.5"), Decimal("1500.25"), Decimal(1500)])
def test_hectares_shown_are_read_back_the_same(language: str, area: Decimal) -> None:
    with override(language):
        assert HECTARES(ungrouped(area)) == area


@pytest.mark.parametrize("typed", ["0", "0,00", "999.999.999.999.999", "x"])
def test_field_refuses_with_a_sentence(typed: str) -> None:
    field = PesosField()

    with pytest.raises(ValidationError, match=r"\w{4,}"):
        field.clean(typed)
