"""From jumps of outcome, treatment and covariates to the one number that is estimated.

Columns are outcome, treatment (fuzzy designs), covariates. Every estimate here is a function of
the columns' jumps whose derivative is a *mix*: one weight a column. Applied to the columns it gives
the residuals of a variance, applied to a bias the bias of the estimate.
"""

from collections.abc import Sequence

import numpy as np

from evaluation.estimators.rd.cells import Floats
from evaluation.estimators.rd.fits import Fit


def adjustment(fits: Sequence[Fit], leading: int) -> Floats:
    """(leading, columns): each leading column net of what the covariates explain.

    The slopes are common to the given fits, as in Calonico, Cattaneo, Farrell and Titiunik (2019).
    """
    columns = fits[0].side.cells.means.shape[1]
    net = np.eye(leading, columns)
    if columns > leading:
        left = sum((fit.left_over() for fit in fits), np.zeros((columns, columns)))
        scale = np.sqrt(np.maximum(np.diag(left)[leading:], np.finfo(float).tiny))
        covariates = left[leading:, leading:] / np.outer(scale, scale)
        slopes = np.linalg.pinv(covariates, hermitian=True) @ (
            left[leading:, :leading] / scale[:, None]
        )
        net[:, leading:] = -(slopes / scale[:, None]).T
    return net


def ratio_mix(net: Floats, jumps: Floats) -> tuple[float, Floats]:
    """The estimate and its mix: the outcome's jump, over the treatment's where there are two."""
    if len(net) == 1:
        return float(net[0] @ jumps), net[0]
    outcome, treatment = net @ jumps
    estimate = outcome / treatment
    return float(estimate), (net[0] - net[1] * estimate) / treatment
