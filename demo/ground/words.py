"""Invented people and bodies: names, documents, telephones and tax numbers that nobody has.

Document numbers begin at 9.000.000.000 and tax numbers at 990.000.000, which are not issued;
telephones are 300000 and four digits.
"""

import json
from functools import cache
from pathlib import Path
from typing import Any

from stdnum.co import nit

from demo.ground.chance import Dice

DATA = Path(__file__).parent / "data"
FIRST_DOCUMENT = 9_000_000_000
FIRST_NIT = 990_000_000


@cache
def words() -> dict[str, Any]:
    """Every list of words."""
    data: dict[str, Any] = json.loads((DATA / "words.json").read_text(encoding="utf-8"))
    return data


@cache
def geography() -> dict[str, Any]:
    """Weights of departments and crops, usual yields and prices, places of the cluster."""
    data: dict[str, Any] = json.loads((DATA / "places.json").read_text(encoding="utf-8"))
    return data


def person(dice: Dice) -> tuple[str, str]:
    """Given names and surnames of somebody."""
    given = words()["women" if dice.happens(0.5) else "men"]
    names = dice.sample(given, 2) if dice.happens(0.4) else [dice.choice(given)]
    return " ".join(names), " ".join(dice.sample(words()["surnames"], 2))


def tax_number(place: int) -> str:
    """The ``place``-th invented NIT with its check digit."""
    digits = str(FIRST_NIT + place)
    return f"{digits}-{nit.calc_check_digit(digits)}"


def document(place: int) -> str:
    """The ``place``-th invented identity document."""
    return str(FIRST_DOCUMENT + place)


def telephone(place: int) -> str:
    """A telephone that rings nowhere."""
    return f"300000{place % 10_000:04d}"


def reason(dice: Dice, kind: str) -> str:
    """A reason of that kind, as somebody would write it."""
    text: str = dice.choice(words()["reasons"][kind])
    return text
