"""p-values for many questions: against their definitions, and against what they promise."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.estimators.multiplicity import benjamini_hochberg, holm, romano_wolf

few_p_values = st.lists(st.floats(0, 1), min_size=1, max_size=7)
p_values = st.lists(st.floats(0, 1), min_size=1, max_size=40)

#: Benjamini and Hochberg (1995), section 4.1: fifteen questions on patients with infarction.
PATIENTS = [
    *(0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459),
    *(0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0000),
]


@settings(max_examples=30, deadline=None)
@given(few_p_values)
def test_holm_rejects_what_bonferroni_rejects_in_every_company(p: list[float]) -> None:
    """The closed test: a question falls when each set that it belongs to falls."""
    companies = [
        each for size in range(1, len(p) + 1) for each in combinations(range(len(p)), size)
    ]
    for question, adjusted in enumerate(holm(p)):
        worst = max(len(c) * min(p[i] for i in c) for c in companies if question in c)
        assert adjusted == pytest.approx(min(1.0, worst))


@given(p_values)
def test_benjamini_hochberg_is_the_least_share_of_false_findings(p: list[float]) -> None:
    for own, adjusted in zip(p, benjamini_hochberg(p), strict=True):
        shares = [len(p) * bar / sum(each <= bar for each in p) for bar in p if bar >= own]
        assert adjusted == pytest.approx(min(1.0, *shares))


def test_the_patients_of_the_paper() -> None:
    """At 5 % Benjamini and Hochberg find four; every procedure by steps of Bonferroni, three."""
    assert sum(p <= 0.05 for p in benjamini_hochberg(PATIENTS)) == 4
    assert sum(p <= 0.05 for p in holm(PATIENTS)) == 3


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
