"""Our logit and ordered logit against statsmodels, numeric derivatives and known separations."""

import numpy as np
import pytest
import statsmodels.api as sm
from scipy.optimize import approx_fprime
from statsmodels.miscmodels.ordinal_model import OrderedModel

from evaluation.estimators.clusters import cluster_covariance
from evaluation.estimators.ordered_logit import (
    OrderedLogit,
    _derivatives,
    _log_likelihood,
    fit_ordered_logit,
    is_separated,
)


@pytest.fixture
def sample():
    rng = np.random.default_rng(7)
    clusters = np.repeat(np.arange(60), 10)
    regressors = np.column_stack([rng.integers(0, 2, 600), rng.normal(size=600)]).astype(float)
    latent = regressors @ [0.7, -0.4] + rng.normal(0, 0.5, 60)[clusters]
    category = np.digitize(latent + rng.logistic(size=600), [-1.5, -0.2, 1.0])
    return category, regressors, clusters


def errors_of(fit: OrderedLogit, clusters: np.ndarray) -> np.ndarray:
    return np.sqrt(np.diag(cluster_covariance(fit.bread, fit.scores, clusters)))


def test_two_categories_equal_the_logit_with_clustered_errors(sample):
    category, regressors, clusters = sample
    answer = (category >= 2).astype(np.int64)

    fit = fit_ordered_logit(answer, regressors)

    oracle = sm.Logit(answer, sm.add_constant(regressors)).fit(
        disp=0, cov_type="cluster", cov_kwds={"groups": clusters}
    )
    assert isinstance(fit, OrderedLogit)
    assert np.append(-fit.cuts, fit.slopes) == pytest.approx(oracle.params, rel=1e-10)
    assert errors_of(fit, clusters) == pytest.approx(oracle.bse, rel=1e-10)


def test_four_categories_equal_the_ordered_model_with_clustered_errors(sample):
    category, regressors, clusters = sample

    fit = fit_ordered_logit(category, regressors)

    model = OrderedModel(category, regressors, distr="logit")
    rough = model.fit(method="bfgs", disp=0)
    oracle = model.fit(
        method="newton",
        start_params=rough.params,
        disp=0,
        cov_type="cluster",
        cov_kwds={"groups": clusters},
    )
    assert isinstance(fit, OrderedLogit)
    assert fit.slopes == pytest.approx(oracle.params[:2], abs=1e-6)
    assert fit.cuts == pytest.approx(
        model.transform_threshold_params(oracle.params)[1:-1], abs=1e-6
    )
    assert errors_of(fit, clusters)[3:] == pytest.approx(oracle.bse[:2], rel=1e-4)


def test_derivatives_equal_numeric_ones(sample):
    category, regressors, _clusters = sample
    weights = np.random.default_rng(3).integers(0, 3, category.size).astype(float)
    point = np.array([-1.2, 0.1, 1.3, 0.4, -0.2])

    scores, hessian = _derivatives(point, category, regressors, weights)

    def gradient(at):
        return weights @ _derivatives(at, category, regressors, weights)[0]

    def likelihood(at):
        return _log_likelihood(at, category, regressors, weights)

    assert weights @ scores == pytest.approx(approx_fprime(point, likelihood, 1e-6), rel=1e-4)
    numeric = np.array(
        [approx_fprime(point, lambda at, k=k: gradient(at)[k], 1e-6) for k in range(5)]
    )
    assert hessian == pytest.approx(numeric, rel=1e-4, abs=1e-3)


def test_frequency_weights_equal_repeated_rows(sample):
    category, regressors, _clusters = sample
    counts = np.random.default_rng(4).integers(0, 4, category.size)

    weighted = fit_ordered_logit(category, regressors, weights=counts.astype(float))
    repeated = fit_ordered_logit(np.repeat(category, counts), np.repeat(regressors, counts, axis=0))

    assert isinstance(weighted, OrderedLogit)
    assert isinstance(repeated, OrderedLogit)
    assert weighted.slopes == pytest.approx(repeated.slopes, rel=1e-9)
    assert weighted.cuts == pytest.approx(repeated.cuts, rel=1e-9)


def test_the_maximum_is_reached_from_a_distant_start(sample):
    category, regressors, _clusters = sample
    near = fit_ordered_logit(category, regressors)

    far = fit_ordered_logit(category, regressors, start=np.array([-6.0, 0.0, 5.0, 4.0, -4.0]))

    assert isinstance(near, OrderedLogit)
    assert isinstance(far, OrderedLogit)
    assert far.slopes == pytest.approx(near.slopes, rel=1e-9)


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
def test_separation_is_seen_before_fitting(category, regressor, expected):
    columns = np.array(regressor, dtype=float)[:, None]

    assert is_separated(np.array(category), columns) is expected
