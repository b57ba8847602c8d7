"""The frozen shapes of a chaining result; pages read them without numpy.

None in the place of a count says that it is hidden (``evaluation.runs.hiding``).
"""

from dataclasses import dataclass
from typing import Any, Literal

from evaluation.estimators.chaining.spec import DimensionName, LevelName, OutcomeName
from evaluation.estimators.results import Estimate, Interval, NotEstimable, Test, to_data

Comparison = Literal["high_vs_low", "medium_vs_low", "high_vs_rest"]


@dataclass(frozen=True)
class ChainingFunnel:
    """How many surveyed producers reach the analysis, and why the others do not."""

    surveyed: int | None
    without_milestones: int | None
    without_ally: int | None
    analysed: int | None
    alliances: int | None
    departments: int | None


@dataclass(frozen=True)
class LevelRow:
    """One level of one dimension: its share of the producers and what they report."""

    level: LevelName
    n: int | None
    alliances: int | None
    share: Estimate | NotEstimable
    income_improved: Estimate | NotEstimable
    income_change_cop: Estimate | NotEstimable
    wellbeing: Estimate | NotEstimable
    wellbeing_answers: dict[str, int]
    organisation_age_years: Estimate | NotEstimable


@dataclass(frozen=True)
class AdjustedDifference:
    """A difference between levels, the rest of the model equal; shares run from 0 to 1."""

    outcome: OutcomeName
    comparison: Comparison
    department_effects: bool
    estimate: Estimate | NotEstimable
    test: Test | NotEstimable
    bootstrap: Interval | NotEstimable


@dataclass(frozen=True)
class Trend:
    """Does an outcome move from low to medium to high?"""

    outcome: OutcomeName
    department_effects: bool
    test: Test | NotEstimable


@dataclass(frozen=True)
class AgeSlope:
    """Points of the index per year of age of the organisation."""

    slope: Estimate | NotEstimable
    test: Test | NotEstimable


@dataclass(frozen=True)
class Dimension:
    """Everything about one dimension; ``both`` is the mean of the two and never stands alone."""

    name: DimensionName
    low: float
    high: float
    mean_index: Estimate | NotEstimable
    levels: tuple[LevelRow, ...]
    differences: tuple[AdjustedDifference, ...]
    trends: tuple[Trend, ...]
    age: AgeSlope


@dataclass(frozen=True)
class CrossCell:
    """Producers at one level of each dimension."""

    producers_organisation: LevelName
    organisation_ally: LevelName
    n: int | None
    alliances: int | None
    share: Estimate | NotEstimable


@dataclass(frozen=True)
class ChainingResult:
    """What one chaining run found."""

    funnel: ChainingFunnel
    dimensions: tuple[Dimension, ...]
    cross: tuple[CrossCell, ...]

    def to_data(self) -> dict[str, Any]:
        """JSON data; the same inputs give the same bytes."""
        data: dict[str, Any] = to_data(self)
        return data
