"""An impact result for readers who do not evaluate. Pure.

Hidden are departments left out or put back, profiles near the cut-off, and estimates of a few.
"""

from collections.abc import Sequence
from dataclasses import fields, is_dataclass, replace
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
    Cutoffs,
    DepartmentDensity,
    Departments,
    Headline,
    ImpactFunnel,
    ImpactResult,
    ScoreDensity,
    StoredAlliances,
    StoredHeap,
    StoredHeaping,
    StoredPooled,
    StoredSides,
)
from evaluation.runs.jobs import Parts
from kit.small_cells import hide_small


def hidden(result: ImpactResult, threshold: int) -> ImpactResult:
    """The same without what would tell of fewer producers or profiles than the threshold."""
    headline = result.headline
    departments, heaping = result.density_departments, result.heaping
    shown = replace(
        result,
        funnel=result.funnel and _funnel(result.funnel, threshold),
        headline=headline and _headline(headline, threshold),
        density=result.density and _density(result.density, threshold),
        density_departments=departments
        if isinstance(departments, NotEstimable)
        else _department_densities(departments, threshold),
        heaping=_heaping(heaping, threshold) if isinstance(heaping, StoredHeaping) else heaping,
        cutoffs=tuple(_cutoffs(item, threshold) for item in result.cutoffs),
        departments=tuple(
            _departments(item, _sample_of(headline, item.outcome), threshold)
            for item in result.departments
        ),
    )
    whole: ImpactResult = _without_small_samples(shown, threshold)
    return whole


def to_parts(result: ImpactResult) -> Parts:
    """The parts of such a result, as they are stored."""
    parts: Parts = to_data(result)
    return {name: part for name, part in parts.items() if part not in (None, [])}


def _headline(headline: Headline, threshold: int) -> Headline:
    rows = (replace(row, near=_sides(row.near, threshold)) for row in headline.rows)
    return replace(headline, rows=tuple(rows))


def _density(density: ScoreDensity, threshold: int) -> ScoreDensity:
    seen = hide_small([bar.profiles or 0 for bar in density.bars], threshold)
    bars = zip(density.bars, seen, strict=True)
    return replace(density, bars=tuple(replace(bar, profiles=count) for bar, count in bars))


def _department_densities(
    rows: Sequence[DepartmentDensity], threshold: int
) -> tuple[DepartmentDensity, ...]:
    """What was concluded of a hidden one stands."""
    seen = hide_small([row.profiles or 0 for row in rows], threshold)
    absent = NotEstimable("small_cell", threshold)
    return tuple(
        replace(row, profiles=None, found=absent) if count is None else row
        for row, count in zip(rows, seen, strict=True)
    )


def _cutoffs(item: Cutoffs, threshold: int) -> Cutoffs:
    """Producers of each cut-off add up to those of all; so do those near it, on each side."""
    if isinstance(item.found, NotEstimable):
        return item
    groups, absent = item.found.by_cutoff, NotEstimable("small_cell", threshold)
    near = [row.n_effective or (0, 0) for row in groups]
    seen = zip(
        hide_small([_n(row.found) for row in groups], threshold),
        *(hide_small([counts[side] for counts in near], threshold) for side in (0, 1)),
        strict=True,
    )
    shown = tuple(
        replace(row, n_effective=None, weight=None, found=absent) if None in counts else row
        for row, counts in zip(groups, seen, strict=True)
    )
    return replace(item, found=replace(item.found, by_cutoff=shown))


def _sides(sides: StoredSides | None, threshold: int) -> StoredSides | None:
    if sides is None:
        return None
    return replace(
        sides,
        producers=_pair(sides.producers, threshold),
        alliances=_pair(sides.alliances, threshold),
    )


def _pair(counts: Counts | None, threshold: int) -> Counts | None:
    return None if counts is None or None in hide_small(counts, threshold) else counts


def _sample_of(headline: Headline | None, outcome: str) -> int:
    rows = headline.rows if headline else ()
    return next((_n(row.found) for row in rows if row.outcome == outcome), 0)


def _n(estimate: RDResult) -> int:
    return sum(estimate.n) if isinstance(estimate, RDEstimate) else 0


