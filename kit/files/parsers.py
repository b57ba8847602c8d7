"""One cell of a spreadsheet into one value, forgiving in form and strict in meaning. Pure.

A parser takes what the spreadsheet holds (text, number, truth value or date; never blank) and
returns the value or raises ``Unreadable`` with what the person should write instead.
"""

import re
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

import kit.text
from kit import identifiers
from kit.amounts import number
from kit.cells import Parser, Unreadable, quoted, shown
from kit.figures import number as in_words
from kit.files.grid import Cell
from kit.files.headings import plain


def tidy(value: Cell) -> Cell:
    """The value without the blanks nobody sees: hard spaces, trailing and doubled ones."""
    return kit.text.tidy(value) if isinstance(value, str) else value


# -- Text ---------------------------------------------------------------------------------------
#: What another encoding leaves of «ñ»; no name asks a question within a word.
_LOST_LETTER = re.compile(r"(?<=[^\W\d_])\?(?=[^\W\d_])")


def text(longest: int) -> Parser:
    """Text of at most ``longest`` characters; a whole number is taken as its digits."""

    def parse(value: Cell) -> str:
        written = shown(value) if isinstance(value, float) else str(value)
        if isinstance(value, bool | date):
            raise Unreadable(_("«%(value)s» is not a text: write it again.") % quoted(value))
        if len(written) > longest:
            raise Unreadable(
                _("The text has %(length)s characters and the most is %(longest)s: shorten it.")
                % {"length": in_words(len(written)), "longest": in_words(longest)}
            )
        if _LOST_LETTER.search(written):
            raise Unreadable(
                _("«%(value)s» has a letter that was lost: write it again.") % quoted(value)
            )
        return written

    return parse


#: What stands for the digits of a document that are not shown.
HIDDEN = "•"


def document(value: Cell) -> str:
    """The number of an identity document; as it was exported, its last digits behind dots."""
    if isinstance(value, str) and value.startswith(HIDDEN):
        return value
    return identifiers.document(value)


# -- Numbers ------------------------------------------------------------------------------------
def integer(lowest: int, highest: int) -> Parser:
    """A whole number within limits, both included."""
    parse = number(Decimal(lowest), Decimal(highest), whole_dots=True)
    return lambda value: int(parse(value))


def percentage(value: Cell) -> Decimal:
    """A percentage from 0 to 100, written 85 or «85 %»; never as a share of one."""
    written = value.replace("%", "").strip() if isinstance(value, str) else value
    amount = number(Decimal(0), Decimal(100), places=2)(written)
    if 0 < amount <= 1:
        raise Unreadable(
            _("«%(value)s» could be a share of one: write 85 for 85 %%, without percent format.")
            % quoted(value)
        )
    return amount


# -- Dates --------------------------------------------------------------------------------------
_DAY_FIRST = re.compile(r"([0-9]{1,2})[/.-]([0-9]{1,2})[/.-]([0-9]{4})")
_YEAR_FIRST = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})(?:[T ]00:00(?::00)?)?")


def day(earliest: date) -> Parser:
    """A date of the spreadsheet or text as day/month/year, not before ``earliest``."""

    def parse(value: Cell) -> date:
        parsed = _date(value)
        if parsed < earliest:
            raise Unreadable(
                _("«%(value)s» is before %(earliest)s: check the year.")
                % (quoted(value) | {"earliest": date_format(earliest, "SHORT_DATE_FORMAT")})
            )
        return parsed

    return parse


def _date(value: Cell) -> date:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    if isinstance(value, bool | int | float):
        raise Unreadable(
            _("«%(value)s» is a number, not a date: write it as 17/05/1983.") % quoted(value)
        )
    if match := _DAY_FIRST.fullmatch(str(value)):
        parts = (int(match[3]), int(match[2]), int(match[1]))
    elif match := _YEAR_FIRST.fullmatch(str(value)):
        parts = (int(match[1]), int(match[2]), int(match[3]))
    else:
        raise Unreadable(
            _("«%(value)s» is not a date: write day/month/year, as 17/05/1983.") % quoted(value)
        )
    try:
        return date(*parts)
    except ValueError as error:
        raise Unreadable(
            _("«%(value)s» is a day that does not exist: write day/month/year.") % quoted(value)
        ) from error


# -- Words --------------------------------------------------------------------------------------
def choice(words: Mapping[Any, tuple[str, ...]]) -> Parser:
    """One of some words, whatever its accents and capitals; the first of each is offered."""
    known = {plain(word): code for code, names in words.items() for word in names}

    def parse(value: Cell) -> Any:
        parsed = known.get(plain(shown(value)))
        if parsed is None:
            offered = ", ".join(names[0] for names in words.values())
            raise Unreadable(
                _("«%(value)s» is not one of: %(offered)s.")
                % (quoted(value) | {"offered": offered})
            )
        return parsed

    return parse


YES, NO = "Sí", "No"
_YES_WORDS = {plain(word) for word in (YES, "S", "X", "1", "Verdadero", "True", "Yes")}
_NO_WORDS = {plain(word) for word in (NO, "N", "0", "Falso", "False")}


def yes_no(value: Cell) -> bool:
    """Sí or No."""
    word = plain(shown(value))
    if word not in _YES_WORDS | _NO_WORDS:
        raise Unreadable(_("«%(value)s» is neither Sí nor No.") % quoted(value))
    return word in _YES_WORDS
