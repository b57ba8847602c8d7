"""Identity documents, tax numbers, telephones and codes, each read into one canonical form.

No character is thrown away: what separates groups of three is read as that, the «.0» that data
frames and spreadsheets add is read as that, and whatever could be two numbers is refused with
both. The canonical form, read again, is itself. Pure.
"""

import re
from collections.abc import Callable
from math import isfinite

from django.utils.translation import gettext as _
from stdnum.co import nit as tax_numbers

from kit.cells import Unreadable, quoted
from kit.numbers import APOSTROPHES
from kit.text import tidy

_EXACT = 2**53  # from here on a binary number no longer tells neighbours apart
_MAXIMUM_ID = 2**63
_DASHES = "-‐‑‒–—−"
_DASH = re.compile(rf"\s?[{_DASHES}]\s?")
_CHECKED = re.compile(rf"(.*[0-9])\s?[{_DASHES}]\s?([0-9])")
_OPEN_DASH = re.compile(rf"\s?[{_DASHES}]$")
_CHECKED_BY_SPACE = re.compile("([0-9]{1,3}(?: [0-9]{3})+) ([0-9])")
_LOST = re.compile(r"[0-9]+(?:[.,][0-9]+)?[eE][+-]?[0-9]+")
#: Groups of three, all with one mark; apostrophes may stand for the millions before other groups.
_GROUPS = re.compile(
    rf"[0-9]{{1,3}}(?:(?:[{APOSTROPHES}][0-9]{{3}})*(?:(?:\.[0-9]{{3}})+|(?:,[0-9]{{3}})+)"
    rf"|(?:[{APOSTROPHES}][0-9]{{3}})+|(?: [0-9]{{3}})+)"
)
#: The decimals of a whole number: none but zeros.
_ZEROS = re.compile(r"(?P<whole>.*[0-9])(?P<mark>[.,])0+")


def document(value: object) -> str:
    """The number of an identity document: 4 to 15 digits without leading zeros.

    Raises Unreadable for a dash: what follows it may be a check digit or part of the number.
    """
    digits = _whole(value, is_one=lambda digits: 4 <= len(digits.lstrip("0")) <= 15)
    if not digits:
        raise Unreadable(_("«%(value)s» is not a document of 4 to 15 digits.") % quoted(value))
    return digits.lstrip("0")


def programme_id(value: object) -> int:
    """The number by which the programme's records know a producer. Raises Unreadable."""
    digits = _whole(value, is_one=lambda digits: 0 < _number(digits) < _MAXIMUM_ID)
    if not digits:
        raise Unreadable(
            _("«%(value)s» is not a programme id: write only its digits.") % quoted(value)
        )
    return _number(digits)


def _number(digits: str) -> int:
    """The number, or one too large where Python would refuse so many digits."""
    return int(digits.lstrip("0")[:20] or 0)


def code(length: int) -> Callable[[object], str]:
    """A reader of codes of ``length`` digits, whose leading zeros a spreadsheet may have lost."""

    def parse(value: object) -> str:
        digits = _whole(value, is_one=lambda digits: len(digits) <= length)
        if not digits:
            message = _("«%(value)s» is not a code of %(length)d digits.")
            raise Unreadable(message % (quoted(value) | {"length": length}))
        return digits.zfill(length)

    return parse


def nit(value: object) -> str:
    """A tax number with its check digit: ``900123456-8``.

    Without a dash the last digit is taken as the check digit only where the number cannot be one
    that lacks it: ten digits of a company, eleven of a person. Raises Unreadable otherwise, and
    when the digit does not match (module 11 with the DIAN's weights).
    """
    text = _text(value)
    parts = _CHECKED.fullmatch(text) or _CHECKED_BY_SPACE.fullmatch(text)
    written, check = parts.groups() if parts else _split_nit(text)
    number = _whole(written, is_one=lambda digits: 5 <= len(digits.lstrip("0")) <= 10).lstrip("0")
    if not number:
        raise Unreadable(_no_nit(value))
    if tax_numbers.calc_check_digit(number) != check:
        message = _(
            "«%(value)s» is not a valid NIT: its check digit, the last one, does not fit the "
            "others. Check them all on the RUT."
        )
        raise Unreadable(message % quoted(value))
    return f"{number}-{check}"


