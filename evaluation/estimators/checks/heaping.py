"""Heaping of scores: at round values, at the cut-off, or on one side of it.

Heaps bias a discontinuity estimate even without manipulation, since those rounded may differ from
those who are not.

Sources: Barreca, Lindo and Waddell (2016), "Heaping-Induced Bias in Regression-Discontinuity
Designs", Economic Inquiry 54(1); Frandsen (2017), "Party Bias in Union Representation Elections",
Advances in Econometrics 38, for comparing a value with its neighbours on a discrete scale;
Cattaneo, Titiunik and Vazquez-Bare (2017), "Comparing Inference Approaches for RD Designs", Journal
of Policy Analysis and Management 36(3), for the binomial test near the cut-off; Przyborowski and
Wilenski (1940), Biometrika 31, for the exact comparison of two counts; Holm (1979).
"""

from dataclasses import dataclass
from math import floor, isfinite

import numpy as np
from numpy.typing import NDArray
from scipy.special import bdtr, bdtrc  # scipy.stats is slow to import

from evaluation.estimators.arguments import require, shortest_decimal
from evaluation.estimators.checks.units import scored_units, sharing_warnings
from evaluation.estimators.discontinuity import Counts
from evaluation.estimators.multiplicity import holm
from evaluation.estimators.rd.cells import Floats, Ints
from evaluation.estimators.rd.results import EstimationError
from evaluation.estimators.rd.sample import Data, RDSample
from evaluation.estimators.rd.scores import DECIMALS_RULE, Decimals, is_decimals
from evaluation.estimators.results import NotEstimable

#: Decimals from which a score has no scale of its own.
MOST_DECIMALS = 9
#: Parts of the range beyond which the multiples of a number are no longer round.
MOST_MULTIPLES = 1000
#: Neighbours of a value reach half way to the next round one, and no further than this part of
#: the range, within which a smooth density is nearly straight.
NEIGHBOURHOOD = 1 / 40
#: Part of a step by which two values may differ and be the same.
STEP_TOLERANCE = 1e-6
#: Adjusted p-value below which a value is called a heap.
SIGNIFICANT = 0.05


@dataclass(frozen=True)
class Heap:
    """Exact test of one value against its neighbours.

    Parameters
    ----------
    value : float
        In units of the score.
    observed : int
        Units at the value.
    expected : float
        Units expected from its neighbours.
    p_value : float
        One-sided binomial probability of as many or more, given the total of value and neighbours,
        if the density is linear across them.
    p_adjusted : float
        Holm-adjusted over all values tested.
    """

    value: float
    observed: int
    expected: float
    p_value: float
    p_adjusted: float


@dataclass(frozen=True)
class BinomialWindow:
    """Binomial test of equal counts on both sides, in a window from score ``low`` to ``high``.

    Parameters
    ----------
    low, high : float
    below, at_or_above : int
        Units on each side of the cut-off.
    p_value : float
        Exact and two-sided, for a unit to be as likely on one side as on the other.
    """

    low: float
    high: float
    below: int
    at_or_above: int
    p_value: float


