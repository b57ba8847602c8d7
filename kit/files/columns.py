"""Tables whose columns we name: find the headings, read every cell by its column, name mistakes.

A record keeps the row it came from, so that whoever checks it further can still point at it. Pure.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from kit.cells import ERROR_VALUE, Broken, Parser, Unreadable, failed, shown
from kit.errors import RowError
from kit.files.grid import Cell, Grid
from kit.files.headings import HEADING_ROWS, column_letters, heading_place, known_in, plain
from kit.files.parsers import tidy

TEXT, NUMBER, PESOS, AREA, DAY = "@", "0", "#,##0", "0.00", "dd/mm/yyyy"


@dataclass(frozen=True)
class Column:
    """One column of a sheet: its name in code, its heading, how it is read and explained."""

    key: str
    heading: str
    parse: Parser
    example: Any
    help: str | Promise = ""
    is_required: bool = True
    words: tuple[str, ...] = ()
    number_format: str = TEXT
    width: int = 18
    is_ours: bool = False  # our key of a row: in what is exported, not in the template


Mistakes = list[RowError]


@dataclass(frozen=True)
class Record:
    """One row of a sheet: the value of each column (None when blank), and where it is."""

    sheet: "Sheet"
    row: int
    values: dict[str, Any]
    unread: frozenset[str] = frozenset()

    def get(self, key: str) -> Any:
        """The value, or None when the cell is blank or could not be read."""
        return self.values.get(key)

    def has_all(self, *keys: str) -> bool:
        """Whether every one of these cells was read and is not blank."""
        return all(self.values.get(key) is not None for key in keys)

    def mistake(self, key: str, message: str) -> RowError:
        """A mistake in one cell of this row."""
        return RowError(self.sheet.name, self.row, self.sheet.labels[key], message)


@dataclass(frozen=True)
class Sheet:
    """The name of a sheet and how it shows each column: «C · Organización»."""

    name: str
    labels: dict[str, str] = field(default_factory=dict)


def headings_known(grid: Grid, columns: Sequence[Column]) -> int:
    """The most headings of these columns that one of its first rows has."""
    known = {plain(column.heading) for column in columns}
    return max((known_in(row, known) for row in grid.rows[:HEADING_ROWS]), default=0)


def read_sheet(grid: Grid, columns: Sequence[Column], mistakes: Mistakes) -> tuple[Record, ...]:
    """The rows below the headings; what cannot be read is added to ``mistakes``."""
    rows = [[tidy(cell) for cell in row] for row in grid.rows]
    heading = heading_row(rows, columns)
    if heading is None:
        expected = ", ".join(column.heading for column in columns if column.is_required)
        message = _("The headings were not found. The sheet needs: %(headings)s.")
        mistakes.append(RowError(grid.name, 1, "", message % {"headings": expected}))
        return ()
    places = _places(grid, rows, heading, columns, mistakes)
    _check_merged(grid, heading, mistakes)
    labels = {key: _label(index, shown(rows[heading][index])) for key, index in places.items()}
    sheet = Sheet(grid.name, {c.key: labels.get(c.key, c.heading) for c in columns})
    present = [column for column in columns if column.key in places]
    return tuple(
        _read_row(sheet, grid.numbers[index], row, present, places, mistakes)
        for index, row in enumerate(rows)
        if index > heading and any(cell is not None for cell in row)
    )


def heading_row(rows: list[list[Cell]], columns: Sequence[Column]) -> int | None:
    """The row, among the first ones, with most known headings: two at least."""
    known = {plain(column.heading) for column in columns}
    place = heading_place(rows, known)
    return place if rows and known_in(rows[place], known) >= 2 else None


def _places(
    grid: Grid,
    rows: list[list[Cell]],
    heading: int,
    columns: Sequence[Column],
    mistakes: Mistakes,
) -> dict[str, int]:
    """Which column of the sheet holds each key; says what is missing, unknown or twice."""
    by_heading = {plain(column.heading): column for column in columns}
    number = grid.numbers[heading]
    headings = {i: cell for i, cell in enumerate(rows[heading]) if cell is not None}
    times = Counter(plain(shown(cell)) for cell in headings.values())
    places: dict[str, int] = {}

    def refuse(index: int, message: str, text: str = "") -> None:
        mistakes.append(RowError(grid.name, number, _label(index, text), message))

    for index, cell in headings.items():
        column = by_heading.get(plain(shown(cell)))
        if isinstance(cell, Broken):
            refuse(index, cell.why)
        elif column is None:
            refuse(
                index,
                _("This heading is not in the template: correct it or delete the column."),
                shown(cell),
            )
        elif column.key in places:
            refuse(index, _("This heading appears twice: leave one."), column.heading)
        else:
            places[column.key] = index
    for index in _headless(rows, heading, headings):
        refuse(index, _("This column has data and no heading: unmerge the headings or delete it."))
    for column in columns:
        if column.is_required and not times[plain(column.heading)]:
            message = _("The column «%(heading)s» is missing: add it as in the template.")
            mistakes.append(
                RowError(grid.name, number, column.heading, message % {"heading": column.heading})
            )
    return places


def _headless(rows: list[list[Cell]], heading: int, headings: Mapping[int, Cell]) -> list[int]:
    used = {i for row in rows[heading + 1 :] for i, cell in enumerate(row) if cell is not None}
    return sorted(used - headings.keys())


def _check_merged(grid: Grid, heading: int, mistakes: Mistakes) -> None:
    """Merged cells keep a value in their first cell only: the rest would read as blank."""
    for (row, column), (last_row, _last_column) in grid.merged:
        if last_row >= grid.numbers[heading]:
            message = _("Merged cells: unmerge them and write the value in each one.")
            mistakes.append(RowError(grid.name, row, column_letters(column), message))


def _read_row(
    sheet: Sheet,
    number: int,
    row: list[Cell],
    columns: Sequence[Column],
    places: dict[str, int],
    mistakes: Mistakes,
) -> Record:
    values: dict[str, Any] = {}
    unread = set()
    for column in columns:
        place = places[column.key]
        cell = row[place] if place < len(row) else None
        try:
            values[column.key] = _read_cell(column, cell)
        except Unreadable as problem:
            unread.add(column.key)
            label = sheet.labels[column.key]
            mistakes.append(RowError(sheet.name, number, label, str(problem)))
    return Record(sheet, number, values, frozenset(unread))


def _read_cell(column: Column, cell: Cell) -> Any:
    if isinstance(cell, Broken):
        raise Unreadable(cell.why)
    if isinstance(cell, str) and ERROR_VALUE.fullmatch(cell):
        raise Unreadable(failed(cell))
    if cell is not None:
        return column.parse(cell)
    if column.is_required:
        raise Unreadable(_("It is blank and the template requires it: write it."))
    return None


def _label(index: int, heading: str) -> str:
    letters = column_letters(index + 1)
    return f"{letters} · {heading}" if heading else letters
