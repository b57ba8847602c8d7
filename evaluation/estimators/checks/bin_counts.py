"""How many bins each side of a regression discontinuity plot needs.

Calonico, Cattaneo and Titiunik (2015): either the number that minimises the integrated mean squared
error of the binned means, or the one whose means vary as the data do.
"""

from dataclasses import dataclass
from math import ceil, log
from typing import Literal

import numpy as np
from numpy.polynomial import Legendre
from numpy.polynomial.legendre import legvander

from evaluation.estimators.discontinuity import Counts, Estimator, Sides
from evaluation.estimators.rd.cells import Floats
from evaluation.estimators.rd.cleaning import Columns
from evaluation.estimators.rd.results import EstimationError
from evaluation.estimators.rd.spec import RDSpec

Spacing = Literal["even", "quantile"]

#: Order of the curve, and of the polynomials behind the number of bins.
ORDER = 4
#: Share of repeated scores on a side from which the variance is estimated by a polynomial.
REPEATED = 0.2
#: Largest number of bins on a side.
MAX_BINS = 100_000


@dataclass(frozen=True, eq=False)
class BinnedSide:
    """Rows of one side sorted by score, from ``low`` to ``high``; one of these is the cut-off."""

    score: Floats
    outcome: Floats
    weight: Floats | None
    covariates: Floats
    low: float
    high: float
    distinct: int

    def __len__(self) -> int:
        return len(self.score)

    @property
    def width(self) -> float:
        return self.high - self.low

    def bin_edges(self, spacing: Spacing, number: int) -> Floats:
        """(number + 1,): edges. Quantile bins begin at the first score, not at the cut-off."""
        if spacing == "even":
            return np.linspace(self.low, self.high, number + 1)
        return np.asarray(np.quantile(self.score, np.linspace(0, 1, number + 1)))


BinnedSides = tuple[BinnedSide, BinnedSide]


def split_sides(columns: Columns, spec: RDSpec) -> BinnedSides:
    outcome, *others = columns.values
    covariates = np.column_stack([np.ones(len(outcome)), *others[spec.is_fuzzy :]])[:, 1:]
    order = np.argsort(columns.score, kind="stable")  # rows that share a score stay as they came
    score = columns.score[order]
    split = int(np.searchsorted(score, spec.cutoff, side="left"))

    def side_data(part: slice, low: float, high: float) -> BinnedSide:
        rows, scores = order[part], score[part]
        weight = None if columns.weight is None else columns.weight[rows]
        distinct = int(np.count_nonzero(scores[1:] != scores[:-1])) + min(len(scores), 1)
        return BinnedSide(scores, outcome[rows], weight, covariates[rows], low, high, distinct)

    return (
        side_data(slice(split), float(score[0]), spec.cutoff),
        side_data(slice(split, None), spec.cutoff, float(score[-1])),
    )


def has_repeated_scores(sides: BinnedSides) -> bool:
    return any(1 - side.distinct / len(side) >= REPEATED for side in sides)


def optimal_counts(
    sides: BinnedSides, spacing: Spacing, estimator: Estimator
) -> tuple[Counts, Counts]:
    """Numbers of bins (left, right) by integrated mean squared error, and mimicking."""
    order = min(ORDER, *(side.distinct - 1 for side in sides))
    rows = len(sides[0]) + len(sides[1])
    (left_imse, left_mimic), (right_imse, right_mimic) = (
        _counts_of_side(side, rows, order, spacing, estimator) for side in sides
    )
    return (left_imse, right_imse), (left_mimic, right_mimic)


def _counts_of_side(
    side: BinnedSide, rows: int, order: int, spacing: Spacing, estimator: Estimator
) -> Counts:
    spread = float(side.outcome.var(ddof=1))
    if not spread > 0:
        return 1, 1
    bias, variance = _bias_and_variance(side, spread, order, spacing, estimator)
    if not variance > 0:
        return 1, 1
    return _count((2 * bias / variance) ** (1 / 3)), _count(
        spread / variance * rows / log(rows) ** 2
    )


def _bias_and_variance(
    side: BinnedSide, spread: float, order: int, spacing: Spacing, estimator: Estimator
) -> Sides:
    """Constants of integrated squared bias, times the rows of both sides, and variance."""
    # Around its own mean, the outcome's square keeps the digits that its variance needs.
    outcome = side.outcome - side.outcome.mean()
    mean, square = _fit(side, np.column_stack([outcome, outcome**2]), order)
    gap, step = np.diff(side.score), np.diff(side.outcome)
    middle = side.score[:-1] + gap / 2

    def variance_at(score: Floats) -> Floats:
        if estimator == "spacings":
            return step**2 / 2
        variance = square(score) - mean(score) ** 2
        return np.where(variance < 0, spread, variance)

    if spacing == "even":
        slope = side.width * mean.deriv()(side.score)
        return float(slope @ slope) / 12, float(gap @ variance_at(middle)) / side.width
    slope = len(side) * gap * mean.deriv()(middle)
    return float(slope @ slope) / 24, float(variance_at(side.score).sum()) / len(side)


def _count(number: float) -> int:
    return max(1, ceil(min(number, MAX_BINS))) if number == number else 1


def scaled_counts(number: Counts, scale: Sides) -> Counts:
    left, right = (
        max(1, int(min(n_bins * by, MAX_BINS))) for n_bins, by in zip(number, scale, strict=True)
    )
    return left, right


def _fit(side: BinnedSide, columns: Floats, order: int) -> list[Legendre]:
    """Least squares polynomial of each column over the whole side."""
    domain = (side.low, side.high)
    basis = legvander(to_unit_interval(side.score, domain), order)
    return [
        Legendre(coefficients, domain)
        for coefficients in solve_normal_equations(basis.T @ basis, basis.T @ columns).T
    ]


def to_unit_interval(score: Floats, domain: Sides) -> Floats:
    """Scores of the domain mapped to [-1, 1], where Legendre polynomials are orthogonal."""
    return (score - domain[0]) / (domain[1] - domain[0]) * 2 - 1


def solve_normal_equations(gram: Floats, products: Floats) -> Floats:
    """Raises EstimationError where the scores are nearly all alike."""
    try:
        np.linalg.cholesky(gram)
        return np.asarray(np.linalg.solve(gram, products))
    except np.linalg.LinAlgError:
        raise EstimationError("like_scores", "The scores of a side are nearly all alike.") from None