def _split_nit(text: str) -> tuple[str, str]:
    """The number and its check digit, written without a dash, or with nothing behind it."""
    bare = _OPEN_DASH.sub("", text)
    digits = _whole(bare, is_one=lambda digits: digits.strip("0") != "").lstrip("0")
    if bare == text and re.fullmatch("[89][0-9]{9}|1[0-9]{10}", digits):
        return digits[:-1], digits[-1]
    if bare != text or re.fullmatch("[89][0-9]{8}", digits):
        raise Unreadable(
            _(
                "«%(value)s» lacks its check digit, the one after the dash on the RUT: write the "
                "number, a dash and that digit, as 900123456-8."
            )
            % quoted(text)
        )
    if 5 <= len(digits) <= 10:
        raise Unreadable(
            _("«%(value)s» may lack its check digit: write it after a dash, as 900123456-8.")
            % quoted(text)
        )
    raise Unreadable(_no_nit(text))


def payee(value: object) -> str:
    """Who is paid: a tax number with its check digit after a dash, or an identity document.

    Raises Unreadable for what looks like a company's number and has no dash.
    """
    if isinstance(value, str) and _DASH.search(value):
        return nit(value)
    number = document(value)
    if re.fullmatch("[89][0-9]{8,9}", number):
        raise Unreadable(
            _("«%(value)s» looks like a NIT: write its check digit after a dash, as 900123456-8.")
            % quoted(value)
        )
    return number


def telephone(value: object) -> str:
    """Seven to twelve digits; the country's own prefix is left out, another's keeps its «+»."""
    text = _text(value)
    if zeros := re.fullmatch(r"(\+?[0-9]{7,})[.,]0{1,2}", text):
        text = zeros[1]
    parts = re.split(rf"[{_DASHES}\s().]+", text.strip("()"))
    digits = "".join(parts)
    if not re.fullmatch(r"\+?[0-9]{7,12}", digits) or (len(parts) > 1 and len(parts[-1]) < 2):
        raise Unreadable(
            _("«%(value)s» is not a telephone: write its 7 to 12 digits.") % quoted(value)
        )
    own = re.fullmatch(r"\+?57([36][0-9]{9})", digits)
    return own[1] if own else digits


# -- From what a cell holds to digits -------------------------------------------------------------
def _text(value: object) -> str:
    """The text of an identifier, which a spreadsheet or a data frame may have made a number."""
    if isinstance(value, float):
        if not isfinite(value) or not value.is_integer() or abs(value) >= _EXACT:
            raise Unreadable(_lost(value))
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise Unreadable(_("«%(value)s» is not a number: write its digits.") % quoted(value))
    text = tidy(str(value)) or ""
    if _LOST.fullmatch(text):
        raise Unreadable(_lost(value))
    return text


def _whole(value: object, *, is_one: Callable[[str], bool]) -> str:
    """The digits of a whole number, leading zeros included; empty when it is none.

    ``is_one`` tells which digits can be what is read: only those count as a reading. Raises
    Unreadable for two of them, for a dash inside and for digits that were lost.
    """
    text = _text(value)
    if text.isascii() and text.isdigit():
        return text if is_one(text) else ""
    if _DASH.search(text, 1):
        raise Unreadable(_dashed(text))
    matches = sorted(filter(is_one, _readings(text)))
    if len(matches) == 1:
        return matches[0]
    if matches:
        raise Unreadable(
            _("«%(value)s» can be read in two ways: write %(one)s or %(other)s.")
            % (quoted(value) | {"one": matches[0], "other": matches[1]})
        )
    if re.fullmatch(r"[0-9]+[.,][0-9]+", text) and not _readings(text):
        raise Unreadable(_lost(value))
    return ""


def _readings(text: str) -> set[str]:
    """Every whole number that the text can be: its groups joined, or its decimal zeros dropped."""
    readings = {_joined(text)}
    if zeros := _ZEROS.fullmatch(text):
        whole = zeros["whole"]
        other = {".": ",", ",": "."}[zeros["mark"]]
        if zeros["mark"] not in whole and (whole.isdecimal() or other in whole):
            readings.add(_joined(whole))
    return {digits for digits in readings if digits}


def _joined(text: str) -> str:
    """The digits of plain or grouped text; empty when it is neither."""
    if text.isascii() and text.isdigit():
        return text
    return re.sub("[^0-9]", "", text) if _GROUPS.fullmatch(text) else ""


def _dashed(text: str) -> str:
    before, after = _DASH.split(text, maxsplit=1)
    return _("«%(value)s» has a dash: write %(one)s, or %(other)s if it is one number.") % (
        quoted(text) | {"one": before, "other": before + after}
    )


def _lost(value: object) -> str:
    return _("«%(value)s» has lost digits: format the column as text.") % quoted(value)


def _no_nit(value: object) -> str:
    message = _(
        "«%(value)s» is not a NIT: write its digits, a dash and the check digit, as 900123456-8."
    )
    return message % quoted(value)
