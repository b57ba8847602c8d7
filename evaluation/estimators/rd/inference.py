"""p-values, critical values and the Anderson-Rubin confidence set."""

from dataclasses import dataclass
from math import inf, sqrt

from scipy.special import stdtr, stdtrit

from evaluation.estimators.discontinuity import AndersonRubin


@dataclass(frozen=True)
class TDistribution:
    """Student's t distribution; the normal with infinite degrees of freedom."""

    degrees_of_freedom: float = inf

    def p_value(self, z: float) -> float:
        """Two-sided p-value of a statistic."""
        return float(2 * stdtr(self.degrees_of_freedom, -abs(z)))

    def critical_value(self, level: float) -> float:
        """Critical value of a two-sided interval of that level (percent)."""
        return float(stdtrit(self.degrees_of_freedom, 0.5 + level / 200))


def anderson_rubin(
    reduced_form: float,
    first_stage: float,
    variance_reduced_form: float,
    covariance: float,
    variance_first_stage: float,
    critical_value: float,
) -> AndersonRubin:
    """Anderson-Rubin set: effects t at which H0 tau_Y - t tau_T = 0 is not rejected.

    Parameters
    ----------
    reduced_form, first_stage : float
        Bias-corrected jumps tau_Y and tau_T.
    variance_reduced_form, covariance, variance_first_stage : float
        Their robust variances and covariance.
    critical_value : float

    Notes
    -----
    The bounds are the roots of a t**2 + 2 b t + c = 0 with a = tau_T**2 - z**2 V_TT, b = z**2 V_YT
    - tau_Y tau_T, c = tau_Y**2 - z**2 V_YY (Anderson and Rubin 1949; Feir, Lemieux and Marmer
    2016).
    """
    a = first_stage**2 - critical_value**2 * variance_first_stage
    b = critical_value**2 * covariance - reduced_form * first_stage
    c = reduced_form**2 - critical_value**2 * variance_reduced_form
    inside = b**2 - a * c
    if inside < 0 or not a:
        return AndersonRubin("empty" if a > 0 else "line")
    low, high = sorted([(-b - sqrt(inside)) / a, (-b + sqrt(inside)) / a])
    return AndersonRubin("interval" if a > 0 else "outside", low, high)
