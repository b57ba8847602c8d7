"""What readers who do not evaluate see of a result: the same parts, small counts hidden. Pure.

Stored results stay whole; hiding is done when they are read, and charts are drawn of what is left
of them, since a chart is the same file for everybody. A count is small below the threshold of the
study, whether of producers or of alliances; with it go as many others as it takes until none can be
had by subtraction (``kit.small_cells``), and every estimate that would tell one of them.
"""

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from itertools import product
from typing import Any

from evaluation.runs.jobs import Parts
from evaluation.runs.models import Run
from evaluation.runs.selectors import parts_of
from evaluation.studies.models import StudyKind
from kit.small_cells import ALL, Key, hide_small, hide_table

#: Of studies that were written before they named one.
THRESHOLD = 10
Data = dict[str, Any]
LEVELS = ("low", "medium", "high")
OUTCOMES = ("income_improved", "income_change_cop", "wellbeing", "organisation_age_years")
#: Outcomes that are shares: their value tells how many said so.
SHARES = ("income_improved", "wellbeing")
_LINKS = ("producers_organisation", "organisation_ally")


def shown_parts(run: Run, *, whole: bool) -> Parts:
    """The parts of a run: ``whole`` for evaluators, with small counts hidden for others."""
    parts = parts_of(run)
    return parts if whole else hidden_parts(run, parts)


def hidden_parts(run: Run, parts: Parts) -> Parts:
    """Parts as they may leave the evaluators' room; the rows they came from stay as they are."""
    hide = _HIDERS.get(StudyKind(run.kind))
    return hide(deepcopy(dict(parts)), threshold_of(run.specification)) if hide else parts


def threshold_of(specification: Mapping[str, Any]) -> int:
    """Fewer producers or alliances than these are hidden."""
    return int(specification.get("threshold", specification.get("minimum_cell", THRESHOLD)))


def _absent(threshold: int) -> Data:
    return {"not_estimable": "small_cell", "count": threshold}


# -- Chaining --------------------------------------------------------------------------------------
def hide_chaining(parts: Data, threshold: int) -> Data:
    """Levels, what is reported at them, both links crossed, and who is in the analysis."""
    result = parts.get("chaining")
    if not result:
        return parts
    hidden = _hidden_levels(result, threshold)
    for cell in result["cross"]:
        if (cell[_LINKS[0]], cell[_LINKS[1]]) in hidden["cross"]:
            cell |= {"n": None, "alliances": None, "share": _absent(threshold)}
    for dimension in result["dimensions"]:
        _hide_dimension(dimension, hidden[dimension["name"]], threshold)
    _hide_chaining_funnel(result, threshold, all_hidden=hidden["both"] >= {*LEVELS})
    return parts


def _hidden_levels(result: Data, threshold: int) -> dict[str, set[Any]]:
    """Levels of each dimension, and cells of the cross table, that are not told."""
    few: set[Any] = {
        (cell[_LINKS[0]], cell[_LINKS[1]])
        for cell in result["cross"]
        if cell["n"] and cell["alliances"] < threshold
    }
    rows = {
        item["name"]: {row["level"]: row for row in item["levels"]} for item in result["dimensions"]
    }
    producers, ally = (rows[name] for name in _LINKS)
    few |= {(level, ALL) for level, row in producers.items() if _is_small(row, threshold)}
    few |= {(ALL, level) for level, row in ally.items() if _is_small(row, threshold)}
    cells: dict[Key, int] = {
        (cell[_LINKS[0]], cell[_LINKS[1]]): cell["n"] for cell in result["cross"]
    }
    hidden = hide_table((LEVELS, LEVELS), cells, already=few, threshold=threshold)
    if (ALL, ALL) in hidden or result["funnel"]["alliances"] < threshold:  # all of it is of a few
        everything: dict[str, set[Any]] = {name: {*LEVELS} for name in rows}
        return everything | {"cross": {*product(LEVELS, LEVELS)}}
    both = [rows["both"][level] for level in LEVELS]
    already = [place for place, row in enumerate(both) if _is_small(row, threshold)]
    seen = hide_small([row["n"] for row in both], threshold, already)
    return {
        "cross": set(hidden),
        _LINKS[0]: {level for level in LEVELS if (level, ALL) in hidden},
        _LINKS[1]: {level for level in LEVELS if (ALL, level) in hidden},
        "both": {level for level, n in zip(LEVELS, seen, strict=True) if n is None},
    }


def _is_small(row: Data, threshold: int) -> bool:
    return row["n"] > 0 and min(row["n"], row["alliances"]) < threshold


