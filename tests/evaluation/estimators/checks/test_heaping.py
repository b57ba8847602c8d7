"""Heaps that were planted are found, and smooth scores are left alone."""

import gc
import math
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom, binomtest

from evaluation.estimators.checks.heaping import Heaping, heaping
from evaluation.estimators.results import NotEstimable, to_data
from tests.samples import samples


@pytest.fixture(scope="module", autouse=True)
def little_to_sweep() -> None:
    """statsmodels sweeps all memory whenever it adjusts p-values: leave what is there out of it."""
    gc.freeze()


def smooth(units: int = 2000, decimals: int = 1, seed: int = 4) -> np.ndarray:
    return np.random.default_rng(seed).normal(65, 12, units).round(decimals)


def answer_of(scores: Any, cutoff: float = 70.0, **settings: Any) -> Heaping:
    found = heaping(pd.DataFrame({"score": scores}), "score", cutoff, **settings)
    assert isinstance(found, Heaping), found
    return found


def planted(value: float, share: float, scores: np.ndarray) -> np.ndarray:
    """A share of the scores, whatever they were, becomes one value."""
    moved = np.random.default_rng(9).uniform(size=len(scores)) < share
    return np.where(moved, value, scores)


# -- The scale -------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("scores", "decimals", "step"),
    [
        ([60.0, 70.0, 71.0], 0, 1.0),
        ([60.0, 70.0, 75.0], 0, 5.0),
        ([60.25, 70.0, 71.75], 2, 0.25),
        ([60.1, 70.2, 71.3], 1, 0.1),
        ([60.1 + 1e-14, 70.2, 71.3], 1, 0.1),
        (np.float32([60.1, 70.2, 71.3]), 1, 0.1),
        ([60.0, 70 + math.pi / 7, 71.0], None, 0.0),
    ],
)
def test_the_scale_is_the_one_that_scores_are_written_on(
    scores: Any, decimals: int | None, step: float
) -> None:
    found = answer_of(np.repeat(scores, 2).tolist())
    assert found.decimals == decimals
    assert found.step == pytest.approx(step)


def test_shares_and_counts() -> None:
    found = answer_of([60.0, 60.0, 65.0, 70.0, 71.0, 71.0, 71.0, 72.0])
    assert found.distinct_scores == 5
    assert found.repeated_share == 5 / 8
    assert (found.n, found.rows) == ((3, 5), 8)


# -- Heaps -----------------------------------------------------------------------------------------
@pytest.mark.parametrize("decimals", [0, 1, 2, 15])
def test_smooth_scores_have_no_heaps(decimals: int) -> None:
    flagged = [bool(answer_of(smooth(1000, decimals, seed)).heaps) for seed in range(40)]
    assert sum(flagged) <= 4


@pytest.mark.parametrize("decimals", [0, 1, 2])
def test_a_planted_heap_is_found_and_no_other(decimals: int) -> None:
    scores = planted(60.0, 0.05, smooth(decimals=decimals))
    (heap,) = answer_of(scores).heaps
    assert heap.value == 60.0
    assert heap.observed == int((scores == 60.0).sum())
    assert heap.expected < heap.observed / 2
    assert heap.p_value <= heap.p_adjusted < 1e-6


def test_a_heap_at_a_cut_off_that_is_not_round_is_found() -> None:
    found = answer_of(planted(67.3, 0.05, smooth()), cutoff=67.3)
    assert found.at_cutoff is not None
    assert found.at_cutoff.p_adjusted < 1e-6
    assert found.heaps == (found.at_cutoff,)
    assert found.tested == answer_of(smooth()).tested + 1  # 70 is among the multiples of five


def test_a_heap_is_judged_by_its_neighbours_exactly() -> None:
    counts = {58: 9, 59: 3, 60: 20, 61: 4, 62: 5, 55: 1, 70: 1, 80: 1, 30: 1, 40: 1, 47: 3, 46: 1}
    found = answer_of(np.repeat(list(counts), list(counts.values())).astype(float))
    # The range of 50 leaves one neighbour on either side.
    by_value = {heap.value: heap for heap in found.heaps}
    heap = by_value[60.0]
    assert (heap.observed, heap.expected) == (20, 3.5)
    assert heap.p_value == pytest.approx(binom.sf(19, 27, 1 / 3))
    assert found.tested == 9  # 35, 40, … 75
    assert heap.p_adjusted == pytest.approx(9 * heap.p_value)


def test_neighbours_that_are_round_themselves_are_no_measure() -> None:
    scores = planted(70.0, 0.05, smooth(decimals=0))
    found = answer_of(scores, cutoff=69.0).at_cutoff
    assert found is not None
    assert found.expected == pytest.approx(np.isin(scores, [67, 68, 71]).sum() / 3)


def test_a_heap_on_a_scale_of_quarters_is_found() -> None:
    (heap,) = answer_of(planted(60.0, 0.05, (4 * smooth()).round() / 4)).heaps
    assert heap.value == 60.0


def test_scores_without_a_scale_are_not_tested_for_heaps_unless_it_is_given() -> None:
    scores = planted(60.0, 0.05, smooth(decimals=15))
    found = answer_of(scores)
    assert (found.decimals, found.tested, found.heaps, found.at_cutoff) == (None, 0, (), None)
    assert found.windows
    given_scale = answer_of(scores, decimals=2)
    assert [heap.value for heap in given_scale.heaps] == [60.0]


