"""The estimate itself: conventional, bias-corrected and robust, from two sides of cells."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from math import factorial, inf, sqrt

import numpy as np
from scipy.special import stdtr, stdtrit

from evaluation.estimators.rd.bandwidths import Pair, select
from evaluation.estimators.rd.cells import Cells, Floats, Ints, Side
from evaluation.estimators.rd.covariance import cluster_sums, covariance_of
from evaluation.estimators.rd.fits import Fit
from evaluation.estimators.rd.mixing import adjustment, ratio
from evaluation.estimators.rd.results import AndersonRubin, FirstStage, RDEstimate, Refused
from evaluation.estimators.rd.spec import Bandwidth, RDSpec
from evaluation.estimators.results import NotEstimable

#: First-stage F under which the Anderson-Rubin set is pointed at.
WEAK = 10.0
#: Part of the variances of what is added up under which their sum is rounding.
CANCELLED = 1e-13


def estimate(
    cells: Cells,
    spec: RDSpec,
    warnings: tuple[str, ...] = (),
    dropped: tuple[tuple[str, str], ...] = (),
) -> RDEstimate | NotEstimable:
    """The estimate of one sample of cells, or why there is none."""
    try:
        local = localised(cells, spec)
        return _dressed(local, (*warnings, *_warnings(local.sides, spec)), dropped)
    except Refused as refused:
        return refused.why


def localised(cells: Cells, spec: RDSpec) -> "Local":
    """The fits at the bandwidths asked for or chosen. Raises Refused."""
    sides = cells.sides(spec.cutoff)
    _check_design(sides, spec)
    local = Local(sides, spec, *bandwidths(sides, spec))
    if spec.is_fuzzy and not local.jumps[1]:
        raise Refused("no_first_stage", "The treatment does not change at the cut-off.")
    return local


def bandwidths(sides: tuple[Side, Side], spec: RDSpec) -> tuple[Pair, Pair]:
    """The bandwidths asked for, or those the data choose. Raises Refused."""
    if spec.h is not None:
        h = _pair(spec.h)
        b = h if spec.b is None else _pair(spec.b)
    else:
        leading = 2 if spec.is_fuzzy and spec.bandwidth_on == "fuzzy" else 1

        def mix(fits: list[Fit], coefficients: Floats) -> Floats:
            net = adjustment(fits, 2 if spec.is_fuzzy else 1)[:leading]
            return ratio(net @ coefficients)[1] @ net

        h, b = select(sides, spec, mix)
    if spec.rho is not None:
        b = (h[0] / spec.rho, h[1] / spec.rho)
    return h, b


def _pair(value: Bandwidth) -> Pair:
    return value if isinstance(value, tuple) else (float(value), float(value))


class Local:
    """The fits of both sides at given bandwidths, and all that is linear in them.

    Raises Refused.
    """

    def __init__(self, sides: tuple[Side, Side], spec: RDSpec, h: Pair, b: Pair) -> None:
        self.sides, self.spec, self.h, self.b = sides, spec, h, b
        self.main = [Fit.of(sides[i], h[i], spec.p, spec.kernel) for i in (0, 1)]
        self.wide = [Fit.of(sides[i], b[i], spec.bias_order, spec.kernel) for i in (0, 1)]
        self.loadings = [self._loadings(*fits) for fits in zip(self.main, self.wide, strict=True)]
        self.net = adjustment(self.main, 2 if spec.is_fuzzy else 1)
        self.factor = factorial(spec.deriv)

    def _loadings(self, near: Fit, far: Fit) -> tuple[Floats, Floats]:
        """Weights of the rows in the estimate and in the bias-corrected one, over both windows."""
        p, reach = self.spec.p, max(near.reach, far.reach)
        loading = np.zeros(reach)
        loading[: near.reach] = near.loading(self.spec.deriv)
        curve = near.curvature(loading[: near.reach]) * near.h ** (p + 1)
        corrected = loading.copy()
        corrected[: far.reach] -= curve * far.loading(p + 1)
        return loading, corrected

    @cached_property
    def jumps(self) -> Floats:
        """Of the net columns: outcome and, in fuzzy designs, treatment."""
        left, right = (fit.coefficient(self.spec.deriv) for fit in self.main)
        return self.factor * (self.net @ (right - left))

    @cached_property
    def corrected_jumps(self) -> Floats:
        """The same, freed of the bias."""
        left, right = (
            (corrected * side.cells.count[: len(corrected)]) @ side.cells.means[: len(corrected)]
            for side, (_loading, corrected) in zip(self.sides, self.loadings, strict=True)
        )
        return self.factor * (self.net @ (right - left))

    @cached_property
    def gradient(self) -> Floats:
        """Of the estimate in the jumps."""
        return ratio(self.jumps)[1]

    @property
    def conventional(self) -> float:
        """The estimate as the polynomials of order p give it."""
        return ratio(self.jumps)[0]

    @property
    def corrected(self) -> float:
        """The estimate freed of the bias that the polynomials of order q find, to first order."""
        return float(self.conventional - self.gradient @ (self.jumps - self.corrected_jumps))

    @cached_property
    def covariances(self) -> tuple[Floats, Floats]:
        """Of the jumps, and of the corrected jumps. Raises Refused."""
        spec, size = self.spec, len(self.net)
        conventional, robust = np.zeros((size, size)), np.zeros((size, size))
        by_cluster = spec.variance in ("cr1", "cr2", "cr3")
        parameters = (spec.bias_order if by_cluster else spec.p) + 1
        for (near, far), (loading, corrected) in zip(self.over_both, self.loadings, strict=True):
            conventional += covariance_of(near, loading, self.net, spec, spec.p + 1)
            robust += covariance_of(far, corrected, self.net, spec, parameters)
        return self.factor**2 * conventional, self.factor**2 * robust

    def by_cluster(self) -> list[tuple[Ints, Floats]]:
        """By side: clusters, and what each adds to the error of the corrected jumps (G, k)."""
        return [
            (
                np.unique(side.cells.cluster[: far.reach]),
                self.factor * cluster_sums(far, corrected, self.net, self.spec),
            )
            for side, (_near, far), (_loading, corrected) in zip(
                self.sides, self.over_both, self.loadings, strict=True
            )
            if side.cells.cluster is not None
        ]

    @cached_property
    def over_both(self) -> list[tuple[Fit, Fit]]:
        """By side: the two fits over the wider of their windows."""
        return [
            (near.extended(len(corrected)), far.extended(len(corrected)))
            for near, far, (_loading, corrected) in zip(
                self.main, self.wide, self.loadings, strict=True
            )
        ]

    def variances(self, gradient: Floats) -> tuple[float, float]:
        """Of the conventional and of the bias-corrected gradient @ jumps. Raises Refused."""
        conventional, robust = (_variance(each, gradient) for each in self.covariances)
        if not (conventional > 0 and robust > 0 and np.isfinite(conventional + robust)):
            raise Refused("perfect_fit", "The polynomials fit without error: there is no noise.")
        return conventional, robust

    @cached_property
    def law(self) -> "Law":
        """What p-values and intervals are read from. Raises Refused without degrees of freedom."""
        if self.spec.distribution == "normal":
            return Law()
        units = sum(_units(fit.side, fit.reach, self.spec) for fit in self.main)
        free = units - 2 * (self.spec.p + 1)
        if free < 1:
            raise Refused("few_clusters", f"{units} clusters or rows within h.", units)
        return Law(free)


def _variance(covariance: Floats, gradient: Floats) -> float:
    """Of gradient @ what varies so; 0 where the parts cancel but for rounding."""
    found = float(gradient @ covariance @ gradient)
    size = float(np.abs(gradient) @ np.sqrt(covariance.diagonal())) ** 2
    return found if found > CANCELLED * size else 0.0


@dataclass(frozen=True)
class Law:
    """Student's t; with endless degrees of freedom, the normal."""

    freedom: float = inf

    def two_sided(self, z: float) -> float:
        """Probability of being at least that far from zero, on either side."""
        return float(2 * stdtr(self.freedom, -abs(z)))

    def reach(self, level: float) -> float:
        """How many standard errors an interval of that level (percent) goes to each side."""
        return float(stdtrit(self.freedom, 0.5 + level / 200))


