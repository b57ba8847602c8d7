"""The frozen shapes of survival estimates; pages read them without numpy."""

from dataclasses import dataclass

from evaluation.estimators.results import Interval, NotEstimable


@dataclass(frozen=True)
class SurvivalStep:
    """From ``at`` on, share that lasts; ``at_risk`` and ``ended`` at that moment."""

    at: float
    at_risk: int
    ended: int
    share: float
    interval: Interval | NotEstimable


@dataclass(frozen=True)
class SurvivalCurve:
    """A survival curve that begins at 1; ``until`` is the longest time seen."""

    steps: tuple[SurvivalStep, ...]
    n: int
    ended: int
    until: float


@dataclass(frozen=True)
class LogRank:
    """Test that groups last alike: chi-square with groups - 1 degrees of freedom."""

    statistic: float
    degrees_of_freedom: int
    p_value: float
