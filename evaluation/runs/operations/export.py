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


def _numbers(found: Data) -> dict[str, Any]:
    if "not_estimable" in found:
        return {"not_estimable": found["not_estimable"], "count": found["count"]}
    told: dict[str, Any] = {
        name: found[name] for name in ("value", "standard_error", "n", "over") if name in found
    }
    for name in _QUANTILES:
        if name in found and not isinstance(found[name], Mapping):
            told[name] = found[name]
    told["alliances"] = found.get("clusters", found.get("alliances"))
    if "committed" in found:
        return told | {f"{name}_cop": found[name] for name in ("committed", "received")}
    ends = found["interval"]
    if "not_estimable" in ends:
        return told | {"not_estimable": ends["not_estimable"], "count": ends["count"]}
    return told | {"low": ends["low"], "high": ends["high"]}
