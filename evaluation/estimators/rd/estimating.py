"""Conventional, bias-corrected and robust estimates from the cells of both sides."""

from collections.abc import Iterable
from dataclasses import replace
from math import sqrt

import numpy as np

from evaluation.estimators.arguments import as_pair
from evaluation.estimators.discontinuity import AndersonRubin, Counts, FirstStage, RDEstimate, Sides
from evaluation.estimators.rd.bandwidths import select_bandwidths
from evaluation.estimators.rd.cells import Cells, CutoffSide
from evaluation.estimators.rd.covariance import ROUNDING
from evaluation.estimators.rd.inference import anderson_rubin
from evaluation.estimators.rd.local import LocalEstimate
from evaluation.estimators.rd.results import OUT_OF_RANGE, SIDES, EstimationError
from evaluation.estimators.rd.spec import BY_CLUSTER, Bandwidth, RDSpec
from evaluation.estimators.results import EstimatorWarning, NotEstimable

#: First-stage F under which a warning refers to the Anderson-Rubin set.
WEAK_F = 10.0
#: Share of the largest score that noise of single precision may be, with room for centring.
NOISE = 1e-6
#: Noise is many rows within its reach, where within this many reaches there are hardly more.
MANY = 1000


def estimate(
    cells: Cells,
    spec: RDSpec,
    decimals: int | None = None,
    warnings: tuple[str, ...] = (),
    dropped: tuple[tuple[str, str], ...] = (),
) -> RDEstimate | NotEstimable:
    """Estimate from one set of cells, or the reason why there is none."""
    try:
        with np.errstate(all="ignore"):  # overflow is detected below
            return _result(fit_local(cells, spec), decimals, warnings, dropped)
    except EstimationError as refused:
        return refused.not_estimable
    except OverflowError:
        return NotEstimable("out_of_range", detail=OUT_OF_RANGE)


def fit_local(cells: Cells, spec: RDSpec) -> LocalEstimate:
    """Fits at the bandwidths given or selected. Raises EstimationError."""
    sides = cells.sides(spec.cutoff)
    _check_design(sides, spec)
    return LocalEstimate(sides, spec, *bandwidths(sides, spec))


def bandwidths(
    sides: tuple[CutoffSide, CutoffSide], spec: RDSpec
) -> tuple[Sides, Sides, tuple[str, ...]]:
    """Bandwidths given or selected from the data, and warnings. Raises EstimationError."""
    warnings: tuple[str, ...] = ()
    if spec.h is not None:
        h = _bandwidth_pair(spec.h)
        b = h if spec.b is None else _bandwidth_pair(spec.b)
    else:
        h, b, warnings = select_bandwidths(sides, spec)
    if spec.rho is not None:
        b = (h[0] / spec.rho, h[1] / spec.rho)
    return h, b, warnings


def _bandwidth_pair(value: Bandwidth) -> Sides:
    left, right = as_pair(value)
    return float(left), float(right)


def _result(
    local: LocalEstimate,
    decimals: int | None,
    warnings: tuple[str, ...],
    dropped: tuple[tuple[str, str], ...],
) -> RDEstimate:
    spec, distribution, halves = local.spec, local.distribution, local.halves
    coef, corrected = local.conventional, local.corrected
    conventional, robust = (sqrt(variance) for variance in local.variances(local.gradient))
    margin = distribution.critical_value(spec.level) * robust
    stage, region = _first_stage(local) if spec.is_fuzzy else (None, None)
    left, right = (float(half.main.beta[0][0]) for half in halves)
    result = RDEstimate(
        coef_conventional=coef,
        se_conventional=conventional,
        pv_conventional=distribution.p_value(coef / conventional),
        coef_bias_corrected=corrected,
        se_robust=robust,
        z_robust=corrected / robust,
        pv_robust=distribution.p_value(corrected / robust),
        ci_robust=(corrected - margin, corrected + margin),
        h=local.h,
        b=local.b,
        n=_counts(half.side.rows[-1] for half in halves),
        n_effective=_counts(half.side.rows[half.main.n_cells] for half in halves),
        clusters=_counts(half.clusters for half in halves),
        distinct_scores=_counts(half.side.distinct for half in halves),
        at_cutoff=(left, right),
        first_stage=stage,
        anderson_rubin=region,
        decimals=decimals,
        dropped=dropped,
    )
    if not np.isfinite([coef, corrected, *result.ci_robust, *result.at_cutoff]).all():
        raise EstimationError("out_of_range", OUT_OF_RANGE)
    return replace(result, warnings=(*warnings, *local.warnings, *_warnings(local, result)))