def _hide_dimension(dimension: Data, hidden: set[Any], threshold: int) -> None:
    levels = dimension["levels"]
    if hidden >= {*LEVELS}:
        dimension["mean_index"] = _absent(threshold)
        dimension["age"] = dict.fromkeys(("slope", "test"), _absent(threshold))
        for row in dimension["trends"]:
            row["test"] = _absent(threshold)
    for row in levels:
        if row["level"] in hidden:
            row |= {"n": None, "alliances": None, "share": _absent(threshold)}
            row |= {"wellbeing_answers": {}, **{name: _absent(threshold) for name in OUTCOMES}}
        elif None in hide_small([*row["wellbeing_answers"].values()], threshold):
            row["wellbeing_answers"] = {}
    for name in OUTCOMES:
        _hide_outcome(levels, name, threshold)
    for row in dimension["differences"]:
        if hidden & {*row["comparison"].split("_vs_")} or hidden >= {*LEVELS}:
            row |= {key: _absent(threshold) for key in ("estimate", "test", "bootstrap")}


def _hide_outcome(levels: Sequence[Data], name: str, threshold: int) -> None:
    """Who answered at each level adds up to who answered; a share tells its two parts."""
    counts = [0 if "not_estimable" in row[name] else row[name]["n"] for row in levels]
    already = [place for place, row in enumerate(levels) if row["n"] is None]
    seen = hide_small(counts, threshold, already)
    for row, n, shown in zip(levels, counts, seen, strict=True):
        if not n:
            continue
        hits = round(row[name]["value"] * n) if name in SHARES else n
        if shown is None or None in hide_small([hits, n - hits], threshold):
            row[name] = _absent(threshold)


def _hide_chaining_funnel(result: Data, threshold: int, *, all_hidden: bool) -> None:
    """Who falls out on the way; how many answered and how many are analysed is told."""
    funnel = result["funnel"]
    outside = result["responses_in_wave"] - funnel["surveyed"]
    lost = (outside, funnel["without_milestones"], funnel["without_ally"])
    if any(0 < count < threshold for count in lost):
        funnel |= dict.fromkeys(("surveyed", "without_milestones", "without_ally"))
    if all_hidden:
        funnel |= dict.fromkeys(("analysed", "alliances", "departments"))


# -- Impact ----------------------------------------------------------------------------------------
def hide_impact(parts: Data, threshold: int) -> Data:
    """Departments left out or put back, profiles near the cut-off, and estimates of a few."""
    for item in parts.get("departments", []):
        _hide_departments(item, _sample_of(parts, item["outcome"]), threshold)
    for item in parts.get("cutoffs", []):
        _hide_cutoffs(item["found"], threshold)
    for row in parts.get("headline", {}).get("rows", []):
        _hide_sides(row.get("near"), threshold)
    if "funnel" in parts:
        _hide_sides(parts["funnel"].get("sides"), threshold)
        _hide_impact_funnel(parts["funnel"], threshold)
    if density := parts.get("density"):
        seen = hide_small([bar["profiles"] for bar in density["bars"]], threshold)
        for bar, profiles in zip(density["bars"], seen, strict=True):
            bar["profiles"] = profiles
    if isinstance(rows := parts.get("density_departments"), list):
        seen = hide_small([row["profiles"] for row in rows], threshold)
        for row, profiles in zip(rows, seen, strict=True):
            if profiles is None:  # what was concluded of it stands
                row |= {"profiles": None, "found": _absent(threshold)}
    _hide_heaps(parts.get("heaping") or {}, threshold)
    return {name: _without_small_samples(part, threshold) for name, part in parts.items()}


def _hide_cutoffs(pooled: Data, threshold: int) -> None:
    """Producers of each cut-off add up to those of all; so do those near it, on each side."""
    groups = pooled.get("by_cutoff", [])
    seen = [
        hide_small([_n(row["found"]) for row in groups], threshold),
        *(hide_small([row["n_effective"][side] for row in groups], threshold) for side in (0, 1)),
    ]
    for row, *shown in zip(groups, *seen, strict=True):
        if None in shown:
            row |= {"n_effective": None, "weight": None, "found": _absent(threshold)}


def _hide_sides(sides: Data | None, threshold: int) -> None:
    if sides is None:
        return
    for name in ("producers", "alliances"):
        if None in hide_small(sides[name], threshold):
            sides[name] = None


def _sample_of(parts: Data, outcome: str) -> int:
    rows = parts.get("headline", {}).get("rows", [])
    return next((_n(row["found"]) for row in rows if row["outcome"] == outcome), 0)


def _n(estimate: Data) -> int:
    return sum(estimate["n"]) if "n" in estimate else 0


