"""What a sample could see: it grows as it must, and simulated studies see that effect."""

import os

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.estimators.checks.planned_power import (
    Assumptions,
    PlannedSample,
    Unplannable,
    guessed_bandwidth,
    planned,
)
from evaluation.estimators.discontinuity import RDEstimate
from evaluation.estimators.rd.sample import estimate_rd
from evaluation.estimators.rd.spec import RDSpec

WHOLE = bool(os.environ.get("WHOLE"))


def sample(*, alliances: int = 200, members: float = 8, seed: int = 3) -> PlannedSample:
    rng = np.random.default_rng(seed)
    score = rng.uniform(-20, 20, alliances)
    return PlannedSample(score, np.full(alliances, float(members)), np.arange(alliances))


@settings(max_examples=40, deadline=None)
@given(
    extra=st.floats(1, 5000),
    share=st.floats(1.01, 10),
    icc=st.floats(0, 0.9),
    h=st.floats(6, 20),
    seed=st.integers(0, 50),
)
def test_more_surveys_see_smaller_effects(extra, share, icc, h, seed):
    base, expected = sample(seed=seed), Assumptions(h=h, icc=icc)
    effect = planned(base, expected).effect

    assert planned(base.with_more_people(extra), expected).effect < effect
    assert planned(base.with_more_clusters(share), expected).effect == pytest.approx(
        effect / share**0.5
    )


@settings(max_examples=40, deadline=None)
@given(icc=st.floats(0, 0.9), more=st.floats(0.01, 0.1), members=st.integers(2, 40))
def test_members_that_are_more_alike_see_less(icc, more, members):
    base = sample(members=members)

    one, other = (planned(base, Assumptions(h=10, icc=value)) for value in (icc, icc + more))

    assert one.effect < other.effect


@given(members=st.integers(2, 40), icc=st.floats(0, 1))
@settings(max_examples=30, deadline=None)
def test_shared_scores_multiply_the_variance_by_the_design_effect(members, icc):
    base = sample(members=members)

    alone = planned(base, Assumptions(h=10, icc=0))
    shared = planned(base, Assumptions(h=10, icc=icc))

    assert shared.design_effect == pytest.approx(1 + (members - 1) * icc)
    assert shared.se == pytest.approx(alone.se * shared.design_effect**0.5)


def test_a_weaker_first_stage_sees_only_larger_effects():
    one, half = (planned(sample(), Assumptions(h=10, first_stage=f)) for f in (1.0, 0.5))

    assert half.effect == pytest.approx(2 * one.effect)
    assert half.intention == one.intention == one.effect


def test_a_row_of_people_is_those_people():
    base = sample(alliances=60, members=3)
    apart = PlannedSample(np.repeat(base.score, 3), np.ones(180), np.repeat(base.cluster, 3))

    assert planned(base, Assumptions(h=12)).se == pytest.approx(
        planned(apart, Assumptions(h=12)).se
    )


def test_too_few_scores_are_told():
    with pytest.raises(Unplannable) as refused:
        planned(sample(), Assumptions(h=0.2))
    assert refused.value.scores < 4


def test_the_bandwidth_is_guessed_from_scores_alone():
    assert 5 < guessed_bandwidth(sample()) < 20


@pytest.mark.parametrize("icc", [0.0, 0.2, 0.5] if WHOLE else [0.2])
def test_simulated_studies_see_the_effect_told_as_often_as_told(icc):
    rng = np.random.default_rng(2024)
    base = sample(alliances=300, members=4)
    expected = Assumptions(h=12, icc=icc, first_stage=1.0)
    effect = planned(base, expected).effect
    score, cluster = np.repeat(base.score, 4), np.repeat(base.cluster, 4)
    spec = RDSpec(outcome="y", score="x", cluster="g", vce="cr3", h=expected.h, p=1)
    draws = 1500 if WHOLE else 400
    seen = 0
    for _draw in range(draws):
        common = rng.normal(size=len(base.score))[cluster] * icc**0.5
        y = common + rng.normal(size=len(score)) * (1 - icc) ** 0.5 + effect * (score >= 0)
        estimate = estimate_rd(pd.DataFrame({"y": y, "x": score, "g": cluster}), spec)
        assert isinstance(estimate, RDEstimate)
        seen += estimate.pv_robust < 0.05

    assert seen / draws == pytest.approx(0.8, abs=0.06)
