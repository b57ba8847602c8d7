"""The ordered logit as a textbook writes it, differentiated numerically: slow, and no library's.

Parameters are the slopes, then the cuts; an answer of two kinds has one cut.
"""

from collections.abc import Callable
from math import exp, log

import numpy as np
from scipy.optimize import linprog, minimize

Floats = np.ndarray


def chance_up_to(cut: float, index: float) -> float:
    return 1 / (1 + exp(index - cut))


def log_likelihoods(parameters: Floats, category: Floats, regressors: Floats) -> Floats:
    """One a row."""
    slopes, cuts = np.split(parameters, [regressors.shape[1]])
    found = []
    for answer, row in zip(category.astype(int), regressors, strict=True):
        index = float(row @ slopes)
        up_to = [0.0, *(chance_up_to(cut, index) for cut in cuts), 1.0]
        found.append(log(max(up_to[answer + 1] - up_to[answer], 1e-300)))
    return np.array(found)


def slopes_of(function: Callable[[Floats], Floats], at: Floats, step: float = 1e-5) -> Floats:
    """Central differences of every value of a function, one column a parameter."""
    moves = step * np.eye(at.size)
    return np.column_stack(
        [(function(at + move) - function(at - move)) / (2 * step) for move in moves]
    )


def maximum(category: Floats, regressors: Floats) -> Floats:
    cuts = np.linspace(-1, 1, int(category.max()))
    start = np.concatenate([np.zeros(regressors.shape[1]), cuts])

    def loss(parameters: Floats) -> float:
        return -float(log_likelihoods(parameters, category, regressors).mean())

    return minimize(loss, start, method="BFGS", options={"gtol": 1e-7}).x


def covariance(at: Floats, category: Floats, regressors: Floats, clusters: Floats) -> Floats:
    """The sandwich of Liang and Zeger with G/(G-1) x (n-1)/(n-k), a cluster at a time."""

    def scores(parameters: Floats) -> Floats:
        return slopes_of(lambda place: log_likelihoods(place, category, regressors), parameters)

    bread = np.linalg.inv(-slopes_of(lambda place: scores(place).sum(axis=0), at, 1e-4))
    rows, groups = scores(at), np.unique(clusters)
    sums = [rows[clusters == group].sum(axis=0) for group in groups]
    meat = sum(np.outer(each, each) for each in sums)
    n, g = len(rows), len(groups)
    return g / (g - 1) * (n - 1) / (n - at.size) * bread @ meat @ bread


def average_difference(
    parameters: Floats, regressors: Floats, contrasts: int, column: int, cut: int
) -> float:
    """Chance of an answer above ``cut`` with one contrast at 1, less that with none of them."""
    slopes, cuts = np.split(parameters, [regressors.shape[1]])
    moves = []
    for row in regressors:
        plain = row.copy()
        plain[:contrasts] = 0
        switched = plain.copy()
        switched[column] = 1
        chances = [1 - chance_up_to(cuts[cut], each @ slopes) for each in (switched, plain)]
        moves.append(chances[0] - chances[1])
    return sum(moves) / len(moves)


def is_separated(category: Floats, regressors: Floats) -> bool:
    """True when some direction of the parameters never lowers the likelihood: no maximum exists.

    A linear programme looks for it; the estimator watches its iteration.
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
