"""Covariate adjustment, and the estimate as a function of the jumps of outcome and treatment.

Columns are outcome, treatment (fuzzy designs), covariates.
"""

from collections.abc import Sequence

import numpy as np
from scipy.linalg.lapack import dpotrf, dpotrs

from evaluation.estimators.rd.cells import Bools, Floats
from evaluation.estimators.rd.fits import PolynomialFit

#: Residual share of a covariate's variation under which it is collinear with the others.
COLLINEAR = 1e-8
#: Share of a covariate's sum of squares under which its residual is rounding error.
NEGLIGIBLE = 1e-10
#: Share of the sum of absolute terms under which a sum is rounding error.
CANCELLED = 1e-10


def covariate_adjustment(fits: Sequence[PolynomialFit], leading: int) -> Floats:
    """(leading, columns): combinations that net each leading column of the covariates.

    The slopes are common to the given fits: gamma = (Z' W M Z)^-1 Z' W M Y, with M the residual
    maker of the polynomials (Calonico, Cattaneo, Farrell and Titiunik 2019).
    """
    columns = fits[0].side.cells.means.shape[1]
    net = np.eye(leading, columns)
    if columns > leading:
        left = (
            fits[0].residual_products()
            if len(fits) == 1
            else fits[0].residual_products() + fits[1].residual_products()
        )
        # What the polynomials leave of a covariate that they explain is rounding: it has no slope.
        whole = sum(fit.window.products.diagonal() for fit in fits)
        identified = leading + np.flatnonzero((left.diagonal() > NEGLIGIBLE * whole)[leading:])
        if len(identified):
            net[:, identified] = -_slopes(
                left[np.ix_(identified, identified)], left[identified, :leading]
            ).T
    return net


def _slopes(gram: Floats, cross_moments: Floats) -> Floats:
    """Least squares; the minimum-norm solution where covariates are collinear in a window."""
    scale = np.sqrt(gram.diagonal())
    gram, cross_moments = gram / (scale[:, None] * scale), cross_moments / scale[:, None]
    root, failed = dpotrf(gram, lower=1)
    if failed or root.diagonal().min() < np.sqrt(COLLINEAR):
        return np.asarray(np.linalg.pinv(gram, hermitian=True) @ cross_moments / scale[:, None])
    return np.asarray(dpotrs(root, cross_moments, lower=1)[0] / scale[:, None])


def negligible_treatment(
    fits: Sequence[PolynomialFit], derivative: int, nets: Sequence[Floats]
) -> Bools:
    """Whether the treatment's coefficient on the left, on the right and its jump are rounding
    error.

    nets: by side, the treatment net of covariates. The treatment alone is tested as well, since
    netting a constant leaves rounding error itself.
    """
    columns, negligible = len(nets[0]), np.zeros(3, bool)
    for rows in (nets, [np.eye(columns)[1]] * 2)[: 1 if columns == 2 else 2]:
        (left, of_left), (right, of_right) = (
            fit.coefficient_and_scale(derivative, row) for fit, row in zip(fits, rows, strict=True)
        )
        negligible |= np.abs([left, right, right - left]) <= CANCELLED * (of_left + of_right)
    return negligible


def ratio_and_gradient(jumps: Floats) -> tuple[float, Floats]:
    """The estimate and its gradient in the jumps: tau_Y, or tau_Y / tau_T in fuzzy designs.

    By the delta method the gradient turns a covariance of jumps into a variance, and biases into a
    bias.
    """
    if len(jumps) == 1:
        return float(jumps[0]), np.ones(1)
    outcome, treatment = jumps
    estimate = outcome / treatment
    return float(estimate), np.array([1.0, -estimate]) / treatment
