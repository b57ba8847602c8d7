"""One cell of a spreadsheet into one value, forgiving in form and strict in meaning. Pure.

A parser takes what the spreadsheet holds (text, number, truth value or date; never blank) and
returns the value or raises ``CellProblem`` with what the person should write instead.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _

Cell = str | int | float | bool | date | datetime | None
Parser = Callable[[Any], Any]

#: What Excel and LibreOffice write in a cell whose formula failed, in Spanish and English.
ERROR_VALUE = re.compile(r"#(N/[AD]|[¡¿]?[A-Z/0_]+[!?]|GETTING_DATA)")


class CellProblem(ValueError):
    """Why the cell cannot be taken and what to write instead."""


def tidy(value: Cell) -> Cell:
    """The value without the blanks nobody sees: hard spaces, trailing and doubled ones."""
    if not isinstance(value, str):
        return value
    visible = "".join(c for c in value if c.isspace() or unicodedata.category(c)[0] != "C")
    return " ".join(visible.split()) or None


def plain(text: str) -> str:
    """Text to compare by: lower case, no accents, no punctuation at its ends."""
    decomposed = unicodedata.normalize("NFKD", text)
    letters = "".join(c for c in decomposed if not unicodedata.combining(c))
    return " ".join(letters.casefold().split()).strip(" *:.")


def shown(value: Cell) -> str:
    """The cell as its spreadsheet shows it, cut short."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = str(value)
    return text if len(text) <= 40 else f"{text[:39]}…"


# -- Text ---------------------------------------------------------------------------------------
def text(longest: int) -> Parser:
    """Text of at most ``longest`` characters; a whole number is taken as its digits."""

    def parse(value: Cell) -> str:
        written = shown(value) if isinstance(value, float) else str(value)
        if isinstance(value, bool | date):
            raise CellProblem(_("«%(value)s» is not a text: write it again.") % _said(value))
        if len(written) > longest:
            raise CellProblem(
                _("The text has %(length)d characters and the most is %(longest)d: shorten it.")
                % {"length": len(written), "longest": longest}
            )
        return written

    return parse


def digits(shortest: int, longest: int, *, width: int = 0) -> Parser:
    """Digits as text, without dots, spaces or dashes; ``width`` restores leading zeros."""

    def parse(value: Cell) -> str:
        found = re.sub(r"[.\s-]", "", _whole(value)).zfill(width)
        if not found.isascii() or not found.isdigit() or not shortest <= len(found) <= longest:
            raise CellProblem(
                _("«%(value)s» is not a number of %(shortest)d to %(longest)d digits.")
                % (_said(value) | {"shortest": shortest, "longest": longest})
            )
        return found

    return parse


def telephone(value: Cell) -> str:
    """Seven to twelve digits with their prefix, if any."""
    found = re.sub(r"[\s().-]", "", _whole(value))
    if not re.fullmatch(r"\+?[0-9]{7,12}", found):
        raise CellProblem(
            _("«%(value)s» is not a telephone: write its 7 to 12 digits.") % _said(value)
        )
    return found


def _whole(value: Cell) -> str:
    """The text of a code, which Excel may have made a number."""
    if isinstance(value, bool | date):
        raise CellProblem(_("«%(value)s» is not a number: write its digits.") % _said(value))
    if isinstance(value, float):
        if not value.is_integer() or abs(value) >= 2**53:
            raise CellProblem(
                _("«%(value)s» has lost digits: format the column as text.") % _said(value)
            )
        return str(int(value))
    return str(value)


# -- Numbers ------------------------------------------------------------------------------------
def number(
    lowest: Decimal, highest: Decimal, *, places: int = 0, whole_dots: bool = False
) -> Parser:
    """A number as Colombia writes it, within limits, both included.

    With ``whole_dots`` a dot is a thousands mark (pesos); otherwise «2.500» could be two and a
    half or two thousand five hundred, and is asked again.
    """

    def parse(value: Cell) -> Decimal:
        amount = _amount(value, whole_dots=whole_dots)
        if amount != round(amount, places):
            raise CellProblem(
                _("«%(value)s» has more than %(places)d decimals: round it.")
                % (_said(value) | {"places": places})
                if places
                else _("«%(value)s» must be a whole number.") % _said(value)
            )
        if not lowest <= amount <= highest:
            raise CellProblem(
                _("«%(value)s» is outside the limits: from %(lowest)s to %(highest)s.")
                % (_said(value) | {"lowest": grouped(lowest), "highest": grouped(highest)})
            )
        return round(amount, places)

    return parse


def integer(lowest: int, highest: int) -> Parser:
    """A whole number within limits, both included."""
    parse = number(Decimal(lowest), Decimal(highest), whole_dots=True)
    return lambda value: int(parse(value))


def pesos(highest: Decimal) -> Parser:
    """An amount in pesos, zero or more, with two decimals at most."""
    return number(Decimal(0), highest, places=2, whole_dots=True)


def percentage(value: Cell) -> Decimal:
    """A percentage from 0 to 100, written 85 or «85 %»; never as a share of one."""
    written = value.replace("%", "").strip() if isinstance(value, str) else value
    amount = number(Decimal(0), Decimal(100), places=2)(written)
    if 0 < amount <= 1:
        raise CellProblem(
            _("«%(value)s» could be a share of one: write 85 for 85 %%, without percent format.")
            % _said(value)
        )
    return amount


