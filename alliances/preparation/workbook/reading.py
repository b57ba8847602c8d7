"""A workbook of profiles into records, by its sheets or as one table. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from django.utils.translation import gettext as _

from alliances.preparation.workbook.columns import (
    CSV_COLUMNS,
    INSTRUCTIONS_SHEET,
    LIMITS,
    PRODUCERS_SHEET,
    PROFILE_COLUMNS,
    PROFILES_SHEET,
    SHEETS,
)
from kit.errors import RowError
from kit.files.columns import (
    Column,
    Mistakes,
    Record,
    heading_row,
    headings_known,
    read_sheet,
)
from kit.files.grid import Cell, Grid
from kit.files.headings import plain
from kit.files.parsers import tidy
from kit.files.reading import read_grids


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
    if not chosen and len(filled) == 1 and headings_known(filled[0], CSV_COLUMNS) > 1:
        return _read_single(filled[0])
    for sheet, columns in SHEETS.items():
        grid = chosen.get(sheet)
        if grid is None:
            mistakes.append(_missing_sheet(sheet, [grid.name for grid in grids]))
        tables[sheet] = read_sheet(grid, columns, mistakes) if grid else ()
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
    return headings_known(grid, required) == len(required)


def _missing_sheet(sheet: str, names: Iterable[str]) -> RowError:
    return RowError(
        sheet,
        0,
        "",
        _("The sheet «%(sheet)s» is missing; the file has: %(names)s. Use the template.")
        % {"sheet": sheet, "names": ", ".join(names)},
    )


# -- A CSV: each row a producer with its profile beside it -----------------------------------------
def _read_single(grid: Grid) -> Contents:
    mistakes: Mistakes = []
    records = read_sheet(_filled(grid), CSV_COLUMNS, mistakes)
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
    heading = heading_row(rows, CSV_COLUMNS)
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
