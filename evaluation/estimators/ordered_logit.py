"""Ordered logit by Newton's method with analytic derivatives; with two categories it is the logit.

Context: the packaged ordered model differentiates numerically, stops at gradients near 1e-3 and
takes seconds with department effects. Decision: the log-likelihood is concave and its derivatives
are four lines, so they are written out here and the package serves as the oracle in the tests.
Consequence: exact, repeatable to the last digit, and fast enough to bootstrap whole alliances.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import linprog
from scipy.special import expit

from evaluation.estimators.clusters import Codes, Floats
from evaluation.estimators.results import NotEstimable

TOLERANCE = 1e-10
MAXIMUM_STEPS = 60


@dataclass(frozen=True)
class OrderedLogit:
    """P(category <= j) = logistic(cuts[j] - x·slopes). ``scores`` are per row, cuts first."""

    cuts: Floats
    slopes: Floats
    scores: Floats
    bread: Floats


def fit_ordered_logit(
    category: Codes,
    regressors: Floats,
    *,
    weights: Floats | None = None,
    start: Floats | None = None,
) -> OrderedLogit | NotEstimable:
    """Maximise the likelihood of categories 0…J-1 (each present). No constant in ``regressors``.

    ``weights`` are frequencies; ``start`` is a parameter vector (cuts, then slopes).
    """
    weights = np.ones(category.size) if weights is None else weights
    parameters = _starting_values(category, regressors, weights) if start is None else start
    for _step in range(MAXIMUM_STEPS):
        scores, hessian = _derivatives(parameters, category, regressors, weights)
        gradient = weights @ scores
        try:
            direction: Floats = np.linalg.solve(-hessian, gradient).astype(np.float64)
        except np.linalg.LinAlgError:
            return NotEstimable("not_converged")
        if gradient @ direction < TOLERANCE:  # one full step more squares what is left
            return _fitted(parameters + direction, category, regressors, weights)
        parameters = _climb(parameters, direction, category, regressors, weights)
    return NotEstimable("not_converged")


def is_separated(category: Codes, regressors: Floats) -> bool:
    """True when some direction of the parameters never lowers the likelihood: no maximum exists.

    A linear programme looks for it, so the answer does not hang on watching an iteration diverge.
    """
    rows = np.unique(np.column_stack([category, regressors]), axis=0)
    category, regressors = rows[:, 0].astype(np.int64), rows[:, 1:]
    top = int(category.max())
    cuts = np.eye(top)
    below_top, above_bottom = category < top, category > 0
    upper = np.hstack([cuts[category[below_top]], -regressors[below_top]])
    lower = np.hstack([-cuts[category[above_bottom] - 1], regressors[above_bottom]])
    never_worse = np.vstack([upper, lower])
    answer = linprog(
        -never_worse.sum(axis=0),
        A_ub=-never_worse,
        b_ub=np.zeros(len(never_worse)),
        bounds=(-1, 1),
        method="highs",
    )
    return bool(-answer.fun > 1e-7)


def _starting_values(category: Codes, regressors: Floats, weights: Floats) -> Floats:
    shares = np.bincount(category, weights) / weights.sum()
    below = np.cumsum(shares)[:-1]
    return np.concatenate([np.log(below / (1 - below)), np.zeros(regressors.shape[1])])


def _bounds(parameters: Floats, category: Codes, regressors: Floats) -> tuple[Floats, Floats]:
    """Upper and lower limits of each row's latent interval, infinite at the ends."""
    cuts = parameters[: parameters.size - regressors.shape[1]]
    index = regressors @ parameters[cuts.size :]
    padded = np.concatenate([[-np.inf], cuts, [np.inf]])
    return padded[category + 1] - index, padded[category] - index


def _probability(upper: Floats, lower: Floats) -> Floats:
    """logistic(upper) - logistic(lower), mirrored where both are positive to keep its digits."""
    mirrored = lower > 0
    high = np.where(mirrored, -lower, upper)
    low = np.where(mirrored, -upper, lower)
    return np.asarray(expit(high) - expit(low))


def _log_likelihood(
    parameters: Floats, category: Codes, regressors: Floats, weights: Floats
) -> float:
    probability = _probability(*_bounds(parameters, category, regressors))
    used = weights > 0
    if (probability[used] <= 0).any():
        return -np.inf
    return float(weights[used] @ np.log(probability[used]))


def _derivatives(
    parameters: Floats, category: Codes, regressors: Floats, weights: Floats
) -> tuple[Floats, Floats]:
    """Row scores (n x k) and the weighted Hessian (k x k); parameters are cuts, then slopes."""
    upper, lower = _bounds(parameters, category, regressors)
    probability = np.maximum(_probability(upper, lower), 1e-300)
    below_upper, below_lower = expit(upper), expit(lower)
    slope_upper = below_upper * expit(-upper)
    slope_lower = below_lower * expit(-lower)

    cut_count = parameters.size - regressors.shape[1]
    rows = np.arange(category.size)
    has_upper, has_lower = category < cut_count, category > 0
    at_upper, at_lower = np.zeros((2, category.size, cut_count))
    at_upper[rows[has_upper], category[has_upper]] = 1
    at_lower[rows[has_lower], category[has_lower] - 1] = 1

    ratio_upper, ratio_lower = slope_upper / probability, slope_lower / probability
    cut_scores = at_upper * ratio_upper[:, None] - at_lower * ratio_lower[:, None]
    pull = below_upper + below_lower - 1
    scores = np.hstack([cut_scores, pull[:, None] * regressors])

    curve_upper = ratio_upper * (1 - 2 * below_upper) - ratio_upper**2
    curve_lower = -ratio_lower * (1 - 2 * below_lower) - ratio_lower**2
    cross = (at_upper * (weights * ratio_upper * ratio_lower)[:, None]).T @ at_lower
    cuts_block = (
        (at_upper * (weights * curve_upper)[:, None]).T @ at_upper
        + (at_lower * (weights * curve_lower)[:, None]).T @ at_lower
        + cross
        + cross.T
    )
    mixed = (
        at_upper * (weights * slope_upper)[:, None] + at_lower * (weights * slope_lower)[:, None]
    ).T @ regressors
    slopes_block = -(regressors * (weights * (slope_upper + slope_lower))[:, None]).T @ regressors
    return scores, np.block([[cuts_block, mixed], [mixed.T, slopes_block]])


def _climb(
    parameters: Floats, direction: Floats, category: Codes, regressors: Floats, weights: Floats
) -> Floats:
    """A Newton step, halved until the likelihood does not fall (beyond rounding)."""
    before = _log_likelihood(parameters, category, regressors, weights)
    before -= 1e-12 * abs(before)
    length = 1.0
    while length > 1e-8:
        candidate = parameters + length * direction
        if _log_likelihood(candidate, category, regressors, weights) >= before:
            return candidate
        length /= 2
    return parameters


def _fitted(
    parameters: Floats, category: Codes, regressors: Floats, weights: Floats
) -> OrderedLogit | NotEstimable:
    scores, hessian = _derivatives(parameters, category, regressors, weights)
    try:
        bread: Floats = np.linalg.inv(-hessian).astype(np.float64)
    except np.linalg.LinAlgError:
        return NotEstimable("not_converged")
    cut_count = parameters.size - regressors.shape[1]
    return OrderedLogit(parameters[:cut_count], parameters[cut_count:], scores, bread)