def grouped(value: Decimal | int) -> str:
    """The number with the language's separators and only the decimals it has."""
    return str(number_format(value, _decimals(value), force_grouping=True))


def ungrouped(value: Decimal | int) -> str:
    """The number with the language's decimal separator and no thousands."""
    return str(number_format(value, _decimals(value)))


def _decimals(value: Decimal | int) -> int:
    return max(0, -int(Decimal(value).normalize().as_tuple().exponent))


_THOUSANDS_DOTS = re.compile(r"[0-9]{1,3}(\.[0-9]{3})+(,[0-9]+)?")
_THOUSANDS_COMMAS = re.compile(r"[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?")
_DECIMAL = re.compile(r"[0-9]+([.,][0-9]+)?")


def _amount(value: Cell, *, whole_dots: bool) -> Decimal:
    if isinstance(value, bool | date):
        raise CellProblem(_("«%(value)s» is not a number.") % _said(value))
    if isinstance(value, int | float):
        # Spreadsheets hold binary fractions: 3.3000000000000003 is the 3.3 that they show.
        return Decimal(repr(round(value, 9)))
    written = re.sub(r"[\s$]|COP", "", str(value), flags=re.IGNORECASE)
    sign, bare = (Decimal(-1), written[1:]) if written[:1] in ("-", "−") else (Decimal(1), written)
    return sign * _unsigned(bare, value, whole_dots=whole_dots)


def _unsigned(bare: str, value: Cell, *, whole_dots: bool) -> Decimal:
    is_grouped = bool(_THOUSANDS_DOTS.fullmatch(bare))
    if not whole_dots and is_grouped and bare.count(".") == 1 and "," not in bare:
        raise CellProblem(
            _("«%(value)s» can be read in two ways: write 2,5 for two and a half, or 2500.")
            % _said(value)
        )
    if is_grouped:
        return Decimal(bare.replace(".", "").replace(",", "."))
    if _THOUSANDS_COMMAS.fullmatch(bare) and (whole_dots or bare.count(",") > 1 or "." in bare):
        return Decimal(bare.replace(",", ""))
    if _DECIMAL.fullmatch(bare):
        return Decimal(bare.replace(",", "."))
    raise CellProblem(
        _("«%(value)s» is not a number: write only digits, with a comma for decimals.")
        % _said(value)
    )


# -- Dates --------------------------------------------------------------------------------------
_DAY_FIRST = re.compile(r"([0-9]{1,2})[/.-]([0-9]{1,2})[/.-]([0-9]{4})")
_YEAR_FIRST = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})(?:[T ]00:00(?::00)?)?")


def day(earliest: date) -> Parser:
    """A date of the spreadsheet or text as day/month/year, not before ``earliest``."""

    def parse(value: Cell) -> date:
        found = _date(value)
        if found < earliest:
            raise CellProblem(
                _("«%(value)s» is before %(earliest)s: check the year.")
                % (_said(value) | {"earliest": date_format(earliest, "SHORT_DATE_FORMAT")})
            )
        return found

    return parse


def _date(value: Cell) -> date:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    if isinstance(value, bool | int | float):
        raise CellProblem(
            _("«%(value)s» is a number, not a date: write it as 17/05/1983.") % _said(value)
        )
    if match := _DAY_FIRST.fullmatch(str(value)):
        parts = (int(match[3]), int(match[2]), int(match[1]))
    elif match := _YEAR_FIRST.fullmatch(str(value)):
        parts = (int(match[1]), int(match[2]), int(match[3]))
    else:
        raise CellProblem(
            _("«%(value)s» is not a date: write day/month/year, as 17/05/1983.") % _said(value)
        )
    try:
        return date(*parts)
    except ValueError as error:
        raise CellProblem(
            _("«%(value)s» is a day that does not exist: write day/month/year.") % _said(value)
        ) from error


# -- Words --------------------------------------------------------------------------------------
def choice(words: Mapping[Any, tuple[str, ...]]) -> Parser:
    """One of some words, whatever its accents and capitals; the first of each is offered."""
    known = {plain(word): code for code, names in words.items() for word in names}

    def parse(value: Cell) -> Any:
        found = known.get(plain(shown(value)))
        if found is None:
            offered = ", ".join(names[0] for names in words.values())
            raise CellProblem(
                _("«%(value)s» is not one of: %(offered)s.") % (_said(value) | {"offered": offered})
            )
        return found

    return parse


YES, NO = "Sí", "No"
_YES_WORDS = {plain(word) for word in (YES, "S", "X", "1", "Verdadero", "True", "Yes")}
_NO_WORDS = {plain(word) for word in (NO, "N", "0", "Falso", "False")}


def yes_no(value: Cell) -> bool:
    """Sí or No."""
    word = plain(shown(value))
    if word not in _YES_WORDS | _NO_WORDS:
        raise CellProblem(_("«%(value)s» is neither Sí nor No.") % _said(value))
    return word in _YES_WORDS


def _said(value: Cell) -> dict[str, Any]:
    if isinstance(value, date):
        return {"value": date_format(value, "SHORT_DATE_FORMAT")}
    return {"value": shown(value)}
