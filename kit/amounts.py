"""Amounts as Colombia writes them, one by one: in a form or in a cell of a workbook.

A lone amount has no column to be judged by: what ``kit.numbers`` reads in two ways is refused,
with what to write instead, but in pesos, where nobody writes three decimals. Pure.
"""

import re
from decimal import Decimal
from math import isfinite

from django.utils.formats import get_format
from django.utils.translation import gettext as _

from kit.cells import Parser, Unreadable, quoted
from kit.numbers import COMMA, Readings, Written, grouped, readings, ungrouped

#: Where the comma marks decimals, cents after a point are more likely thousands cut short.
_LONE_POINT = re.compile(r"^[^.,]*\.[0-9]{1,2}(?![0-9])[^.,]*$")


def number(
    lowest: Decimal, highest: Decimal, *, places: int = 0, whole_dots: bool = False
) -> Parser:
    """A number as Colombia writes it, within limits, both included.

    With ``whole_dots`` a dot is a thousands mark (pesos); otherwise «2.500» could be two and a
    half or two thousand five hundred, and is asked again.
    """

    def parse(value: object) -> Decimal:
        amount = _amount(value, places, whole_dots=whole_dots)
        if amount != round(amount, places):
            raise (
                _too_fine(value, places)
                if places
                else Unreadable(_("«%(value)s» must be a whole number.") % quoted(value))
            )
        if not lowest <= amount <= highest:
            raise Unreadable(
                _("«%(value)s» is outside the limits: from %(lowest)s to %(highest)s.")
                % (quoted(value) | {"lowest": grouped(lowest), "highest": grouped(highest)})
            )
        return round(amount, places)

    return parse


def pesos(highest: Decimal, lowest: Decimal = Decimal(0)) -> Parser:
    """An amount in pesos with two decimals at most: «5.000» is five thousand."""
    return number(lowest, highest, places=2, whole_dots=True)


def _amount(value: object, places: int, *, whole_dots: bool) -> Decimal:
    if isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value):
        # Spreadsheets hold binary fractions: 3.3000000000000003 is the 3.3 that they show.
        return Decimal(repr(round(value, 9)))
    read = readings(value) if isinstance(value, str) and "E" not in value.upper() else None
    written = read and (_in_groups(read) if whole_dots else read.only)
    if written is None:
        raise Unreadable(_refusal(value, read, places))
    if whole_dots and _LONE_POINT.search(str(value)) and get_format("DECIMAL_SEPARATOR") == COMMA:
        raise Unreadable(_too_few_zeros(value, written))
    # «5,0000», «5.000,000» and «1500.000» may be thousands with a slip; «7000000,0000» cannot.
    is_whole = written.decimals != 3 and re.search("^[^0-9]*[0-9]{4}", str(value))
    if whole_dots and written.decimals > 2 and not is_whole:
        raise _too_fine(value, 2)
    return written.value


def _in_groups(read: Readings) -> Written | None:
    """The reading whose marks are of thousands, when there are two."""
    either = [written for written in read if written]
    return min(either, key=lambda written: written.decimals, default=None)


def _refusal(value: object, read: Readings | None, places: int) -> str:
    if read is None or not (read.comma and read.point):
        message = _("«%(value)s» is not a number: write only digits, with a comma for decimals.")
        return message % quoted(value)
    fewer, more = sorted((read.comma, read.point), key=lambda written: written.decimals)
    return _("«%(value)s» can be read in two ways: write %(one)s or %(other)s.") % (
        quoted(value)
        | {"one": ungrouped(round(more.value, places)), "other": ungrouped(fewer.value)}
    )


def _too_few_zeros(value: object, written: Written) -> str:
    message = _(
        "«%(value)s» has a point without three digits behind it: write %(cents)s, or %(all)s."
    )
    thousands = written.value * 1000
    return message % (
        quoted(value) | {"cents": ungrouped(written.value), "all": grouped(thousands)}
    )


def _too_fine(value: object, places: int) -> Unreadable:
    return Unreadable(
        _("«%(value)s» has more than %(places)d decimals: round it.")
        % (quoted(value) | {"places": places})
    )
