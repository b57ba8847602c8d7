"""Validation of the settings of an estimator."""

from collections.abc import Mapping, Sequence
from math import ulp
from typing import TypeVar

Value = TypeVar("Value")


def require(rules: Mapping[str, bool]) -> None:
    """Raises ValueError with every rule that does not hold."""
    broken = [rule for rule, holds in rules.items() if not holds]
    if broken:
        raise ValueError("; ".join(broken))


def check_choice(name: str, value: str, allowed: Sequence[str]) -> None:
    """Raises ValueError for a value that is not among those allowed."""
    if value not in allowed:
        raise ValueError(f"{name} is one of {', '.join(allowed)}, not {value!r}")


def as_pair(value: Value | tuple[Value, Value]) -> tuple[Value, Value]:
    """(left, right), with one value for both sides where it is no pair."""
    return value if isinstance(value, tuple) else (value, value)


def shortest_decimal(number: float) -> float:
    """The decimal number within rounding error, 0.3 for 0.30000000000000004."""
    short = float(f"{number:.12g}")
    return short if abs(short - number) <= 4 * ulp(number) else number