def test_one_unit_is_no_heap() -> None:
    scores = np.append(smooth(decimals=2), 60.0)
    assert answer_of(scores).heaps == ()


def test_multiples_too_fine_for_the_scale_are_left_out() -> None:
    every = np.arange(41.0, 98.0)
    assert answer_of(every).tested == 11  # 45, 50, … 95
    assert answer_of(every, multiples=(0.5, 1.0)).tested == 1  # the cut-off
    assert answer_of(every, multiples=(10.0,)).tested == 5
    wide = np.arange(0.0, 1_000_001.0, 100.0)
    assert answer_of([*wide, 3.0], cutoff=1000.0, multiples=(500.0,)).tested == 1


# -- Around the cut-off ----------------------------------------------------------------------------
def test_windows_are_the_smallest_that_hold_so_many_units() -> None:
    scores = np.array([60.0, 68.0, 69.2, 69.5, 69.9, 70.0, 70.1, 70.3, 70.9, 75.0])
    first, second, third = answer_of(scores, least=4).windows
    assert (first.low, first.high, first.below, first.at_or_above) == (69.9, 70.3, 1, 3)
    assert first.p_value == binomtest(1, 4).pvalue
    assert (second.low, second.high, second.below, second.at_or_above) == (68.0, 70.9, 4, 4)
    assert (third.low, third.high) == (60.0, 75.0)  # no four more are left


def test_a_whole_number_scale_has_as_many_scores_on_each_side() -> None:
    every = np.repeat(np.arange(40.0, 101.0), 10)
    for window in answer_of(every).windows:
        assert window.below == window.at_or_above
        assert window.p_value == 1.0


def test_a_cut_off_between_scores_has_as_many_on_each_side() -> None:
    every = np.repeat(np.arange(40.0, 101.0), 10)
    for window in answer_of(every, cutoff=69.5).windows + answer_of(every, cutoff=69.2).windows:
        assert window.below == window.at_or_above


def test_scores_lifted_over_the_cut_off_show() -> None:
    scores = smooth(3000, 2)
    lifted = np.where((scores >= 69) & (scores < 70), scores + 1, scores)
    assert answer_of(lifted).windows[0].p_value < 1e-4
    assert answer_of(scores).windows[0].p_value > 0.05


def test_windows_stop_when_all_units_are_in() -> None:
    assert len(answer_of(smooth(50), windows=9).windows) < 4
    assert answer_of(smooth(50), windows=0).windows == ()
    (only,) = answer_of([69.0, 71.0]).windows
    assert (only.below, only.at_or_above, only.p_value) == (1, 1, 1.0)


# -- Units, and what cannot be said ----------------------------------------------------------------
def test_rows_of_a_unit_count_once() -> None:
    scores = smooth(300)
    members = pd.DataFrame({"score": np.repeat(scores, 4), "unit": np.repeat(np.arange(300), 4)})
    found = heaping(members, "score", 70.0, unit="unit")
    assert isinstance(found, Heaping)
    assert found.windows == answer_of(scores).windows
    assert found.heaps == answer_of(scores).heaps
    assert (sum(found.n), found.rows, found.warnings) == (300, 1200, ())
    alone = heaping(members, "score", 70.0)
    assert isinstance(alone, Heaping)
    assert any("share scores" in words for words in alone.warnings)
    assert sum(alone.n) == 1200


def test_decimals_and_numbered_columns_are_read() -> None:
    scores = smooth()
    data = pd.DataFrame({7: [Decimal(repr(float(each))) for each in scores]})
    assert heaping(data, 7, Decimal("70")) == answer_of(scores)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("scores", "reason"),
    [
        ([], "no_rows"),
        ([None, np.nan], "no_rows"),
        ([70.0, 71.0], "one_side"),
        ([60.0] * 30, "one_side"),
        (["high", "low"], "not_a_number"),
    ],
)
def test_what_cannot_be_looked_at_is_answered_with_its_reason(
    scores: list[Any], reason: str
) -> None:
    found = heaping(pd.DataFrame({"score": scores}), "score", 70.0)
    assert isinstance(found, NotEstimable)
    assert found.reason == reason
    assert heaping(pd.DataFrame({"a": scores}), "score") != found


@given(
    st.lists(
        st.sampled_from([-2.0, -1.0, -1e-9, 0.0, 0.25, 3.0, 1e6, np.nan, 1e300, -1.7e308, 1.7e308]),
        max_size=20,
    )
    | st.lists(st.floats(-1, 1), max_size=20),
    st.sampled_from([0.0, 0.3, 1e-12]),
)
@settings(max_examples=samples(300, usual=100))
def test_a_handful_of_scores_never_breaks_it(scores: list[float], cutoff: float) -> None:
    found = heaping(pd.DataFrame({"score": scores}, dtype=float), "score", cutoff)
    if isinstance(found, NotEstimable):
        assert found.reason in {"no_rows", "one_side", "out_of_range"}
    else:
        to_data(found)  # raises where a number is not finite
        assert all(0 <= window.p_value <= 1 for window in found.windows)
        assert sum(found.n) == int(np.isfinite(scores).sum())


@pytest.mark.parametrize(
    "wrong", [{"cutoff": math.nan}, {"multiples": (0.0,)}, {"least": 0}, {"windows": -1}]
)
def test_settings_that_mean_nothing_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        heaping(pd.DataFrame({"score": [1.0]}), "score", **wrong)
