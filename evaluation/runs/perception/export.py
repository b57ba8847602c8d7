"""A perception result as one long table: a row per number, with its interval or why not. Pure."""

from collections.abc import Iterator
from typing import Any

from evaluation.runs.estimates import of_estimate
from evaluation.runs.words import Data

KEYS = ("table", "question", "group_by", "group", "answer")
HEADINGS = (
    *KEYS,
    "value",
    "standard_error",
    "low",
    "high",
    "n",
    "alliances",
    "statistic",
    "df_numerator",
    "df_denominator",
    "p_value",
    "p_adjusted",
    "not_estimable",
)


def headline(parts: Data) -> list[dict[str, Any]]:
    """The share of each answer to each question; [] before there are any."""
    return [
        {name: value for name, value in row.items() if name not in ("table", "group_by", "group")}
        for row in _questions("overall", "", parts.get("overall", []))
    ]


def long_rows(parts: Data) -> Iterator[dict[str, Any]]:
    """Every number of the result; the keys are some of ``HEADINGS``."""
    yield from _questions("overall", "", parts["overall"])
    for row in parts["support"]:
        key = {"table": "support", "question": f"support_{row['kind']}_{row['person']}"}
        for answer in ("received", "good"):
            yield {**key, "answer": answer, **of_estimate(row[answer])}
    for name, questions in parts.items():
        if name.startswith("by_"):
            yield from _questions("groups", name.removeprefix("by_"), questions)
    for row in parts["comparisons"]:
        key = {"table": "comparisons", "question": row["question"], "group_by": row["group"]}
        test = {"not_estimable": row["test"].get("not_estimable", "")}
        if not test["not_estimable"]:
            test = {**row["test"], "p_adjusted": row["adjusted"]}
        yield {**key, **test}


def _questions(table: str, group_by: str, questions: Any) -> Iterator[dict[str, Any]]:
    for question in questions:
        for row in question["rows"]:
            for cell in row["cells"]:
                yield {
                    "table": table,
                    "question": question["name"],
                    "group_by": group_by,
                    "group": row["group"],
                    "answer": cell["code"],
                    **of_estimate(cell["share"]),
                }
