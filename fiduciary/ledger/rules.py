"""How an amount is written in a sentence. Pure."""

from decimal import ROUND_HALF_UP, Decimal


def pesos(amount_cop: Decimal) -> str:
    """``$ 7.277.324``: whole pesos with Colombian separators; a hard space keeps it in one line."""
    whole = amount_cop.quantize(Decimal(1), rounding=ROUND_HALF_UP)
    sign = "-" if whole < 0 else ""
    return f"{sign}$\u00a0{abs(whole):,}".replace(",", ".")
