"""A chaining result for readers who do not evaluate. Pure.

Hidden are levels with what is reported at them, cells of both links crossed, and who falls out.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from itertools import product
from typing import Any

from evaluation.estimators.chaining.results import (
    AdjustedDifference,
    ChainingFunnel,
    CrossCell,
    Dimension,
    LevelRow,
)
from evaluation.estimators.chaining.spec import LEVELS, LevelName
from evaluation.estimators.results import Estimate, NotEstimable, to_data
from evaluation.runs.chaining.results import REPORTED, WaveChaining
from evaluation.runs.jobs import Parts
from kit.small_cells import ALL, Key, hide_small, hide_table

#: Of what is reported, shares: their value tells how many said so.
SHARES = ("income_improved", "wellbeing")
PRODUCERS, ALLY = "producers_organisation", "organisation_ally"
#: Levels of a dimension that are not shown.
Hidden = Collection[LevelName]


def hidden(result: WaveChaining, threshold: int) -> WaveChaining:
    """The same without what would tell of fewer producers or alliances than the threshold."""
    absent = NotEstimable("small_cell", threshold)
    cells, levels = _few(result, threshold)
    return replace(
        result,
        funnel=_funnel(result, threshold, is_all_hidden=_is_all(levels["both"])),
        dimensions=tuple(
            _dimension(item, levels[item.name], threshold) for item in result.dimensions
        ),
        cross=tuple(
            replace(cell, n=None, alliances=None, share=absent) if _place(cell) in cells else cell
            for cell in result.cross
        ),
    )


def to_parts(result: WaveChaining) -> Parts:
    """The parts of such a result, as they are stored."""
    return {"chaining": to_data(result)}


def _few(result: WaveChaining, threshold: int) -> tuple[Collection[Key], dict[str, Hidden]]:
    """Cells of the cross table, and levels of each dimension, that are not shown."""
    rows: dict[str, Sequence[LevelRow]] = {item.name: item.levels for item in result.dimensions}
    few: set[Key] = {_place(cell) for cell in result.cross if _is_small(cell, threshold)}
    few |= {(row.level, ALL) for row in rows[PRODUCERS] if _is_small(row, threshold)}
    few |= {(ALL, row.level) for row in rows[ALLY] if _is_small(row, threshold)}
    counts = {_place(cell): cell.n or 0 for cell in result.cross}
    cells = hide_table((LEVELS, LEVELS), counts, already=few, threshold=threshold)
    if (ALL, ALL) in cells or (result.funnel.alliances or 0) < threshold:  # all of it is of a few
        return {*product(LEVELS, LEVELS)}, dict.fromkeys(rows, LEVELS)
    few_of_both = [at for at, row in enumerate(rows["both"]) if _is_small(row, threshold)]
    both = hide_small([row.n or 0 for row in rows["both"]], threshold, few_of_both)
    return cells, {
        PRODUCERS: [level for level in LEVELS if (level, ALL) in cells],
        ALLY: [level for level in LEVELS if (ALL, level) in cells],
        "both": [level for level, n in zip(LEVELS, both, strict=True) if n is None],
    }


def _place(cell: CrossCell) -> Key:
    return (cell.producers_organisation, cell.organisation_ally)


def _is_small(row: LevelRow | CrossCell, threshold: int) -> bool:
    return bool(row.n) and min(row.n or 0, row.alliances or 0) < threshold


def _is_all(levels: Hidden) -> bool:
    return {*levels} == {*LEVELS}


def _dimension(dimension: Dimension, levels: Hidden, threshold: int) -> Dimension:
    absent = NotEstimable("small_cell", threshold)
    rows: Sequence[LevelRow] = [_level(row, levels, threshold) for row in dimension.levels]
    for name in REPORTED:
        rows = [*_with_reported(rows, name, threshold)]
    shown = replace(
        dimension,
        levels=tuple(rows),
        differences=tuple(_difference(row, levels, threshold) for row in dimension.differences),
    )
    if not _is_all(levels):
        return shown
    return replace(
        shown,
        mean_index=absent,
        trends=tuple(replace(row, test=absent) for row in shown.trends),
        age=replace(shown.age, slope=absent, test=absent),
    )


def _level(row: LevelRow, levels: Hidden, threshold: int) -> LevelRow:
    absent = NotEstimable("small_cell", threshold)
    if row.level in levels:
        return LevelRow(row.level, None, None, absent, absent, absent, absent, {}, absent)
    few = None in hide_small([*row.wellbeing_answers.values()], threshold)
    return replace(row, wellbeing_answers={}) if few else row


def _with_reported(rows: Sequence[LevelRow], name: str, threshold: int) -> Iterator[LevelRow]:
    """Who answered at each level adds up to who answered; a share tells its two parts."""
    answers: list[Estimate | NotEstimable] = [getattr(row, name) for row in rows]
    counts = [answer.n if isinstance(answer, Estimate) else 0 for answer in answers]
    already = [place for place, row in enumerate(rows) if row.n is None]
    seen = hide_small(counts, threshold, already)
    for row, answer, n in zip(rows, answers, seen, strict=True):
        is_few = isinstance(answer, Estimate) and (n is None or _tells(answer, name, threshold))
        absent: dict[str, Any] = {name: NotEstimable("small_cell", threshold)}
        yield replace(row, **absent) if is_few else row


def _tells(answer: Estimate, name: str, threshold: int) -> bool:
    hits = round(answer.value * answer.n) if name in SHARES else answer.n
    return None in hide_small([hits, answer.n - hits], threshold)


def _difference(row: AdjustedDifference, levels: Hidden, threshold: int) -> AdjustedDifference:
    if not _is_all(levels) and not {*levels} & {*row.comparison.split("_vs_")}:
        return row
    absent = NotEstimable("small_cell", threshold)
    return replace(row, estimate=absent, test=absent, bootstrap=absent)


def _funnel(result: WaveChaining, threshold: int, *, is_all_hidden: bool) -> ChainingFunnel:
    """Who falls out on the way is hidden; how many answered and are analysed is shown."""
    funnel = result.funnel
    outside = result.responses_in_wave - (funnel.surveyed or 0)
    lost = (outside, funnel.without_milestones or 0, funnel.without_ally or 0)
    if any(0 < count < threshold for count in lost):
        funnel = replace(funnel, surveyed=None, without_milestones=None, without_ally=None)
    if is_all_hidden:
        funnel = replace(funnel, analysed=None, alliances=None, departments=None)
    return funnel
