"""Adjusted differences against closed forms, linearmodels and a model written out; refusals."""

import warnings
from dataclasses import replace

import numpy as np
import pytest
from linearmodels.iv import IV2SLS
from scipy import stats

from evaluation.estimators.chaining.adjusted import (
    FLAT,
    DependentVariable,
    Model,
    RegressionDesign,
    _resampled,
    bootstrap_intervals,
    difference,
    fit_model,
    slope_test,
)
from evaluation.estimators.chaining.ordered_logit import OrderedLogit
from evaluation.estimators.results import Interval, NotEstimable
from tests.evaluation.estimators import written_out


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


def design_of(data, departments=None) -> RegressionDesign:
    clusters, high, control, _amount, _answer = data
    return RegressionDesign(high[:, None], control[:, None], clusters, departments)


def least_squares(target, *columns, clusters):
    """Coefficients and CR1 errors by linearmodels, the constant last."""
    regressors = np.column_stack([*columns, np.ones(len(target))])
    fit = IV2SLS(target, regressors, None, None).fit(
        cov_type="clustered", clusters=clusters, debiased=True
    )
    return fit.params.to_numpy(), fit.std_errors.to_numpy()


def test_amounts_equal_least_squares_with_clustered_errors(data):
    clusters, high, control, amount, _answer = data

    model = fit_model(DependentVariable(amount, "amount"), design_of(data))

    assert isinstance(model, Model)
    estimate, test = difference(model, 0, alpha=0.05)
    values, errors = least_squares(amount, high, control, clusters=clusters)
    assert estimate.value == pytest.approx(values[0], rel=1e-12)
    assert estimate.standard_error == pytest.approx(errors[0], rel=1e-12)
    assert not isinstance(test, NotEstimable)
    assert test.p_value == pytest.approx(2 * stats.t.sf(abs(values[0] / errors[0]), 49), rel=1e-8)
    assert test.degrees_of_freedom == 49


def test_without_controls_an_answer_differs_as_its_shares_do(data):
    """A logit of levels alone fits their shares; its delta method is least squares' sandwich."""
    clusters, high, control, _amount, answer = data
    medium = (1 - high) * (control > 0)

    model = fit_model(
        DependentVariable(answer, "answer"),
        RegressionDesign(np.column_stack([medium, high]), np.empty((400, 0)), clusters),
    )

    assert isinstance(model, Model)
    values, errors = least_squares(answer, medium, high, clusters=clusters)
    for column in (0, 1):
        estimate, _test = difference(model, column, alpha=0.05)
        assert estimate.value == pytest.approx(values[column], rel=1e-10)
        assert estimate.standard_error == pytest.approx(errors[column], rel=1e-10)


@pytest.mark.parametrize("kinds", [2, 5])
def test_answers_equal_the_model_written_out(data, kinds):
    clusters, high, control, amount, answer = data
    medium = (1 - high) * (control > 0.3)
    wellbeing = answer if kinds == 2 else np.digitize(amount, [1, 3, 5, 7]) + 1.0
    improved_from = 1 if kinds == 2 else 4
    contrasts = np.column_stack([medium, high])
    design = RegressionDesign(contrasts, control[:, None], clusters)

    model = fit_model(DependentVariable(wellbeing, "answer", improved_from), design)

    assert isinstance(model, Model)
    standard = (control - control.mean()) / control.std()
    regressors = np.column_stack([contrasts, standard])
    category = wellbeing - wellbeing.min()
    at = written_out.maximum(category, regressors)
    assert model.parameters == pytest.approx(at, abs=2e-5)
    errors = written_out.covariance(model.parameters, category, regressors, clusters)
    assert model.covariance == pytest.approx(errors, rel=1e-5, abs=1e-8)
    cut = 0 if kinds == 2 else 2

    for column in (0, 1):

        def move(parameters, column=column):
            return written_out.average_difference(parameters, regressors, 2, column, cut)

        gradient = written_out.slopes_of(lambda place, move=move: np.array([move(place)]), at)[0]
        estimate, _test = difference(model, column, alpha=0.05)
        assert estimate.value == pytest.approx(move(model.parameters), rel=1e-12)
        assert estimate.value == pytest.approx(move(at), abs=1e-5)
        expected = np.sqrt(gradient @ errors @ gradient)
        assert estimate.standard_error == pytest.approx(expected, rel=1e-4)


def test_department_effects_equal_dummies(data):
    clusters, high, control, amount, _answer = data
    departments = clusters % 5

    model = fit_model(DependentVariable(amount, "amount"), design_of(data, departments))

    assert isinstance(model, Model)
    dummies = [(departments == k).astype(float) for k in range(1, 5)]
    values, errors = least_squares(amount, high, control, *dummies, clusters=clusters)
    estimate, _test = difference(model, 0, alpha=0.05)
    assert estimate.value == pytest.approx(values[0], rel=1e-10)
    assert estimate.standard_error == pytest.approx(errors[0], rel=1e-10)


