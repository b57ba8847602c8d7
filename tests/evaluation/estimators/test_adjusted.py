"""Adjusted differences against statsmodels, delta method included, and refusals with a reason."""

import numpy as np
import pytest
import statsmodels.api as sm

from evaluation.estimators.adjusted import (
    Design,
    Model,
    Outcome,
    bootstrap_intervals,
    difference,
    fit_model,
    slope_test,
)
from evaluation.estimators.ordered_logit import is_separated
from evaluation.estimators.results import Interval, NotEstimable


@pytest.fixture
def data():
    rng = np.random.default_rng(11)
    clusters = np.repeat(np.arange(50), 8)
    high = rng.integers(0, 2, 400).astype(float)
    control = rng.normal(size=400)
    shared = rng.normal(0, 0.5, 50)[clusters]
    amount = 3 + 2 * high + control + shared + rng.normal(size=400)
    answer = (0.9 * high - 0.3 + 0.5 * control + shared + rng.logistic(size=400) > 0).astype(float)
    return clusters, high, control, amount, answer


def design_of(data, departments=None) -> Design:
    clusters, high, control, _amount, _answer = data
    return Design(high[:, None], control[:, None], clusters, departments)


def test_amounts_equal_least_squares_with_clustered_errors(data):
    clusters, high, control, amount, _answer = data

    model = fit_model(Outcome(amount, "amount"), design_of(data))

    assert isinstance(model, Model)
    estimate, test = difference(model, 0, alpha=0.05)
    oracle = sm.OLS(amount, sm.add_constant(np.column_stack([high, control]))).fit(
        cov_type="cluster", cov_kwds={"groups": clusters}, use_t=True
    )
    assert estimate.value == pytest.approx(oracle.params[1], rel=1e-12)
    assert estimate.standard_error == pytest.approx(oracle.bse[1], rel=1e-12)
    assert not isinstance(test, NotEstimable)
    assert test.p_value == pytest.approx(oracle.pvalues[1], rel=1e-8)
    assert test.degrees_of_freedom == 49


def test_answers_equal_the_discrete_marginal_effect_of_the_logit(data):
    clusters, high, control, _amount, answer = data

    model = fit_model(Outcome(answer, "answer"), design_of(data))

    assert isinstance(model, Model)
    estimate, _test = difference(model, 0, alpha=0.05)
    standard = (control - control.mean()) / control.std()
    oracle = sm.Logit(answer, sm.add_constant(np.column_stack([high, standard]))).fit(
        disp=0, cov_type="cluster", cov_kwds={"groups": clusters}
    )
    margin = oracle.get_margeff(dummy=True)
    assert estimate.value == pytest.approx(margin.margeff[0], rel=1e-9)
    assert estimate.standard_error == pytest.approx(margin.margeff_se[0], rel=1e-6)


def test_department_effects_equal_dummies(data):
    clusters, high, control, amount, _answer = data
    departments = clusters % 5

    model = fit_model(Outcome(amount, "amount"), design_of(data, departments))

    assert isinstance(model, Model)
    dummies = [(departments == k).astype(float) for k in range(1, 5)]
    oracle = sm.OLS(amount, sm.add_constant(np.column_stack([high, control, *dummies]))).fit(
        cov_type="cluster", cov_kwds={"groups": clusters}
    )
    estimate, _test = difference(model, 0, alpha=0.05)
    assert estimate.value == pytest.approx(oracle.params[1], rel=1e-10)
    assert estimate.standard_error == pytest.approx(oracle.bse[1], rel=1e-10)


def test_the_gradient_of_an_ordered_answer_is_right(data):
    _clusters, _high, _control, amount, _answer = data
    wellbeing = np.digitize(amount, [1, 3, 5, 7]) + 1.0
    outcome = Outcome(wellbeing, "answer", improved_from=4)
    model = fit_model(outcome, design_of(data))
    assert isinstance(model, Model)
    from evaluation.estimators.adjusted import _average_difference

    value, gradient = _average_difference(model.sample, model.parameters, 0)

    nudges = 1e-6 * np.eye(model.parameters.size)
    numeric = [
        (_average_difference(model.sample, model.parameters + nudge, 0)[0] - value) / 1e-6
        for nudge in nudges
    ]
    assert gradient == pytest.approx(numeric, abs=1e-6)


