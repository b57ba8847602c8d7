"""What a cell means for a variable of the dictionary, or what is wrong with it. Pure."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation

from django.utils.translation import gettext as _

from evaluation.surveys.readers import Cell

Answer = int | float | str | None

YES = {"1", "si", "yes", "true", "verdadero", "x"}
NO = {"0", "no", "false", "falso"}
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


class BadCell(ValueError):
    """A cell that cannot be an answer; the message is for the person."""


def answer_of(
    cell: Cell, variable: Field, *, decimal_comma: bool, file_labels: Mapping[str, str]
) -> Answer:
    """The value to store, None for no answer. Raises BadCell.

    Value labels of the file win over its codes: 1 may be «yes» here and «no» in the dictionary.
    """
    text = text_of(cell)
    if plain(text) in BLANK or text in variable.missing_codes:
        return None
    if variable.kind == "text":
        return _as_text(text)
    if variable.kind == "yes_no":
        return _as_yes_no(file_labels.get(text, text))
    if variable.kind == "choice":
        return _as_choice(text, file_labels.get(text), variable)
    number = _as_number(cell, text, decimal_comma=decimal_comma)
    if str(_shortest(number)) in variable.missing_codes:
        return None
    return _within(number, variable)


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
    return str(cell).strip()


def plain(text: str) -> str:
    """Small letters without accents or surrounding space, for comparing what people type."""
    decomposed = unicodedata.normalize("NFKD", text.strip().casefold())
    return "".join(mark for mark in decomposed if not unicodedata.combining(mark))


def number_of(text: str, *, decimal_comma: bool) -> Decimal:
    """A number written with one convention throughout: ``1.234,5`` or ``1,234.5``.

    Raises BadCell rather than guess what ``1.23.4`` or a stray comma meant.
    """
    thousands, point = (".", ",") if decimal_comma else (",", ".")
    whole, mark, decimals = text.replace("\u00a0", " ").replace("$", "").strip().partition(point)
    grouped = re.fullmatch(rf"[-+−]?\d{{1,3}}(?:{re.escape(thousands)}\d{{3}})+", whole)
    digits = whole.replace(thousands, "") if grouped else whole
    candidate = f"{digits.replace('−', '-')}{'.' if mark else ''}{decimals}"
    if not re.fullmatch(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d{1,3})?", candidate):
        raise BadCell(_("«%(value)s» is not a number.") % {"value": text[:40]})
    return Decimal(candidate)


def uses_decimal_comma(texts: Iterable[str], *, default: bool) -> bool:
    """Which mark a whole column uses, judged by the cells that can be read in one way only.

    «1.234» alone may be a thousand or a little more than one; «3,5» or «3.5» beside it decides.
    """
    for text in texts:
        mark = re.fullmatch(r"[-+−]?\d+([.,])(?:\d{1,2}|\d{4,})", text)
        if mark:
            return mark[1] == ","
    return default


def _as_number(cell: Cell, text: str, *, decimal_comma: bool) -> Decimal:
    if isinstance(cell, (int, float)) and not isinstance(cell, bool):
        try:
            number = Decimal(str(cell))
        except InvalidOperation as error:  # pragma: no cover - str(float) always parses
            raise BadCell(_("«%(value)s» is not a number.") % {"value": text[:40]}) from error
        if not number.is_finite():
            raise BadCell(_("«%(value)s» is not a number.") % {"value": text[:40]})
        return number
    return number_of(text, decimal_comma=decimal_comma)


def _within(number: Decimal, variable: Field) -> int | float:
    if variable.kind == "integer" and number != number.to_integral_value():
        raise BadCell(_("A whole number is expected here."))
    low, high = variable.minimum, variable.maximum
    if (low is not None and number < low) or (high is not None and number > high):
        raise BadCell(
            _("%(value)s is out of range (%(range)s).")
            % {"value": _shortest(number), "range": _range(low, high)}
        )
    return _shortest(number)


def _range(low: Decimal | None, high: Decimal | None) -> str:
    if high is None:
        return _("%(low)s or more") % {"low": _shortest(low or Decimal(0))}
    if low is None:
        return _("%(high)s or less") % {"high": _shortest(high)}
    return _("%(low)s to %(high)s") % {"low": _shortest(low), "high": _shortest(high)}


def _shortest(number: Decimal) -> int | float:
    return int(number) if number == number.to_integral_value() else float(number)


def _as_text(text: str) -> str:
    if len(text) > MAXIMUM_TEXT:
        raise BadCell(_("The text has more than 500 characters."))
    return text


def _as_yes_no(text: str) -> int:
    word = plain(text)
    if word in YES:
        return 1
    if word in NO:
        return 0
    raise BadCell(_("«%(value)s» is neither yes nor no.") % {"value": text[:40]})


def _as_choice(text: str, file_label: str | None, variable: Field) -> int | str:
    by_label = {plain(label): code for code, label in variable.labels.items()}
    if file_label is not None and plain(file_label) in by_label:
        return _stored(by_label[plain(file_label)])
    if file_label is not None and variable.labels.get(text, file_label) != file_label:
        raise BadCell(
            _("The file calls %(code)s «%(theirs)s» and the dictionary «%(ours)s».")
            % {"code": text, "theirs": file_label, "ours": variable.labels[text]}
        )
    if text in variable.labels:
        return _stored(text)
    if plain(text) in by_label:
        return _stored(by_label[plain(text)])
    raise BadCell(_("«%(value)s» is not one of the answers.") % {"value": text[:40]})


def _stored(code: str) -> int | str:
    return int(code) if re.fullmatch(r"-?\d+", code) else code
