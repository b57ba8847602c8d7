"""Several cut-offs: one pooled estimate on the normalised score, and one at each cut-off.

Calls and regions have cut-offs of their own. Sources: Cattaneo, Keele, Titiunik and Vazquez-Bare
(2016), "Interpreting Regression Discontinuity Designs with Multiple Cutoffs", Journal of Politics
78(4): the pooled estimate is an average of the effects at the cut-offs, weighted by how many units
lie near each; Cattaneo, Titiunik and Vazquez-Bare (2020), Stata Journal 20(4), for its estimate.
"""

from dataclasses import dataclass, replace
from math import sqrt
from statistics import NormalDist
from typing import Any

import numpy as np
import pandas as pd

from evaluation.estimators.discontinuity import Counts, RDEstimate, RDResult, WeightedAverage
from evaluation.estimators.rd import NotEstimable, RDSample, RDSpec
from evaluation.estimators.rd.results import EstimationError
from evaluation.estimators.rd.sample import Data


@dataclass(frozen=True)
class CutoffEstimate:
    """Estimate at one cut-off.

    Parameters
    ----------
    at : Any
        The group, such as a call and region.
    cutoff : float
        In units of the score; 0 where scores came normalised.
    n_effective : (int, int)
        Rows within the bandwidth of the pooled estimate, below and above.
    weight : float
        Their share of all such rows: what the group counts in the pooled estimate.
    found : RDEstimate or NotEstimable
        With a bandwidth of its own.
    """

    at: Any
    cutoff: float
    n_effective: Counts
    weight: float
    found: RDResult


@dataclass(frozen=True)
class PooledEstimate:
    """Estimate over several cut-offs.

    Parameters
    ----------
    pooled : RDEstimate
        On the normalised score.
    by_cutoff : tuple of CutoffEstimate
        In order of the groups' names.
    average : WeightedAverage or NotEstimable
        To be read beside ``pooled``: where both differ by much, one bandwidth does not fit all.
    dropped : tuple of (str, str)
        Rows without a group or a cut-off.
    """

    pooled: RDEstimate
    by_cutoff: tuple[CutoffEstimate, ...]
    average: WeightedAverage | NotEstimable
    dropped: tuple[tuple[str, str], ...] = ()


def pooled_estimate(
    data: Data, spec: RDSpec, by: str | int, cutoff: str | int | None = None
) -> PooledEstimate | NotEstimable:
    """Estimate over several cut-offs, and at each of them.

    Parameters
    ----------
    data : pandas.DataFrame or RDSample
    spec : RDSpec
    by : str or int
        Column of the groups that have a cut-off each.
    cutoff : str or int, optional
        Column of the cut-off of each row, in units of the score; unless given scores are normalised
        already and ``spec.cutoff`` is that of all.

    Returns
    -------
    PooledEstimate or NotEstimable
        The reason why there is no pooled estimate, or that a group has two cut-offs.

    Notes
    -----
    With the normalised score x - c the pooled estimand is sum_c w_c tau_c, w_c proportional to
    f(c | C = c) P(C = c), and the share of rows within the bandwidth estimates w_c.
    """
    table = RDSample.of(data).table
    try:
        table.require([spec.score, by, *([] if cutoff is None else [cutoff])])
        codes, labels = table.codes(by), table.labels(by)
        scores = table.recoded(spec.codes).scores(spec.score, spec.decimals)
        cutoffs = (
            np.full(len(codes), spec.cutoff) if cutoff is None else table.numbers(cutoff).copy()
        )
    except EstimationError as refused:
        return refused.not_estimable
    known = (codes >= 0) & np.isfinite(cutoffs)
    of_group = pd.Series(cutoffs[known]).groupby(codes[known]).agg(["min", "max"])
    if (of_group["min"] != of_group["max"]).any():
        two = labels[int(of_group.index[of_group["min"] != of_group["max"]][0])]
        return NotEstimable("two_cutoffs", detail=f"The group {two} has more than one cut-off.")
    # As they are written, 70.4 less 70 is 0.4.
    normalised = np.round(scores.values - cutoffs, 9)
    rows = table.data.assign(**{str(spec.score): normalised})[known]
    spec = replace(
        spec,
        score=str(spec.score),
        cutoff=0.0,
        codes=tuple(item for item in spec.codes if item[0] != spec.score),
        decimals="found" if spec.decimals == "found" else "as_stored",
    )
    sample = RDSample(rows, (by,))
    pooled = sample.estimate(spec)
    if isinstance(pooled, NotEstimable):
        return pooled
    points = _by_cutoff(sample, spec, by, pooled, of_group["min"], labels)
    without = int((~known).sum())
    return PooledEstimate(
        pooled,
        points,
        _average(points, spec.level),
        (("rows", f"{without} without {by} or its cut-off"),) if without else (),
    )


def _by_cutoff(
    sample: RDSample,
    spec: RDSpec,
    by: str | int,
    pooled: RDEstimate,
    cutoffs: "pd.Series[float]",
    labels: list[Any],
) -> tuple[CutoffEstimate, ...]:
    prepared = sample.prepared(spec)
    cells, groups = prepared.cells, prepared.groups[by]
    left, right = pooled.h
    near = (cells.score > -left) & (cells.score < 0), (cells.score >= 0) & (cells.score < right)
    total = sum(float(cells.count[side].sum()) for side in near)
    names = sample.table.labels(by)
    points = []
    for code in sorted(set(groups.tolist()), key=lambda code: str(names[code])):
        counts = [int(cells.count[side & (groups == code)].sum()) for side in near]
        points.append(
            CutoffEstimate(
                at=names[code],
                cutoff=float(cutoffs[labels.index(names[code])]),
                n_effective=(counts[0], counts[1]),
                weight=sum(counts) / total,
                found=sample.estimate(spec, mask=groups == code),
            )
        )
    return tuple(points)


def _average(points: tuple[CutoffEstimate, ...], level: float) -> WeightedAverage | NotEstimable:
    estimated = [
        (point.weight, point.found) for point in points if isinstance(point.found, RDEstimate)
    ]
    covered = sum(weight for weight, _estimate in estimated)
    if not covered:
        return NotEstimable("no_rows", detail="No cut-off has an estimate of its own.")
    shares = [(weight / covered, estimate) for weight, estimate in estimated]
    coef = sum(share * estimate.coef_bias_corrected for share, estimate in shares)
    se = sqrt(sum((share * estimate.se_robust) ** 2 for share, estimate in shares))
    margin = NormalDist().inv_cdf(0.5 + level / 200) * se
    pv = 2 * NormalDist().cdf(-abs(coef) / se)
    return WeightedAverage(coef, se, pv, (coef - margin, coef + margin), covered)
