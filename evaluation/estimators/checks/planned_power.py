"""What effect a sample could see, before any outcome is read.

Cattaneo, Titiunik and Vazquez-Bare (2019), "Power Calculations for Regression Discontinuity
Designs", Stata Journal 19(1): power of the robust bias-corrected test of Calonico, Cattaneo and
Titiunik (2014). Kish (1965), "Survey Sampling": the design effect of clusters.
"""

from dataclasses import dataclass, replace
from math import sqrt

import numpy as np

from evaluation.estimators.checks.power import minimum_detectable_effect
from evaluation.estimators.rd.bandwidths import PILOT_CONSTANT
from evaluation.estimators.rd.cells import Bools, Floats, Ints
from evaluation.estimators.rd.fits import kernel_weights


class Unplannable(ValueError):
    """Too few different scores on a side: ``scores`` of them within the bandwidth."""

    def __init__(self, scores: int) -> None:
        super().__init__(f"{scores} different scores on a side are too few")
        self.scores = scores


@dataclass(frozen=True, eq=False)
class PlannedSample:
    """Who would be surveyed. A row stands for ``people`` who share ``score`` and ``cluster``.

    score: 0 at the cut-off, treated from there on. copies: how many such samples there are, each of
    other clusters (1.5: half as many alliances again, spread over the scores in the same way).
    """

    score: Floats
    people: Floats
    cluster: Ints
    copies: float = 1.0

    def with_more_people(self, extra: float) -> "PlannedSample":
        """The same clusters, with so many more people shared out among them in proportion."""
        return replace(self, people=self.people * (1 + extra / self.total))

    def with_more_clusters(self, share: float) -> "PlannedSample":
        """``share`` times as many clusters of the same sizes and scores."""
        return replace(self, copies=self.copies * share)

    def moved(self, points: float) -> "PlannedSample":
        """The same people, with the cut-off so many points higher."""
        return replace(self, score=self.score - points)

    @property
    def total(self) -> float:
        """People in one copy."""
        return float(self.people.sum())


@dataclass(frozen=True)
class Assumptions:
    """What the evaluator expects.

    h: bandwidth, in points of the score; the bias is reckoned within the same. icc: part of the
    variance that is common to a cluster, 0 to 1. first_stage: jump of taking part at the cut-off,
    above 0 to 1 (1 in a sharp design). p: order of the polynomial.
    """

    h: float
    icc: float = 0.15
    first_stage: float = 0.85
    kernel: str = "triangular"
    p: int = 1
    level: float = 95.0
    power: float = 0.8


@dataclass(frozen=True)
class Planned:
    """The answer. Effects and ``se`` are in standard deviations of the outcome.

    effect: of taking part, seen with the wanted power. intention: jump of the outcome that it
    leaves at the cut-off. se: of that jump. clusters, people: within the bandwidth, left and right.
    design_effect: 1 + (m - 1) icc, m the size of the cluster of the average person there.
    """

    effect: float
    intention: float
    se: float
    clusters: tuple[float, float]
    people: tuple[float, float]
    design_effect: float


def planned(sample: PlannedSample, expected: Assumptions) -> Planned:
    """Smallest effect of taking part that the sample would show with the wanted power.

    Raises
    ------
    Unplannable
        If one side has fewer than p + 3 different scores within the bandwidth.

    Notes
    -----
    The robust bias-corrected jump, with the bias taken within the same bandwidth, is the jump of a
    local polynomial of order p + 1: a weighted sum of the outcomes with weights l that follow from
    the scores alone. Where members of a cluster share icc of a variance of one, it varies by

        (1 - icc) sum_i l_i**2 + icc sum_g (sum_{i in g} l_i)**2,

    which for clusters of m people with one score is sum_i l_i**2 times 1 + (m - 1) icc. A fuzzy
    effect is the jump over the first stage.
    """
    weights = np.zeros(len(sample.score))
    right = sample.score >= 0
    for side, sign in ((~right, -1.0), (right, 1.0)):
        inside = side & (np.abs(sample.score) < expected.h) & (sample.people > 0)
        weights[inside] = sign * _intercept(sample.score[inside], sample.people[inside], expected)
    sides = [(weights != 0) & side for side in (~right, right)]
    per_cluster = np.bincount(sample.cluster, sample.people * weights)
    own = float(sample.people @ weights**2)
    shared = float(per_cluster @ per_cluster)
    se = sqrt(((1 - expected.icc) * own + expected.icc * shared) / sample.copies)
    intention = minimum_detectable_effect(se, power=expected.power, level=expected.level)
    return Planned(
        effect=intention / expected.first_stage,
        intention=intention,
        se=se,
        clusters=(_clusters(sample, sides[0]), _clusters(sample, sides[1])),
        people=(_people(sample, sides[0]), _people(sample, sides[1])),
        design_effect=_design_effect(sample, weights != 0, expected.icc),
    )


def guessed_bandwidth(sample: PlannedSample, kernel: str = "triangular") -> float:
    """The bandwidth that pilots of the estimate begin with: of the spread of the scores alone.

    2.576 (triangular) times the smaller of standard deviation and interquartile range / 1.349,
    times the number of different scores to the power of -1/5; Calonico, Cattaneo and Farrell 2020.
    """
    if len(sample.score) < 2:
        return 0.0
    deviation = float(np.std(sample.score, ddof=1))
    low, high = np.percentile(sample.score, [25, 75])
    between = float(high - low) / 1.349
    spread = min(deviation, between) if between > 0 else deviation
    return float(PILOT_CONSTANT[kernel] * spread * len(np.unique(sample.score)) ** -0.2)


def _intercept(score: Floats, people: Floats, expected: Assumptions) -> Floats:
    """Weight of each person's outcome in the value at the cut-off, of one side."""
    order = expected.p + 1
    distinct = len(np.unique(score))
    if distinct < order + 2:
        raise Unplannable(distinct)
    u = score / expected.h
    kernel = kernel_weights(np.abs(u), expected.kernel)
    powers = np.vander(u, order + 1, increasing=True)
    gram = powers.T @ (powers * (kernel * people)[:, None])
    on = np.linalg.lstsq(gram, np.eye(order + 1)[0], rcond=None)[0]
    return np.asarray(kernel * (powers @ on), np.float64)


def _clusters(sample: PlannedSample, side: Bools) -> float:
    return sample.copies * len(np.unique(sample.cluster[side]))


def _people(sample: PlannedSample, side: Bools) -> float:
    return sample.copies * float(sample.people[side].sum())


def _design_effect(sample: PlannedSample, inside: Bools, icc: float) -> float:
    sizes = np.bincount(sample.cluster[inside], sample.people[inside])
    return float(1 + (sizes @ sizes / sizes.sum() - 1) * icc)
