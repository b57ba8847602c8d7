"""Adjusted differences between levels: average marginal effects with errors clustered by alliance.

Least squares for amounts, (ordered) logit for answers, fitted by statsmodels. They describe
association, not effect.
"""

import warnings
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from scipy.special import expit
from statsmodels.discrete.discrete_model import Logit
from statsmodels.regression.linear_model import OLS
from statsmodels.tools.sm_exceptions import ModelWarning, PerfectSeparationWarning

from evaluation.estimators.chaining.clusters import (
    Codes,
    Floats,
    Mask,
    clustered,
    codes_of,
    t_interval,
    t_p_value,
)
from evaluation.estimators.chaining.ordered_logit import OrderedLogit
from evaluation.estimators.columns import independent_columns
from evaluation.estimators.results import Estimate, Interval, NotEstimable, Test

OutcomeKind = Literal["amount", "answer"]
FAILED_SHARE_ALLOWED = 0.05
#: Slope of the mean log-likelihood under which its maximum is reached.
FLAT = 1e-9


@dataclass(frozen=True)
class DependentVariable:
    """Values of one outcome. An answer counts as improved from ``improved_from`` upwards."""

    values: Floats
    kind: OutcomeKind
    improved_from: float = 1.0


@dataclass(frozen=True)
class RegressionDesign:
    """Contrasts of interest, controls, clusters and departments of a regression."""

    contrasts: Floats
    controls: Floats
    clusters: Codes
    departments: Codes | None = None
    minimum_clusters: int = 2


@dataclass(frozen=True)
class ModelSample:
    """Rows of one model. ``regressors`` hold the contrasts first, no constant.

    ``target`` is the amount, or the answer coded 0…J-1 in order.
    """

    rows: Codes
    target: Floats
    regressors: Floats
    contrast_count: int
    cut: int | None  # position of the cut below "improved"; None for amounts


@dataclass(frozen=True)
class Model:
    """A fitted model. ``parameters`` are one slope per regressor, then the constant or the cuts."""

    sample: ModelSample
    parameters: Floats
    covariance: Floats
    clusters: int


def fit_model(outcome: DependentVariable, design: RegressionDesign) -> Model | NotEstimable:
    """Fit the outcome on contrasts, controls and department effects, with clustered errors."""
    sample = _sample(outcome, design)
    if isinstance(sample, NotEstimable):
        return sample
    clusters = codes_of(design.clusters[sample.rows])
    groups = int(clusters.max()) + 1
    if groups < design.minimum_clusters:
        return NotEstimable("few_clusters", groups)
    fit = _fit(sample, **clustered(clusters))
    if isinstance(fit, NotEstimable):
        return fit
    if sample.cut is not None and not fit.mle_retvals["converged"]:
        return NotEstimable("separation")
    return Model(sample, np.asarray(fit.params), np.asarray(fit.cov_params()), groups)


def difference(
    model: Model, column: int, *, alpha: float, null: str = "the adjusted difference is zero"
) -> tuple[Estimate, Test | NotEstimable]:
    """Average marginal effect of contrast ``column`` from 0 to 1, the others at 0."""
    value, gradient = _average_difference(model.sample, model.parameters, column)
    error = float(np.sqrt(gradient @ model.covariance @ gradient))
    interval = t_interval(value, error, model.clusters, alpha)
    estimate = Estimate(value, error, interval, len(model.sample.rows), model.clusters)
    return estimate, _test(null, value, error, model.clusters)


def slope_test(model: Model, column: int, null: str) -> Test | NotEstimable:
    """t test that the coefficient of one contrast is zero."""
    error = float(np.sqrt(model.covariance[column, column]))
    return _test(null, float(model.parameters[column]), error, model.clusters)


def bootstrap_intervals(
    model: Model, design: RegressionDesign, draws: Codes, *, alpha: float
) -> list[Interval | NotEstimable]:
    """Percentile interval per contrast; ``draws`` holds the multiplicity of each cluster."""
    sample = model.sample
    clusters = design.clusters[sample.rows]
    columns = range(sample.contrast_count)
    values: list[list[float]] = []
    for counts in draws:
        drawn = _resampled(sample, np.repeat(np.arange(clusters.size), counts[clusters]))
        fit = drawn if isinstance(drawn, NotEstimable) else _fit(drawn, skip_hessian=True)
        if not isinstance(drawn, NotEstimable) and not isinstance(fit, NotEstimable):
            values.append([_average_difference(drawn, fit.params, c)[0] for c in columns])
    failed = len(draws) - len(values)
    if not values or failed > FAILED_SHARE_ALLOWED * len(draws):
        return [NotEstimable("failed_replicates", failed)] * len(columns)
    bounds = np.quantile(np.array(values), [alpha / 2, 1 - alpha / 2], axis=0)
    return [Interval(float(low), float(high), 1 - alpha) for low, high in bounds.T]


def _test(null: str, value: float, error: float, clusters: int) -> Test | NotEstimable:
    if error <= 1e-9 * abs(value) or error == 0:  # what is left is rounding
        return NotEstimable("perfect_fit")
    statistic = value / error
    return Test(null, statistic, clusters - 1, t_p_value(statistic, clusters))


# -- Which rows and columns ------------------------------------------------------------------


