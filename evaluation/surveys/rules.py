"""What a cell means for a variable of the dictionary, or what is wrong with it. Pure."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal

from django.utils.translation import gettext as _

from kit.cells import ERROR_VALUE, Broken, Unreadable, failed
from kit.files.grid import Cell
from kit.numbers import Mark, grouped, not_a_number, number_of
from kit.text import shortened

Answer = int | float | str | None

YES = {"1", "si", "yes", "true", "verdadero", "x"}
NO = {"0", "no", "false", "falso"}
CODED = ("yes_no", "choice")
NUMERIC = ("number", "integer")
BLANK = {"", ".", "na", "n/a", "nan", "null"}
MAXIMUM_TEXT = 500


@dataclass(frozen=True)
class Field:
    """A variable as the checker sees it. ``labels`` map codes (as text) to labels."""

    name: str
    label: str
    kind: str
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    missing_codes: frozenset[str] = frozenset()
    is_personal: bool = False
    role: str = "other"


def answer_of(
    cell: Cell, variable: Field, *, mark: Mark | None, file_labels: Mapping[str, str]
) -> Answer:
    """The value to store, None for no answer. Raises Unreadable.

    ``mark`` is the decimal mark of the column's texts. Value labels of the file win over its
    codes: 1 may be «yes» here and «no» in the dictionary.
    """
    text = readable(cell)
    if is_blank(text, variable):
        return None
    if variable.kind == "text":
        return _as_text(text)
    if variable.kind in CODED:
        code = text if text in variable.labels else _whole_code(text)
        if code in variable.missing_codes:
            return None
        if variable.kind == "yes_no":
            return _as_yes_no(file_labels.get(code, code))
        return _as_choice(code, file_labels.get(code), variable)
    number = _as_number(cell, text, mark)
    if str(_shortest(number)) in variable.missing_codes:
        return None
    return _within(number, variable)


def readable(cell: Cell) -> str:
    """The text of a cell. Raises Unreadable for one that its spreadsheet could not compute."""
    if isinstance(cell, Broken):
        raise Unreadable(cell.why)
    text = text_of(cell)
    if text[:1] in ("#", "E") and ERROR_VALUE.fullmatch(text):
        raise Unreadable(failed(text))
    return text


def is_blank(text: str, variable: Field) -> bool:
    """Whether a text says that there is no answer."""
    return not text or plain(text) in BLANK or text in variable.missing_codes


def text_of(cell: Cell) -> str:
    """A cell as text; whole floats lose their point, as spreadsheets add it by themselves."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "1" if cell else "0"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, (date, datetime, time)):
        return cell.isoformat()
    if isinstance(cell, Broken):
        return _("error")
    return str(cell).strip()


def plain(text: str) -> str:
    """Small letters without accents or surrounding space, for comparing what people type."""
    decomposed = unicodedata.normalize("NFKD", " ".join(text.casefold().split()))
    return "".join(mark for mark in decomposed if not unicodedata.combining(mark))


def _as_number(cell: Cell, text: str, mark: Mark | None) -> Decimal:
    if isinstance(cell, str):
        return number_of(text, mark)
    number = Decimal(str(cell)) if type(cell) in (int, float) else Decimal("NaN")
    if not number.is_finite():
        raise Unreadable(not_a_number(text))
    return number


def _whole_code(text: str) -> str:
    """«4.0», as data frames write the codes of a column with a gap, is code 4."""
    match = re.fullmatch("(-?[0-9]+)[.,]0{1,2}", text)
    return match[1] if match else text


def _within(number: Decimal, variable: Field) -> int | float:
    if variable.kind == "integer" and number != number.to_integral_value():
        raise Unreadable(_("A whole number is expected here."))
    low, high = variable.minimum, variable.maximum
    if (low is not None and number < low) or (high is not None and number > high):
        raise Unreadable(
            _("%(value)s is out of range (%(range)s).")
            % {"value": grouped(number), "range": _range(low, high)}
        )
    return _shortest(number)


def _range(low: Decimal | None, high: Decimal | None) -> str:
    if high is None:
        return _("%(low)s or more") % {"low": grouped(low or Decimal(0))}
    if low is None:
        return _("%(high)s or less") % {"high": grouped(high)}
    return _("%(low)s to %(high)s") % {"low": grouped(low), "high": grouped(high)}


def _shortest(number: Decimal) -> int | float:
    return int(number) if number == number.to_integral_value() else float(number)


def _as_text(text: str) -> str:
    if len(text) > MAXIMUM_TEXT:
        raise Unreadable(_("The text has more than 500 characters."))
    return text


def _as_yes_no(text: str) -> int:
    word = plain(text)
    if word in YES:
        return 1
    if word in NO:
        return 0
    raise Unreadable(_("«%(value)s» is neither yes nor no.") % {"value": shortened(text, 40)})


def _as_choice(text: str, file_label: str | None, variable: Field) -> int | str:
    by_label = {plain(label): code for code, label in variable.labels.items()}
    if file_label is not None and plain(file_label) in by_label:
        return _stored(by_label[plain(file_label)])
    if file_label is not None and variable.labels.get(text, file_label) != file_label:
        raise Unreadable(
            _("The file calls %(code)s «%(theirs)s» and the dictionary «%(ours)s».")
            % {"code": text, "theirs": file_label, "ours": variable.labels[text]}
        )
    if text in variable.labels:
        return _stored(text)
    if plain(text) in by_label:
        return _stored(by_label[plain(text)])
    raise Unreadable(_("«%(value)s» is not one of the answers.") % {"value": shortened(text, 40)})


def _stored(code: str) -> int | str:
    return int(code) if re.fullmatch(r"-?\d+", code) else code
