"""What becomes of an estimate when something about it is changed, one thing at a time.

One ``SensitivityPoint`` per change; one that cannot be estimated carries its reason.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from evaluation.estimators.rd import RDEstimate, RDSample, RDSpec
from evaluation.estimators.rd.cells import TIE_TOLERANCE
from evaluation.estimators.rd.results import EstimationError
from evaluation.estimators.rd.sample import Data
from evaluation.estimators.results import NotEstimable

RDResult = RDEstimate | NotEstimable

#: Of the bandwidth in force.
FACTORS = (0.5, 0.75, 1.0, 1.25, 1.5, 2.0)
DONUT_SHARES = (0.05, 0.1, 0.15, 0.2, 0.25)


@dataclass(frozen=True)
class SensitivityPoint:
    """One change and the estimate under it. ``at``: the group, factor, radius or cut-off."""

    at: Any
    found: RDResult


@dataclass(frozen=True)
class Placebo:
    """The reduced form at the cut-off and at others where nothing happened.

    rank: place of the true one by size of its robust z, 1 the largest, among all that could be
    estimated. p_value: rank over their number.
    """

    actual: RDEstimate
    points: tuple[SensitivityPoint, ...]
    rank: int
    p_value: float


def leave_one_out(
    data: Data, spec: RDSpec, by: str | int
) -> tuple[SensitivityPoint, ...] | NotEstimable:
    """The estimate without each value of column ``by`` (departments, alliances), bandwidths anew.

    Rows without a value there are in all of them.
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
    """The estimate with both bandwidths times each factor, so that h / b stays."""
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
    """The estimate without the rows nearer to the cut-off than each radius, bandwidths anew.

    Radii are in units of the score; left out, 5 to 25 % of the bandwidth. The rows nearest are
    those whose score somebody had a reason to bend (Barreca, Guldi, Lindo and Waddell 2011).
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
    """The jump of the outcome at cut-offs where none is to be expected.

    Left out, they are at ``number`` evenly spaced quantiles of the distinct scores, half of them on
    each side. Each is estimated on the rows of its own side of the true one alone, so that the true
    jump is in none; as the treatment jumps at none either, all are of the outcome (Imbens and
    Lemieux 2008).
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
