"""Whether scores pile up: at round values, at the cut-off, or on one side of it.

A committee that rounds leaves heaps at round scores, one that helps leaves a heap at the cut-off
or a shortage just below it. Heaps bias a discontinuity estimate even where nobody meant to move
anyone, since who is rounded may differ from who is not.

Sources: Barreca, Lindo and Waddell (2016), "Heaping-Induced Bias in Regression-Discontinuity
Designs", Economic Inquiry 54(1); Frandsen (2017), "Party Bias in Union Representation Elections",
Advances in Econometrics 38, for judging a value by its neighbours on a discrete scale; Cattaneo,
Titiunik and Vazquez-Bare (2017), "Comparing Inference Approaches for RD Designs", Journal of
Policy Analysis and Management 36(3), for the binomial test near the cut-off; Przyborowski and
Wilenski (1940), Biometrika 31, for the exact comparison of two counts; Holm (1979).
"""

from dataclasses import dataclass
from math import floor, isfinite

import numpy as np
from numpy.typing import NDArray
from scipy.special import bdtr, bdtrc  # scipy.stats is slow to import

from evaluation.estimators.arguments import as_written, require
from evaluation.estimators.checks.units import scored_units, sharing_warnings
from evaluation.estimators.multiplicity import holm
from evaluation.estimators.rd.cells import Floats, Ints
from evaluation.estimators.rd.results import Counts, EstimationError
from evaluation.estimators.rd.sample import Data, RDSample
from evaluation.estimators.results import NotEstimable

#: Decimals from which a score has no scale of its own.
MOST_DECIMALS = 9
#: Parts of the range beyond which the multiples of a number are no longer round.
MOST_MULTIPLES = 1000
#: Neighbours of a value reach half way to the next round one, and no further than this part of
#: the range, within which a smooth density is nearly straight.
NEAR = 1 / 40
#: Part of a step by which two values may differ and be the same.
SAME = 1e-6
#: Adjusted p-value below which a value is called a heap.
SIGNIFICANT = 0.05


@dataclass(frozen=True)
class Heap:
    """A value, the units there, and those that its neighbours promise.

    p_value: probability of as many or more, given the total of the value and its neighbours, when
    the density is straight across them. p_adjusted: by Holm, over all values looked at.
    """

    value: float
    observed: int
    expected: float
    p_value: float
    p_adjusted: float


@dataclass(frozen=True)
class BinomialWindow:
    """Units on each side of the cut-off and near it, from score ``low`` to score ``high``.

    p_value: exact and two-sided, for a unit to be as likely on one side as on the other.
    """

    low: float
    high: float
    below: int
    at_or_above: int
    p_value: float


@dataclass(frozen=True)
class Heaping:
    """How scores pile up. Scores as they are written, in their own unit.

    decimals: that the scores are written with; None where they have no scale. step: the finest
    difference that the scale allows (0.25 for quarters; 0 without one). repeated_share: of units
    whose score another unit has. heaps: round values that hold more units than their neighbours
    promise, by value. tested: how many were looked at. at_cutoff: the same for the cut-off itself,
    whatever came of it; None where it has no neighbours. windows: growing around the cut-off.
    n: units below the cut-off, and at it or above. rows: with a score, which the units come from.
    warnings: what a reader must know. dropped: (what, how many and why).
    """

    decimals: int | None
    step: float
    distinct_scores: int
    repeated_share: float
    heaps: tuple[Heap, ...]
    tested: int
    at_cutoff: Heap | None
    windows: tuple[BinomialWindow, ...]
    n: Counts
    rows: int
    warnings: tuple[str, ...] = ()
    dropped: tuple[tuple[str, str], ...] = ()


