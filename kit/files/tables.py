"""A file that is one table: headings, and rows as wide as they are, whatever their meaning."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace

from django.utils.translation import gettext as _

from kit.cells import Broken
from kit.errors import InvalidFile, RowError
from kit.files.grid import Cell, Grid
from kit.files.headings import column_letters, heading_place
from kit.files.limits import Limits
from kit.files.reading import read_grids


@dataclass(frozen=True)
class Table:
    """Headings and rows; ``numbers`` are the rows as the spreadsheet counts them (1-based).

    ``labels`` are value labels that the file itself carries: column → code → label.
    ``above`` are the rows over the headings, and ``other_sheets`` those with data: neither is read.
    """

    sheet: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    numbers: tuple[int, ...]
    labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    above: tuple[int, ...] = ()
    other_sheets: tuple[str, ...] = ()


def read_table(
    file_name: str,
    content: bytes,
    *,
    limits: Limits | None = None,
    delimiter: str = "",
    encoding: str = "",
    sheet: str = "",
    known: Collection[str] = (),
) -> Table:
    """The table in a file; ``known`` headings (plain) tell its sheet and the row that heads it.

    Raises InvalidFile, with the row and column where it can tell.
    """
    [grid], others = read_grids(
        file_name,
        content,
        limits=limits or Limits(),
        only_one=True,
        delimiter=delimiter,
        encoding=encoding,
        sheet=sheet,
        known=known,
    )
    if not grid.rows:
        raise InvalidFile(_("The file has no rows."))
    place = heading_place(grid.rows, known)
    above = tuple(grid.numbers[:place])
    grid = replace(grid, rows=grid.rows[place:], numbers=grid.numbers[place:])
    _check_merged(grid)
    headings = [_heading(cell) for cell in grid.rows[0]]
    errors = [*_heading_errors(grid, headings), *_width_errors(grid)]
    if len(grid.rows) == 1:
        raise InvalidFile(_("The file has headings and no rows."), errors)
    if errors:
        raise InvalidFile(_("The file's rows and headings do not match."), errors)
    return Table(
        sheet=grid.name,
        columns=tuple(headings),
        rows=tuple(map(tuple, grid.rows[1:])),
        numbers=tuple(grid.numbers[1:]),
        labels=grid.labels,
        above=above,
        other_sheets=tuple(others),
    )


def _heading(cell: Cell) -> str:
    return "" if cell is None or isinstance(cell, Broken) else str(cell).strip()


def _check_merged(grid: Grid) -> None:
    """Merged cells keep a value in their first cell only: the rest would read as no answer."""
    message = _("Merged cells: unmerge them and write the value in each one.")
    errors = [
        RowError(grid.name, row, column_letters(column), message)
        for (row, column), (last_row, _last_column) in grid.merged
        if last_row > grid.numbers[0]
    ]
    if errors:
        raise InvalidFile(_("The sheet has merged cells."), errors)


def _heading_errors(grid: Grid, headings: list[str]) -> Iterator[RowError]:
    seen: set[str] = set()
    for place, (cell, name) in enumerate(zip(grid.rows[0], headings, strict=True), start=1):
        if isinstance(cell, Broken):
            yield RowError(grid.name, grid.numbers[0], column_letters(place), cell.why)
        elif not name:
            message = _("Column %(place)s has no heading.") % {"place": place}
            yield RowError(grid.name, grid.numbers[0], "", message)
        elif name.casefold() in seen:
            yield RowError(grid.name, grid.numbers[0], name, _("This heading appears twice."))
        seen.add(name.casefold())


def _width_errors(grid: Grid) -> Iterator[RowError]:
    width = len(grid.rows[0])
    for number, row in zip(grid.numbers, grid.rows, strict=True):
        if len(row) != width:
            message = _("The row has %(found)s cells and the headings are %(width)s.")
            figures = {"found": len(row), "width": width}
            yield RowError(grid.name, number, "", message % figures)
