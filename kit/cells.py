"""What a cell or a field holds before anybody knows what it means, and how it is quoted back.

Every cell is a value, a blank or an error; an error is never read as a blank. Pure.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from kit.text import shortened

Parser = Callable[[Any], Any]

#: What Excel and LibreOffice write in a cell whose formula failed, in Spanish and English.
ERROR_VALUE = re.compile(r"#(N/[AD]|[\u00a1\u00bf]?[A-Z/0_]+[!?]|GETTING_DATA)|Err:[0-9]{3}")


class Unreadable(ValueError):
    """Why what was written cannot be taken and what to write instead."""


@dataclass(frozen=True)
class Broken:
    """A cell that its spreadsheet could not compute; ``why`` is for the person."""

    why: str


def failed(value: str) -> str:
    """Why a cell that shows ``value``, an error, cannot be taken."""
    return _("The formula gives «%(value)s»: correct it or write the value.") % {"value": value}


def not_computed() -> str:
    """Why a cell with a formula and without a value cannot be taken."""
    return _("The formula was never computed: open the file, save it, or write the value.")


def shown(value: object) -> str:
    """The value as its spreadsheet shows it, cut short."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return shortened(str(value), 40)


def quoted(value: object) -> dict[str, Any]:
    """The value as a refusal quotes it."""
    if isinstance(value, date):
        return {"value": date_format(value, "SHORT_DATE_FORMAT")}
    return {"value": shown(value)}
