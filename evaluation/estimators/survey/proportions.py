"""Shares of answers in a sample of clusters, with or without weights.

A share is a ratio of weighted sums; its variance is that of its linearised values, summed within
clusters (Taylor linearisation: Woodruff 1971; Binder 1983), with factor G/(G-1). The interval is
Student's on the scale of the logit, so that it stays within 0 and 1 (Korn and Graubard 1998).
"""

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from scipy.special import expit, logit

from evaluation.estimators.results import Estimate, Interval, NotEstimable

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]


def shares(
    answers: Codes, weights: Floats, clusters: Codes, count: int, *, level: float, minimum: int
) -> list[Estimate]:
    """Share of each of ``count`` answers, coded 0…count-1.

    Parameters
    ----------
    answers, weights, clusters : arrays of equal length, one entry or more
    level : float
        Of the intervals, such as 0.95.
    minimum : int
        Fewest clusters that an interval is given for.
    """
    hits = answers[:, None] == np.arange(count)
    values = weights @ hits / weights.sum()
    names, places = np.unique(clusters, return_inverse=True)
    groups, n = len(names), len(answers)
    if groups < max(2, minimum):
        return [_bare(value, n, groups, NotEstimable("few_clusters", groups)) for value in values]
    sums = cluster_sums(weights[:, None] * (hits - values) / weights.sum(), places, groups)
    errors = np.sqrt(groups / (groups - 1) * (sums**2).sum(axis=0))
    reach = float(stats.t.ppf((1 + level) / 2, groups - 1))
    return [
        _estimate(float(value), float(error), reach, level, n, groups)
        for value, error in zip(values, errors, strict=True)
    ]


def cluster_sums(values: Floats, places: Codes, groups: int) -> Floats:
    """Sum of the rows of each cluster."""
    return np.stack([np.bincount(places, column, groups) for column in values.T], axis=1)


def _estimate(
    value: float, error: float, reach: float, level: float, n: int, groups: int
) -> Estimate:
    if not 0 < value < 1:
        return _bare(value, n, groups, NotEstimable("constant_outcome"))
    far = reach * error / (value * (1 - value))
    low, high = expit(logit(value) - far), expit(logit(value) + far)
    return Estimate(value, error, Interval(float(low), float(high), level), n, groups)


def _bare(value: float, n: int, groups: int, absent: NotEstimable) -> Estimate:
    return Estimate(float(value), absent, absent, n, groups)
