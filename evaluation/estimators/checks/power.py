"""Power and minimum detectable effect of a discontinuity estimate.

Cattaneo, Titiunik and Vazquez-Bare (2019), "Power Calculations for Regression Discontinuity
Designs", Stata Journal 19(1).
"""

from dataclasses import dataclass, replace
from math import ceil, isfinite
from statistics import NormalDist

from evaluation.estimators.discontinuity import RDEstimate

NORMAL = NormalDist()
#: Halvings after which a root is as exact as a float.
HALVINGS = 80
#: Keeps rounding from asking for one more unit than a whole number of them.
EXACT = 1 - 1e-12


@dataclass(frozen=True)
class Detectable:
    """Minimum detectable effect of an estimate.

    Parameters
    ----------
    effect : float
        Smallest effect detected with probability ``power``, in units of the estimate.
    se : float
        Robust standard error.
    power : float
    level : float
        Level of the interval, in percent.
    units : int
        Clusters, or rows without clusters, within the bandwidth.
    wanted : float or None
        Effect of interest; the two below refer to it.
    power_at_wanted : float or None
        Power against it.
    units_needed : int or None
        Units, like these and in the same windows, with which that power would be ``power``.
    """

    effect: float
    se: float
    power: float
    level: float
    units: int
    wanted: float | None = None
    power_at_wanted: float | None = None
    units_needed: int | None = None


def power_at(effect: float, se: float, *, level: float = 95.0) -> float:
    """Power of the two-sided test against an effect.

    Parameters
    ----------
    effect, se : float
    level : float, default 95.0
        Level of the interval, in percent.

    Returns
    -------
    float

    Raises
    ------
    ValueError
        Unless ``se`` is positive and the level lies between 0 and 100.

    Notes
    -----
    Phi(effect / se - z) + Phi(-effect / se - z), with z the critical value of the level.
    """
    _check(se, level)
    z, away = NORMAL.inv_cdf(0.5 + level / 200), effect / se
    return NORMAL.cdf(away - z) + NORMAL.cdf(-away - z)


def minimum_detectable_effect(se: float, *, power: float = 0.8, level: float = 95.0) -> float:
    """Smallest effect that a two-sided test detects with a given power.

    Parameters
    ----------
    se : float
    power : float, default 0.8
    level : float, default 95.0
        Level of the interval, in percent.

    Returns
    -------
    float
        In units of ``se``; 2.80 standard errors at the defaults.

    Raises
    ------
    ValueError
        Unless ``se`` is positive and ``power`` lies between 1 - level / 100 and 1.

    Notes
    -----
    The root of ``power_at(effect, se) = power`` with both tails, not the one-tailed approximation z
    + Phi**-1(power).
    """
    _check(se, level)
    if not 1 - level / 100 < power < 1:
        raise ValueError("power is above 1 - level/100, and below 1")
    # One tail alone would need one less than this, so both need no more.
    low, high = 0.0, NORMAL.inv_cdf(0.5 + level / 200) + max(NORMAL.inv_cdf(power), 0.0) + 1
    for _halving in range(HALVINGS):
        middle = (low + high) / 2
        enough = power_at(middle, 1.0, level=level) >= power
        low, high = (low, middle) if enough else (middle, high)
    return se * high


def detectable(
    estimate: RDEstimate,
    *,
    wanted: float | None = None,
    power: float = 0.8,
    level: float = 95.0,
) -> Detectable:
    """Minimum detectable effect of an estimate, by its robust standard error.

    Parameters
    ----------
    estimate : RDEstimate
    wanted : float, optional
        Effect of interest, in units of the estimate.
    power : float, default 0.8
    level : float, default 95.0

    Returns
    -------
    Detectable

    Raises
    ------
    ValueError
        If ``wanted`` is zero or not finite, or as ``minimum_detectable_effect``.

    Notes
    -----
    The standard error shrinks with the root of the units, so ``wanted`` needs (minimum detectable
    effect / wanted)**2 times as many.
    """
    effect = minimum_detectable_effect(estimate.se_robust, power=power, level=level)
    units = sum(estimate.clusters) or sum(estimate.n_effective)
    result = Detectable(effect, estimate.se_robust, power, level, units)
    if wanted is None:
        return result
    if not wanted or not isfinite(wanted):
        raise ValueError("the wanted effect is a number other than zero")
    chance = power_at(wanted, estimate.se_robust, level=level)
    needed = ceil(units * (effect / wanted) ** 2 * EXACT)
    return replace(result, wanted=wanted, power_at_wanted=chance, units_needed=needed)


def _check(se: float, level: float) -> None:
    if not (isfinite(se) and se > 0 and 0 < level < 100):
        raise ValueError("the standard error is positive and the level between 0 and 100")