def _counts(values: Iterable[float]) -> Counts:
    left, right = values
    return int(left), int(right)


def _first_stage(local: LocalEstimate) -> tuple[FirstStage, AndersonRubin]:
    (_outcome, jump), (reduced, corrected) = local.jumps.tolist(), local.corrected_jumps.tolist()
    conventional, robust = (float(covariance[1, 1]) for covariance in local.covariances)
    stage = FirstStage(
        coef=jump,
        se=sqrt(conventional),
        coef_bias_corrected=corrected,
        se_robust=sqrt(robust),
        pv_robust=local.distribution.p_value(corrected / sqrt(robust)) if robust else None,
        f=jump**2 / conventional if conventional else None,
    )
    variance, covariance_jumps = local.covariances[1][0].tolist()
    z = local.distribution.critical_value(local.spec.level)
    return stage, anderson_rubin(reduced, corrected, variance, covariance_jumps, robust, z)


# -- Conditions and warnings -----------------------------------------------------------------------
def _check_design(sides: tuple[CutoffSide, CutoffSide], spec: RDSpec) -> None:
    check_sides(sides, spec.bias_order + 2)
    if not _varies(sides, 0):
        raise EstimationError("constant_outcome", "The outcome never changes.")
    if spec.is_fuzzy and not _varies(sides, 1):
        raise EstimationError("constant_treatment", "The treatment never changes.")


def check_sides(sides: tuple[CutoffSide, CutoffSide], needed: int) -> None:
    """Raises EstimationError where a side has fewer distinct scores than are needed."""
    for side, where in zip(sides, SIDES, strict=True):
        if not side.distinct:
            raise EstimationError("one_side", f"No row has a score {where}.")
        if side.distinct < needed:
            detail = f"{side.distinct} distinct scores {where}: {needed} are needed."
            raise EstimationError("few_scores", detail, side.distinct)


def _varies(sides: tuple[CutoffSide, CutoffSide], column: int) -> bool:
    first = sides[0].cells.means[0, column]
    same = ROUNDING * abs(first)
    return any(
        (np.abs(side.cells.means[:, column] - first) > same).any()
        or side.cells.varies(column, same)
        for side in sides
    )


def _warnings(local: LocalEstimate, result: RDEstimate) -> Iterable[str]:
    spec = local.spec
    yield from _noise_warnings(local)
    if spec.variance not in BY_CLUSTER and sum(result.distinct_scores) < sum(result.n) / 2:
        yield EstimatorWarning(
            "shared_scores", "rows share scores: without a cluster the errors are too small"
        )
    if abs(result.coef_bias_corrected - result.coef_conventional) > result.se_conventional:
        yield EstimatorWarning(
            "bias_moves",
            "the bias correction moves the estimate by more than one standard error",
        )
    if result.first_stage and not spec.deriv and result.first_stage.coef < 0:
        yield EstimatorWarning(
            "negative_first_stage",
            "the first stage is negative: fewer take part above the cut-off than below it; look at "
            "the codes of the treatment and at the side that was selected",
        )
    f = result.first_stage.f if result.first_stage else None
    if f is not None and f < WEAK_F:
        yield EstimatorWarning(
            "weak_first_stage",
            f"weak first stage: F = {f:.1f}; read the Anderson-Rubin set first",
            f=f,
        )


def _noise_warnings(local: LocalEstimate) -> Iterable[str]:
    """Rows that noise may have moved off the cut-off, or across it."""
    sides = [half.side for half in local.halves]
    reach = NOISE * max(abs(local.spec.cutoff), *(side.range for side in sides))
    rows = [_rows_off(side, reach) for side in sides]
    around = sum(side.rows[side.cells_within(MANY * reach, closed=True)] for side in sides)
    if sum(rows) and sum(rows) * MANY > 10 * around:
        below, above = (int(number) for number in rows)
        yield EstimatorWarning(
            "noise_at_cutoff",
            f"{below} rows below the cut-off and {above} above it lie within {reach:.1g} of it, as "
            "noise of storage leaves what was at it: give the decimals of the score",
            below=below,
            above=above,
            reach=float(reach),
        )


def _rows_off(side: CutoffSide, reach: float) -> float:
    at = np.searchsorted(side.distance, 0.0, side="right")
    return float(side.rows[side.cells_within(reach, closed=True)] - side.rows[at])
