"""p-values for many questions at once."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

__all__ = ["benjamini_hochberg", "holm", "romano_wolf"]


def holm(p_values: Sequence[float]) -> list[float]:
    """Adjusted p-values under which no true null is rejected but with that probability (Holm 1979).

    Whatever the questions have to do with each other.
    """
    return _adjusted(p_values, "holm")


def benjamini_hochberg(p_values: Sequence[float]) -> list[float]:
    """q-values: the share of false findings to expect when this one and better are called found.

    Benjamini and Hochberg (1995); for independent or positively related questions.
    """
    return _adjusted(p_values, "fdr_bh")


def _adjusted(p_values: Sequence[float], method: str) -> list[float]:
    # The discontinuity's rooms import this module, and most of their runs ask a single question.
    from statsmodels.stats.multitest import multipletests  # noqa: PLC0415

    return [float(p) for p in multipletests(np.asarray(p_values, float), method=method)[1]]


def romano_wolf(statistics: Sequence[float], draws: Floats) -> list[float]:
    """Adjusted p-values that make use of how the questions move together.

    ``statistics``: (K,) of each question. ``draws``: (B, K), the same from resampled data, each
    around the value it estimates there. Romano and Wolf (2005; 2016 for the p-values).
    """
    size = np.abs(np.asarray(statistics, float))
    order = np.argsort(-size, kind="stable")
    # Largest among this question and those less striking, in every draw.
    largest = np.maximum.accumulate(np.abs(draws)[:, order[::-1]], axis=1)[:, ::-1]
    beyond = (1 + (largest >= size[order]).sum(axis=0)) / (1 + len(draws))
    adjusted = np.empty(len(order))
    adjusted[order] = np.maximum.accumulate(beyond)
    return [float(p) for p in adjusted]
