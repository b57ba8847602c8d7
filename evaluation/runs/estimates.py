"""A stored estimate as the columns of an export: its numbers, or why there are none. Pure."""

from typing import Any

from evaluation.runs.words import Data, is_absent

Row = dict[str, Any]


def of_estimate(data: Data) -> Row:
    """Value, interval, error and counts."""
    if is_absent(data):
        return absence(data)
    numbers = {"value": data["value"], "n": data["n"], "alliances": data["clusters"]}
    numbers |= of_interval(data["interval"])
    error = data["standard_error"]
    return numbers if is_absent(error) else numbers | {"standard_error": error}


def of_interval(data: Data) -> Row:
    """Both ends."""
    return absence(data) if is_absent(data) else {end: data[end] for end in ("low", "high")}


def of_test(data: Data) -> Row:
    """Statistic and p-value."""
    return absence(data) or {name: data[name] for name in ("statistic", "p_value")}


def absence(data: Data) -> Row:
    """The reason code; nothing of what is there."""
    return {"not_estimable": data["not_estimable"]} if is_absent(data) else {}
