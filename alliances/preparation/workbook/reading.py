"""Grids into records: find the headings, read every cell by its column, name every mistake. Pure.

A record keeps the row it came from, so that whoever checks it further can still point at it.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.utils.translation import gettext as _

from alliances.preparation.workbook.columns import (
    CSV_COLUMNS,
    INSTRUCTIONS_SHEET,
    LIMITS,
    PRODUCERS_SHEET,
    PROFILE_COLUMNS,
    PROFILES_SHEET,
    SHEETS,
    Column,
)
from kit.cells import ERROR_VALUE, Broken, Unreadable, failed, shown
from kit.errors import RowError
from kit.files.grid import Cell, Grid
from kit.files.headings import HEADING_ROWS, heading_place, known_in, plain
from kit.files.parsers import tidy
from kit.files.reading import read_grids
from kit.files.scanning import column_letters

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


@dataclass(frozen=True)
class Contents:
    """What a file says, row by row, and every mistake of form in it."""

    profiles: tuple[Record, ...]
    producers: tuple[Record, ...]
    mistakes: tuple[RowError, ...]
    other_sheets: tuple[str, ...] = ()


def read_contents(*, name: str, content: bytes) -> Contents:
    """Read a workbook or a CSV. Raises InvalidFile when it is not one.

    A sheet is known by its name, or else by its headings.
    """
    grids, _left_out = read_grids(name, content, limits=LIMITS)
    filled = [grid for grid in grids if grid.rows and plain(grid.name) != plain(INSTRUCTIONS_SHEET)]
    if not grids[0].name:  # text has no sheets
        return _read_single(replace(grids[0], name=PRODUCERS_SHEET))
    mistakes: Mistakes = []
    tables: dict[str, tuple[Record, ...]] = {}
    chosen = _by_name_or_headings(filled)
    if not chosen and len(filled) == 1 and _headings_known(filled[0], CSV_COLUMNS) > 1:
        return _read_single(filled[0])
    for sheet, columns in SHEETS.items():
        grid = chosen.get(sheet)
        if grid is None:
            mistakes.append(_missing_sheet(sheet, [grid.name for grid in grids]))
        tables[sheet] = _read_grid(grid, columns, mistakes) if grid else ()
    others = [grid.name for grid in filled if grid not in chosen.values()]
    return Contents(tables[PROFILES_SHEET], tables[PRODUCERS_SHEET], tuple(mistakes), tuple(others))


def _by_name_or_headings(grids: Sequence[Grid]) -> dict[str, Grid]:
    """The grid of each sheet of the template: that of its name, or the one with its headings."""
    names = {plain(sheet): sheet for sheet in SHEETS}
    chosen = {names[plain(grid.name)]: grid for grid in grids if plain(grid.name) in names}
    for sheet, columns in SHEETS.items():
        rest = [grid for grid in grids if grid not in chosen.values()]
        headed = [grid for grid in rest if _has_required(grid, columns)]
        if sheet not in chosen and len(headed) == 1:
            chosen[sheet] = headed[0]
    return chosen


def _has_required(grid: Grid, columns: Sequence[Column]) -> bool:
    required = [column for column in columns if column.is_required]
    return _headings_known(grid, required) == len(required)


def _headings_known(grid: Grid, columns: Sequence[Column]) -> int:
    known = {plain(column.heading) for column in columns}
    return max((known_in(row, known) for row in grid.rows[:HEADING_ROWS]), default=0)


def _missing_sheet(sheet: str, names: Iterable[str]) -> RowError:
    return RowError(
        sheet,
        0,
        "",
        _("The sheet «%(sheet)s» is missing; the file has: %(names)s. Use the template.")
        % {"sheet": sheet, "names": ", ".join(names)},
    )


# -- A workbook: one sheet, one kind of record -----------------------------------------------------
def _read_grid(grid: Grid, columns: Sequence[Column], mistakes: Mistakes) -> tuple[Record, ...]:
    rows = [[tidy(cell) for cell in row] for row in grid.rows]
    heading = _heading_row(rows, columns)
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


def _heading_row(rows: list[list[Cell]], columns: Sequence[Column]) -> int | None:
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


# -- A CSV: each row a producer with its profile beside it -----------------------------------------
def _read_single(grid: Grid) -> Contents:
    mistakes: Mistakes = []
    records = _read_grid(_filled(grid), CSV_COLUMNS, mistakes)
    first: dict[str, Record] = {}
    for record in records:
        code = record.get("code")
        if code is None:
            continue
        head = first.setdefault(code, record)
        mistakes.extend(_disagreements(head, record))
    return Contents(tuple(first.values()), records, tuple(mistakes))


def _filled(grid: Grid) -> Grid:
    """The same table, where blank profile cells take what the profile's first row says."""
    rows = [[tidy(cell) for cell in row] for row in grid.rows]
    heading = _heading_row(rows, CSV_COLUMNS)
    if heading is None:
        return grid
    keys = {plain(column.heading) for column in PROFILE_COLUMNS}
    code_heading = plain(PROFILE_COLUMNS[0].heading)
    places = [i for i, c in enumerate(rows[heading]) if isinstance(c, str) and plain(c) in keys]
    code = next((i for i in places if plain(str(rows[heading][i])) == code_heading), None)
    if code is None:
        return grid
    first: dict[Cell, list[Cell]] = {}
    for row in rows[heading + 1 :]:
        if len(row) > code and row[code] is not None:
            head = first.setdefault(row[code], row)
            for place in places:
                if place < len(row) and row[place] is None and place < len(head):
                    row[place] = head[place]
    return replace(grid, rows=rows)


def _disagreements(head: Record, record: Record) -> list[RowError]:
    """Rows of one profile must say the same of it."""
    return [
        record.mistake(
            column.key,
            _("Profile «%(code)s» says otherwise in row %(row)d: write the same or leave it blank.")
            % {"code": head.get("code"), "row": head.row},
        )
        for column in PROFILE_COLUMNS
        if column.key in head.values
        and column.key in record.values
        and head.values[column.key] != record.values[column.key]
    ]
