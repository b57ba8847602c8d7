"""A chaining result as one long table: a row per number, with its interval or the reason. Pure."""

from collections.abc import Iterator

from evaluation.estimators.chaining.results import AdjustedDifference
from evaluation.estimators.results import Interval
from evaluation.runs.chaining.results import REPORTED, WaveChaining
from evaluation.runs.estimates import Row, of_estimate, of_test

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


def headline(result: WaveChaining) -> list[Row]:
    """The share of producers at each level of each dimension."""
    return [
        {"dimension": dimension.name, "level": row.level, **of_estimate(row.share)}
        for dimension in result.dimensions
        for row in dimension.levels
    ]


def long_rows(result: WaveChaining) -> Iterator[Row]:
    """Every number of the result; the keys are some of ``HEADINGS``."""
    for dimension in result.dimensions:
        name = {"dimension": dimension.name}
        yield {"table": "mean_index", **name, **of_estimate(dimension.mean_index)}
        for row in dimension.levels:
            for number in ("share", *REPORTED):
                key = {"table": "levels", "level": row.level, "outcome": number}
                yield {**name, **key, **of_estimate(getattr(row, number))}
        for difference in dimension.differences:
            yield {"table": "differences", **name, **_difference(difference)}
        for trend in dimension.trends:
            yield {
                "table": "trends",
                **name,
                "outcome": trend.outcome,
                "department_effects": trend.department_effects,
                **of_test(trend.test),
            }
        age = dimension.age
        yield {"table": "age", **name, **of_estimate(age.slope), **of_test(age.test)}
    for cell in result.cross:
        levels = f"{cell.producers_organisation} x {cell.organisation_ally}"
        counts = {"n": cell.n, "alliances": cell.alliances}
        yield {"table": "cross", "level": levels, **of_estimate(cell.share), **counts}


def _difference(row: AdjustedDifference) -> Row:
    drawn = row.bootstrap
    return {
        "comparison": row.comparison,
        "outcome": row.outcome,
        "department_effects": row.department_effects,
        **of_estimate(row.estimate),
        **of_test(row.test),
        **(
            {"bootstrap_low": drawn.low, "bootstrap_high": drawn.high}
            if isinstance(drawn, Interval)
            else {}
        ),
    }
