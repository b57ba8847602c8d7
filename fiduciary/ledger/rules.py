"""How an amount is written in a sentence, and read from what a person typed. Pure."""

import re
from decimal import ROUND_HALF_UP, Decimal


def pesos(amount_cop: Decimal) -> str:
    """``$ 7.277.324``: whole pesos with Colombian separators; the sign goes before the symbol."""
    whole = amount_cop.quantize(Decimal(1), rounding=ROUND_HALF_UP)
    sign = "-" if whole < 0 else ""
    return f"{sign}$ {abs(whole):,}".replace(",", ".")


_SPANISH = re.compile(r"\d{1,3}(\.\d{3})+(,\d{1,2})?", re.ASCII)
_ENGLISH = re.compile(r"\d{1,3}(,\d{3})+(\.\d{1,2})?", re.ASCII)
_PLAIN = re.compile(r"\d+([.,]\d{1,2})?", re.ASCII)


def read_pesos(text: str) -> Decimal:
    """The amount a person wrote: ``5.000.000``, ``$ 5,000,000.50``, ``5000000,5``.

    ``5.000`` is five thousand: three digits after a separator are always thousands, since cents
    have two at most. Raises ValueError for anything that could be read in two ways.
    """
    digits = re.sub(r"[$\s\u00a0]", "", text)
    if _SPANISH.fullmatch(digits):
        return Decimal(digits.replace(".", "").replace(",", "."))
    if _ENGLISH.fullmatch(digits):
        return Decimal(digits.replace(",", ""))
    if _PLAIN.fullmatch(digits):
        return Decimal(digits.replace(",", "."))
    raise ValueError(f"{text!r} is not an amount in pesos")
