"""Means, shares and covariance matrices when rows of one cluster resemble each other.

Clusters are coded 0…G-1. The sandwich is CR1: the sum over clusters of squared score sums,
times G/(G-1) x (n-1)/(n-k); intervals use Student's t with G-1 degrees of freedom.
"""

import math

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from evaluation.estimators.results import Estimate, Interval, NotEstimable

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]
Mask = NDArray[np.bool_]


def codes_of(labels: NDArray[np.generic]) -> Codes:
    """Labels as 0…G-1 in sorted order of the label."""
    return np.unique(labels, return_inverse=True)[1].astype(np.int64)


def cluster_sums(scores: Floats, clusters: Codes) -> Floats:
    """Row scores (n x k) added up within each cluster (G x k)."""
    size = int(clusters.max()) + 1
    columns = [np.bincount(clusters, column, minlength=size) for column in scores.T]
    return np.column_stack(columns)


def cluster_covariance(bread: Floats, scores: Floats, clusters: Codes) -> Floats:
    """CR1 covariance; ``bread`` inverts minus the Hessian (X'X for least squares)."""
    rows, parameters = scores.shape
    groups = int(np.unique(clusters).size)
    sums = cluster_sums(scores, clusters)
    correction = groups / (groups - 1) * (rows - 1) / (rows - parameters)
    return np.asarray(correction * bread @ (sums.T @ sums) @ bread)


def t_interval(value: float, error: float, groups: int, alpha: float) -> Interval:
    """Student interval with groups - 1 degrees of freedom."""
    reach = float(stats.t.ppf(1 - alpha / 2, groups - 1)) * error
    return Interval(low=value - reach, high=value + reach, level=1 - alpha)


def t_p_value(statistic: float, groups: int) -> float:
    """Two-sided p-value of a t statistic with groups - 1 degrees of freedom."""
    return float(2 * stats.t.sf(abs(statistic), groups - 1))


def cluster_mean(values: Floats, clusters: Codes, *, alpha: float, minimum: int) -> Estimate:
    """Mean with a cluster-robust interval (linearised ratio of totals)."""
    return _estimate(values, clusters, alpha=alpha, minimum=minimum, share=False)


def cluster_share(hits: Floats, clusters: Codes, *, alpha: float, minimum: int) -> Estimate:
    """Share of ones, its interval built on the logit scale so that it stays within 0 and 1."""
    return _estimate(hits, clusters, alpha=alpha, minimum=minimum, share=True)


def _estimate(
    values: Floats, clusters: Codes, *, alpha: float, minimum: int, share: bool
) -> Estimate:
    groups = int(np.unique(clusters).size)
    mean = float(values.mean())
    absent = _why_no_interval(values, groups, minimum)
    if absent:
        return Estimate(mean, absent, absent, n=values.size, clusters=groups)
    error = _standard_error(values - mean, clusters, groups)
    build = _logit_interval if share else t_interval
    return Estimate(mean, error, build(mean, error, groups, alpha), n=values.size, clusters=groups)


def _why_no_interval(values: Floats, groups: int, minimum: int) -> NotEstimable | None:
    if groups < max(2, minimum):
        return NotEstimable("few_clusters", groups)
    if np.ptp(values) == 0:
        return NotEstimable("constant_outcome")
    return None


def _standard_error(residuals: Floats, clusters: Codes, groups: int) -> float:
    sums = np.bincount(clusters, residuals)
    variance = groups / (groups - 1) * float(sums @ sums) / residuals.size**2
    return math.sqrt(variance)


def _logit_interval(share: float, error: float, groups: int, alpha: float) -> Interval:
    centre = math.log(share / (1 - share))
    on_logit = t_interval(centre, error / (share * (1 - share)), groups, alpha)
    low, high = (1 / (1 + math.exp(-bound)) for bound in (on_logit.low, on_logit.high))
    return Interval(low=low, high=high, level=on_logit.level)