def _sample(outcome: DependentVariable, design: RegressionDesign) -> ModelSample | NotEstimable:
    known = np.isfinite(outcome.values) & np.isfinite(design.controls).all(axis=1)
    if not known.any():
        return NotEstimable("no_rows")
    if np.ptp(outcome.values[known]) == 0:
        return NotEstimable("constant_outcome")
    if design.departments is not None and outcome.kind == "answer":
        known &= ~_predicted_departments(outcome.values, known, design.departments)
    rows = np.flatnonzero(known)
    if rows.size == 0:
        return NotEstimable("separation")
    values = outcome.values[rows]
    regressors = _regressors(design, rows)
    if isinstance(regressors, NotEstimable):
        return regressors
    contrast_count = design.contrasts.shape[1]
    heads = 1 if outcome.kind == "amount" else np.unique(values).size - 1
    if rows.size <= regressors.shape[1] + heads:
        return NotEstimable("no_rows", int(rows.size))
    sample = ModelSample(rows, values, regressors, contrast_count, None)
    return sample if outcome.kind == "amount" else _answered(sample, outcome.improved_from)


def _answered(sample: ModelSample, improved_from: float) -> ModelSample | NotEstimable:
    """Sample with answers coded 0…J-1 and the position of the cut below "improved"."""
    answers, codes = np.unique(sample.target, return_inverse=True)
    below = int(np.searchsorted(answers, improved_from))
    if below in (0, answers.size):
        return NotEstimable("constant_outcome")
    return replace(sample, target=codes.astype(float), cut=below - 1)


def _predicted_departments(values: Floats, known: Mask, departments: Codes) -> Mask:
    """Rows of departments with one extreme answer only, which are perfectly predicted."""
    predicted = np.zeros(values.size, dtype=bool)
    extremes = values[known].min(), values[known].max()
    for department in np.unique(departments[known]):
        here = departments == department
        answers = np.unique(values[here & known])
        if answers.size == 1 and answers[0] in extremes:
            predicted |= here
    return predicted


def _regressors(design: RegressionDesign, rows: Codes) -> Floats | NotEstimable:
    """Contrasts, standardised controls and department dummies, without redundant columns."""
    contrasts = design.contrasts[rows]
    others = [_standardised(column) for column in design.controls[rows].T]
    if design.departments is not None:
        here = design.departments[rows]
        others += [(here == department).astype(float) for department in np.unique(here)[1:]]
    controls = [others[position] for position in independent_columns(others)]
    together = [*controls, *contrasts.T]
    if len(independent_columns(together)) < len(together):
        return NotEstimable("collinear")
    return np.column_stack([contrasts, *controls])


def _standardised(column: Floats) -> Floats:
    spread = column.std()
    return (column - column.mean()) / spread if spread > 0 else np.zeros_like(column)


# -- Fitting ---------------------------------------------------------------------------------


def _fit(sample: ModelSample, **settings: Any) -> Any | NotEstimable:
    """The fitted model of statsmodels; its parameters are the slopes, then the constant or cuts."""
    ones = np.ones((len(sample.target), 1))
    if sample.cut is None:
        return OLS(sample.target, np.hstack([sample.regressors, ones])).fit(**settings)
    if sample.target.max() == 1:  # with minus one for a constant its slope is the cut
        return _maximum(Logit(sample.target, np.hstack([sample.regressors, -ones])), **settings)
    return _maximum(OrderedLogit(sample.target.astype(np.int64), sample.regressors), **settings)


def _maximum(model: Logit | OrderedLogit, **settings: Any) -> Any | NotEstimable:
    """The fit by Newton's steps; where one leaps too far, from where shorter ones have led.

    The slope of the likelihood tells when it is done. In a separated sample, where all answers of
    a level are alike, that is before the coefficients have settled: they never do, though what
    they say of the answers does. Warnings become the reason.
    """
    quiet = {"disp": 0, "warn_convergence": False}
    shorter = {"method": "minimize", "min_method": "trust-exact", "skip_hessian": True, **quiet}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # an overflow on the way is none at the end
        warnings.simplefilter("error", ModelWarning)
        for leaps in (True, False):
            try:
                start = None if leaps else model.fit(**shorter).params
                fit = model.fit(method="newton", start_params=start, **quiet, **settings)
            except PerfectSeparationWarning:
                return NotEstimable("separation")
            except (ModelWarning, np.linalg.LinAlgError):
                continue
            if np.abs(fit.mle_retvals["score"]).max() < FLAT:
                return fit
    return NotEstimable("not_converged")


def _resampled(sample: ModelSample, chosen: Codes) -> ModelSample | NotEstimable:
    """Resampled rows; a resample that lost a compared level does not count."""
    regressors = sample.regressors[chosen]
    contrasts = regressors[:, : sample.contrast_count]
    if not (contrasts.any(axis=0).all() and (contrasts.sum(axis=1) == 0).any()):
        return NotEstimable("empty_level")
    if len(independent_columns([*regressors.T])) < regressors.shape[1]:
        return NotEstimable("collinear")
    drawn = replace(
        sample, rows=sample.rows[chosen], target=sample.target[chosen], regressors=regressors
    )
    return drawn if sample.cut is None else _answered(drawn, sample.cut + 1)


def _average_difference(
    sample: ModelSample, parameters: Floats, column: int
) -> tuple[float, Floats]:
    """Average marginal effect and its gradient in the parameters, for the delta method."""
    gradient = np.zeros(parameters.size)
    if sample.cut is None:
        gradient[column] = 1
        return float(parameters[column]), gradient
    without = sample.regressors.copy()
    without[:, : sample.contrast_count] = 0
    slopes, cuts = np.split(parameters, [without.shape[1]])
    base = without @ slopes - cuts[sample.cut]
    off, on = expit(base), expit(base + slopes[column])
    steep_off, steep_on = off * (1 - off), on * (1 - on)
    gradient[: slopes.size] = (steep_on - steep_off) @ without / len(without)
    gradient[column] = steep_on.mean()
    gradient[slopes.size + sample.cut] = (steep_off - steep_on).mean()
    return float((on - off).mean()), gradient
