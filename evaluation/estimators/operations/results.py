"""The frozen shape of a duration; pages read it without numpy."""

from dataclasses import dataclass

from evaluation.estimators.results import Interval, NotEstimable

Quantile = float | NotEstimable


@dataclass(frozen=True)
class Duration:
    """Days that stays last. ``over``: how many of ``n`` have ended. ``interval``: of the median."""

    n: int
    over: int
    alliances: int
    p25: Quantile
    median: Quantile
    p75: Quantile
    p90: Quantile
    interval: Interval | NotEstimable
