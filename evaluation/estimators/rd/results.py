"""What a regression discontinuity estimate answers."""

from dataclasses import dataclass
from typing import Literal

from evaluation.estimators.results import NotEstimable, ReasonCode

Sides = tuple[float, float]
Counts = tuple[int, int]
Shape = Literal["interval", "outside", "line", "empty"]


class EstimationError(Exception):
    """Raised inside wherever the data carry no estimate; ``why`` is what is answered."""

    def __init__(self, reason: ReasonCode, detail: str, count: int = 0) -> None:
        super().__init__(detail)
        self.why = NotEstimable(reason, count, detail)


OUT_OF_RANGE = "The numbers are too large or too small to work with."


@dataclass(frozen=True)
class FirstStage:
    """The jump of the treatment at the cut-off; ``f`` is that of the conventional one.

    Where all near it did as the score said, the errors are 0, and ``f`` and ``pv_robust`` None.
    """

    coef: float
    se: float
    coef_bias_corrected: float
    se_robust: float
    pv_robust: float | None
    f: float | None


@dataclass(frozen=True)
class AndersonRubin:
    """Effects that are not rejected, whatever the strength of the first stage.

    ``interval``: low to high. ``outside``: below low and above high. ``line``: every number.
    ``empty``: none (it cannot happen with one instrument, except by rounding).
    """

    shape: Shape
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class RDEstimate:
    """One estimate. Pairs are (left, right); intervals are (low, high).

    coef_conventional, se_conventional, pv_conventional: the local polynomial as it is.
    coef_bias_corrected, se_robust, z_robust, pv_robust, ci_robust: freed of its bias, with a
    variance that knows it. h, b: bandwidths in units of the score. n: rows used. n_effective:
    those within h. clusters: in the wider of the two windows, 0 without. distinct_scores: on each
    side. at_cutoff: what the outcome tends to from each side. warnings: what a reader must know.
    dropped: (column or "rows", how many or why) for whatever was left out.
    """

    coef_conventional: float
    se_conventional: float
    pv_conventional: float
    coef_bias_corrected: float
    se_robust: float
    z_robust: float
    pv_robust: float
    ci_robust: Sides
    h: Sides
    b: Sides
    n: Counts
    n_effective: Counts
    clusters: Counts
    distinct_scores: Counts
    at_cutoff: Sides
    first_stage: FirstStage | None = None
    anderson_rubin: AndersonRubin | None = None
    warnings: tuple[str, ...] = ()
    dropped: tuple[tuple[str, str], ...] = ()