def _departments(item: Departments, whole: int, threshold: int) -> Departments:
    """An estimate with or without a department tells, beside the headline, how many are of it."""
    left_out = item.left_out
    with_all: RDResult = item.with_all
    if _n(with_all) and 0 < abs(_n(with_all) - whole) < threshold:
        with_all = NotEstimable("small_cell", threshold)
    return replace(
        item,
        with_all=with_all,
        put_back=_points(item.put_back, whole, threshold),
        left_out=left_out
        if isinstance(left_out, NotEstimable)
        else _points(left_out, whole, threshold),
    )


def _points(
    points: Sequence[SensitivityPoint], whole: int, threshold: int
) -> tuple[SensitivityPoint, ...]:
    sizes = [abs(whole - _n(point.found)) if _n(point.found) else 0 for point in points]
    seen = zip(points, hide_small(sizes, threshold), strict=True)
    absent = NotEstimable("small_cell", threshold)
    return tuple(replace(point, found=absent) if n is None else point for point, n in seen)


def _funnel(funnel: ImpactFunnel, threshold: int) -> ImpactFunnel:
    """Of departments left out, the reason stays; how many are linked goes where it would tell."""
    excluded = funnel.excluded
    few = [place for place, row in enumerate(excluded) if 0 < (row.alliances or 0) < threshold]
    counts = [row.producers or 0 for row in excluded]
    seen = hide_small(counts, threshold, few)
    gone = [n for n, count in zip(counts, seen, strict=True) if count is None]
    tells = bool(gone) and (len(gone) < 2 or sum(gone) < threshold)
    return replace(
        funnel,
        excluded=tuple(
            replace(row, producers=None, alliances=None) if count is None else row
            for row, count in zip(excluded, seen, strict=True)
        ),
        linked=None if tells else funnel.linked,
        analysed=hide_small([funnel.analysed or 0], threshold)[0],
        alliances=hide_small([funnel.alliances or 0], threshold)[0],
        treated=_pair(funnel.treated, threshold),
        sides=_sides(funnel.sides, threshold),
    )


def _heaping(heaping: StoredHeaping, threshold: int) -> StoredHeaping:
    windows = (
        replace(window, below=None, at_or_above=None)
        if None in hide_small([window.below or 0, window.at_or_above or 0], threshold)
        else window
        for window in heaping.windows
    )
    return replace(
        heaping,
        heaps=tuple(_heap(heap, threshold) for heap in heaping.heaps),
        at_cutoff=heaping.at_cutoff and _heap(heaping.at_cutoff, threshold),
        windows=tuple(windows),
    )


def _heap(heap: StoredHeap, threshold: int) -> StoredHeap:
    return replace(heap, observed=None, expected=None) if (heap.observed or 0) < threshold else heap


# -- Estimates of a few, wherever they stand -------------------------------------------------------
def _without_small_samples(value: Any, threshold: int) -> Any:
    """The same, without estimates that have fewer rows on one side, and warnings that count few."""
    if isinstance(value, tuple):
        return tuple(_without_small_samples(item, threshold) for item in value)
    if not is_dataclass(value) or isinstance(value, type):
        return value
    if _is_small(value, threshold):
        return NotEstimable("small_cell", threshold)
    parts = {
        item.name: _without_small_samples(getattr(value, item.name), threshold)
        for item in fields(value)
    }
    if "warnings" in parts:
        parts["warnings"] = tuple(row for row in parts["warnings"] if _may_leave(row, threshold))
    return replace(value, **parts)


def _is_small(value: Any, threshold: int) -> bool:
    match value:
        case RDEstimate():
            return min(value.n) < threshold
        case StoredPooled():
            return _is_small(value.pooled, threshold)
        case StoredAlliances():
            return value.near < threshold
        case HonestInterval():
            return min(value.n_effective) < threshold
        case _:
            return False


def _may_leave(warning: str, threshold: int) -> bool:
    """Whether it counts nobody, or enough. Older runs kept sentences alone."""
    if not isinstance(warning, EstimatorWarning):
        return not any(letter.isdigit() for letter in warning)
    counts = [warning.facts.get(name, 0) for name in ("below", "above", "n")]
    return not any(isinstance(count, int) and 0 < count < threshold for count in counts)
