"""Survival with censoring: reckoned by hand, and against statsmodels."""

import numpy as np
import pytest
from statsmodels.duration.survfunc import SurvfuncRight, survdiff

from evaluation.estimators.results import NotEstimable
from evaluation.estimators.survival.curves import log_rank, survival_curve

TIMES = np.array([3.0, 5.0, 5.0, 8.0, 12.0, 12.0])
ENDED = np.array([True, True, False, False, True, False])


def test_six_alliances_reckoned_by_hand():
    curve = survival_curve(TIMES, ENDED, level=0.95)

    # 5 of 6 go on after 3 months, 4 of 5 of those after 5, 1 of 2 of those after 12.
    assert [(step.at, step.at_risk, step.ended) for step in curve.steps] == [
        (3, 6, 1),
        (5, 5, 1),
        (12, 2, 1),
    ]
    assert [step.share for step in curve.steps] == pytest.approx([5 / 6, 4 / 6, 1 / 3])
    # Greenwood at 5 months: S² (1/(6·5) + 1/(5·4)) = (4/9)(1/12).
    error, share = (4 / 9 / 12) ** 0.5, 2 / 3
    far = np.exp(1.959964 * error / (share * abs(np.log(share))))
    interval = curve.steps[1].interval
    assert (interval.low, interval.high) == pytest.approx(
        (share**far, share ** (1 / far)), rel=1e-6
    )
    assert (curve.n, curve.ended, curve.until) == (6, 3, 12)


def test_shares_are_those_of_statsmodels_in_any_order():
    chance = np.random.default_rng(4)
    times, ended = chance.exponential(20, 200).round(1) + 0.1, chance.random(200) < 0.4
    order = chance.permutation(200)

    curve = survival_curve(times, ended, level=0.9)

    known = SurvfuncRight(times, ended.astype(int))
    assert [step.share for step in curve.steps] == pytest.approx(list(known.surv_prob))
    assert survival_curve(times[order], ended[order], level=0.9) == curve
    for step in curve.steps:
        if not isinstance(step.interval, NotEstimable):
            assert 0 <= step.interval.low < step.share < step.interval.high <= 1


def test_nothing_ends_or_nobody_is_there():
    curve = survival_curve(np.array([4.0, 9.0]), np.array([False, False]), level=0.95)

    assert (curve.ended, curve.until) == (0, 9)
    assert all(step.share == 1 for step in curve.steps)
    assert survival_curve(np.array([]), np.array([], bool), level=0.95) == NotEstimable("no_rows")


def test_the_log_rank_test_is_that_of_statsmodels():
    chance = np.random.default_rng(8)
    groups = chance.choice(["basic", "intermediate", "competitiveness"], 240)
    times = chance.exponential(np.where(groups == "basic", 10, 30))
    ended = times < 24
    times = np.minimum(times, 24)

    found = log_rank(times, ended, groups)

    statistic, p_value = survdiff(times, ended.astype(int), groups)
    assert (found.statistic, found.p_value) == pytest.approx((statistic, p_value))
    assert found.degrees_of_freedom == 2
    assert found.p_value < 0.001


def test_the_log_rank_statistic_of_two_groups_by_hand():
    """Group a ends at 1 and 3, group b at 2 and 4; all are seen to end."""
    found = log_rank(
        np.array([1.0, 3.0, 2.0, 4.0]), np.ones(4, bool), np.array(["a", "a", "b", "b"])
    )

    expected = 2 / 4 + 1 / 3 + 1 / 2  # of group a at 1, 2, 3; at 4 nobody of it is left
    variance = 1 / 4 + 2 / 9 + 1 / 4
    assert found.statistic == pytest.approx((2 - expected) ** 2 / variance)


def test_what_cannot_be_tested_says_why():
    alone = log_rank(TIMES, ENDED, np.full(6, "a"))
    calm = log_rank(TIMES, np.zeros(6, bool), np.array(list("aabbab")))

    assert (alone.reason, calm.reason) == ("empty_level", "constant_outcome")
