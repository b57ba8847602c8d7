"""What an estimator answers with. "Cannot be computed" is an answer with a reason, never NaN."""

import math
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, Literal

ReasonCode = Literal[
    "no_rows",
    "few_clusters",
    "empty_level",
    "sparse_level",
    "constant_outcome",
    "separation",
    "collinear",
    "perfect_fit",
    "not_converged",
    "failed_replicates",
    "not_requested",
    "no_column",
    "not_a_number",
    "negative_weights",
    "one_side",
    "few_scores",
    "constant_treatment",
    "no_first_stage",
]

# Twelve digits are far below what a survey can tell and above what two processors disagree on.
SIGNIFICANT_DIGITS = 12


@dataclass(frozen=True)
class NotEstimable:
    """Why a number is absent.

    ``count`` is the figure behind the reason (alliances found, …), ``detail`` a sentence for who
    works with the estimator itself; pages have their own words for each reason.
    """

    reason: ReasonCode
    count: int = 0
    detail: str = ""


@dataclass(frozen=True)
class Interval:
    """A confidence interval and its nominal level, for example 0.95."""

    low: float
    high: float
    level: float


@dataclass(frozen=True)
class Estimate:
    """A number with what is needed to judge it: standard error, interval, rows and clusters."""

    value: float
    standard_error: float | NotEstimable
    interval: Interval | NotEstimable
    n: int
    clusters: int


@dataclass(frozen=True)
class Test:
    """A two-sided test that carries its null hypothesis."""

    __test__ = False  # the name must not make pytest collect it

    null: str
    statistic: float
    degrees_of_freedom: int
    p_value: float


def to_data(result: Any) -> Any:
    """The result as JSON data: dataclasses become objects, floats keep twelve digits.

    Raises ValueError when a float is not finite: such a number must be a NotEstimable.
    """
    if isinstance(result, NotEstimable):
        return {"not_estimable": result.reason, "count": result.count}
    if is_dataclass(result):
        return {item.name: to_data(getattr(result, item.name)) for item in fields(result)}
    if isinstance(result, dict):
        return {str(key): to_data(value) for key, value in result.items()}
    if isinstance(result, (list, tuple)):
        return [to_data(value) for value in result]
    if isinstance(result, float):
        return _rounded(result)
    return result


def _rounded(number: float) -> float:
    if not math.isfinite(number):
        raise ValueError("a result holds a number that is not finite")
    return float(f"{number:.{SIGNIFICANT_DIGITS}g}")
