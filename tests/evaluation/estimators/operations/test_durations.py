"""Durations with stays that go on: reckoned by hand, and held against what they must never do."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.estimators.operations.durations import duration
from evaluation.estimators.operations.results import Duration
from evaluation.estimators.results import Interval, NotEstimable

ASKED = {"level": 95.0, "minimum": 3}


def of(days, over, alliances=None):
    return duration(days, over, alliances or list(range(len(days))), **ASKED)


def test_quantiles_without_stays_that_go_on_are_those_of_the_days():
    found = of([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], [True] * 10)

    assert (found.p25, found.median, found.p75, found.p90) == (3, 5, 8, 9)
    assert (found.n, found.over, found.alliances) == (10, 10, 10)


def test_stays_that_go_on_count_for_as_long_as_they_have_lasted():
    # Survival: 5/6 after 1, then of four left 3/4 (2 goes on): 5/8 after 3, 5/16 after 5.
    found = of([1, 2, 3, 4, 5, 9], [True, False, True, False, True, False])

    assert found.median == 5
    assert found.p25 == 3
    assert isinstance(found.p75, NotEstimable)
    assert (found.p75.reason, found.p75.count) == ("not_reached", 31)


def test_nothing_is_over_yet():
    found = of([4, 5, 6], [False] * 3)

    assert found.over == 0
    assert (found.median.reason, found.median.count) == ("not_reached", 100)
    assert found.interval.reason == "not_reached"


def test_too_few_alliances_tell_nothing_however_many_stays_they_have():
    found = of([1, 2, 3, 4, 5], [True] * 5, [1, 1, 1, 2, 2])

    assert (found.reason, found.count) == ("few_cases", 2)
    assert "fewer than 3" in found.detail


def test_the_interval_is_that_of_the_order_statistics_where_all_are_over():
    """Ranks 40 and 60 of 100: half less and half more 1.96 errors of 0.05."""
    found = of(list(range(1, 101)), [True] * 100)

    assert isinstance(found.interval, Interval)
    assert (found.interval.low, found.interval.high) == (41, 60)


def test_alike_stays_of_one_alliance_widen_the_interval():
    days = [day for day in range(1, 21) for _same in range(5)]
    apart = of(days, [True] * 100)
    alike = of(days, [True] * 100, days)

    assert alike.interval.low < apart.interval.low
    assert alike.interval.high > apart.interval.high


@given(
    st.lists(
        st.tuples(st.integers(0, 400), st.booleans(), st.integers(1, 12)), min_size=3, max_size=60
    ),
    st.randoms(),
)
def test_the_order_of_rows_changes_nothing_and_quantiles_rise(rows, chance):
    shuffled = chance.sample(rows, len(rows))
    found, again = (
        duration(*map(list, zip(*some, strict=True)), **ASKED) for some in (rows, shuffled)
    )

    assert found == again
    if isinstance(found, Duration):
        told = [q for q in (found.p25, found.median, found.p75, found.p90) if isinstance(q, float)]
        assert told == sorted(told)
        assert all(map(math.isfinite, told))


def test_it_agrees_with_a_plain_median():
    days = np.random.default_rng(1).integers(0, 300, 401).tolist()

    assert of(days, [True] * 401).median == sorted(days)[200]
    with pytest.raises(TypeError):
        duration(days, [True] * 401, days)
