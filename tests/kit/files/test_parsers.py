"""How one cell is read: forgiving in form, strict in meaning."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.utils.translation import override

from kit.cells import Parser, Unreadable
from kit.files import parsers

BIRTHDAY = parsers.day(date(1900, 1, 1))
TENURE = parsers.choice({"owner": ("Propietario", "Propia"), "possession": ("Posesión",)})


@pytest.mark.parametrize(
    ("parse", "written", "read"),
    [
        (parsers.percentage, "85 %", Decimal(85)),
        (parsers.percentage, "85,5", Decimal("85.5")),
        (parsers.integer(0, 90), 8.0, 8),
        (parsers.integer(0, 90), "12", 12),
        (BIRTHDAY, "17/05/1983", date(1983, 5, 17)),
        (BIRTHDAY, "7-5-1983", date(1983, 5, 7)),
        (BIRTHDAY, "1983-05-17", date(1983, 5, 17)),
        (BIRTHDAY, datetime(1983, 5, 17, 0, 0), date(1983, 5, 17)),  # noqa: DTZ001
        (parsers.yes_no, "sí", True),
        (parsers.yes_no, "NO", False),
        (parsers.yes_no, True, True),
        (parsers.yes_no, 0.0, False),
        (TENURE, "POSESION", "possession"),
        (TENURE, "propia", "owner"),
        (parsers.text(20), 101.0, "101"),
    ],
)
def test_cell_is_read(parse: Parser, written: Any, read: Any) -> None:
    assert parse(written) == read


@pytest.mark.parametrize(
    ("parse", "written", "says"),
    [
        (parsers.percentage, 0.85, "share of one"),
        (parsers.percentage, "101", "outside the limits"),
        (parsers.integer(0, 90), 8.5, "whole number"),
        (BIRTHDAY, "31/02/1983", "does not exist"),
        (BIRTHDAY, "05/17/1983", "does not exist"),
        (BIRTHDAY, 30453.0, "not a date"),
        (BIRTHDAY, "mayo de 1983", "not a date"),
        (BIRTHDAY, "17/05/83", "not a date"),
        (BIRTHDAY, "17/05/1883", "before"),
        (parsers.yes_no, "tal vez", "neither"),
        (TENURE, "prestada", "not one of: Propietario, Posesión"),
        (parsers.text(5), "demasiado", "9 characters"),
        (parsers.text(5), True, "not a text"),
    ],
)
def test_cell_is_refused_and_says_what_to_write(parse: Parser, written: Any, says: str) -> None:
    with override("en"), pytest.raises(Unreadable, match=says):
        parse(written)


def test_blanks_nobody_sees_are_removed() -> None:
    assert parsers.tidy("\u00a0 Los\u00a0 Pastos \u200b") == "Los Pastos"
    assert parsers.tidy(" \u00a0\ufeff ") is None
    assert parsers.tidy(0.0) == 0.0
