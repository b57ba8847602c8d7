"""Two finished runs of one kind side by side: what was asked, and what was found, otherwise."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from math import isclose
from typing import Any

from django.utils.translation import gettext as _

from evaluation.runs.giving.document import card_of
from evaluation.runs.hiding import result_of
from evaluation.runs.kinds import kind_of
from evaluation.runs.models import Run
from evaluation.runs.tables import ReportTable, columns
from evaluation.studies.kinds import specification_rows
from evaluation.studies.reading.words import Pair
from kit.figures import number, percent

#: Numbers closer than this, as a part of the larger, are the same number.
SAME = 1e-9
#: Rows shown; the rest is counted and leaves with the numbers of each run.
SHOWN = 200
Row = Mapping[str, Any]


@dataclass(frozen=True)
class SideBySide:
    """What differs between two runs. ``same`` numbers agree; ``alone`` are in one run only."""

    other: Run
    questions: ReportTable
    found: ReportTable
    same: int
    differ: int
    alone: int

    @property
    def is_cut(self) -> bool:
        """More numbers differ than are shown."""
        return self.differ > len(self.found.rows)


def compared(run: Run, other: Run, *, whole: bool) -> SideBySide:
    """Both runs, whose kind is one; ``run`` is the left one; ``whole`` for evaluators."""
    export = kind_of(run).export
    left, right = (
        _numbers(export.long_rows(result_of(row, whole=whole)), export.KEYS) for row in (run, other)
    )
    both = [key for key in left if key in right]
    differing = [key for key in both if not isclose(left[key], right[key], rel_tol=SAME)]
    heads = [_("Run %(number)s") % {"number": row.pk} for row in (run, other)]
    return SideBySide(
        other=other,
        questions=ReportTable(
            _("What was asked otherwise"), columns(_("What"), *heads), tuple(_questions(run, other))
        ),
        found=ReportTable(
            _("What was found otherwise"),
            columns(_("Number"), *heads, _("Difference"), _("As a part of the first")),
            tuple(_number_row(key, left[key], right[key]) for key in differing[:SHOWN]),
        ),
        same=len(both) - len(differing),
        differ=len(differing),
        alone=len(left.keys() ^ right.keys()),
    )


def _numbers(rows: Iterable[Row], keys: tuple[str, ...]) -> dict[tuple[str, ...], float]:
    """Every number by the words that say which it is."""
    return {
        (*(str(row[key]) for key in keys if row.get(key) not in (None, "")), name): float(value)
        for row in rows
        for name, value in row.items()
        if name not in keys and isinstance(value, int | float) and not isinstance(value, bool)
    }


def _questions(run: Run, other: Run) -> Iterator[tuple[str, str, str]]:
    left, right = (dict(_pairs(row)) for row in (run, other))
    for label in left | right:
        values = left.get(label, ""), right.get(label, "")
        if values[0] != values[1]:
            yield (label, *values)


def _pairs(run: Run) -> Iterator[Pair]:
    """What was asked and of which data; not who launched it, when, or whose rows it took again."""
    circumstances = {_("Launched by"), _("Launched at"), _("Rows")}
    yield from specification_rows(run.study)
    yield from (pair for pair in card_of(run) if pair[0] not in circumstances)


def _number_row(key: tuple[str, ...], left: float, right: float) -> tuple[str, ...]:
    part = percent((right - left) / abs(left), 1) if left else ""
    return (" · ".join(key), *map(number, (left, right, right - left)), part)
