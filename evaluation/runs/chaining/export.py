"""A chaining result as one long table: a row per number, with its interval or the reason. Pure."""

from collections.abc import Iterator
from typing import Any

from evaluation.runs.estimates import of_estimate, of_test
from evaluation.runs.words import Data

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
        {"dimension": dimension["name"], "level": row["level"], **of_estimate(row["share"])}
        for dimension in dimensions
        for row in dimension["levels"]
    ]


def long_rows(parts: Data) -> Iterator[dict[str, Any]]:
    """Every number of the result; the keys are some of ``HEADINGS``."""
    result = parts["chaining"]
    for dimension in result["dimensions"]:
        name = {"dimension": dimension["name"]}
        yield {"table": "mean_index", **name, **of_estimate(dimension["mean_index"])}
        for row in dimension["levels"]:
            for number in _LEVEL_NUMBERS:
                key = {"table": "levels", "level": row["level"], "outcome": number}
                yield {**name, **key, **of_estimate(row[number])}
        for row in dimension["differences"]:
            yield {**name, "table": "differences", **_key(row), **_difference(row)}
        for row in dimension["trends"]:
            yield {**name, "table": "trends", **_key(row), **of_test(row["test"])}
        age = dimension["age"]
        yield {**name, "table": "age", **of_estimate(age["slope"]), **of_test(age["test"])}
    for cell in result["cross"]:
        levels = f"{cell['producers_organisation']} x {cell['organisation_ally']}"
        counts = {"n": cell["n"], "alliances": cell["alliances"]}
        yield {"table": "cross", "level": levels, **of_estimate(cell["share"]), **counts}


def _key(row: Data) -> dict[str, Any]:
    return {key: row[key] for key in ("comparison", "outcome", "department_effects") if key in row}


def _difference(row: Data) -> dict[str, Any]:
    row_numbers = {**of_estimate(row["estimate"]), **of_test(row["test"])}
    if "low" in row["bootstrap"]:
        row_numbers |= {f"bootstrap_{end}": row["bootstrap"][end] for end in ("low", "high")}
    return row_numbers
