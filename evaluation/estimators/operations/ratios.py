"""Shares, rates and means of alliances: one total over another, with clustered errors.

The error is that of the linearised ratio with the alliance as cluster. A share has Wilson's
interval for as many cases as would have that error if they were independent (Korn and Graubard,
1998); where everybody or nobody does it, for as many cases as there are alliances.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import t as student
from statsmodels.stats.proportion import proportion_confint

from evaluation.estimators.results import Estimate, Interval, NotEstimable


def ratio(
    numerators: Sequence[float],
    denominators: Sequence[float],
    alliances: Sequence[int],
    *,
    level: float,
    minimum: int,
    is_share: bool = False,
) -> Estimate | NotEstimable:
    """Sum of the first over sum of the second, none of fewer than ``minimum`` alliances.

    Rows whose denominator is zero tell nothing. ``level`` in per cent; ``n`` counts rows.
    """
    above, below = np.asarray(numerators, float), np.asarray(denominators, float)
    counted = below > 0
    above, below, groups = above[counted], below[counted], np.asarray(alliances)[counted]
    count = len(np.unique(groups))
    if count < minimum:
        return few_cases(count, minimum)
    value = float(above.sum() / below.sum())
    variance = clustered_variance(above, below, groups)
    error = variance**0.5
    if is_share:
        low, high = _wilson(value, variance, count, level)
    else:
        reach = float(student.ppf(0.5 + level / 200, count - 1)) * error
        low, high = max(value - reach, 0.0), value + reach
    return Estimate(value, error, Interval(low, high, level / 100), len(above), count)


def few_cases(count: int, minimum: int) -> NotEstimable:
    """Too few alliances to tell a figure of them."""
    return NotEstimable("few_cases", count, f"{count} alliances, fewer than {minimum}")


def clustered_variance(above: ArrayLike, below: ArrayLike, groups: ArrayLike) -> float:
    """Of the ratio of two totals, rows of one group being as alike as they are."""
    top, bottom = np.asarray(above, float), np.asarray(below, float)
    names, place = np.unique(np.asarray(groups), return_inverse=True)
    residuals = top - top.sum() / bottom.sum() * bottom
    sums = np.bincount(place, residuals, minlength=len(names))
    if len(names) < 2:
        return 0.0
    return float(len(names) / (len(names) - 1) * (sums**2).sum() / bottom.sum() ** 2)


def _wilson(value: float, variance: float, count: int, level: float) -> tuple[float, float]:
    spread = value * (1 - value)
    cases = spread / variance if variance > 0 and spread > 0 else float(count)
    low, high = proportion_confint(value * cases, cases, 1 - level / 100, method="wilson")
    return max(float(low), 0.0), min(float(high), 1.0)