def test_departments_without_variation_are_left_out_of_the_logit(data):
    clusters, _high, _control, _amount, answer = data
    departments = clusters // 10
    answer = np.where(departments == 2, 1.0, answer)

    model = fit_model(Outcome(answer, "answer"), design_of(data, departments))

    assert isinstance(model, Model)
    assert len(model.sample.rows) == 320
    assert not (departments[model.sample.rows] == 2).any()


def test_missing_values_leave_the_sample(data):
    clusters, high, control, amount, _answer = data
    amount = amount.copy()
    amount[:7] = np.nan
    control = control.copy()
    control[7:10] = np.inf

    model = fit_model(Outcome(amount, "amount"), Design(high[:, None], control[:, None], clusters))

    assert isinstance(model, Model)
    assert len(model.sample.rows) == 390


def test_a_level_that_predicts_the_answer_is_not_estimable(data):
    _clusters, high, _control, _amount, _answer = data

    answer = fit_model(Outcome(high, "answer"), design_of(data))
    constant = fit_model(Outcome(np.ones(400), "answer"), design_of(data))
    nobody = fit_model(Outcome(np.full(400, np.nan), "amount"), design_of(data))

    assert answer == NotEstimable("separation")
    assert constant == NotEstimable("constant_outcome")
    assert nobody == NotEstimable("no_rows")


def test_a_level_that_is_a_department_is_not_estimable(data):
    clusters, _high, control, amount, _answer = data
    departments = clusters // 10
    contrast = (departments == 3).astype(float)[:, None]

    model = fit_model(
        Outcome(amount, "amount"), Design(contrast, control[:, None], clusters, departments)
    )

    assert model == NotEstimable("collinear")


def test_a_redundant_control_changes_nothing(data):
    clusters, high, control, amount, _answer = data
    doubled = np.column_stack([control, 2 * control, np.ones(400)])

    once = fit_model(Outcome(amount, "amount"), design_of(data))
    twice = fit_model(Outcome(amount, "amount"), Design(high[:, None], doubled, clusters))

    assert isinstance(once, Model)
    assert isinstance(twice, Model)
    assert difference(twice, 0, alpha=0.05) == difference(once, 0, alpha=0.05)


def test_an_exact_relation_has_no_test(data):
    clusters, high, _control, _amount, _answer = data

    model = fit_model(
        Outcome(5 * high, "amount"), Design(high[:, None], np.empty((400, 0)), clusters)
    )

    assert isinstance(model, Model)
    assert slope_test(model, 0, "zero") == NotEstimable("perfect_fit")


def test_bootstrap_agrees_with_the_sandwich(data):
    _clusters, _high, _control, amount, _answer = data
    design = design_of(data)
    model = fit_model(Outcome(amount, "amount"), design)
    assert isinstance(model, Model)
    draws = np.random.default_rng(5).multinomial(50, np.full(50, 1 / 50), size=800)

    (interval,) = bootstrap_intervals(model, design, draws, alpha=0.05)

    estimate, _test = difference(model, 0, alpha=0.05)
    assert isinstance(interval, Interval)
    assert isinstance(estimate.interval, Interval)
    width = estimate.interval.high - estimate.interval.low
    assert interval.high - interval.low == pytest.approx(width, rel=0.12)
    assert interval.low < estimate.value < interval.high


def test_bootstrap_refuses_when_many_replicates_lose_a_level(data):
    clusters, _high, control, amount, _answer = data
    rare = (clusters == 0).astype(float)[:, None]
    design = Design(rare, control[:, None], clusters)
    model = fit_model(Outcome(amount, "amount"), design)
    assert isinstance(model, Model)
    draws = np.random.default_rng(5).multinomial(50, np.full(50, 1 / 50), size=200)

    (interval,) = bootstrap_intervals(model, design, draws, alpha=0.05)

    lost = int((draws[:, 0] == 0).sum())
    assert interval == NotEstimable("failed_replicates", lost)


@pytest.mark.parametrize("seed", range(40))
def test_separation_is_found_exactly_when_the_linear_programme_finds_it(seed):
    rng = np.random.default_rng(seed)
    clusters = np.arange(24) // 2
    high = (clusters % 2).astype(float)
    control = rng.normal(size=24)
    answer = (rng.normal(size=24) + 1.5 * high + control > 0.7).astype(float)
    if answer.min() == answer.max():
        answer[0] = 1 - answer[0]

    model = fit_model(Outcome(answer, "answer"), Design(high[:, None], control[:, None], clusters))

    columns = np.column_stack([high, (control - control.mean()) / control.std()])
    assert (model == NotEstimable("separation")) is is_separated(answer.astype(np.int64), columns)
