"""The ordered logit of statsmodels with exact derivatives.

Context: the packaged model differentiates numerically, which costs a hundredfold in time and half
of the digits (docs/method.md). Decision: optimiser, covariance and results are its own; likelihood
and derivatives are written out here. Consequence: exact, and fast enough to resample alliances.
"""

import numpy as np
from scipy.special import expit, log_expit
from statsmodels.miscmodels.ordinal_model import OrderedModel

from evaluation.estimators.chaining.clusters import Codes, Floats


class OrderedLogit(OrderedModel):
    """P(category <= j) = logistic(cut j - x·slopes); parameters are the slopes, then the cuts.

    The cuts stand for themselves, not as logarithms of their steps: so the likelihood is concave.
    No constant in the regressors.
    """

    def __init__(self, category: Codes, regressors: Floats, **settings: object) -> None:
        super().__init__(category, regressors, distr="logit", hasconst=False, **settings)
        ends = np.eye(self.k_levels + 1)[:, 1:-1]
        self._at_low = np.hstack([-self.exog, ends[self.endog]])
        self._at_high = np.hstack([-self.exog, ends[self.endog + 1]])

    def transform_threshold_params(self, params: Floats) -> Floats:
        """The cuts between minus and plus infinity."""
        return np.concatenate([[-np.inf], params[self.k_vars :], [np.inf]])

    def transform_reverse_threshold_params(self, params: Floats) -> Floats:
        """The cuts alone."""
        return params[:-1]

    def loglikeobs(self, params: Floats) -> Floats:
        """Logarithm of the chance of each row's answer, to the last digit however small it is."""
        low, high = self._bounds(params)
        return np.asarray(log_expit(high) + log_expit(-low) + np.log(_gap(low, high)))

    def score_obs(self, params: Floats, **_settings: object) -> Floats:
        """First derivatives of each row's log-likelihood."""
        (low, high), _curves, _both = self._steepness(params)
        return np.asarray(self._at_low * low[:, None] + self._at_high * high[:, None])

    def score(self, params: Floats) -> Floats:
        """Their sum."""
        (low, high), _curves, _both = self._steepness(params)
        return np.asarray(low @ self._at_low + high @ self._at_high)

    def hessian(self, params: Floats) -> Floats:
        """Second derivatives of the log-likelihood."""
        _slopes, (low, high), both = self._steepness(params)
        mixed = (self._at_low * both[:, None]).T @ self._at_high
        return np.asarray(
            (self._at_low * low[:, None]).T @ self._at_low
            + (self._at_high * high[:, None]).T @ self._at_high
            + mixed
            + mixed.T
        )

    def _steepness(self, params: Floats) -> tuple[Floats, Floats, Floats]:
        """Of log(F(high) - F(low)) in both ends: first, second and mixed derivatives."""
        low, high = self._bounds(params)
        gap = _gap(low, high)
        fall = -np.exp(log_expit(low) - log_expit(high)) / gap
        rise = np.exp(log_expit(-high) - log_expit(-low)) / gap
        first = np.array([fall, rise])
        second = first * (1 - 2 * expit([low, high])) - first**2
        return first, second, -fall * rise


def _gap(low: Floats, high: Floats) -> Floats:
    """F(high) - F(low) over F(high) (1 - F(low)); 0 where the ends have crossed."""
    return np.maximum(-np.expm1(low - high), 0)
