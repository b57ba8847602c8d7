"""A follow-up result as one long table: a row per number, with its interval or why not. Pure."""

from collections.abc import Iterator
from typing import Any

from evaluation.runs.estimates import absence, of_estimate, of_interval, of_test
from evaluation.runs.words import Data

KEYS = ("table", "group_by", "group", "outcome", "months")
HEADINGS = (
    *KEYS,
    "value",
    "standard_error",
    "low",
    "high",
    "n",
    "alliances",
    "not_yet",
    "at_risk",
    "ended",
    "statistic",
    "p_value",
    "p_adjusted",
    "not_estimable",
)


def headline(parts: Data) -> list[dict[str, Any]]:
    """Every outcome at each moment, of all alliances; [] before there are any."""
    looks = parts.get("overall", {}).get("looks", [])
    return [_look(look) for look in looks]


def long_rows(parts: Data) -> Iterator[dict[str, Any]]:
    """Every number of the result; the keys are some of ``HEADINGS``."""
    for look in parts["overall"]["looks"]:
        yield {"table": "looks", **_look(look)}
    for row in parts["survival"]:
        yield from _survival(row)
    for name, groups in parts.items():
        if name.startswith("by_"):
            for row in groups:
                key = {"table": "groups", "group_by": name[3:], "group": row["group"]}
                yield from ({**key, **_look(look)} for look in row["looks"])


def _look(look: Data) -> dict[str, Any]:
    key = {"outcome": look["outcome"], "months": look["months"], "not_yet": look["not_yet"]}
    return key | of_estimate(look["estimate"])


def _survival(row: Data) -> Iterator[dict[str, Any]]:
    key = {"table": "survival", "group_by": row["group_by"], "outcome": "alive"}
    for line in row["curves"]:
        here = {**key, "group": line["group"], "n": line["n"]}
        if why := absence(line["curve"]):
            yield here | why
            continue
        yield here | {"months": 0, "value": 1.0, "at_risk": line["curve"]["n"], "ended": 0}
        for step in line["curve"]["steps"]:
            numbers = {"months": step["at"], "value": step["share"]}
            counts = {"at_risk": step["at_risk"], "ended": step["ended"]}
            yield here | numbers | counts | of_interval(step["interval"])
    if row["test"]:
        test = {"p_adjusted": row["adjusted"], **of_test(row["test"])}
        yield {**key, "table": "log_rank", **test}
