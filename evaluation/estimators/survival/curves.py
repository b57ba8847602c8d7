"""Kaplan-Meier curves with pointwise intervals, and the log-rank test, on statsmodels."""

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from statsmodels.duration.survfunc import SurvfuncRight, survdiff

from evaluation.estimators.results import Interval, NotEstimable
from evaluation.estimators.survival.results import LogRank, SurvivalCurve, SurvivalStep

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]


def survival_curve(times: Floats, ended: Mask, *, level: float) -> SurvivalCurve | NotEstimable:
    """Share that lasts, by time; what was not seen to end counts until it was last seen.

    Notes
    -----
    Product-limit estimate with Greenwood's error; intervals on the scale of log(-log S), so that
    they stay within 0 and 1 (Kalbfleisch and Prentice 2002, §1.4).
    """
    if not len(times):
        return NotEstimable("no_rows")
    order = np.lexsort((ended, times))
    fit = SurvfuncRight(times[order], ended[order].astype(int))
    reach = float(stats.norm.ppf((1 + level) / 2))
    rows = zip(
        fit.surv_times,
        fit.n_risk,
        fit.n_events,
        fit.surv_prob,
        fit.surv_prob_se,
        strict=True,
    )
    steps = tuple(
        SurvivalStep(
            float(at), int(risk), int(events), float(share), _interval(share, error, reach, level)
        )
        for at, risk, events, share, error in rows
    )
    return SurvivalCurve(steps, len(times), int(ended.sum()), float(times.max()))


def log_rank(times: Floats, ended: Mask, groups: NDArray[np.str_]) -> LogRank | NotEstimable:
    """Do groups last alike?"""
    names = np.unique(groups)
    if len(names) < 2:
        return NotEstimable("empty_level")
    if not ended.any():
        return NotEstimable("constant_outcome")
    order = np.lexsort((groups, ended, times))
    statistic, p_value = survdiff(times[order], ended[order].astype(int), groups[order])
    if not np.isfinite(statistic):
        return NotEstimable("not_converged")
    return LogRank(float(statistic), len(names) - 1, float(p_value))


def _interval(share: float, error: float, reach: float, level: float) -> Interval | NotEstimable:
    if not 0 < share < 1 or not np.isfinite(error):
        return NotEstimable("constant_outcome")
    far = reach * error / (share * np.log(share))
    low, high = sorted((share ** np.exp(far), share ** np.exp(-far)))
    return Interval(float(low), float(high), level)