def test_departments_without_variation_are_left_out_of_the_logit(data):
    clusters, _high, _control, _amount, answer = data
    departments = clusters // 10
    answer = np.where(departments == 2, 1.0, answer)

    model = fit_model(DependentVariable(answer, "answer"), design_of(data, departments))

    assert isinstance(model, Model)
    assert len(model.sample.rows) == 320
    assert not (departments[model.sample.rows] == 2).any()


def test_missing_values_leave_the_sample(data):
    clusters, high, control, amount, _answer = data
    amount = amount.copy()
    amount[:7] = np.nan
    control = control.copy()
    control[7:10] = np.inf

    model = fit_model(
        DependentVariable(amount, "amount"),
        RegressionDesign(high[:, None], control[:, None], clusters),
    )

    assert isinstance(model, Model)
    assert len(model.sample.rows) == 390


def test_a_level_that_predicts_the_answer_is_not_estimable(data):
    _clusters, high, _control, _amount, _answer = data

    answer = fit_model(DependentVariable(high, "answer"), design_of(data))
    constant = fit_model(DependentVariable(np.ones(400), "answer"), design_of(data))
    nobody = fit_model(DependentVariable(np.full(400, np.nan), "amount"), design_of(data))

    assert answer == NotEstimable("separation")
    assert constant == NotEstimable("constant_outcome")
    assert nobody == NotEstimable("no_rows")


def test_a_level_that_is_a_department_is_not_estimable(data):
    clusters, _high, control, amount, _answer = data
    departments = clusters // 10
    contrast = (departments == 3).astype(float)[:, None]

    model = fit_model(
        DependentVariable(amount, "amount"),
        RegressionDesign(contrast, control[:, None], clusters, departments),
    )

    assert model == NotEstimable("collinear")


def test_a_redundant_control_changes_nothing(data):
    clusters, high, control, amount, _answer = data
    doubled = np.column_stack([control, 2 * control, np.ones(400)])

    once = fit_model(DependentVariable(amount, "amount"), design_of(data))
    twice = fit_model(
        DependentVariable(amount, "amount"), RegressionDesign(high[:, None], doubled, clusters)
    )

    assert isinstance(once, Model)
    assert isinstance(twice, Model)
    assert difference(twice, 0, alpha=0.05) == difference(once, 0, alpha=0.05)


def test_an_exact_relation_has_no_test(data):
    clusters, high, _control, _amount, _answer = data

    model = fit_model(
        DependentVariable(5 * high, "amount"),
        RegressionDesign(high[:, None], np.empty((400, 0)), clusters),
    )

    assert isinstance(model, Model)
    assert slope_test(model, 0, "zero") == NotEstimable("perfect_fit")


def test_bootstrap_agrees_with_the_sandwich(data):
    _clusters, _high, _control, amount, _answer = data
    design = design_of(data)
    model = fit_model(DependentVariable(amount, "amount"), design)
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
    design = RegressionDesign(rare, control[:, None], clusters)
    model = fit_model(DependentVariable(amount, "amount"), design)
    assert isinstance(model, Model)
    draws = np.random.default_rng(5).multinomial(50, np.full(50, 1 / 50), size=200)

    (interval,) = bootstrap_intervals(model, design, draws, alpha=0.05)

    lost = int((draws[:, 0] == 0).sum())
    assert interval == NotEstimable("failed_replicates", lost)