def _units(side: Side, reach: int, spec: RDSpec) -> int:
    """Clusters in the first cells, or their rows where there are none."""
    return int(side.clusters(reach)[1] if spec.cluster is not None else side.rows[reach])


def _dressed(
    local: Local, warnings: tuple[str, ...], dropped: tuple[tuple[str, str], ...]
) -> RDEstimate:
    spec = local.spec
    coef, corrected = local.conventional, local.corrected
    conventional, robust = (sqrt(each) for each in local.variances(local.gradient))
    law = local.law
    reach = law.reach(spec.level) * robust
    stage, region = _instrument(local) if spec.is_fuzzy else (None, None)
    if abs(corrected - coef) > conventional:
        warnings += ("the bias correction moves the estimate by more than one standard error",)
    if stage and stage.f < WEAK:
        warnings += (f"weak first stage: F = {stage.f:.1f}; read the Anderson-Rubin set first",)
    sides = local.sides
    left, right = (float(fit.beta[0][0]) for fit in local.main)
    return RDEstimate(
        coef_conventional=coef,
        se_conventional=conventional,
        pv_conventional=law.two_sided(coef / conventional),
        coef_bias_corrected=corrected,
        se_robust=robust,
        z_robust=corrected / robust,
        pv_robust=law.two_sided(corrected / robust),
        ci_robust=(corrected - reach, corrected + reach),
        h=local.h,
        b=local.b,
        n=_counts(side.rows[-1] for side in sides),
        n_effective=_counts(fit.side.rows[fit.reach] for fit in local.main),
        clusters=_counts(
            side.clusters(len(corrected))[1] if spec.cluster is not None else 0
            for side, (_loading, corrected) in zip(sides, local.loadings, strict=True)
        ),
        distinct_scores=_counts(side.distinct for side in sides),
        at_cutoff=(left, right),
        first_stage=stage,
        anderson_rubin=region,
        warnings=warnings,
        dropped=dropped,
    )


