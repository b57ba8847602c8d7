"""A chaining result as one long table: a row per number, with its interval or the reason. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

Data = Mapping[str, Any]
KEYS = ("table", "dimension", "level", "comparison", "outcome", "department_effects")
HEADINGS = (
    *KEYS,
    "value",
    "standard_error",
    "low",
    "high",
    "bootstrap_low",
    "bootstrap_high",
    "statistic",
    "p_value",
    "n",
    "alliances",
    "not_estimable",
)
_LEVEL_NUMBERS = (
    "share",
    "income_improved",
    "income_change_cop",
    "wellbeing",
    "organisation_age_years",
)


def headline(parts: Data) -> list[dict[str, Any]]:
    """The share of producers at each level of each dimension; [] before there are any."""
    dimensions = parts.get("chaining", {}).get("dimensions", [])
    return [
        {"dimension": dimension["name"], "level": row["level"], **_estimate(row["share"])}
        for dimension in dimensions
        for row in dimension["levels"]
    ]


def long_rows(parts: Data) -> Iterator[dict[str, Any]]:
    """Every number of the result; the keys are some of ``HEADINGS``."""
    result = parts["chaining"]
    for dimension in result["dimensions"]:
        name = {"dimension": dimension["name"]}
        yield {"table": "mean_index", **name, **_estimate(dimension["mean_index"])}
        for row in dimension["levels"]:
            for number in _LEVEL_NUMBERS:
                key = {"table": "levels", "level": row["level"], "outcome": number}
                yield {**name, **key, **_estimate(row[number])}
        for row in dimension["differences"]:
            yield {**name, "table": "differences", **_key(row), **_difference(row)}
        for row in dimension["trends"]:
            yield {**name, "table": "trends", **_key(row), **_test(row["test"])}
        age = dimension["age"]
        yield {**name, "table": "age", **_estimate(age["slope"]), **_test(age["test"])}
    for cell in result["cross"]:
        levels = f"{cell['producers_organisation']} x {cell['organisation_ally']}"
        counts = {"n": cell["n"], "alliances": cell["alliances"]}
        yield {"table": "cross", "level": levels, **_estimate(cell["share"]), **counts}


def _key(row: Data) -> dict[str, Any]:
    return {key: row[key] for key in ("comparison", "outcome", "department_effects") if key in row}


def _difference(row: Data) -> dict[str, Any]:
    row_numbers = {**_estimate(row["estimate"]), **_test(row["test"])}
    if "low" in row["bootstrap"]:
        row_numbers |= {f"bootstrap_{end}": row["bootstrap"][end] for end in ("low", "high")}
    return row_numbers


def _estimate(data: Data) -> dict[str, Any]:
    if "not_estimable" in data:
        return {"not_estimable": data["not_estimable"]}
    numbers = {"value": data["value"], "n": data["n"], "alliances": data["clusters"]}
    if "not_estimable" in data["interval"]:
        return numbers | {"not_estimable": data["interval"]["not_estimable"]}
    ends = {end: data["interval"][end] for end in ("low", "high")}
    return numbers | ends | {"standard_error": data["standard_error"]}


def _test(data: Data) -> dict[str, Any]:
    if "not_estimable" in data:
        return {"not_estimable": data["not_estimable"]}
    return {"statistic": data["statistic"], "p_value": data["p_value"]}