def heaping(
    data: Data,
    score: str | int,
    cutoff: float = 0.0,
    unit: str | int | None = None,
    multiples: tuple[float, ...] = (1.0, 5.0, 10.0),
    least: int = 20,
    windows: int = 5,
) -> Heaping | NotEstimable:
    """Look for heaps of ``score`` at ``multiples`` and at the cut-off, and count around it.

    ``unit`` names what was scored: its rows count once. Multiples that are no coarser than the
    scale, or too fine to be called round on it, are left out. The smallest window holds at least
    ``least`` units, each next one at least as many more.

    Raises ValueError for settings that mean nothing; never for what the data hold (no_column,
    not_a_number, no_rows, one_side).
    """
    cutoff = as_written(float(cutoff))
    _check(cutoff, multiples, least, windows)
    try:
        scored = scored_units(RDSample.of(data).table, score, unit)
        n = _sides(scored.scores, cutoff)
    except EstimationError as refused:
        return refused.why
    scale = ScoreScale.of(scored.scores)
    heaps, at_cutoff, tested = _heaps(scale, cutoff, multiples)
    distinct = len(scale.values)
    return Heaping(
        decimals=scale.decimals,
        step=0.0 if scale.decimals is None else scale.step,
        distinct_scores=distinct,
        repeated_share=float(scale.count[scale.count > 1].sum() / len(scored.scores)),
        heaps=heaps,
        tested=tested,
        at_cutoff=at_cutoff,
        windows=_windows(scale, cutoff, least, windows),
        n=n,
        rows=scored.rows,
        warnings=(*scored.warnings, *sharing_warnings(distinct, scored.rows, unit)),
        dropped=scored.dropped,
    )


def _check(cutoff: float, multiples: tuple[float, ...], least: int, windows: int) -> None:
    require(
        {
            "the cut-off is a number": isfinite(cutoff),
            "multiples are positive": all(0 < multiple < float("inf") for multiple in multiples),
            "a window holds at least one unit": least >= 1,
            "the number of windows is not negative": windows >= 0,
        }
    )


def _sides(scores: Floats, cutoff: float) -> Counts:
    below = int(np.searchsorted(scores, cutoff))
    if below in (0, len(scores)):
        raise EstimationError("one_side", "No unit has a score on one side of the cut-off.")
    return below, len(scores) - below