def _hide_departments(item: Data, whole: int, threshold: int) -> None:
    """An estimate with or without a department tells, beside the headline, how many are of it."""
    for key in ("put_back", "left_out"):
        points = item[key] if isinstance(item[key], list) else []
        sizes = [abs(whole - _n(point["found"])) if _n(point["found"]) else 0 for point in points]
        for point, shown in zip(points, hide_small(sizes, threshold), strict=True):
            if shown is None:
                point["found"] = _absent(threshold)
    if _n(item["with_all"]) and 0 < abs(_n(item["with_all"]) - whole) < threshold:
        item["with_all"] = _absent(threshold)


def _hide_impact_funnel(funnel: Data, threshold: int) -> None:
    """Of departments left out, the reason stays; how many are linked goes where it would tell."""
    excluded = funnel["excluded"]
    few = [place for place, row in enumerate(excluded) if 0 < row["alliances"] < threshold]
    counts = [row["producers"] for row in excluded]
    seen = hide_small(counts, threshold, few)
    for row, producers in zip(excluded, seen, strict=True):
        if producers is None:
            row |= {"producers": None, "alliances": None}
    hidden = [n for n, shown in zip(counts, seen, strict=True) if shown is None]
    if hidden and (len(hidden) < 2 or sum(hidden) < threshold):
        funnel["linked"] = None
    if None in hide_small(funnel["treated"], threshold):
        funnel["treated"] = None
    for key in ("analysed", "alliances"):
        funnel[key] = hide_small([funnel[key]], threshold)[0]


def _hide_heaps(heaping: Data, threshold: int) -> None:
    heaps = [*heaping.get("heaps", []), *filter(None, [heaping.get("at_cutoff")])]
    for heap in heaps:
        if heap["observed"] < threshold:
            heap |= {"observed": None, "expected": None}
    for window in heaping.get("windows", []):
        if None in hide_small([window["below"], window["at_or_above"]], threshold):
            window |= {"below": None, "at_or_above": None}


def _without_small_samples(data: Any, threshold: int) -> Any:
    """The same, without estimates that have fewer rows on one side than the threshold."""
    if isinstance(data, list):
        return [_without_small_samples(item, threshold) for item in data]
    if not isinstance(data, dict):
        return data
    if "coef_conventional" in data and "clusters" in data and min(data["n"]) < threshold:
        return _absent(threshold)
    if "warnings" in data:
        data = data | {"warnings": [row for row in data["warnings"] if _may_leave(row, threshold)]}
    if "tried" in data and data["near"] < threshold:  # without each alliance
        return _absent(threshold)
    if "curvature" in data and min(data["n_effective"]) < threshold:  # an honest interval
        return _absent(threshold)
    return {name: _without_small_samples(item, threshold) for name, item in data.items()}


def _may_leave(warning: Any, threshold: int) -> bool:
    """Whether a warning may leave: it counts nobody, or enough. Older runs kept sentences alone."""
    if isinstance(warning, str):
        return not any(letter.isdigit() for letter in warning)
    counts = [warning["facts"].get(name, 0) for name in ("below", "above", "n")]
    return not any(0 < count < threshold for count in counts)


# -- Operations ------------------------------------------------------------------------------------
def hide_operations(parts: Data, threshold: int) -> Data:
    """Groups of few alliances: not how few they are, nor the next one whose total would tell."""
    for name, part in parts.items():
        if name == "funnel":
            parts[name] = {key: hide_small([count], threshold)[0] for key, count in part.items()}
            continue
        groups: dict[tuple[str, str, str], list[Data]] = {}
        for row in part["rows"]:
            groups.setdefault((row["by"], row["what"], row["measure"]), []).append(row)
        for rows in groups.values():
            _hide_groups(rows, threshold)
    return parts


def _hide_groups(rows: Sequence[Data], threshold: int) -> None:
    few = [row["found"].get("not_estimable") == "few_cases" for row in rows]
    counts = [_cases(row["found"]) for row in rows]
    already = [place for place, is_few in enumerate(few) if is_few]
    seen = hide_small(counts, threshold, already) if len(rows) > 1 else counts
    for row, is_few, shown in zip(rows, few, seen, strict=True):
        if is_few or shown is None:
            row["found"] = _absent(threshold)


def _cases(estimate: Data) -> int:
    """Alliances that a figure is of."""
    return int(estimate.get("alliances") or estimate.get("clusters") or estimate.get("count") or 0)


_HIDERS: dict[StudyKind, Callable[[Data, int], Data]] = {
    StudyKind.CHAINING: hide_chaining,
    StudyKind.IMPACT: hide_impact,
    StudyKind.OPERATIONS: hide_operations,
}
