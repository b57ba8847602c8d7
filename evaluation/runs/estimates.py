"""An estimate as the columns of an export: its numbers, or why there are none. Pure."""

from typing import Any

from evaluation.estimators.results import Estimate, Interval, NotEstimable, Test
from evaluation.estimators.survival.results import LogRank

Row = dict[str, Any]


def of_estimate(estimate: Estimate | NotEstimable) -> Row:
    """Value, interval, error and counts."""
    if isinstance(estimate, NotEstimable):
        return of_absent(estimate)
    error = estimate.standard_error
    return {
        "value": estimate.value,
        "n": estimate.n,
        "alliances": estimate.clusters,
        **of_interval(estimate.interval),
        **({} if isinstance(error, NotEstimable) else {"standard_error": error}),
    }


def of_interval(interval: Interval | NotEstimable) -> Row:
    """Both ends."""
    if isinstance(interval, NotEstimable):
        return of_absent(interval)
    return {"low": interval.low, "high": interval.high}


def of_test(test: Test | LogRank | NotEstimable) -> Row:
    """Statistic and p-value."""
    if isinstance(test, NotEstimable):
        return of_absent(test)
    return {"statistic": test.statistic, "p_value": test.p_value}


def of_absent(absent: NotEstimable) -> Row:
    """The reason code."""
    return {"not_estimable": absent.reason}
