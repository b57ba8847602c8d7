"""p-values for many questions: against statsmodels, and against what they promise."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from evaluation.estimators.multiplicity import benjamini_hochberg, holm, romano_wolf

p_values = st.lists(st.floats(0, 1), min_size=1, max_size=40)


@given(p_values)
def test_holm_and_benjamini_hochberg_are_the_known_ones(p: list[float]) -> None:
    assert holm(p) == pytest.approx(multipletests(p, method="holm")[1])
    assert benjamini_hochberg(p) == pytest.approx(multipletests(p, method="fdr_bh")[1])


def test_no_question_no_answer() -> None:
    assert holm([]) == benjamini_hochberg([]) == romano_wolf([], np.empty((9, 0))) == []


@given(st.lists(st.floats(-5, 5), min_size=1, max_size=8), st.integers(0, 1000))
def test_romano_wolf_steps_down(statistics: list[float], seed: int) -> None:
    draws = np.random.default_rng(seed).normal(size=(199, len(statistics)))
    adjusted = np.array(romano_wolf(statistics, draws))
    alone = (1 + (np.abs(draws) >= np.abs(statistics)).sum(axis=0)) / 200
    assert (adjusted >= alone - 1e-12).all()
    assert (np.diff(adjusted[np.argsort(-np.abs(statistics), kind="stable")]) >= 0).all()
    # Step by step, as the paper writes it.
    order = np.argsort(-np.abs(statistics), kind="stable")
    worst = 0.0
    for step, question in enumerate(order):
        largest = np.abs(draws[:, order[step:]]).max(axis=1)
        p = (1 + (largest >= abs(statistics[question])).sum()) / 200
        worst = max(worst, p)
        assert adjusted[question] == pytest.approx(worst)


def test_romano_wolf_gives_back_what_repeated_questions_cost() -> None:
    draws = np.repeat(np.random.default_rng(1).normal(size=(4999, 1)), 10, axis=1)
    assert romano_wolf([2.5] * 10, draws) == pytest.approx([0.0124] * 10, abs=0.005)
    assert holm([0.0124] * 10)[0] == pytest.approx(0.124)
