"""A table as somebody sends it, row by row: what would become of each."""

from collections import defaultdict
from collections.abc import Hashable
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from alliances.people.models import Membership
from alliances.uploads.registry import PlannedRow, RowState, TableKind, refused
from kit.errors import InvalidFile, RowError
from kit.figures import number
from kit.files.columns import Mistakes, Record, read_sheet
from kit.files.headings import plain
from kit.files.limits import MIB, Limits
from kit.files.reading import read_grids

#: So many rows are done while a person waits, each an act of its own.
MOST_ROWS = 100
LIMITS = Limits(
    formats=(".csv", ".txt", ".tsv", ".xlsx", ".ods"), size=2 * MIB, unpacked=40 * MIB, columns=60
)


@dataclass(frozen=True)
class TablePlan:
    """Every row with what would become of it."""

    rows: tuple[PlannedRow, ...]

    def count(self, state: str) -> int:
        """How many rows would end so."""
        return sum(row.state == state for row in self.rows)

    @property
    def new(self) -> int:
        return self.count(RowState.NEW)

    @property
    def left(self) -> int:
        return self.count(RowState.LEFT)

    @property
    def refused(self) -> int:
        return self.count(RowState.REFUSED)

    @property
    def mistakes(self) -> tuple[RowError, ...]:
        """Everything that is wrong, in the order of the file."""
        return tuple(mistake for row in self.rows for mistake in row.mistakes)


def plan_table(
    kind: TableKind, *, file_name: str, content: bytes, acting: Membership, at: datetime
) -> TablePlan:
    """Read a table and judge each row by itself. Raises InvalidFile for what is none such."""
    columns = kind.columns()
    known = {plain(column.heading) for column in columns}
    [grid], _others = read_grids(file_name, content, limits=LIMITS, only_one=True, known=known)
    mistakes: Mistakes = []
    records = read_sheet(grid, columns, mistakes)
    by_row = defaultdict(list)
    for mistake in mistakes:
        by_row[mistake.row].append(mistake)
    numbers = {record.row for record in records}
    if shape := [mistake for mistake in mistakes if mistake.row not in numbers]:
        raise InvalidFile(_("The table is not as its template: nothing was read."), shape)
    if not records:
        raise InvalidFile(_("The file has no rows: fill in the template and upload it."))
    if len(records) > MOST_ROWS:
        message = ngettext(
            "The file has %(count)s row and the most is %(most)s: split it.",
            "The file has %(count)s rows and the most are %(most)s: split it.",
            len(records),
        )
        raise InvalidFile(message % {"count": number(len(records)), "most": number(MOST_ROWS)})
    judge = kind.planner(records, acting, at)
    seen: dict[Hashable, int] = {}
    rows = [
        _unread(record, by_row[record.row]) if record.row in by_row else judge(record)
        for record in records
    ]
    pairs = zip(rows, records, strict=True)
    return TablePlan(tuple(_once(row, record, seen) for row, record in pairs))


def _unread(record: Record, mistakes: list[RowError]) -> PlannedRow:
    label = next((str(value) for value in record.values.values() if value), "")
    return PlannedRow(record.row, label, RowState.REFUSED, mistakes=tuple(mistakes))


def _once(row: PlannedRow, record: Record, seen: dict[Hashable, int]) -> PlannedRow:
    """The row, unless an earlier one says the same."""
    if row.identity is None or seen.setdefault(row.identity, row.number) == row.number:
        return row
    first = next(iter(record.values))
    message = _("Row %(row)d already says this.") % {"row": seen[row.identity]}
    return refused(record, row.label, {first: message})
