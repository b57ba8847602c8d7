"""Amounts as Colombia writes them: read from a form or from a cell, and shown as they are read.

Dots mark thousands and a comma the decimals. Whatever could be read in two ways is refused, with
what to write instead. Pure.
"""

import re
import unicodedata
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _

Parser = Callable[[Any], Any]

MAX_COP = Decimal("99999999999.99")  # a hundred thousand million: above it, a slip of the finger


class Unreadable(ValueError):
    """Why what was written cannot be taken and what to write instead."""


def tidy(text: str) -> str | None:
    """The text without the blanks nobody sees: hard spaces, trailing and doubled ones."""
    visible = "".join(c for c in text if c.isspace() or unicodedata.category(c)[0] != "C")
    return " ".join(visible.split()) or None


def shown(value: object) -> str:
    """The value as its spreadsheet shows it, cut short."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = str(value)
    return text if len(text) <= 40 else f"{text[:39]}…"


def said(value: object) -> dict[str, Any]:
    """The value as a refusal quotes it."""
    if isinstance(value, date):
        return {"value": date_format(value, "SHORT_DATE_FORMAT")}
    return {"value": shown(value)}


# -- Reading --------------------------------------------------------------------------------------
def number(
    lowest: Decimal, highest: Decimal, *, places: int = 0, whole_dots: bool = False
) -> Parser:
    """A number as Colombia writes it, within limits, both included.

    With ``whole_dots`` a dot is a thousands mark (pesos); otherwise «2.500» could be two and a
    half or two thousand five hundred, and is asked again.
    """

    def parse(value: object) -> Decimal:
        amount = _amount(value, whole_dots=whole_dots)
        if amount != round(amount, places):
            raise (
                _too_fine(value, places)
                if places
                else Unreadable(_("«%(value)s» must be a whole number.") % said(value))
            )
        if not lowest <= amount <= highest:
            raise Unreadable(
                _("«%(value)s» is outside the limits: from %(lowest)s to %(highest)s.")
                % (said(value) | {"lowest": grouped(lowest), "highest": grouped(highest)})
            )
        return round(amount, places)

    return parse


def pesos(highest: Decimal, lowest: Decimal = Decimal(0)) -> Parser:
    """An amount in pesos with two decimals at most: «5.000» is five thousand."""
    return number(lowest, highest, places=2, whole_dots=True)


_THOUSANDS_DOTS = re.compile(r"[0-9]{1,3}(\.[0-9]{3})+(,[0-9]+)?")
_THOUSANDS_COMMAS = re.compile(r"[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?")
_DECIMAL = re.compile(r"[0-9]+([.,][0-9]+)?")


def _amount(value: object, *, whole_dots: bool) -> Decimal:
    if isinstance(value, bool | date):
        raise Unreadable(_("«%(value)s» is not a number.") % said(value))
    if isinstance(value, int | float):
        # Spreadsheets hold binary fractions: 3.3000000000000003 is the 3.3 that they show.
        return Decimal(repr(round(value, 9)))
    written = re.sub(r"[\s$]|COP", "", str(value), flags=re.IGNORECASE)
    sign, bare = (Decimal(-1), written[1:]) if written[:1] in ("-", "−") else (Decimal(1), written)
    return sign * _unsigned(bare, value, whole_dots=whole_dots)


def _unsigned(bare: str, value: object, *, whole_dots: bool) -> Decimal:
    is_grouped = bool(_THOUSANDS_DOTS.fullmatch(bare))
    if not whole_dots and is_grouped and bare.count(".") == 1 and "," not in bare:
        raise Unreadable(
            _("«%(value)s» can be read in two ways: write 2,5 for two and a half, or 2500.")
            % said(value)
        )
    if is_grouped:
        plain = bare.replace(".", "").replace(",", ".")
    elif _THOUSANDS_COMMAS.fullmatch(bare) and (whole_dots or bare.count(",") > 1 or "." in bare):
        plain = bare.replace(",", "")
    elif _DECIMAL.fullmatch(bare):
        plain = bare.replace(",", ".")
    else:
        raise Unreadable(
            _("«%(value)s» is not a number: write only digits, with a comma for decimals.")
            % said(value)
        )
    # «5,0000» and «5.000,000» may be thousands with a slip; «7000000,0000» cannot.
    if whole_dots and len(plain.partition(".")[2]) > 2 and not re.match(r"[0-9]{4}", bare):
        raise _too_fine(value, 2)
    return Decimal(plain)


def _too_fine(value: object, places: int) -> Unreadable:
    return Unreadable(
        _("«%(value)s» has more than %(places)d decimals: round it.")
        % (said(value) | {"places": places})
    )


# -- Showing --------------------------------------------------------------------------------------
def grouped(value: Decimal | int) -> str:
    """The number with the language's separators and only the decimals it has."""
    return str(number_format(value, _decimals(value), force_grouping=True))


def ungrouped(value: Decimal | int) -> str:
    """The number with the language's decimal separator and no thousands."""
    return str(number_format(value, _decimals(value)))


def _decimals(value: Decimal | int) -> int:
    return max(0, -int(Decimal(value).normalize().as_tuple().exponent))
