"""Adjustment of p-values for multiple testing."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

__all__ = ["benjamini_hochberg", "holm", "romano_wolf"]


def holm(p_values: Sequence[float]) -> list[float]:
    """Holm's step-down adjusted p-values, which control the familywise error rate.

    Parameters
    ----------
    p_values : sequence of float

    Returns
    -------
    list of float
        In the order given.

    Notes
    -----
    Valid under any dependence of the tests (Holm 1979).
    """
    return _adjusted(p_values, "holm")


def benjamini_hochberg(p_values: Sequence[float]) -> list[float]:
    """Benjamini-Hochberg q-values, which control the false discovery rate.

    Parameters
    ----------
    p_values : sequence of float

    Returns
    -------
    list of float
        In the order given.

    Notes
    -----
    Valid for independent or positively dependent tests (Benjamini and Hochberg 1995).
    """
    return _adjusted(p_values, "fdr_bh")


def _adjusted(p_values: Sequence[float], method: str) -> list[float]:
    # The discontinuity's rooms import this module, and most of their runs ask a single question.
    from statsmodels.stats.multitest import multipletests  # noqa: PLC0415

    return [float(p) for p in multipletests(np.asarray(p_values, float), method=method)[1]]


def romano_wolf(statistics: Sequence[float], draws: Floats) -> list[float]:
    """Romano-Wolf step-down adjusted p-values, which use the dependence of the tests.

    Parameters
    ----------
    statistics : sequence of float, length K
    draws : (B, K) array
        Resampled statistics, centred at the estimates they resample.

    Returns
    -------
    list of float

    Notes
    -----
    p_(k) = max over j <= k of (1 + #{b: max over i >= j of |t_b(i)| >= |t_(j)|}) / (1 + B), with
    tests sorted by |t| (Romano and Wolf 2005; 2016 for the p-values).
    """
    size = np.abs(np.asarray(statistics, float))
    order = np.argsort(-size, kind="stable")
    # Largest among this question and those less striking, in every draw.
    largest = np.maximum.accumulate(np.abs(draws)[:, order[::-1]], axis=1)[:, ::-1]
    beyond = (1 + (largest >= size[order]).sum(axis=0)) / (1 + len(draws))
    adjusted = np.empty(len(order))
    adjusted[order] = np.maximum.accumulate(beyond)
    return [float(p) for p in adjusted]
