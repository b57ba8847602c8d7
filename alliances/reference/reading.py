"""A table as somebody sends it: read by the one reader of files, and compared with what stands."""

from dataclasses import dataclass, replace

from alliances.territory.comparing import Comparison, compare, mistakes_of
from alliances.territory.reference import ReferenceTable, check_headings, read_records
from kit.errors import RowError
from kit.exports import exchanged_cell
from kit.files.grid import Cell
from kit.files.headings import plain
from kit.files.limits import MIB, Limits
from kit.files.tables import read_table

LIMITS = Limits(formats=(".csv",), size=2 * MIB, rows=20_000, columns=100)


@dataclass(frozen=True)
class ReferencePlan:
    """What a file would make of its table, and what of it is refused."""

    compared: Comparison
    mistakes: tuple[RowError, ...]

    @property
    def changes_nothing(self) -> bool:
        """Whether every row of it says what stands."""
        compared = self.compared
        return not (compared.created or compared.changed or compared.removed or self.mistakes)


def plan_table(table: ReferenceTable, file_name: str, content: bytes) -> ReferencePlan:
    """Every row against what stands. Raises InvalidFile for what is no table of this kind."""
    sheet = read_table(
        file_name, content, limits=LIMITS, known={plain(column) for column in table.columns}
    )
    check_headings(table.filename, sheet.columns, table.columns)
    records = (
        (number, {heading: _text(cell) for heading, cell in zip(sheet.columns, row, strict=True)})
        for number, row in zip(sheet.numbers, sheet.rows, strict=True)
    )
    read, mistakes = read_records(table, records, table.names())
    compared = compare(read)
    if mistakes:  # rows that could not be read are not gone
        compared = replace(compared, removed=())
    mistakes += mistakes_of(compared)
    if mistakes:
        compared = replace(compared, removed=())
    return ReferencePlan(compared, tuple(sorted(mistakes, key=lambda mistake: mistake.row)))


def _text(cell: Cell) -> str:
    return "" if cell is None else exchanged_cell(str(cell))
