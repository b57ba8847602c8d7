"""An impact result for readers who do not evaluate. Pure.

Hidden are departments left out or put back, profiles near the cut-off, and estimates of a few. The
result is walked once, from the whole to its parts; what is hidden of a type stands in its rule.
"""

from collections.abc import Sequence
from dataclasses import fields, is_dataclass, replace
from functools import singledispatch
from typing import Any

from evaluation.estimators.discontinuity import (
    Counts,
    HonestInterval,
    RDEstimate,
    RDResult,
    SensitivityPoint,
)
from evaluation.estimators.results import EstimatorWarning, NotEstimable, to_data
from evaluation.runs.impact.results import (
    DepartmentDensity,
    Departments,
    ImpactFunnel,
    ImpactResult,
    ScoreDensity,
    StoredAlliances,
    StoredBinomialWindow,
    StoredHeap,
    StoredPooled,
    StoredSides,
)
from evaluation.runs.jobs import Parts
from kit.small_cells import hide_small


def hidden(result: ImpactResult, threshold: int) -> ImpactResult:
    """The same without what would tell of fewer producers or profiles than the threshold."""
    whole: ImpactResult = _shown(result, threshold)
    return whole


def to_parts(result: ImpactResult) -> Parts:
    """The parts of such a result, as they are stored."""
    parts: Parts = to_data(result)
    return {name: part for name, part in parts.items() if part not in (None, [])}


def _shown(value: Any, threshold: int) -> Any:
    if isinstance(value, tuple):
        return tuple(_shown(item, threshold) for item in value)
    if not is_dataclass(value):
        return value
    value = _rule(value, threshold)
    parts = {item.name: _shown(getattr(value, item.name), threshold) for item in fields(value)}
    if "warnings" in parts:
        parts["warnings"] = tuple(row for row in parts["warnings"] if _may_leave(row, threshold))
    return replace(value, **parts)


def _may_leave(warning: str, threshold: int) -> bool:
    """Whether it counts nobody, or enough. Older runs kept sentences alone."""
    if not isinstance(warning, EstimatorWarning):
        return not any(letter.isdigit() for letter in warning)
    counts = [warning.facts.get(name, 0) for name in ("below", "above", "n")]
    return not any(isinstance(count, int) and 0 < count < threshold for count in counts)


@singledispatch
def _rule(value: Any, threshold: int) -> Any:
    """The value, less what would tell of a few; its parts have rules of their own."""
    return value


# -- Estimates -------------------------------------------------------------------------------------
def _absent(threshold: int) -> NotEstimable:
    return NotEstimable("small_cell", threshold)


@_rule.register
def _(estimate: RDEstimate, threshold: int) -> RDResult:
    return _absent(threshold) if min(estimate.n) < threshold else estimate


@_rule.register
def _(interval: HonestInterval, threshold: int) -> HonestInterval | NotEstimable:
    return _absent(threshold) if min(interval.n_effective) < threshold else interval


@_rule.register
def _(without: StoredAlliances, threshold: int) -> StoredAlliances | NotEstimable:
    return _absent(threshold) if without.near < threshold else without


@_rule.register
def _(pooled: StoredPooled, threshold: int) -> StoredPooled | NotEstimable:
    """Producers of each cut-off add up to those of all; so do those near it, on each side."""
    if min(pooled.pooled.n) < threshold:
        return _absent(threshold)
    groups = pooled.by_cutoff
    near = [row.n_effective or (0, 0) for row in groups]
    seen = zip(
        hide_small([_n(row.found) for row in groups], threshold),
        *(hide_small([counts[side] for counts in near], threshold) for side in (0, 1)),
        strict=True,
    )
    absent = _absent(threshold)
    shown = (
        replace(row, n_effective=None, weight=None, found=absent) if None in counts else row
        for row, counts in zip(groups, seen, strict=True)
    )
    return replace(pooled, by_cutoff=tuple(shown))


def _n(estimate: RDResult) -> int:
    return sum(estimate.n) if isinstance(estimate, RDEstimate) else 0