def test_a_newton_step_that_leaps_too_far_is_taken_back():
    rng = np.random.default_rng(0)
    high = np.repeat([0.0, 1.0], [6, 54])
    control = rng.normal(size=60)
    latent = 5 * high + control + rng.logistic(size=60)
    wellbeing = np.digitize(latent, [1, 3, 4.5, 6])
    standard = (control - control.mean()) / control.std()
    regressors = np.column_stack([high, standard])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        leapt = OrderedLogit(wellbeing, regressors).fit(method="newton", disp=0)
    assert not np.abs(leapt.mle_retvals["score"]).max() < FLAT

    model = fit_model(
        DependentVariable(wellbeing + 1.0, "answer", 3),
        RegressionDesign(high[:, None], control[:, None], np.arange(60) // 2),
    )

    assert isinstance(model, Model)
    slope = written_out.slopes_of(
        lambda at: written_out.log_likelihoods(at, wellbeing, regressors), model.parameters
    ).sum(axis=0)
    assert slope == pytest.approx(0, abs=1e-7)


def test_a_resample_without_one_of_the_answers_is_a_model_of_the_others(data):
    _clusters, _high, _control, amount, _answer = data
    wellbeing = np.digitize(amount, [1, 3, 5, 7]) + 1.0
    model = fit_model(DependentVariable(wellbeing, "answer", improved_from=4), design_of(data))
    assert isinstance(model, Model)
    assert model.sample.cut == 2

    drawn = _resampled(model.sample, np.flatnonzero(wellbeing != 2))
    extreme = _resampled(model.sample, np.flatnonzero(wellbeing >= 4))

    assert not isinstance(drawn, NotEstimable)
    assert np.unique(drawn.target).tolist() == [0, 1, 2, 3]
    assert drawn.cut == 1
    assert extreme == NotEstimable("constant_outcome")


def test_a_resample_whose_columns_say_the_same_does_not_count(data):
    _clusters, high, control, amount, _answer = data
    model = fit_model(DependentVariable(amount, "amount"), design_of(data))
    assert isinstance(model, Model)
    same = np.column_stack([high, np.where(np.arange(400) < 50, high, control)])

    drawn = _resampled(replace(model.sample, regressors=same), np.arange(50))

    assert drawn == NotEstimable("collinear")


def test_what_a_unanimous_level_says_of_an_answer_is_the_limit_of_its_slope():
    """Resamples in which all of a level answer alike count: their difference is that of shares."""
    high = np.repeat([0.0, 1.0], [40, 20])
    answer = np.concatenate([np.tile([0.0, 0.0, 0.0, 1.0], 10), np.ones(20)])
    design = RegressionDesign(high[:, None], np.empty((60, 0)), np.arange(60) // 4)
    mixed = fit_model(DependentVariable(np.where(np.arange(60) == 59, 0, answer), "answer"), design)
    assert isinstance(mixed, Model)
    without_the_last = np.ones((30, 15), dtype=np.int64)
    without_the_last[:, -1] = 0

    (interval,) = bootstrap_intervals(mixed, design, without_the_last, alpha=0.05)

    assert isinstance(interval, Interval)
    assert [interval.low, interval.high] == pytest.approx([0.75, 0.75], abs=1e-8)


@pytest.mark.parametrize("seed", range(60))
def test_small_samples_have_an_estimate_or_a_reason_and_no_warning(seed, capfd):
    rng = np.random.default_rng(seed)
    rows = int(rng.integers(8, 60))
    high = (rng.random(rows) < 0.5).astype(float)
    controls = np.column_stack([rng.normal(size=rows), rng.random(rows) < 0.2]).astype(float)
    cuts = np.sort(rng.normal(0, 3, int(rng.integers(1, 5))))
    answer = 1.0 + np.digitize(3 * high + controls[:, 0] + rng.logistic(size=rows), cuts)
    design = RegressionDesign(
        high[:, None], controls, np.arange(rows) // 3, rng.integers(0, 3, rows)
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error")

        model = fit_model(DependentVariable(answer, "answer", improved_from=2), design)

        if isinstance(model, Model):
            draws = rng.multinomial(model.clusters, np.full(model.clusters, 1 / model.clusters), 5)
            drawn = np.zeros((5, (rows + 2) // 3), dtype=np.int64)
            drawn[:, : model.clusters] = draws
            bootstrap_intervals(model, design, drawn, alpha=0.05)
            estimate, _test = difference(model, 0, alpha=0.05)
            assert -1 <= estimate.value <= 1
    assert capfd.readouterr() == ("", "")
    if isinstance(model, NotEstimable):
        assert model.reason in {"separation", "constant_outcome", "collinear", "no_rows"}


@pytest.mark.parametrize(
    ("category", "regressor", "expected"),
    [
        ([0, 0, 1, 1], [0, 0, 1, 1], True),  # complete
        ([0, 0, 1, 1, 1], [0, 1, 1, 2, 2], True),  # quasi-complete
        ([0, 1, 0, 1], [0, 0, 1, 1], False),
        ([0, 1, 2, 2], [0, 1, 2, 3], True),  # ordered, complete
        ([0, 1, 0, 2, 1, 2], [0, 0, 1, 1, 2, 0], False),
    ],
)
def test_separation_is_told_from_what_has_a_maximum(category, regressor, expected):
    columns = np.array(regressor, dtype=float)[:, None]
    answers = np.array(category)
    design = RegressionDesign(columns, np.empty((answers.size, 0)), np.arange(answers.size))

    model = fit_model(DependentVariable(1.0 + answers, "answer", improved_from=2), design)

    assert (model == NotEstimable("separation")) is expected
    assert written_out.is_separated(answers, columns) is expected


@pytest.mark.parametrize("kinds", [2, 4])
@pytest.mark.parametrize("seed", range(40))
def test_separation_is_found_exactly_when_a_linear_programme_finds_it(seed, kinds):
    rng = np.random.default_rng(seed)
    clusters = np.arange(24) // 2
    high = (clusters % 2).astype(float)
    control = rng.normal(size=24)
    latent = rng.normal(size=24) + 1.5 * high + control
    answer = np.digitize(latent, [0.7, 1.5, 2.5][: kinds - 1]).astype(float)
    answer[:2] = 0, 1

    model = fit_model(
        DependentVariable(answer, "answer"),
        RegressionDesign(high[:, None], control[:, None], clusters),
    )

    columns = np.column_stack([high, (control - control.mean()) / control.std()])
    category = np.unique(answer, return_inverse=True)[1]
    assert (model == NotEstimable("separation")) is written_out.is_separated(category, columns)
