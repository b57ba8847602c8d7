"""A result of operations as one long table: a row per figure, with its interval or reason. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

Data = Mapping[str, Any]
_HEAD = ("by", "group", "what", "measure")
_QUANTILES = ("p25", "median", "p75", "p90")
#: Which number a row holds.
KEYS = ("table", *_HEAD)
HEADINGS = (
    *KEYS,
    "value",
    *_QUANTILES,
    "standard_error",
    "low",
    "high",
    "committed_cop",
    "received_cop",
    "n",
    "over",
    "alliances",
    "not_estimable",
    "count",
)


def headline(parts: Data) -> list[dict[str, Any]]:
    """The main figures, of all alliances and of each group; [] before there are any."""
    rows = parts.get("headline", {}).get("rows", [])
    return [{**_head(row), **_numbers(row["found"])} for row in rows]


def long_rows(parts: Data) -> Iterator[dict[str, Any]]:
    """Every figure of the result; the keys are some of ``HEADINGS``."""
    for table, part in parts.items():
        for row in part.get("rows", ()):
            yield {"table": table, **_head(row), **_numbers(row["found"])}


def _head(row: Data) -> dict[str, Any]:
    return {name: row[name] for name in _HEAD}


def _numbers(result: Data) -> dict[str, Any]:
    if "not_estimable" in result:
        return {"not_estimable": result["not_estimable"], "count": result["count"]}
    cells: dict[str, Any] = {
        name: result[name] for name in ("value", "standard_error", "n", "over") if name in result
    }
    for name in _QUANTILES:
        if name in result and not isinstance(result[name], Mapping):
            cells[name] = result[name]
    cells["alliances"] = result.get("clusters", result.get("alliances"))
    if "committed" in result:
        return cells | {f"{name}_cop": result[name] for name in ("committed", "received")}
    ends = result["interval"]
    if "not_estimable" in ends:
        return cells | {"not_estimable": ends["not_estimable"], "count": ends["count"]}
    return cells | {"low": ends["low"], "high": ends["high"]}
