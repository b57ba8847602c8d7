"""What is read off estimates and their variances: p-values, intervals, the Anderson-Rubin set."""

from dataclasses import dataclass
from math import inf, sqrt

from scipy.special import stdtr, stdtrit

from evaluation.estimators.rd.results import AndersonRubin


@dataclass(frozen=True)
class TDistribution:
    """Student's t; with endless degrees of freedom, the normal."""

    degrees_of_freedom: float = inf

    def p_value(self, z: float) -> float:
        """Probability of being at least that far from zero, on either side."""
        return float(2 * stdtr(self.degrees_of_freedom, -abs(z)))

    def critical_value(self, level: float) -> float:
        """How many standard errors an interval of that level (percent) goes to each side."""
        return float(stdtrit(self.degrees_of_freedom, 0.5 + level / 200))


def anderson_rubin(
    outcome: float, treatment: float, own: float, between: float, of_treatment: float, z: float
) -> AndersonRubin:
    """Effects t at which the jump of outcome - t × treatment is within z of its error from zero.

    The arguments are the two jumps, their variances and covariance. The set solves a quadratic
    (Anderson and Rubin 1949; Feir, Lemieux and Marmer 2016 for discontinuities).
    """
    a = treatment**2 - z**2 * of_treatment
    b = z**2 * between - outcome * treatment
    c = outcome**2 - z**2 * own
    inside = b**2 - a * c
    if inside < 0 or not a:
        return AndersonRubin("empty" if a > 0 else "line")
    low, high = sorted([(-b - sqrt(inside)) / a, (-b + sqrt(inside)) / a])
    return AndersonRubin("interval" if a > 0 else "outside", low, high)
