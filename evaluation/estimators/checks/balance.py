"""Did those on both sides of the cut-off resemble each other before anything was decided?"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from evaluation.estimators.checks.bootstrap import bootstrap
from evaluation.estimators.multiplicity import benjamini_hochberg
from evaluation.estimators.rd import NotEstimable, RDEstimate, RDSample, RDSpec
from evaluation.estimators.rd.cells import Floats
from evaluation.estimators.rd.sample import Data


@dataclass(frozen=True)
class BalanceRow:
    """The jump of one covariate. q_value: Benjamini-Hochberg, over those that could be estimated.

    standardised: the conventional jump in standard deviations of the rows below the cut-off.
    """

    covariate: str
    found: RDEstimate | NotEstimable
    q_value: float | None
    standardised: float | None


@dataclass(frozen=True)
class Balance:
    """One row a covariate (a word's level is one), and the p-value of "none of them jumps"."""

    rows: tuple[BalanceRow, ...]
    joint: float | NotEstimable


def covariate_balance(
    data: Data,
    spec: RDSpec,
    covariates: Sequence[str | int] = (),
    *,
    draws: int = 0,
    seed: int = 0,
) -> Balance:
    """Each covariate as an outcome of the sharp design, with a bandwidth of its own.

    Left out, the covariates are the specification's. ``draws``: of clusters for the joint test,
    999 for a report; with 0 it is not made. Covariates that cannot be estimated keep their reason
    and are left out of it.
    """
    sample, named = _by_level(RDSample.of(data), covariates or spec.covariates)
    specs = [replace(spec, outcome=name, treatment=None, covariates=()) for name in named]
    estimates = [sample.estimate(item) for item in specs]
    fitted = [estimate for estimate in estimates if isinstance(estimate, RDEstimate)]
    q_values = iter(benjamini_hochberg([estimate.pv_robust for estimate in fitted]))
    rows = tuple(
        BalanceRow(str(item.outcome), answer, next(q_values), _standardised(sample, item, answer))
        if isinstance(answer, RDEstimate)
        else BalanceRow(str(item.outcome), answer, None, None)
        for item, answer in zip(specs, estimates, strict=True)
    )
    usable = [
        item
        for item, answer in zip(specs, estimates, strict=True)
        if isinstance(answer, RDEstimate)
    ]
    return Balance(rows, _joint(sample, usable, draws, seed))


def _by_level(
    sample: RDSample, covariates: Sequence[str | int]
) -> tuple[RDSample, list[str | int]]:
    """Covariates in words become one column a level."""
    named: list[str | int] = []
    words: dict[str, Floats] = {}
    for name in covariates:
        levels = sample.table.covariate(name) if name in sample.table.data.columns else {}
        if [*levels] in ([], [str(name)]):
            named.append(name)
        else:
            named += levels
            words |= levels
    if words:
        sample = RDSample(sample.table.data.assign(**words), sample.groups)
    return sample, named


def _standardised(sample: RDSample, spec: RDSpec, estimate: RDEstimate) -> float | None:
    values, score = sample.table.numbers(spec.outcome), sample.table.score(spec.score)
    below = values[(score < spec.cutoff) & np.isfinite(values)]
    return float(estimate.coef_conventional / below.std()) if below.std() > 0 else None


def _joint(
    sample: RDSample, specs: Sequence[RDSpec], draws: int, seed: int
) -> float | NotEstimable:
    if not draws or not specs:
        return NotEstimable("not_requested", detail="The joint test needs draws and covariates.")
    drawn = bootstrap(sample, specs, draws, seed)
    return drawn if isinstance(drawn, NotEstimable) else drawn.joint
