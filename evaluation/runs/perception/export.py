"""A perception result as one long table: a row per number, with its interval or why not. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict

from evaluation.estimators.results import NotEstimable
from evaluation.runs.estimates import Row, of_absent, of_estimate
from evaluation.runs.perception.results import PerceptionResult, Question

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


def headline(result: PerceptionResult) -> list[Row]:
    """The share of each answer to each question."""
    return [
        {"question": question.name, "answer": cell.code, **of_estimate(cell.share)}
        for question in result.questions
        for row in question.rows
        for cell in row.cells
    ]


def long_rows(result: PerceptionResult) -> Iterator[Row]:
    """Every number of the result; the keys are some of ``HEADINGS``."""
    yield from _questions("overall", "", result.questions)
    for rating in result.support:
        key = {"table": "support", "question": f"support_{rating.kind}_{rating.person}"}
        yield {**key, "answer": "received", **of_estimate(rating.received)}
        yield {**key, "answer": "good", **of_estimate(rating.good)}
    for group_by, questions in result.groups.items():
        yield from _questions("groups", group_by, questions)
    for row in result.comparisons:
        key = {"table": "comparisons", "question": row.question, "group_by": row.group}
        if isinstance(row.test, NotEstimable):
            yield key | of_absent(row.test)
        else:
            yield {**key, **asdict(row.test), "p_adjusted": row.adjusted}


def _questions(table: str, group_by: str, questions: Iterable[Question]) -> Iterator[Row]:
    for question in questions:
        for row in question.rows:
            for cell in row.cells:
                yield {
                    "table": table,
                    "question": question.name,
                    "group_by": group_by,
                    "group": row.group,
                    "answer": cell.code,
                    **of_estimate(cell.share),
                }
