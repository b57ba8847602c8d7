"""What cannot be computed of answers that a file does not bring. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from evaluation.estimators.chaining.spec import ALLY_ITEMS, MILESTONE_ITEMS, OUTCOMES
from evaluation.surveys.rules import NUMERIC, Field


@dataclass(frozen=True)
class Need:
    """A result and the variables that it lacks."""

    result: str
    variables: tuple[str, ...]


def needs(missing: Sequence[Field]) -> tuple[Need, ...]:
    """Which results lack which of the missing variables of a wave's dictionary."""
    names = [item.name for item in missing]
    numbers = [item.name for item in missing if _is_number(item)]
    rows = (
        (_("Chaining: the index of producers and organisation"), _of(MILESTONE_ITEMS, names)),
        (_("Chaining: the index of organisation and ally"), _of(ALLY_ITEMS, names)),
        (_("Chaining: what goes with the levels"), _of(OUTCOMES, names)),
        (_("Impact: the effect on these outcomes, or an adjustment by them"), tuple(numbers)),
    )
    return tuple(Need(result, variables) for result, variables in rows if variables)


def _of(wanted: Sequence[str], missing: Sequence[str]) -> tuple[str, ...]:
    return tuple(name for name in wanted if name in missing)


def _is_number(item: Field) -> bool:
    return item.kind in (*NUMERIC, "yes_no") and item.role not in ("consent", "identifier")
