"""Adjusted differences between levels: average marginal effects with errors clustered by alliance.

Least squares for amounts, (ordered) logit for answers. They describe association, not effect.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.special import expit

from evaluation.estimators.clusters import (
    Codes,
    Floats,
    Mask,
    cluster_covariance,
    codes_of,
    t_interval,
    t_p_value,
)
from evaluation.estimators.columns import independent
from evaluation.estimators.ordered_logit import OrderedLogit, fit_ordered_logit, is_separated
from evaluation.estimators.results import Estimate, Interval, NotEstimable, Test

OutcomeKind = Literal["amount", "answer"]
FAILED_SHARE_ALLOWED = 0.05
RUNAWAY = 5.0


@dataclass(frozen=True)
class Outcome:
    """Values of one outcome. An answer counts as improved from ``improved_from`` upwards."""

    values: Floats
    kind: OutcomeKind
    improved_from: float = 1.0


@dataclass(frozen=True)
class Design:
    """Columns of interest (``contrasts``), the rest of the adjustment, clusters and departments."""

    contrasts: Floats
    controls: Floats
    clusters: Codes
    departments: Codes | None = None
    minimum_clusters: int = 2


@dataclass(frozen=True)
class Sample:
    """The rows that one model uses. ``regressors`` hold the contrasts first, no constant."""

    rows: Codes
    target: Floats
    regressors: Floats
    contrast_count: int
    cut: int | None  # position of the cut below "improved"; None for amounts


@dataclass(frozen=True)
class Model:
    """A fitted model. ``parameters`` are constant or cuts, then one slope per regressor."""

    sample: Sample
    parameters: Floats
    covariance: Floats
    clusters: int


def fit_model(outcome: Outcome, design: Design) -> Model | NotEstimable:
    """Fit ``outcome`` on contrasts, controls and department effects, or say why it cannot be."""
    sample = _sample(outcome, design)
    if isinstance(sample, NotEstimable):
        return sample
    clusters = codes_of(design.clusters[sample.rows])
    groups = int(clusters.max()) + 1
    if groups < design.minimum_clusters:
        return NotEstimable("few_clusters", groups)
    fit = _fit(sample)
    if sample.cut is not None and _is_suspect(fit) and _is_separated(sample):
        return NotEstimable("separation")
    if isinstance(fit, NotEstimable):
        return fit
    parameters, scores, bread = fit
    covariance = cluster_covariance(bread, scores, clusters)
    return Model(sample, parameters, covariance, groups)


def difference(
    model: Model, column: int, *, alpha: float, null: str = "the adjusted difference is zero"
) -> tuple[Estimate, Test | NotEstimable]:
    """Average over the rows of switching contrast ``column`` from 0 to 1, the others at 0."""
    value, gradient = _average_difference(model.sample, model.parameters, column)
    error = float(np.sqrt(gradient @ model.covariance @ gradient))
    interval = t_interval(value, error, model.clusters, alpha)
    estimate = Estimate(value, error, interval, len(model.sample.rows), model.clusters)
    return estimate, _test(null, value, error, model.clusters)


def slope_test(model: Model, column: int, null: str) -> Test | NotEstimable:
    """Test that the coefficient of one contrast is zero."""
    place = model.parameters.size - model.sample.regressors.shape[1] + column
    error = float(np.sqrt(model.covariance[place, place]))
    return _test(null, float(model.parameters[place]), error, model.clusters)


def bootstrap_intervals(
    model: Model, design: Design, draws: Codes, *, alpha: float
) -> list[Interval | NotEstimable]:
    """Percentile interval per contrast; a row of ``draws`` says how often each cluster enters."""
    sample = model.sample
    clusters = design.clusters[sample.rows]
    columns = range(sample.contrast_count)
    values: list[list[float]] = []
    for counts in draws:
        weights = counts[clusters].astype(float)
        fit = _refit(model, weights)
        if not isinstance(fit, NotEstimable):
            values.append([_average_difference(sample, fit[0], c, weights)[0] for c in columns])
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


def _sample(outcome: Outcome, design: Design) -> Sample | NotEstimable:
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
    answers, codes = np.unique(values, return_inverse=True)
    head = 1 if outcome.kind == "amount" else answers.size - 1
    if rows.size <= regressors.shape[1] + head:
        return NotEstimable("no_rows", int(rows.size))
    if outcome.kind == "amount":
        return Sample(rows, values, regressors, contrast_count, None)
    below = int(np.searchsorted(answers, outcome.improved_from))
    if below in (0, answers.size):
        return NotEstimable("constant_outcome")
    return Sample(rows, codes.astype(float), regressors, contrast_count, below - 1)


def _predicted_departments(values: Floats, known: Mask, departments: Codes) -> Mask:
    """Rows of departments where all gave the same extreme answer: an infinite effect."""
    predicted = np.zeros(values.size, dtype=bool)
    extremes = values[known].min(), values[known].max()
    for department in np.unique(departments[known]):
        here = departments == department
        answers = np.unique(values[here & known])
        if answers.size == 1 and answers[0] in extremes:
            predicted |= here
    return predicted


def _regressors(design: Design, rows: Codes) -> Floats | NotEstimable:
    """Contrasts, standardised controls and department dummies, without redundant columns."""
    contrasts = design.contrasts[rows]
    others = [_standardised(column) for column in design.controls[rows].T]
    if design.departments is not None:
        here = design.departments[rows]
        others += [(here == department).astype(float) for department in np.unique(here)[1:]]
    kept = [others[position] for position in independent(others)]
    together = [*kept, *contrasts.T]
    if len(independent(together)) < len(together):
        return NotEstimable("collinear")
    return np.column_stack([contrasts, *kept])


def _standardised(column: Floats) -> Floats:
    spread = column.std()
    return (column - column.mean()) / spread if spread > 0 else np.zeros_like(column)


# -- Fitting ---------------------------------------------------------------------------------


def _fit(
    sample: Sample, weights: Floats | None = None, start: Floats | None = None
) -> tuple[Floats, Floats, Floats] | NotEstimable:
    """Parameters, row scores and bread; least squares for amounts, ordered logit for answers."""
    if sample.cut is None:
        return _fit_least_squares(sample, weights)
    fit = fit_ordered_logit(
        sample.target.astype(np.int64), sample.regressors, weights=weights, start=start
    )
    if not isinstance(fit, OrderedLogit):
        return fit
    return np.concatenate([fit.cuts, fit.slopes]), fit.scores, fit.bread


def _is_separated(sample: Sample) -> bool:
    return is_separated(sample.target.astype(np.int64), sample.regressors)


def _is_suspect(fit: tuple[Floats, Floats, Floats] | NotEstimable) -> bool:
    """Without a maximum some parameter runs away until the likelihood is flat, far beyond this.

    Regressors are dummies or standardised, so an honest slope hardly ever comes so far; the linear
    programme, dear on many rows, is asked only then.
    """
    return isinstance(fit, NotEstimable) or float(np.abs(fit[0]).max()) > RUNAWAY


def _fit_least_squares(
    sample: Sample, weights: Floats | None
) -> tuple[Floats, Floats, Floats] | NotEstimable:
    columns = np.column_stack([np.ones(len(sample.rows)), sample.regressors])
    weighted = columns if weights is None else columns * weights[:, None]
    try:
        bread = np.linalg.inv(weighted.T @ columns)
    except np.linalg.LinAlgError:
        return NotEstimable("collinear")
    parameters = bread @ (weighted.T @ sample.target)
    residuals = sample.target - columns @ parameters
    return parameters, columns * residuals[:, None], bread


def _refit(model: Model, weights: Floats) -> tuple[Floats, Floats, Floats] | NotEstimable:
    """The same model on a replicate; a replicate that lost a compared level does not count."""
    contrasts = model.sample.regressors[:, : model.sample.contrast_count]
    in_level = weights @ np.column_stack([contrasts, 1 - contrasts.sum(axis=1)])
    if (in_level <= 0).any():
        return NotEstimable("empty_level")
    return _fit(model.sample, weights, model.parameters)


def _average_difference(
    sample: Sample, parameters: Floats, column: int, weights: Floats | None = None
) -> tuple[float, Floats]:
    """The average difference and its gradient in the parameters (for the delta method)."""
    head = parameters.size - sample.regressors.shape[1]
    if sample.cut is None:
        gradient = np.zeros(parameters.size)
        gradient[head + column] = 1
        return float(parameters[head + column]), gradient
    without = sample.regressors.copy()
    without[:, : sample.contrast_count] = 0
    slopes = parameters[head:]
    base = without @ slopes - parameters[sample.cut]
    off, on = expit(base), expit(base + slopes[column])
    steep_off, steep_on = off * (1 - off), on * (1 - on)
    gradient = np.zeros(parameters.size)
    gradient[sample.cut] = np.average(steep_off - steep_on, weights=weights)
    gradient[head:] = np.average((steep_on - steep_off)[:, None] * without, axis=0, weights=weights)
    gradient[head + column] = np.average(steep_on, weights=weights)
    return float(np.average(on - off, weights=weights)), gradient
