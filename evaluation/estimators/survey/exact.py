"""Shares of independent units, with an exact interval, and means with Student's."""

import numpy as np
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from evaluation.estimators.results import Estimate, Interval, NotEstimable
from evaluation.estimators.survey.proportions import Floats


def exact_share(hits: Floats, *, level: float) -> Estimate | NotEstimable:
    """Share of ones with Clopper and Pearson's interval, which holds with any number of units."""
    n = len(hits)
    if not n:
        return NotEstimable("no_rows")
    value = float(hits.mean())
    low, high = proportion_confint(int(hits.sum()), n, alpha=1 - level, method="beta")
    error = float(np.sqrt(value * (1 - value) / n))
    return Estimate(value, error, Interval(float(low), float(high), level), n, n)


def mean_of(values: Floats, *, level: float) -> Estimate | NotEstimable:
    """Mean of one value a unit, with Student's interval."""
    n = len(values)
    if not n:
        return NotEstimable("no_rows")
    value = float(values.mean())
    if n < 2 or np.ptp(values) == 0:
        absent = NotEstimable("few_clusters", n) if n < 2 else NotEstimable("constant_outcome")
        return Estimate(value, absent, absent, n, n)
    error = float(values.std(ddof=1) / np.sqrt(n))
    reach = float(stats.t.ppf((1 + level) / 2, n - 1)) * error
    return Estimate(value, error, Interval(value - reach, value + reach, level), n, n)
