"""Means, shares and Student's intervals when rows of one cluster resemble each other.

Clusters are coded 0…G-1. The sandwich, of statsmodels, is CR1: the sum over clusters of squared
score sums, times G/(G-1) x (n-1)/(n-k); intervals use Student's t with G-1 degrees of freedom.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from scipy.special import expit
from statsmodels.discrete.discrete_model import Logit
from statsmodels.regression.linear_model import OLS

from evaluation.estimators.results import Estimate, Interval, NotEstimable

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]
Mask = NDArray[np.bool_]


def codes_of(labels: NDArray[np.generic]) -> Codes:
    """Labels as 0…G-1 in sorted order of the label."""
    return np.unique(labels, return_inverse=True)[1].astype(np.int64)


def clustered(clusters: Codes) -> dict[str, Any]:
    """Keyword arguments of a statsmodels fit with CR1 clustered errors and Student's t."""
    return {"cov_type": "cluster", "cov_kwds": {"groups": clusters}, "use_t": True}


def t_interval(value: float, error: float, groups: int, alpha: float) -> Interval:
    """Student interval with groups - 1 degrees of freedom."""
    reach = float(stats.t.ppf(1 - alpha / 2, groups - 1)) * error
    return Interval(low=value - reach, high=value + reach, level=1 - alpha)


def t_p_value(statistic: float, groups: int) -> float:
    """Two-sided p-value of a t statistic with groups - 1 degrees of freedom."""
    return float(2 * stats.t.sf(abs(statistic), groups - 1))


def cluster_mean(values: Floats, clusters: Codes, *, alpha: float, minimum: int) -> Estimate:
    """Mean with a cluster-robust interval: least squares on a constant."""
    groups = int(np.unique(clusters).size)
    if absent := _why_no_interval(values, groups, minimum):
        return _bare(values, groups, absent)
    fit = OLS(values, np.ones(values.size)).fit(**clustered(clusters))
    low, high = fit.conf_int(alpha)[0]
    interval = Interval(float(low), float(high), 1 - alpha)
    return Estimate(float(fit.params[0]), float(fit.bse[0]), interval, values.size, groups)


def cluster_share(hits: Floats, clusters: Codes, *, alpha: float, minimum: int) -> Estimate:
    """Share of ones: a logit on a constant, so that its interval stays within 0 and 1."""
    groups = int(np.unique(clusters).size)
    if absent := _why_no_interval(hits, groups, minimum):
        return _bare(hits, groups, absent)
    fit = Logit(hits, np.ones(hits.size)).fit(disp=0, **clustered(clusters))
    share = fit.get_prediction(np.ones((1, 1)))
    low, high = expit(fit.conf_int(alpha)[0])
    interval = Interval(float(low), float(high), 1 - alpha)
    return Estimate(float(share.predicted[0]), float(share.se[0]), interval, hits.size, groups)


def _bare(values: Floats, groups: int, absent: NotEstimable) -> Estimate:
    return Estimate(float(values.mean()), absent, absent, values.size, groups)


def _why_no_interval(values: Floats, groups: int, minimum: int) -> NotEstimable | None:
    if groups < max(2, minimum):
        return NotEstimable("few_clusters", groups)
    if np.ptp(values) == 0:
        return NotEstimable("constant_outcome")
    return None
