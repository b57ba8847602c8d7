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
    p = np.asarray(p_values, float)
    order = np.argsort(p, kind="stable")
    stepped = np.maximum.accumulate((len(p) - np.arange(len(p))) * p[order])
    return _in_place(stepped, order)


def benjamini_hochberg(p_values: Sequence[float]) -> list[float]:
    """q-values: the share of false findings to expect when this one and better are called found.

    Benjamini and Hochberg (1995); for independent or positively related questions.
    """
    p = np.asarray(p_values, float)
    order = np.argsort(p, kind="stable")
    scaled = len(p) / (1 + np.arange(len(p))) * p[order]
    return _in_place(np.minimum.accumulate(scaled[::-1])[::-1], order)


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
    return _in_place(np.maximum.accumulate(beyond), order)


def _in_place(adjusted: Floats, order: NDArray[np.intp]) -> list[float]:
    found = np.empty(len(order))
    found[order] = np.minimum(adjusted, 1.0)
    return [float(p) for p in found]