# -- The scale on which scores are written ---------------------------------------------------------
@dataclass(frozen=True, eq=False)
class ScoreScale:
    """Distinct scores ``values`` with their ``count``, and their places in steps from the least.

    upto: (distinct + 1,), units at the first k of them.
    """

    decimals: int | None
    step: float
    values: Floats
    count: Ints
    places: Ints
    upto: Ints

    @classmethod
    def of(cls, scores: Floats) -> "ScoreScale":
        """Of scores in ascending order."""
        values, count = np.unique(scores, return_counts=True)
        decimals = _decimals(values)
        # Counted in steps, the range must be a whole number that floats hold exactly.
        fewest = 10.0 ** -(MOST_DECIMALS if decimals is None else decimals)
        finest = max(fewest, _range(values) / 2**50)
        places = np.rint((values - values[0]) / finest).astype(np.int64)
        coarser = max(int(np.gcd.reduce(places)), 1) if decimals is not None else 1
        upto = np.concatenate([[0], np.cumsum(count)])
        return cls(decimals, finest * coarser, values, count, places // coarser, upto)

    def places_of(self, values: Floats) -> Ints:
        """Places of those values that a score can have, each once, in ascending order."""
        steps = (values - self.values[0]) / self.step
        places = np.rint(steps)
        possible = np.abs(steps - places) <= (0.5 if self.decimals is None else SAME)
        return np.unique(places[possible]).astype(np.int64)

    def values_at(self, places: Ints) -> Floats:
        """Scores at places, as they are written."""
        values = self.values[0] + places * self.step
        return values.round(MOST_DECIMALS if self.decimals is None else self.decimals)

    def units(self, first: Ints, last: Ints) -> Ints:
        """Units from one place to another, both included."""
        begin = np.searchsorted(self.places, first, side="left")
        return self.upto[np.searchsorted(self.places, last, side="right")] - self.upto[begin]


def _range(values: Floats) -> float:
    return float(values[-1] - values[0])


def _decimals(values: Floats) -> int | None:
    size = float(np.abs(values).max())
    for decimals in range(MOST_DECIMALS + 1):
        if (np.abs(values - values.round(decimals)) <= 4 * np.finfo(float).eps * size).all():
            return decimals
    return None


# -- Heaps -----------------------------------------------------------------------------------------
def _heaps(
    scale: ScoreScale, cutoff: float, multiples: tuple[float, ...]
) -> tuple[tuple[Heap, ...], Heap | None, int]:
    """The heaps, the cut-off, and how many values were looked at."""
    coarse = [multiple for multiple in multiples if _is_round(multiple, scale)]
    looked = scale.places_of(
        np.concatenate([[cutoff], *(_multiples(multiple, scale.values) for multiple in coarse)])
    )
    near = min([NEAR * _range(scale.values), *(multiple / 2 for multiple in coarse)])
    tests = _judged(scale, looked, max(floor(near / scale.step + SAME), 1))
    heaps = tuple(heap for heap in tests if heap.p_adjusted < SIGNIFICANT and heap.observed > 1)
    there = scale.values_at(scale.places_of(np.array([cutoff])))
    return heaps, next((heap for heap in tests if heap.value in there), None), len(tests)


def _is_round(multiple: float, scale: ScoreScale) -> bool:
    return scale.step < 0.99 * multiple and _range(scale.values) <= multiple * MOST_MULTIPLES


def _multiples(multiple: float, values: Floats) -> Floats:
    return np.arange(np.ceil(values[0] / multiple), values[-1] // multiple + 1) * multiple


def _judged(scale: ScoreScale, looked: Ints, half: int) -> list[Heap]:
    """Each place by those within ``half`` steps of it that are not looked at themselves.

    Fewer near the ends of the range, as many on either side: a straight density cancels.
    """
    last = scale.places[-1]
    half_of = np.minimum(half, np.minimum(looked, last - looked))
    looked, half_of = looked[half_of > 0], half_of[half_of > 0]
    low, high = looked - half_of, looked + half_of
    observed = scale.units(looked, looked)
    among = np.searchsorted(looked, low), np.searchsorted(looked, high, side="right")
    upto = np.concatenate([[0], np.cumsum(observed)])
    neighbours = 2 * half_of + 1 - (among[1] - among[0])
    around = scale.units(low, high) - (upto[among[1]] - upto[among[0]])
    p_values = bdtrc(observed - 1.0, observed + around, 1 / (1 + neighbours))
    expected = around / np.maximum(neighbours, 1)
    columns = (scale.values_at(looked), observed, expected, p_values, holm(p_values))
    rows = zip(*(np.asarray(column).tolist() for column in columns), strict=True)
    return [Heap(*row) for row in rows]


# -- Around the cut-off ----------------------------------------------------------------------------
def _windows(
    scale: ScoreScale, cutoff: float, least: int, windows: int
) -> tuple[BinomialWindow, ...]:
    """The smallest window with so many units, the smallest with so many more, … or with all."""
    distance = np.abs(_from_cutoff(scale, cutoff))
    order = np.argsort(distance, kind="stable")
    width, count = distance[order], scale.count[order]
    first = np.flatnonzero(np.concatenate([[True], width[1:] != width[:-1]]))
    width, upto = width[first], np.cumsum(np.add.reduceat(count, first))
    tests: list[BinomialWindow] = []
    units, last = 0, len(upto) - 1
    while len(tests) < windows and units < upto[last]:
        at = min(int(np.searchsorted(upto, units + least)), last)
        tests.append(_counted(scale, cutoff, distance <= width[at]))
        units = int(upto[at])
    return tuple(tests)


def _from_cutoff(scale: ScoreScale, cutoff: float) -> Floats:
    """How far each score is from the cut-off.

    On a scale, from half a step below the first score that reaches it: otherwise the cut-off's own
    units would make the upper half of every window one score richer.
    """
    if scale.decimals is None:
        return scale.values - cutoff
    first = np.ceil((cutoff - scale.values[0]) / scale.step - SAME)
    return (scale.places - first + 0.5) * scale.step


def _counted(scale: ScoreScale, cutoff: float, inside: NDArray[np.bool_]) -> BinomialWindow:
    values, count = scale.values[inside], scale.count[inside]
    above = int(count[values >= cutoff].sum())
    below = int(count.sum()) - above
    p_value = min(2 * float(bdtr(min(below, above), below + above, 0.5)), 1.0)
    return BinomialWindow(float(values[0]), float(values[-1]), below, above, p_value)
