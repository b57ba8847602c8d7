"""A result of operations as one long table: a row per figure, with its interval or reason. Pure."""

from collections.abc import Iterator

from evaluation.estimators.operations.results import Duration
from evaluation.estimators.results import Estimate, Interval, NotEstimable
from evaluation.runs.estimates import Row, of_absent, of_estimate, of_interval
from evaluation.runs.operations.results import Amounts, Indicator, OperationsResult, Result

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


def headline(result: OperationsResult) -> list[Row]:
    """The main figures, of all alliances and of each group."""
    return [_indicator(row) for row in result.rows("headline")]


def long_rows(result: OperationsResult) -> Iterator[Row]:
    """Every figure of the result; the keys are some of ``HEADINGS``."""
    for table, rows in result.tables.items():
        for row in rows:
            yield {"table": table, **_indicator(row)}


def _indicator(row: Indicator) -> Row:
    return {**{name: getattr(row, name) for name in _HEAD}, **_numbers(row.found)}


def _numbers(result: Result) -> Row:
    match result:
        case NotEstimable():
            return _absent(result)
        case Amounts():
            sums = {"committed_cop": result.committed, "received_cop": result.received}
            return {**sums, "n": result.n, "alliances": result.clusters}
        case Duration():
            quantiles = {name: getattr(result, name) for name in _QUANTILES}
            present = {
                name: value
                for name, value in quantiles.items()
                if not isinstance(value, NotEstimable)
            }
            counts = {"n": result.n, "over": result.over, "alliances": result.alliances}
            return present | counts | _ends(result.interval)
        case Estimate():
            return of_estimate(result) | _ends(result.interval)


def _ends(interval: Interval | NotEstimable) -> Row:
    return _absent(interval) if isinstance(interval, NotEstimable) else of_interval(interval)


def _absent(absent: NotEstimable) -> Row:
    return {**of_absent(absent), "count": absent.count}