@dataclass(frozen=True)
class Heaping:
    """Heaping of scores at round values and around the cut-off.

    Parameters
    ----------
    decimals : int or None
        Decimals of the scores; None where they are not on a discrete scale.
    step : float
        Finest difference of the scale (0.25 for quarters; 0 without a scale).
    distinct_scores : int
    repeated_share : float
        Share of units whose score another unit has.
    heaps : tuple of Heap
        Round values with significantly more units than expected, by value.
    tested : int
        Values tested.
    at_cutoff : Heap or None
        Test of the cut-off itself; None where it has no neighbours, or there is no scale.
    windows : tuple of BinomialWindow
        Growing around the cut-off.
    n : (int, int)
        Units below the cut-off, and at it or above.
    rows : int
        Rows with a score, which the units come from.
    warnings, dropped : tuple
        As in ``RDEstimate``.
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
    decimals: Decimals = "found",
) -> Heaping | NotEstimable:
    """Test for heaps of the score at round values and at the cut-off, and for equal counts around
    it.

    Parameters
    ----------
    data : pandas.DataFrame or RDSample
    score : str or int
        Column of the running variable.
    cutoff : float, default 0.0
    unit : str or int, optional
        Column of what was scored; its rows count once.
    multiples : tuple of float
        Round values are multiples of these; those no coarser than the scale, or too fine to be
        round on it, are left out.
    least : int, default 20
        Units of the smallest window, and least that each next window adds.
    windows : int, default 5
        Number of windows.
    decimals : int or {"found", "as_stored"}
        As in ``RDSpec``.

    Returns
    -------
    Heaping or NotEstimable

    Raises
    ------
    ValueError
        If a setting has no meaning.

    Notes
    -----
    Without a scale no value is tested. With m neighbours on it, none of them tested itself, H0 is
    linearity of the density: a unit of value or neighbours lies at the value with probability 1 /
    (1 + m), and the count is binomial given the total.
    """
    cutoff = shortest_decimal(float(cutoff))
    _check(cutoff, multiples, least, windows, decimals)
    try:
        scored = scored_units(RDSample.of(data).table, score, unit, decimals)
        n = _sides(scored.scores, cutoff)
    except EstimationError as refused:
        return refused.not_estimable
    scale = ScoreScale.of(scored.scores, scored.decimals)
    heaps, at_cutoff, tested = _find_heaps(scale, cutoff, multiples)
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


def _check(
    cutoff: float, multiples: tuple[float, ...], least: int, windows: int, decimals: Decimals
) -> None:
    require(
        {
            "the cut-off is a number": isfinite(cutoff),
            "multiples are positive": all(0 < multiple < float("inf") for multiple in multiples),
            "a window holds at least one unit": least >= 1,
            "the number of windows is not negative": windows >= 0,
            DECIMALS_RULE: is_decimals(decimals),
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
    """Discrete scale of the scores: distinct ``values``, their ``count``, and ``steps`` from the
    least.

    cumulative: (distinct + 1,), units at the first k values.
    """

    decimals: int | None
    step: float
    values: Floats
    count: Ints
    steps: Ints
    cumulative: Ints

    @classmethod
    def of(cls, scores: Floats, decimals: int | None) -> "ScoreScale":
        """Scale of sorted scores."""
        values, count = np.unique(scores, return_counts=True)
        # Counted in steps, the range must be a whole number that floats hold exactly.
        smallest_step = 10.0 ** -(MOST_DECIMALS if decimals is None else decimals)
        finest_step = max(smallest_step, _range(values) / 2**50)
        steps = np.rint((values - values[0]) / finest_step).astype(np.int64)
        divisor = max(int(np.gcd.reduce(steps)), 1) if decimals is not None else 1
        cumulative = np.concatenate([[0], np.cumsum(count)])
        return cls(decimals, finest_step * divisor, values, count, steps // divisor, cumulative)

    def steps_of(self, values: Floats) -> Ints:
        """Sorted distinct steps of those values that are on the scale."""
        exact = (values - self.values[0]) / self.step
        steps = np.rint(exact)
        return np.unique(steps[np.abs(exact - steps) <= STEP_TOLERANCE]).astype(np.int64)

    def values_at(self, steps: Ints) -> Floats:
        """Scores at steps, rounded as they are written."""
        return (self.values[0] + steps * self.step).round(self.decimals or 0)

    def count_between(self, first: Ints, last: Ints) -> Ints:
        """Units from one step to another, both included."""
        begin = np.searchsorted(self.steps, first, side="left")
        return (
            self.cumulative[np.searchsorted(self.steps, last, side="right")]
            - self.cumulative[begin]
        )


def _range(values: Floats) -> float:
    return float(values[-1] - values[0])


# -- Heaps -----------------------------------------------------------------------------------------
def _find_heaps(
    scale: ScoreScale, cutoff: float, multiples: tuple[float, ...]
) -> tuple[tuple[Heap, ...], Heap | None, int]:
    """Heaps, the test of the cut-off, and the number of values tested."""
    if scale.decimals is None:  # of values that hardly two units can share, a pair is no heap
        return (), None, 0
    round_multiples = [multiple for multiple in multiples if _is_round(multiple, scale)]
    candidates = scale.steps_of(
        np.concatenate(
            [[cutoff], *(_multiples(multiple, scale.values) for multiple in round_multiples)]
        )
    )
    half_span = min(
        [NEIGHBOURHOOD * _range(scale.values), *(multiple / 2 for multiple in round_multiples)]
    )
    tests = _test_values(scale, candidates, max(floor(half_span / scale.step + STEP_TOLERANCE), 1))
    heaps = tuple(heap for heap in tests if heap.p_adjusted < SIGNIFICANT and heap.observed > 1)
    cutoff_values = scale.values_at(scale.steps_of(np.array([cutoff])))
    return heaps, next((heap for heap in tests if heap.value in cutoff_values), None), len(tests)


def _is_round(multiple: float, scale: ScoreScale) -> bool:
    return scale.step < 0.99 * multiple and _range(scale.values) <= multiple * MOST_MULTIPLES


def _multiples(multiple: float, values: Floats) -> Floats:
    return np.arange(np.ceil(values[0] / multiple), values[-1] // multiple + 1) * multiple


def _test_values(scale: ScoreScale, candidates: Ints, half_width: int) -> list[Heap]:
    """Test each candidate against the values within ``half_width`` steps that are no candidates.

    The span is symmetric, and shorter near the ends of the range: a linear density cancels.
    """
    last = scale.steps[-1]
    half_widths = np.minimum(half_width, np.minimum(candidates, last - candidates))
    candidates, half_widths = candidates[half_widths > 0], half_widths[half_widths > 0]
    low, high = candidates - half_widths, candidates + half_widths
    observed = scale.count_between(candidates, candidates)
    tested_span = np.searchsorted(candidates, low), np.searchsorted(candidates, high, side="right")
    cumulative = np.concatenate([[0], np.cumsum(observed)])
    neighbours = 2 * half_widths + 1 - (tested_span[1] - tested_span[0])
    neighbour_count = scale.count_between(low, high) - (
        cumulative[tested_span[1]] - cumulative[tested_span[0]]
    )
    p_values = bdtrc(observed - 1.0, observed + neighbour_count, 1 / (1 + neighbours))
    expected = neighbour_count / np.maximum(neighbours, 1)
    columns = (scale.values_at(candidates), observed, expected, p_values, holm(p_values))
    rows = zip(*(np.asarray(column).tolist() for column in columns), strict=True)
    return [Heap(*row) for row in rows]


# -- Around the cut-off ----------------------------------------------------------------------------
def _windows(
    scale: ScoreScale, cutoff: float, least: int, windows: int
) -> tuple[BinomialWindow, ...]:
    """Smallest windows with ``least`` units more each, up to all units."""
    distance = np.abs(_signed_distance(scale, cutoff))
    order = np.argsort(distance, kind="stable")
    width, count = distance[order], scale.count[order]
    first = np.flatnonzero(np.concatenate([[True], width[1:] != width[:-1]]))
    width, cumulative = width[first], np.cumsum(np.add.reduceat(count, first))
    tests: list[BinomialWindow] = []
    n_units, last = 0, len(cumulative) - 1
    while len(tests) < windows and n_units < cumulative[last]:
        index = min(int(np.searchsorted(cumulative, n_units + least)), last)
        tests.append(_binomial_window(scale, cutoff, distance <= width[index]))
        n_units = int(cumulative[index])
    return tuple(tests)


def _signed_distance(scale: ScoreScale, cutoff: float) -> Floats:
    """Distance of each score from the cut-off.

    On a discrete scale, from half a step below the first score that reaches it: otherwise the
    cut-off's own units would make the upper half of every window one score richer.
    """
    if scale.decimals is None:
        return scale.values - cutoff
    first = np.ceil((cutoff - scale.values[0]) / scale.step - STEP_TOLERANCE)
    return (scale.steps - first + 0.5) * scale.step


def _binomial_window(scale: ScoreScale, cutoff: float, inside: NDArray[np.bool_]) -> BinomialWindow:
    values, count = scale.values[inside], scale.count[inside]
    above = int(count[values >= cutoff].sum())
    below = int(count.sum()) - above
    p_value = min(2 * float(bdtr(min(below, above), below + above, 0.5)), 1.0)
    return BinomialWindow(float(values[0]), float(values[-1]), below, above, p_value)
