"""Balance of pre-determined covariates at the cut-off."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from evaluation.estimators.checks.assignments import ROUNDING
from evaluation.estimators.checks.bootstrap import bootstrap
from evaluation.estimators.discontinuity import Balance, BalanceRow, RDEstimate
from evaluation.estimators.multiplicity import benjamini_hochberg
from evaluation.estimators.rd import NotEstimable, RDSample, RDSpec
from evaluation.estimators.rd.cells import Floats
from evaluation.estimators.rd.codes import recoded
from evaluation.estimators.rd.sample import Data


def covariate_balance(
    data: Data,
    spec: RDSpec,
    covariates: Sequence[str | int] = (),
    *,
    draws: int = 0,
    seed: int = 0,
) -> Balance:
    """Test that pre-determined covariates do not jump at the cut-off.

    Parameters
    ----------
    data : pandas.DataFrame or RDSample
        One row per observation; incomplete rows are left out and counted.
    spec : RDSpec
        Columns, bandwidths and variance estimator.
    covariates : sequence of str or int, optional
        Columns to test; those of the specification by default. Categorical columns give one row a
        level, without the first.
    draws : int, default 0
        Bootstrap draws of the joint test, which is skipped with 0; 999 for a report.
    seed : int

    Returns
    -------
    Balance
        Covariates that cannot be estimated keep their reason and do not enter the joint test.

    Notes
    -----
    Each covariate is the outcome of a sharp design with its own bandwidth (Lee and Lemieux 2010).
    The joint test takes the largest robust |z| over the covariates and compares it with its wild
    cluster bootstrap distribution (see ``bootstrap``), which keeps the dependence between
    covariates.
    """
    sample = RDSample.of(data)
    if spec.codes:
        sample = RDSample(recoded(sample.table.data, spec.codes), sample.groups)
        spec = replace(spec, codes=())
    sample, named = _by_level(sample, covariates or spec.covariates)
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
    """Replace categorical covariates by one indicator a level."""
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
    values, score = (
        sample.table.numbers(spec.outcome),
        sample.table.scores(spec.score, spec.decimals).values,
    )
    below = values[(score < spec.cutoff) & np.isfinite(values)]
    is_constant = np.ptp(below) <= ROUNDING * np.abs(below).max()
    return None if is_constant else float(estimate.coef_conventional / below.std())


def _joint(
    sample: RDSample, specs: Sequence[RDSpec], draws: int, seed: int
) -> float | NotEstimable:
    if not draws or not specs:
        return NotEstimable("not_requested", detail="The joint test needs draws and covariates.")
    drawn = bootstrap(sample, specs, draws, seed)
    return drawn if isinstance(drawn, NotEstimable) else drawn.joint
