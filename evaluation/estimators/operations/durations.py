"""How long stays last when some of them still go on.

Quantiles are those of Kaplan and Meier (1958), by ``statsmodels``: a stay that is not over counts
for as long as it has lasted. The interval of the median is Woodruff's (1952): the error of the
survival at the median, wider where stays of one alliance are alike, read back in days.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm
from statsmodels.duration.survfunc import SurvfuncRight

from evaluation.estimators.operations.ratios import clustered_variance, few_cases
from evaluation.estimators.operations.results import Duration, Quantile
from evaluation.estimators.results import Interval, NotEstimable

#: Survival is compared with what it must fall to with this tolerance: it is a product of ratios.
NOISE = 1e-9


def duration(
    days: Sequence[float],
    is_over: Sequence[bool],
    alliances: Sequence[int],
    *,
    level: float,
    minimum: int,
) -> Duration | NotEstimable:
    """Quantiles of how long stays last, none of fewer than ``minimum`` alliances.

    ``level`` in per cent. A quantile that more stays have not reached yet is absent, and says so.
    """
    groups = len({*alliances})
    if groups < minimum:
        return few_cases(groups, minimum)
    lasted, ended = np.asarray(days, float), np.asarray(is_over, bool)
    curve = SurvfuncRight(lasted, ended.astype(int))
    p25, median, p75, p90 = (_first_at(curve, 1 - share) for share in (0.25, 0.5, 0.75, 0.9))
    return Duration(
        n=len(lasted),
        over=int(ended.sum()),
        alliances=groups,
        p25=p25,
        median=median,
        p75=p75,
        p90=p90,
        interval=_interval(curve, median, lasted, np.asarray(alliances), level),
    )


def _first_at(curve: SurvfuncRight, survival: float) -> Quantile:
    """The first day on which no more than this share still goes on."""
    reached = np.flatnonzero(np.asarray(curve.surv_prob) <= survival + NOISE)
    if not len(reached):
        still = round(100 * float(curve.surv_prob[-1])) if len(curve.surv_prob) else 100
        return NotEstimable("not_reached", still, f"{still} per cent still go on")
    return float(curve.surv_times[reached[0]])


def _interval(
    curve: SurvfuncRight,
    median: Quantile,
    lasted: NDArray[np.float64],
    alliances: NDArray[np.int64],
    level: float,
) -> Interval | NotEstimable:
    if isinstance(median, NotEstimable):
        return median
    place = int(np.flatnonzero(curve.surv_times == median)[0])
    plain = 0.25 / len(lasted)
    error = float(curve.surv_prob_se[place])
    variance = error**2 if np.isfinite(error) and error > 0 else plain
    longer = lasted > median
    alike = clustered_variance(longer.astype(float), np.ones(len(lasted)), alliances)
    binomial = longer.mean() * (1 - longer.mean()) / len(lasted)
    design = max(1.0, alike / binomial) if binomial > 0 else 1.0
    reach = float(norm.ppf(0.5 + level / 200)) * (variance * design) ** 0.5
    ends = [_first_at(curve, 0.5 + side * reach) for side in (1, -1)]
    low, high = ends
    if isinstance(low, NotEstimable) or isinstance(high, NotEstimable):
        return next(end for end in ends if isinstance(end, NotEstimable))
    return Interval(low, high, level / 100)
