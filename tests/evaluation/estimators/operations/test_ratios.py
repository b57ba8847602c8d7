"""Ratios of totals: reckoned by hand, with errors that know which rows belong together."""

import pytest
from scipy.stats import t as student
from statsmodels.stats.proportion import proportion_confint

from evaluation.estimators.operations.ratios import clustered_variance, ratio

ASKED = {"level": 95.0, "minimum": 3}


def test_a_mean_has_the_error_of_a_mean():
    found = ratio([1, 2, 3, 6], [1, 1, 1, 1], [1, 2, 3, 4], **ASKED)

    error = (14 / 3 / 4) ** 0.5  # squares of -2, -1, 0, 3, over n - 1, over n
    assert found.value == 3
    assert found.standard_error == pytest.approx(error)
    assert found.interval.high == pytest.approx(3 + student.ppf(0.975, 3) * error)
    assert (found.n, found.clusters) == (4, 4)


def test_a_ratio_is_of_totals_and_rows_without_a_denominator_tell_nothing():
    found = ratio([2, 4, 0, 9], [4, 8, 3, 0], [1, 2, 3, 4], **ASKED)

    assert found.value == pytest.approx(6 / 15)
    assert (found.n, found.clusters) == (3, 3)
    assert found.interval.low >= 0


def test_a_share_of_independent_rows_has_wilsons_interval():
    hits = [1.0] * 30 + [0.0] * 70
    found = ratio(hits, [1.0] * 100, list(range(100)), is_share=True, **ASKED)

    wanted = proportion_confint(29.7, 99, method="wilson")  # n - 1 cases, as the variance has it
    assert (found.interval.low, found.interval.high) == pytest.approx(wanted)


def test_rows_of_one_alliance_that_are_alike_count_once():
    hits = [float(alliance < 6) for alliance in range(20) for _same in range(10)]
    alliances = [alliance for alliance in range(20) for _same in range(10)]
    wide = ratio(hits, [1.0] * 200, alliances, is_share=True, **ASKED)
    narrow = ratio(hits, [1.0] * 200, list(range(200)), is_share=True, **ASKED)

    assert wide.value == narrow.value == 0.3
    assert wide.standard_error == pytest.approx((0.3 * 0.7 / 19) ** 0.5)
    assert wide.interval.high - wide.interval.low > 2.9 * (
        narrow.interval.high - narrow.interval.low
    )


def test_where_nobody_does_it_the_interval_still_has_a_width():
    found = ratio([0.0] * 12, [1.0] * 12, list(range(12)), is_share=True, **ASKED)

    assert found.value == 0
    assert found.interval.low == pytest.approx(0, abs=1e-12)
    assert 0.2 < found.interval.high < 0.3


def test_too_few_alliances_say_how_many():
    found = ratio([1.0, 1.0], [1.0, 1.0], [1, 2], **ASKED)

    assert (found.reason, found.count) == ("few_cases", 2)
    assert ratio([], [], [], **ASKED).count == 0


def test_one_alliance_alone_has_no_variance():
    assert clustered_variance([1.0, 0.0], [1.0, 1.0], [1, 1]) == 0
