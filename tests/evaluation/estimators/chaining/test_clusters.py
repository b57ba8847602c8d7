"""Cluster-robust means and shares against hand sums, closed forms and linearmodels."""

import math

import numpy as np
import pytest
from linearmodels.iv import IV2SLS
from scipy import stats

from evaluation.estimators.chaining.clusters import cluster_mean, cluster_share, codes_of
from evaluation.estimators.results import Interval, NotEstimable

# Three alliances: (1, 3), (5, 7), (2). Mean 3.6; residual sums -3.2, 4.8, -1.6; their squares
# add to 35.84; variance = 3/2 x 35.84 / 25 = 2.1504.
VALUES = np.array([1.0, 3.0, 5.0, 7.0, 2.0])
CLUSTERS = np.array([0, 0, 1, 1, 2])


def test_mean_equals_the_hand_sum():
    estimate = cluster_mean(VALUES, CLUSTERS, alpha=0.05, minimum=3)

    assert estimate.value == pytest.approx(3.6)
    assert estimate.standard_error == pytest.approx(math.sqrt(2.1504))
    reach = 4.302652729911275 * math.sqrt(2.1504)  # t with 2 degrees of freedom
    assert isinstance(estimate.interval, Interval)
    assert estimate.interval.low == pytest.approx(3.6 - reach)
    assert estimate.interval.high == pytest.approx(3.6 + reach)
    assert (estimate.n, estimate.clusters) == (5, 3)


def test_mean_equals_least_squares_on_a_constant():
    rng = np.random.default_rng(1)
    clusters = np.repeat(np.arange(20), 7)
    values = rng.normal(size=140) + rng.normal(size=20)[clusters]

    estimate = cluster_mean(values, clusters, alpha=0.05, minimum=10)

    fit = IV2SLS(values, np.ones(140), None, None).fit(
        cov_type="clustered", clusters=clusters, debiased=True
    )
    assert estimate.value == pytest.approx(fit.params.iloc[0], rel=1e-12)
    assert estimate.standard_error == pytest.approx(fit.std_errors.iloc[0], rel=1e-12)


def test_share_is_the_linearised_ratio_of_totals_with_its_interval_on_the_logit_scale():
    rng = np.random.default_rng(2)
    clusters = np.repeat(np.arange(30), 5)
    hits = (rng.uniform(size=150) < rng.uniform(0.2, 0.9, 30)[clusters]).astype(float)

    estimate = cluster_share(hits, clusters, alpha=0.10, minimum=10)

    share = hits.sum() / 150
    sums = [(hits[clusters == cluster] - share).sum() for cluster in range(30)]
    error = math.sqrt(30 / 29 * sum(each**2 for each in sums)) / 150
    reach = stats.t.ppf(0.95, 29) * error / (share * (1 - share))
    bounds = math.log(share / (1 - share)) + np.array([-reach, reach])
    assert isinstance(estimate.interval, Interval)
    assert estimate.value == pytest.approx(share, rel=1e-12)
    assert estimate.standard_error == pytest.approx(error, rel=1e-10)
    expected = 1 / (1 + np.exp(-bounds))
    assert [estimate.interval.low, estimate.interval.high] == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize("hits", [1, 2, 1999])
def test_a_rare_or_a_nearly_unanimous_answer_has_its_share(hits, recwarn):
    answers = np.zeros(2000)
    answers[:hits] = 1

    estimate = cluster_share(answers, np.arange(2000) // 2, alpha=0.05, minimum=10)

    assert estimate.value == pytest.approx(hits / 2000, rel=1e-9)
    assert isinstance(estimate.interval, Interval)
    assert 0 < estimate.interval.low < hits / 2000 < estimate.interval.high < 1
    assert not recwarn.list


def test_duplicated_rows_within_alliances_change_nothing():
    once = cluster_mean(VALUES, CLUSTERS, alpha=0.05, minimum=3)

    twice = cluster_mean(np.tile(VALUES, 2), np.tile(CLUSTERS, 2), alpha=0.05, minimum=3)

    assert twice.standard_error == pytest.approx(once.standard_error)


def test_few_alliances_keep_the_mean_and_refuse_the_interval():
    estimate = cluster_mean(VALUES, CLUSTERS, alpha=0.05, minimum=10)

    assert estimate.value == pytest.approx(3.6)
    assert estimate.interval == NotEstimable("few_clusters", 3)


def test_unanimous_answers_have_no_interval():
    estimate = cluster_share(np.ones(5), CLUSTERS, alpha=0.05, minimum=2)

    assert estimate.value == 1
    assert estimate.interval == NotEstimable("constant_outcome")


def test_codes_follow_the_sorted_labels():
    assert codes_of(np.array(["b", "a", "b", "c"])).tolist() == [1, 0, 1, 2]
