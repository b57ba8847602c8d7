"""Amounts as people type them."""

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from fiduciary.ledger.forms import PesosField
from fiduciary.ledger.rules import pesos, read_pesos


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
        ("5.5", "5.5"),
        (" 12 000 000 ", "12000000"),
    ],
)
def test_amounts_are_read_as_colombians_write_them(typed: str, amount: str) -> None:
    assert read_pesos(typed) == Decimal(amount)


@pytest.mark.parametrize(
    "typed",
    ["", "mucho", "-5.000", "5.00.000", "5.000,000", "1e9", "5..000", "٥٠٠", "NaN", "5,0000"],
)
def test_what_could_be_read_in_two_ways_is_refused(typed: str) -> None:
    with pytest.raises(ValueError, match="not an amount"):
        read_pesos(typed)


@given(amount=st.integers(1, 10**13).map(Decimal))
def test_what_is_shown_is_read_back(amount: Decimal) -> None:
    assert read_pesos(pesos(amount)) == amount


@pytest.mark.parametrize("typed", ["0", "0,00", "999.999.999.999.999", "x"])
def test_field_refuses_with_a_sentence(typed: str) -> None:
    field = PesosField()

    with pytest.raises(ValidationError, match=r"\w{4,}"):
        field.clean(typed)
