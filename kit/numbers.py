"""Numbers written as text: read by the decimal mark of their column, and written as they are read.

«1.234» is a thousand and some in Colombia and a little more than one elsewhere. A text is first
given its reading with a decimal comma and its reading with a decimal point; a column uses the
mark that its cells of one reading show, and when none of them does, somebody must say it: neither
the delimiter of the file nor the cell above is evidence. Pure.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, NamedTuple

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from kit.cells import Unreadable, quoted

Mark = Literal[",", "."]
COMMA: Mark = ","
POINT: Mark = "."
MARKS = (COMMA, POINT)

# A group never begins with zero: «0.125» is an eighth, whatever the mark of the rest. Apostrophes
# may stand for the millions of a number with other groups, «1'234.567»; spaces, only alone.
#: What stands for an apostrophe on a keyboard in Spanish: «500´000.000».
APOSTROPHES = "'’‘´`′"
_SPACE = "[ \u00a0\u2007\u2009\u202f]"
_SHAPE = (
    rf"(?P<whole>[1-9][0-9]{{{{0,2}}}}(?:(?:[{APOSTROPHES}][0-9]{{{{3}}}})*(?:{{group}}[0-9]{{{{3}}}})+"
    rf"|(?:[{APOSTROPHES}][0-9]{{{{3}}}})+|(?:{{space}}[0-9]{{{{3}}}})+)|[0-9]*)"
    r"(?:{mark}(?P<decimals>[0-9]+))?(?P<power>[eE][-+]?[0-9]{{1,2}})?"
)
_SHAPES: dict[Mark, re.Pattern[str]] = {
    COMMA: re.compile(_SHAPE.format(group=r"\.", mark=",", space=_SPACE)),
    POINT: re.compile(_SHAPE.format(group=",", mark=r"\.", space=_SPACE)),
}
_MINUS = "-‐‑‒–−﹣－"
_SIGN = re.compile(rf"([{_MINUS}+]?){_SPACE}?(?:\$|COP)?{_SPACE}?([{_MINUS}+]?)", re.IGNORECASE)
_UNIT_AFTER = re.compile(rf"{_SPACE}?COP$", re.IGNORECASE)
_NOT_DIGIT = re.compile("[^0-9]")
_LONGEST = 40  # characters: beyond it a text is no figure that anybody measured


class Written(NamedTuple):
    """One reading of a text: its value and how many decimals were written."""

    value: Decimal
    decimals: int


class Readings(NamedTuple):
    """What a text means with a decimal comma and with a decimal point; None: nothing."""

    comma: Written | None
    point: Written | None

    @property
    def are_two(self) -> bool:
        """Whether the mark changes the number."""
        return bool(self.comma and self.point) and self.comma != self.point

    @property
    def only(self) -> Written | None:
        """The reading when there is one, or both agree."""
        return None if self.are_two else self.comma or self.point


def readings(text: str) -> Readings:
    """Every way to read the text as a number.

    Points, commas, apostrophes and spaces of any width group thousands; «$» and «COP» are left
    out; a sign stands before. Percentages, brackets and digits of other scripts are no number.
    """
    if text.isascii() and text.isdigit() and len(text) <= _LONGEST:
        return Readings(*[Written(Decimal(text), 0)] * 2)
    sign, body = _parts(text)
    return Readings(_read(sign, body, COMMA), _read(sign, body, POINT))


def _parts(text: str) -> tuple[str, str]:
    """The sign, as Python writes it, and what stands after it, without the unit."""
    bare = text.strip()
    match = _SIGN.match(bare)
    assert match  # every part of it may be absent
    signs = match[1] + match[2]
    if len(signs) == 2:
        return "", ""
    return "-" if signs and signs in _MINUS else "", _UNIT_AFTER.sub("", bare[match.end() :])


def _read(sign: str, body: str, mark: Mark) -> Written | None:
    match = _SHAPES[mark].fullmatch(body) if len(body) <= _LONGEST else None
    if not match:
        return None
    written, decimals, power = match.groups(default="")
    whole = _NOT_DIGIT.sub("", written)
    if not (whole or decimals) or (power and whole != written):
        return None
    point = f".{decimals}" if decimals else ""
    return Written(Decimal(f"{sign}{whole or 0}{point}{power}"), len(decimals))


def number_of(text: str, mark: Mark | None) -> Decimal:
    """The number in a text of a column that uses ``mark``; None: nothing says which it uses.

    Raises Unreadable for what is no number, and for what the mark does not settle.
    """
    if mark and (written := _read(*_parts(text), mark)):
        return written.value
    read = readings(text)
    if read.are_two:
        raise Unreadable(two_ways(text, read))
    if read.only is None:
        raise Unreadable(not_a_number(text))
    if mark is None:
        return read.only.value
    words = _("decimal comma") if mark == COMMA else _("decimal point")
    raise Unreadable(
        _("«%(value)s» cannot be read with the %(mark)s of the rest of the column.")
        % (quoted(text) | {"mark": words})
    )


def not_a_number(text: str) -> str:
    """Why a text is no number, and what to write."""
    if re.search(r"[0-9]\s?%$", text):
        message = _("«%(value)s» is a percentage: write the number without the sign.")
    elif re.fullmatch(r"\(.*[0-9]\)", text):
        message = _("«%(value)s» is in brackets: write a negative number with its sign.")
    else:
        message = _("«%(value)s» is not a number.")
    return message % quoted(text)


def two_ways(text: str, read: Readings) -> str:
    """Why a text is ambiguous, with both its readings."""
    assert read.comma
    assert read.point
    return _(
        "«%(value)s» can be read in two ways, %(one)s or %(other)s, and no other cell tells "
        "which: say which decimal mark the column uses."
    ) % (quoted(text) | {"one": ungrouped(read.comma.value), "other": ungrouped(read.point.value)})


@dataclass(frozen=True)
class Convention:
    """Which decimal mark a column uses, by the first cells that can be read with one mark only.

    ``doubtful`` is its first cell that can be read in two ways. Whether there is a mark, and
    which, does not depend on the order of the cells.
    """

    comma: str | None = None
    point: str | None = None
    doubtful: str | None = None

    @property
    def mark(self) -> Mark | None:
        """The mark, when its cells show one and only one."""
        if (self.comma is None) == (self.point is None):
            return None
        return POINT if self.comma is None else COMMA

    @property
    def is_contradictory(self) -> bool:
        """Two cells can only be read with different marks."""
        return self.comma is not None and self.point is not None

    @property
    def must_be_asked(self) -> bool:
        """A cell has two readings and no other one decides."""
        return self.doubtful is not None and self.comma is None and self.point is None


def convention_of(texts: Iterable[str]) -> Convention:
    """The convention of a column of texts. What is no number says nothing of it."""
    comma = point = doubtful = None
    for text in texts:
        if text.isdigit():
            continue
        read = readings(text)
        if read.are_two:
            doubtful = text if doubtful is None else doubtful
        elif read.comma and not read.point:
            comma = text if comma is None else comma
        elif read.point and not read.comma:
            point = text if point is None else point
    return Convention(comma, point, doubtful)


# -- Showing --------------------------------------------------------------------------------------
def grouped(value: Decimal | int) -> str:
    """The number with the language's separators and only the decimals it has."""
    return str(number_format(value, _decimals(value), force_grouping=True))


def ungrouped(value: Decimal | int) -> str:
    """The number with the language's decimal separator and no thousands."""
    return str(number_format(value, _decimals(value)))


def _decimals(value: Decimal | int) -> int:
    return max(0, -int(Decimal(value).normalize().as_tuple().exponent))