# -- Departments -----------------------------------------------------------------------------------
@_rule.register
def _(result: ImpactResult, threshold: int) -> ImpactResult:
    """What is hidden of a part because of what another one shows."""
    rows = result.headline.rows if result.headline else ()
    sizes = {row.outcome: _n(row.found) for row in rows}
    departments, densities = result.departments, result.density_departments
    if not isinstance(densities, NotEstimable):
        densities = _densities(densities, threshold)
    return replace(
        result,
        departments=tuple(
            _departments(item, sizes.get(item.outcome, 0), threshold) for item in departments
        ),
        density_departments=densities,
    )


def _departments(item: Departments, whole: int, threshold: int) -> Departments:
    """An estimate with or without a department tells, beside the headline, how many are of it."""
    left_out, put_back = item.left_out, _points(item.put_back, whole, threshold)
    if not isinstance(left_out, NotEstimable):
        left_out = _points(left_out, whole, threshold)
    tells = _n(item.with_all) and 0 < abs(_n(item.with_all) - whole) < threshold
    with_all = _absent(threshold) if tells else item.with_all
    return replace(item, with_all=with_all, put_back=put_back, left_out=left_out)


def _points(
    points: Sequence[SensitivityPoint], whole: int, threshold: int
) -> tuple[SensitivityPoint, ...]:
    sizes = [abs(whole - _n(point.found)) if _n(point.found) else 0 for point in points]
    seen = zip(points, hide_small(sizes, threshold), strict=True)
    return tuple(replace(row, found=_absent(threshold)) if n is None else row for row, n in seen)


def _densities(rows: Sequence[DepartmentDensity], threshold: int) -> tuple[DepartmentDensity, ...]:
    """What was concluded of a hidden one stands."""
    seen = zip(rows, hide_small([row.profiles or 0 for row in rows], threshold), strict=True)
    absent = _absent(threshold)
    return tuple(
        replace(row, profiles=None, found=absent) if count is None else row for row, count in seen
    )


# -- Counts ----------------------------------------------------------------------------------------
@_rule.register
def _(funnel: ImpactFunnel, threshold: int) -> ImpactFunnel:
    """Of departments left out, the reason stays; how many are linked goes where it would tell."""
    excluded = funnel.excluded
    few = [place for place, row in enumerate(excluded) if 0 < (row.alliances or 0) < threshold]
    counts = [row.producers or 0 for row in excluded]
    seen = list(zip(excluded, hide_small(counts, threshold, few), strict=True))
    gone = [row.producers or 0 for row, count in seen if count is None]
    tells = bool(gone) and (len(gone) < 2 or sum(gone) < threshold)
    return replace(
        funnel,
        excluded=tuple(
            replace(row, producers=None, alliances=None) if count is None else row
            for row, count in seen
        ),
        linked=None if tells else funnel.linked,
        analysed=hide_small([funnel.analysed or 0], threshold)[0],
        alliances=hide_small([funnel.alliances or 0], threshold)[0],
        treated=_pair(funnel.treated, threshold),
    )


@_rule.register
def _(sides: StoredSides, threshold: int) -> StoredSides:
    producers, alliances = _pair(sides.producers, threshold), _pair(sides.alliances, threshold)
    return replace(sides, producers=producers, alliances=alliances)


def _pair(counts: Counts | None, threshold: int) -> Counts | None:
    return None if counts is None or None in hide_small(counts, threshold) else counts


@_rule.register
def _(density: ScoreDensity, threshold: int) -> ScoreDensity:
    seen = hide_small([bar.profiles or 0 for bar in density.bars], threshold)
    bars = zip(density.bars, seen, strict=True)
    return replace(density, bars=tuple(replace(bar, profiles=count) for bar, count in bars))


@_rule.register
def _(heap: StoredHeap, threshold: int) -> StoredHeap:
    return replace(heap, observed=None, expected=None) if (heap.observed or 0) < threshold else heap


@_rule.register
def _(window: StoredBinomialWindow, threshold: int) -> StoredBinomialWindow:
    counts = (window.below or 0, window.at_or_above or 0)
    return window if _pair(counts, threshold) else replace(window, below=None, at_or_above=None)
