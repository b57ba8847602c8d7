"""A result of operations for readers who do not evaluate. Pure.

Hidden are figures of few alliances, and the next of their measure if the total would tell them.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace

from evaluation.estimators.operations.results import Duration
from evaluation.estimators.results import NotEstimable, to_data
from evaluation.runs.jobs import Parts
from evaluation.runs.operations.results import Indicator, OperationsResult, Result
from kit.small_cells import hide_small


def hidden(result: OperationsResult, threshold: int) -> OperationsResult:
    """The same without what would tell of fewer alliances than the threshold."""
    return OperationsResult(
        funnel={
            name: hide_small([count or 0], threshold)[0] for name, count in result.funnel.items()
        },
        tables={name: tuple(_shown(rows, threshold)) for name, rows in result.tables.items()},
    )


def to_parts(result: OperationsResult) -> Parts:
    """The parts of such a result, as they are stored."""
    tables = {name: {"rows": to_data(rows)} for name, rows in result.tables.items()}
    return {"funnel": dict(result.funnel), **tables}


def _shown(rows: Sequence[Indicator], threshold: int) -> Iterator[Indicator]:
    groups: dict[tuple[str, str, str], list[int]] = defaultdict(list)
    for place, row in enumerate(rows):
        groups[row.by, row.what, row.measure].append(place)
    few = {
        places[at]
        for places in groups.values()
        for at in _few([rows[place].found for place in places], threshold)
    }
    absent = NotEstimable("small_cell", threshold)
    for place, row in enumerate(rows):
        yield replace(row, found=absent) if place in few else row


def _few(figures: Sequence[Result], threshold: int) -> set[int]:
    """Places of those of few alliances, and of the next whose total would tell them."""
    few = {
        place
        for place, result in enumerate(figures)
        if isinstance(result, NotEstimable) and result.reason == "few_cases"
    }
    if len(figures) == 1:
        return few
    seen = hide_small([_alliances(result) for result in figures], threshold, few)
    return few | {place for place, count in enumerate(seen) if count is None}


def _alliances(result: Result) -> int:
    match result:
        case Duration():
            return result.alliances
        case NotEstimable():
            return result.count
        case _:
            return result.clusters
