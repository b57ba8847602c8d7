"""Sensitivity of an estimate to one change at a time.

Each change gives one ``SensitivityPoint``; one that cannot be estimated carries its reason.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from evaluation.estimators.discontinuity import RDEstimate, SensitivityPoint
from evaluation.estimators.rd import RDSample, RDSpec
from evaluation.estimators.rd.cells import TIE_TOLERANCE
from evaluation.estimators.rd.results import EstimationError
from evaluation.estimators.rd.sample import Data
from evaluation.estimators.results import NotEstimable

#: Defaults, in shares of the bandwidth.
FACTORS = (0.5, 0.75, 1.0, 1.25, 1.5, 2.0)
DONUT_SHARES = (0.05, 0.1, 0.15, 0.2, 0.25)


@dataclass(frozen=True)
class Placebo:
    """Reduced form at the cut-off and at placebo cut-offs.

    Parameters
    ----------
    actual : RDEstimate
    points : tuple of SensitivityPoint
    rank : int
        Rank of the actual |z_robust|, 1 the largest, among all that could be estimated.
    p_value : float
        ``rank`` over their number.
    """

    actual: RDEstimate
    points: tuple[SensitivityPoint, ...]
    rank: int
    p_value: float


def leave_one_out(
    data: Data, spec: RDSpec, by: str | int
) -> tuple[SensitivityPoint, ...] | NotEstimable:
    """Estimate without each value of a column in turn, with bandwidths selected anew.

    Parameters
    ----------
    data : pandas.DataFrame or RDSample
        One row per observation; incomplete rows are left out and counted.
    spec : RDSpec
        Columns, bandwidths and variance estimator.
    by : str or int
        Column of the groups (departments, alliances); rows without a value stay in.

    Returns
    -------
    tuple of SensitivityPoint, or NotEstimable
    """
    sample = RDSample.of(data, (by,))
    try:
        codes = sample.prepared(spec).groups[by]
    except EstimationError as refused:
        return refused.not_estimable
    labels = sample.table.labels(by)
    return tuple(
        SensitivityPoint(labels[code], sample.estimate(spec, mask=codes != code))
        for code in sorted(set(codes.tolist()) - {-1}, key=lambda code: str(labels[code]))
    )


def bandwidth_path(
    data: Data, spec: RDSpec, factors: Sequence[float] = FACTORS
) -> tuple[SensitivityPoint, ...] | NotEstimable:
    """Estimate with both bandwidths multiplied by each factor, so that h / b is constant.

    Parameters
    ----------
    data : pandas.DataFrame or RDSample
        One row per observation; incomplete rows are left out and counted.
    spec : RDSpec
        Columns, bandwidths and variance estimator.
    factors : sequence of float

    Returns
    -------
    tuple of SensitivityPoint, or NotEstimable
        The reason if there is no estimate at the original bandwidths.
    """
    sample = RDSample.of(data)
    main = sample.estimate(spec)
    if isinstance(main, NotEstimable):
        return main
    return tuple(
        SensitivityPoint(
            factor,
            sample.estimate(
                replace(spec, h=_scaled(main.h, factor), b=_scaled(main.b, factor), rho=None)
            ),
        )
        for factor in factors
    )


def _scaled(pair: tuple[float, float], factor: float) -> tuple[float, float]:
    return pair[0] * factor, pair[1] * factor


def donut(
    data: Data, spec: RDSpec, radii: Sequence[float] | None = None
) -> tuple[SensitivityPoint, ...] | NotEstimable:
    """Estimate without the rows nearest to the cut-off, with bandwidths selected anew.

    Parameters
    ----------
    data : pandas.DataFrame or RDSample
        One row per observation; incomplete rows are left out and counted.
    spec : RDSpec
        Columns, bandwidths and variance estimator.
    radii : sequence of float, optional
        Distances under which rows are left out, in units of the score; 5 to 25 % of the bandwidth
        by default.

    Returns
    -------
    tuple of SensitivityPoint, or NotEstimable

    Notes
    -----
    The nearest rows are those whose score it would pay to manipulate (Barreca, Guldi, Lindo and
    Waddell 2011).
    """
    sample = RDSample.of(data)
    if radii is None:
        main = sample.estimate(spec)
        if isinstance(main, NotEstimable):
            return main
        radii = [share * max(main.h) for share in DONUT_SHARES]
    try:
        distance = np.abs(sample.prepared(spec).cells.score - spec.cutoff)
    except EstimationError as refused:
        return refused.not_estimable
    return tuple(
        SensitivityPoint(
            radius, sample.estimate(spec, mask=distance >= radius * (1.0 - TIE_TOLERANCE))
        )
        for radius in radii
    )


def placebo_cutoffs(
    data: Data, spec: RDSpec, cutoffs: Sequence[float] | None = None, number: int = 20
) -> Placebo | NotEstimable:
    """Estimate the reduced form at cut-offs where no jump is expected.

    Parameters
    ----------
    data : pandas.DataFrame or RDSample
        One row per observation; incomplete rows are left out and counted.
    spec : RDSpec
        Columns, bandwidths and variance estimator.
    cutoffs : sequence of float, optional
        By default ``number`` evenly spaced quantiles of the distinct scores, half on each side.
    number : int, default 20

    Returns
    -------
    Placebo or NotEstimable

    Notes
    -----
    Each placebo uses the rows of its own side of the actual cut-off alone, so that the actual jump
    is in none (Imbens and Lemieux 2008). The treatment jumps at no placebo, so all are of the
    outcome.
    """
    sample, spec = RDSample.of(data), replace(spec, treatment=None)
    actual = sample.estimate(spec)
    if isinstance(actual, NotEstimable):
        return actual
    score = sample.prepared(spec).cells.score
    below = score < spec.cutoff
    if cutoffs is None:
        cutoffs = [*_quantiles(score[below], number // 2), *_quantiles(score[~below], number // 2)]
    points = tuple(
        SensitivityPoint(
            cutoff,
            sample.estimate(replace(spec, cutoff=cutoff), below == (cutoff < spec.cutoff)),
        )
        for cutoff in cutoffs
    )
    sizes = [abs(estimate.z_robust) for estimate in _estimates(points)]
    rank = 1 + sum(size >= abs(actual.z_robust) for size in sizes)
    return Placebo(actual, points, rank, rank / (1 + len(sizes)))


def _quantiles(score: np.ndarray[Any, np.dtype[np.float64]], number: int) -> list[float]:
    shares = np.arange(1, number + 1) / (number + 1)
    return [float(cutoff) for cutoff in np.quantile(np.unique(score), shares)]


def _estimates(points: Iterable[SensitivityPoint]) -> list[RDEstimate]:
    return [point.found for point in points if isinstance(point.found, RDEstimate)]
