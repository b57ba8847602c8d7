"""How every kind of study writes a list and a figure."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from django.utils.formats import localize
from django.utils.translation import gettext as _

from kit.figures import percentage

Pair = tuple[str, str]
Labels = Mapping[str, Any]


def one_after_another(names: Iterable[str], labels: Labels) -> str:
    """The names in words, or «nothing»."""
    return ", ".join(str(labels.get(name, name)) for name in names) or _("nothing")


def one_a_line(names: Iterable[str], labels: Labels) -> str:
    """The names in words, each on a line of its own: questions are sentences with commas."""
    return "\n".join(f"· {labels.get(name, name)}" for name in names)


def figure(value: float) -> str:
    """The number with only the decimals it has."""
    return str(localize(Decimal(f"{value:.10g}")))


def percent(value: float) -> str:
    """Of a hundred: «95 %»."""
    return percentage(value)
