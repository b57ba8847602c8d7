"""Shares of clustered answers: reckoned by hand, and against statsmodels."""

import numpy as np
import pytest
from statsmodels.regression.linear_model import WLS

from evaluation.estimators.results import Estimate, NotEstimable
from evaluation.estimators.survey.proportions import shares


def sample(seed: int = 1, clusters: int = 30, each: int = 7):
    chance = np.random.default_rng(seed)
    cluster = np.repeat(np.arange(clusters), each)
    mood = chance.normal(0, 1, clusters)[cluster]
    answers = np.clip(np.rint(1.5 + mood + chance.normal(0, 1, len(cluster))), 0, 3).astype(int)
    return answers, chance.uniform(0.5, 3, len(cluster)), cluster


def test_two_clusters_reckoned_by_hand():
    """Four of six say yes: 2 of 2 in one alliance, 1 of 2 and 1 of 2 in the others."""
    answers, clusters = np.array([1, 1, 1, 0, 1, 0]), np.array([1, 1, 2, 2, 3, 3])

    no, yes = shares(answers, np.ones(6), clusters, 2, level=0.95, minimum=2)

    # Departures summed by alliance: 2/3, -1/3, -1/3; over 6: 1/9, -1/18, -1/18.
    error = (3 / 2 * (1 / 81 + 2 / 324)) ** 0.5
    assert (yes.value, yes.n, yes.clusters) == (pytest.approx(2 / 3), 6, 3)
    assert yes.standard_error == pytest.approx(error)
    assert no.standard_error == pytest.approx(error)
    # Student's t with 2 degrees of freedom is 4.302653; the logit of 2/3 is log 2.
    far = 4.302653 * error / (2 / 9)
    assert yes.interval.low == pytest.approx(1 / (1 + np.exp(far) / 2), rel=1e-6)
    assert yes.interval.high == pytest.approx(1 / (1 + np.exp(-far) / 2), rel=1e-6)


@pytest.mark.parametrize("is_weighted", [False, True])
def test_errors_are_those_of_a_weighted_regression_clustered(is_weighted):
    answers, weights, clusters = sample()
    weights = weights if is_weighted else np.ones(len(answers))

    found = shares(answers, weights, clusters, 4, level=0.95, minimum=10)

    for code, share in enumerate(found):
        hits = (answers == code).astype(float)
        fit = WLS(hits, np.ones(len(hits)), weights).fit(
            cov_type="cluster", cov_kwds={"groups": clusters}, use_t=True
        )
        assert share.value == pytest.approx(fit.params[0], rel=1e-12)
        assert share.standard_error == pytest.approx(fit.bse[0], rel=1e-10)


def test_intervals_stay_within_zero_and_one():
    answers, weights, clusters = sample(clusters=12)

    for share in shares(answers, weights, clusters, 4, level=0.99, minimum=10):
        assert isinstance(share, Estimate)
        assert 0 < share.interval.low < share.value < share.interval.high < 1


def test_few_clusters_have_no_interval_and_nobody_or_everybody_neither():
    answers, clusters = np.array([1, 1, 0, 1]), np.array([1, 1, 2, 2])

    (few, _) = shares(answers, np.ones(4), clusters, 2, level=0.95, minimum=10)
    (nobody, all_) = shares(np.ones(4, int), np.ones(4), clusters, 2, level=0.95, minimum=2)

    assert (few.value, few.interval) == (0.25, NotEstimable("few_clusters", 2))
    assert (nobody.value, all_.value) == (0, 1)
    assert nobody.interval == all_.interval == NotEstimable("constant_outcome")


def test_weights_have_no_scale():
    answers, weights, clusters = sample()

    one = shares(answers, weights, clusters, 4, level=0.95, minimum=10)
    other = shares(answers, 1000 * weights, clusters, 4, level=0.95, minimum=10)

    for left, right in zip(one, other, strict=True):
        assert left.standard_error == pytest.approx(right.standard_error)
