"""What a run has found, as it may be read: whole by evaluators, small counts hidden for others.

Stored results stay whole; hiding is done when they are read, and charts are drawn of what is left
of them, since a chart is the same file for everybody. A count is small below the threshold of the
study, whether of producers or of alliances; with it go as many others as it takes until none can be
had by subtraction (``kit.small_cells``), and every estimate that would tell one of them.
"""

from collections.abc import Mapping
from typing import Any

from evaluation.runs.jobs import Parts
from evaluation.runs.kinds import kind_of
from evaluation.runs.models import Run
from evaluation.runs.selectors import parts_of

#: Of studies that were written before they named one.
THRESHOLD = 10


def result_of(run: Run, *, whole: bool) -> Any:
    """The typed result of its kind, ``whole`` for evaluators; None before its headline."""
    return _read(run, parts_of(run), whole=whole)


def for_programs(run: Run, *, whole: bool) -> tuple[list[dict[str, Any]], Parts]:
    """The main numbers, a row each, and the result as JSON data, in one reading.

    Before the headline an evaluator has the parts that there are, another reader none.
    """
    kind, parts = kind_of(run), parts_of(run)
    result = _read(run, parts, whole=whole)
    headline = [] if result is None else kind.export.headline(result)
    if whole or kind.hiding is None:
        return headline, parts
    return headline, {} if result is None else kind.hiding.to_parts(result)


def _read(run: Run, parts: Parts, *, whole: bool) -> Any:
    kind = kind_of(run)
    result = kind.results.result_of(parts)
    if whole or result is None or kind.hiding is None:
        return result
    return kind.hiding.hidden(result, threshold_of(run.specification))


def threshold_of(specification: Mapping[str, Any]) -> int:
    """Fewer producers or alliances than these are hidden."""
    return int(specification.get("threshold", specification.get("minimum_cell", THRESHOLD)))
