"""What effect a design would find, and how many units it would need to find one.

Power of the two-sided test by the robust error: Cattaneo, Titiunik and Vazquez-Bare (2019), "Power
Calculations for Regression Discontinuity Designs", Stata Journal 19(1).
"""

from dataclasses import dataclass, replace
from math import ceil, isfinite
from statistics import NormalDist

from evaluation.estimators.rd.results import RDEstimate

NORMAL = NormalDist()
#: Halvings after which a root is as exact as a float.
HALVINGS = 80
#: Keeps rounding from asking for one more unit than a whole number of them.
EXACT = 1 - 1e-12


@dataclass(frozen=True)
class Detectable:
    """What an estimate could find.

    effect: the smallest, in units of the estimate, that is found with ``power``. units: alliances,
    or rows without a cluster, in the windows of the estimate. wanted: the effect asked for;
    power_at_wanted: the chance to find it as things are; units_needed: with how many units, like
    these and in the same windows, that chance would be ``power``. These three None when not asked.
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
    """The chance that an effect is significant: Φ(effect/se − z) + Φ(−effect/se − z).

    ``level`` is that of the interval, in percent. Raises ValueError unless se is positive.
    """
    _check(se, level)
    z, away = NORMAL.inv_cdf(0.5 + level / 200), effect / se
    return NORMAL.cdf(away - z) + NORMAL.cdf(-away - z)


def minimum_detectable_effect(se: float, *, power: float = 0.8, level: float = 95.0) -> float:
    """The effect that is significant with chance ``power``: at 0.8 and 95 %, 2.80 errors.

    Both tails count, so it is a root, not z + Φ⁻¹(power). Raises ValueError unless se is positive
    and power lies between the chance of a false alarm and 1.
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
    """The minimum detectable effect of an estimate, by its robust error.

    The error shrinks with the root of the units in the windows, so ``wanted`` needs (error as it
    is / error it takes)² times as many. Raises ValueError for a wanted effect of zero.
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
