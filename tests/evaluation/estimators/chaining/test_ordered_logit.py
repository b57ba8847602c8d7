"""The ordered logit with our derivatives: Stata's published figures, numeric ones."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.miscmodels
from statsmodels.miscmodels.ordinal_model import OrderedModel

from evaluation.estimators.chaining.clusters import clustered
from evaluation.estimators.chaining.ordered_logit import OrderedLogit
from tests.evaluation.estimators import written_out

STUDENTS = Path(statsmodels.miscmodels.__file__).parent / "tests/results/ologit_ucla.csv"


@pytest.fixture
def sample():
    rng = np.random.default_rng(7)
    clusters = np.repeat(np.arange(60), 10)
    regressors = np.column_stack([rng.integers(0, 2, 600), rng.normal(size=600)]).astype(float)
    latent = regressors @ [0.7, -0.4] + rng.normal(0, 0.5, 60)[clusters]
    category = np.digitize(latent + rng.logistic(size=600), [-1.5, -0.2, 1.0])
    return category, regressors, clusters


@pytest.mark.skipif(not STUDENTS.exists(), reason="the students do not come with statsmodels")
def test_the_students_of_ucla_are_those_of_stata():
    """What UCLA's page on ologit prints for 400 students asked how likely they are to apply."""
    students = pd.read_csv(STUDENTS)
    answers = ["unlikely", "somewhat likely", "very likely"]
    category = students["apply"].map(answers.index).to_numpy()
    regressors = students[["pared", "public", "gpa"]].to_numpy(float)

    fit = OrderedLogit(category, regressors).fit(method="newton", disp=0)

    stata = [1.047664, -0.0586828, 0.6157458, 2.203323, 4.298767]
    assert fit.params == pytest.approx(stata, rel=4e-7)
    errors = [0.2657891, 0.2978588, 0.2606311, 0.7795353, 0.8043147]
    assert fit.bse == pytest.approx(errors, rel=4e-7)
    assert fit.llf == pytest.approx(-358.51244, abs=5e-6)


def test_four_categories_equal_the_packaged_model_with_clustered_errors(sample):
    category, regressors, clusters = sample

    fit = OrderedLogit(category, regressors).fit(method="newton", disp=0, **clustered(clusters))

    packaged = OrderedModel(category, regressors, distr="logit")
    rough = packaged.fit(method="bfgs", disp=0)
    numeric = packaged.fit(
        method="newton", start_params=rough.params, disp=0, **clustered(clusters)
    )
    assert fit.params[:2] == pytest.approx(numeric.params[:2], abs=1e-6)
    cuts = packaged.transform_threshold_params(numeric.params)[1:-1]
    assert fit.params[2:] == pytest.approx(cuts, abs=1e-6)
    assert fit.bse[:2] == pytest.approx(numeric.bse[:2], rel=1e-4)


def test_the_likelihood_and_its_derivatives_equal_those_written_out(sample):
    category, regressors, _clusters = sample
    model = OrderedLogit(category, regressors)
    point = np.array([0.4, -0.2, -1.2, 0.1, 1.3])

    def likelihoods(at):
        return written_out.log_likelihoods(at, category, regressors)

    assert model.loglikeobs(point) == pytest.approx(likelihoods(point), rel=1e-12)
    scores = model.score_obs(point)
    assert scores == pytest.approx(written_out.slopes_of(likelihoods, point), abs=1e-8)
    assert model.score(point) == pytest.approx(scores.sum(axis=0), abs=1e-10)
    curves = written_out.slopes_of(lambda at: model.score_obs(at).sum(axis=0), point)
    assert model.hessian(point) == pytest.approx(curves, rel=1e-7, abs=1e-5)


def test_tiny_chances_keep_their_digits():
    """Sixty away from its answer, a row loses e to the minus sixty, and its slope is one."""
    model = OrderedLogit(np.array([0, 1, 2, 0]), np.array([[0.0], [1.0], [0.0], [1.0]]))
    far = np.array([60.0, 0.0, 1.0])

    assert model.loglikeobs(far)[3] == pytest.approx(-60, rel=1e-12)
    assert model.score_obs(far)[3] == pytest.approx([-1, 1, 0])
    assert model.loglikeobs(far)[1] == pytest.approx(-59 + np.log(1 - np.exp(-1)), rel=1e-12)


def test_cuts_that_have_crossed_are_impossible(sample):
    category, regressors, _clusters = sample
    model = OrderedLogit(category, regressors)

    with np.errstate(all="ignore"):
        assert model.loglike(np.array([0.0, 0.0, 1.0, -1.0, 2.0])) == -np.inf
