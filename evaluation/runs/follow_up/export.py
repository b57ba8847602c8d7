"""A follow-up result as one long table: a row per number, with its interval or why not. Pure."""

from collections.abc import Iterator

from evaluation.estimators.results import NotEstimable
from evaluation.runs.estimates import Row, of_absent, of_estimate, of_interval, of_test
from evaluation.runs.follow_up.results import FollowUpResult, Lifetimes, Look

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


def headline(result: FollowUpResult) -> list[Row]:
    """Every outcome at each moment, of all alliances."""
    return [_look(look) for look in result.looks]


def long_rows(result: FollowUpResult) -> Iterator[Row]:
    """Every number of the result; the keys are some of ``HEADINGS``."""
    for look in result.looks:
        yield {"table": "looks", **_look(look)}
    for row in result.lifetimes:
        yield from _lifetimes(row)
    for name, groups in result.groups.items():
        for group in groups:
            key = {"table": "groups", "group_by": name, "group": group.group}
            yield from ({**key, **_look(look)} for look in group.looks)


def _look(look: Look) -> Row:
    key = {"outcome": look.outcome, "months": look.months, "not_yet": look.not_yet}
    return key | of_estimate(look.estimate)


def _lifetimes(row: Lifetimes) -> Iterator[Row]:
    key = {"table": "survival", "group_by": row.group_by, "outcome": "alive"}
    for line in row.curves:
        here, curve = {**key, "group": line.group, "n": line.n}, line.curve
        if isinstance(curve, NotEstimable):
            yield here | of_absent(curve)
            continue
        yield here | {"months": 0, "value": 1.0, "at_risk": curve.n, "ended": 0}
        for step in curve.steps:
            numbers = {"months": step.at, "value": step.share}
            counts = {"at_risk": step.at_risk, "ended": step.ended}
            yield here | numbers | counts | of_interval(step.interval)
    if row.test:
        yield {**key, "table": "log_rank", "p_adjusted": row.adjusted, **of_test(row.test)}
