"""Cluster-robust means and shares against hand sums, numpy and statsmodels."""

import math

import numpy as np
import pytest
import statsmodels.api as sm
from scipy import stats

from evaluation.estimators.clusters import cluster_mean, cluster_share, codes_of
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

    fit = sm.OLS(values, np.ones(140)).fit(cov_type="cluster", cov_kwds={"groups": clusters})
    assert estimate.value == pytest.approx(fit.params[0], rel=1e-12)
    assert estimate.standard_error == pytest.approx(fit.bse[0], rel=1e-12)


def test_share_equals_generalised_estimating_equations():
    rng = np.random.default_rng(2)
    clusters = np.repeat(np.arange(30), 5)
    hits = (rng.uniform(size=150) < rng.uniform(0.2, 0.9, 30)[clusters]).astype(float)

    estimate = cluster_share(hits, clusters, alpha=0.10, minimum=10)

    fit = sm.GEE(hits, np.ones(150), clusters, family=sm.families.Binomial()).fit()
    error = fit.bse[0] * math.sqrt(30 / 29)
    bounds = fit.params[0] + np.array([-1, 1]) * stats.t.ppf(0.95, 29) * error
    expected = 1 / (1 + np.exp(-bounds))
    assert isinstance(estimate.interval, Interval)
    assert [estimate.interval.low, estimate.interval.high] == pytest.approx(expected, rel=1e-6)


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