def _counts(values: Iterable[float]) -> tuple[int, int]:
    left, right = values
    return int(left), int(right)


# -- The strength of the instrument ----------------------------------------------------------------
def _instrument(local: Local) -> tuple[FirstStage, AndersonRubin]:
    (_outcome, jump), (reduced, corrected) = local.jumps.tolist(), local.corrected_jumps.tolist()
    conventional, robust = local.variances(np.array([0.0, 1.0]))
    stage = FirstStage(
        coef=jump,
        se=sqrt(conventional),
        coef_bias_corrected=corrected,
        se_robust=sqrt(robust),
        pv_robust=local.law.two_sided(corrected / sqrt(robust)),
        f=jump**2 / conventional,
    )
    own, between = local.covariances[1][0].tolist()
    z = local.law.reach(local.spec.level)
    return stage, anderson_rubin(reduced, corrected, own, between, robust, z)


def anderson_rubin(
    outcome: float, treatment: float, own: float, between: float, of_treatment: float, z: float
) -> AndersonRubin:
    """Effects t at which the jump of outcome - t × treatment is within z of its error from zero.

    The arguments are the two jumps, their variances and covariance. The set solves a quadratic
    (Anderson and Rubin 1949; Feir, Lemieux and Marmer 2016 for discontinuities).
    """
    a = treatment**2 - z**2 * of_treatment
    b = z**2 * between - outcome * treatment
    c = outcome**2 - z**2 * own
    inside = b**2 - a * c
    if inside < 0:
        return AndersonRubin("line" if a < 0 else "empty")
    low, high = sorted([(-b - sqrt(inside)) / a, (-b + sqrt(inside)) / a])
    return AndersonRubin("interval" if a > 0 else "outside", low, high)


# -- What stops an estimate, and what a reader must know -------------------------------------------
def _check_design(sides: tuple[Side, Side], spec: RDSpec) -> None:
    needed = spec.bias_order + 2
    for side, where in zip(sides, ("below the cut-off", "at or above it"), strict=True):
        if not side.distinct:
            raise Refused("one_side", f"No row has a score {where}.")
        if side.distinct < needed:
            found = f"{side.distinct} distinct scores {where}: {needed} are needed."
            raise Refused("few_scores", found, side.distinct)
    if not _varies(sides, 0):
        raise Refused("constant_outcome", "The outcome never changes.")
    if spec.is_fuzzy and not _varies(sides, 1):
        raise Refused("constant_treatment", "The treatment never changes.")


def _varies(sides: tuple[Side, Side], column: int) -> bool:
    first = sides[0].cells.means[0, column]
    return any(
        (side.cells.means[:, column] != first).any()
        or (side.cells.within is not None and side.cells.within[:, column, column].any())
        for side in sides
    )


def _warnings(sides: tuple[Side, Side], spec: RDSpec) -> tuple[str, ...]:
    rows, distinct = sum(side.rows[-1] for side in sides), sum(side.distinct for side in sides)
    if spec.cluster is None and distinct < rows / 2:
        return ("rows share scores: without a cluster the errors are too small",)
    return ()
