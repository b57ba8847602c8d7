"""Whether groups answer alike: against Pearson's test, and what clusters and weights do to it."""

import numpy as np
import pytest
from scipy.stats import chi2_contingency

from evaluation.estimators.results import NotEstimable
from evaluation.estimators.survey.association import association


def rows(seed: int = 3, n: int = 4000):
    chance = np.random.default_rng(seed)
    groups = chance.integers(0, 3, n)
    answers = np.clip(np.rint(1 + 0.06 * groups + chance.normal(0, 0.8, n)), 0, 3).astype(int)
    return groups, answers


def test_with_everybody_alone_it_is_pearsons_test():
    groups, answers = rows()

    found = association(groups, answers, np.ones(4000), np.arange(4000), minimum=10)

    table = np.array([[np.sum((groups == g) & (answers == a)) for a in range(4)] for g in range(3)])
    pearson = chi2_contingency(table, correction=False)
    assert found.statistic == pytest.approx(pearson.statistic / pearson.dof, rel=0.02)
    assert found.p_value == pytest.approx(pearson.pvalue, rel=0.15)
    assert found.df_numerator == pytest.approx(6, rel=0.02)


def test_a_cluster_that_says_the_same_thing_many_times_counts_once():
    groups, answers = rows(n=300)
    many = [np.repeat(column, 5) for column in (groups, answers, np.arange(300))]

    once = association(groups, answers, np.ones(300), np.arange(300), minimum=10)
    often = association(many[0], many[1], np.ones(1500), many[2], minimum=10)

    assert often.statistic == pytest.approx(once.statistic)
    assert often.p_value == pytest.approx(once.p_value)


def test_weights_are_as_many_people():
    groups, answers = rows(n=300)
    weights = np.random.default_rng(1).integers(1, 4, 300)
    many = [np.repeat(column, weights) for column in (groups, answers, np.arange(300))]

    weighted = association(groups, answers, weights.astype(float), np.arange(300), minimum=10)
    repeated = association(many[0], many[1], np.ones(len(many[0])), many[2], minimum=10)

    assert weighted.p_value == pytest.approx(repeated.p_value)


def test_it_rejects_in_five_of_a_hundred_when_clusters_differ_and_groups_do_not():
    chance, rejected = np.random.default_rng(5), 0
    clusters = np.repeat(np.arange(60), 6)
    for _sample in range(400):
        mood = chance.normal(0, 0.8, 60)[clusters]
        answers = np.clip(np.rint(1 + mood + chance.normal(0, 0.8, 360)), 0, 2).astype(int)
        groups = (clusters % 2).astype(int)  # whole alliances: plain Pearson rejects far too often
        found = association(groups, answers, np.ones(360), clusters, minimum=10)
        rejected += found.p_value < 0.05
    assert 0.02 <= rejected / 400 <= 0.085


@pytest.mark.parametrize(
    ("groups", "answers", "clusters", "reason"),
    [
        ([0, 0, 0, 0], [0, 1, 0, 1], [1, 2, 3, 4], "empty_level"),
        ([0, 1, 0, 1], [1, 1, 1, 1], [1, 2, 3, 4], "constant_outcome"),
        ([0, 1, 0, 1], [0, 1, 1, 0], [1, 1, 2, 2], "few_clusters"),
    ],
)
def test_what_cannot_be_compared_says_why(groups, answers, clusters, reason):
    found = association(
        np.array(groups), np.array(answers), np.ones(4), np.array(clusters), minimum=4
    )

    assert isinstance(found, NotEstimable)
    assert found.reason == reason
