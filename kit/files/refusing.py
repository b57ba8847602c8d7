"""Why a file is not read, as the child says it: a code, since the child speaks no language."""

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any

from kit.files.cleaning import Cleaner
from kit.files.headings import column_letters
from kit.files.limits import LONGEST_CELL

#: So many cells are named; a person mends them in rounds.
NAMED = 100

#: Sheet, row, column, and what the cell holds.
Spoilt = tuple[str, int, str, str]


class Refused(Exception):
    """A code of ``reading.REFUSALS`` with its figures and, where it can be told, the cell.

    ``cells`` are those whose letters are spoilt.
    """

    def __init__(
        self,
        code: str,
        *,
        sheet: str = "",
        row: int = 0,
        column: str = "",
        cells: Sequence[Spoilt] = (),
        **figures: Any,
    ) -> None:
        super().__init__(code)
        self.code = code
        self.place = (sheet, row, column)
        self.cells = list(cells)
        self.figures = figures


def refuse_spoilt(
    sheet: str, rows: Iterable[Sequence[Any]], numbers: Sequence[int], clean: Cleaner
) -> None:
    """Raise Refused naming the cells whose letters were changed or lost on their way, or the
    first that has far more text than it should.
    """
    refused = clean.long or clean.spoilt
    if not refused:
        return
    places = (
        (sheet, number, column_letters(column), cell)
        for number, row in zip(numbers, rows, strict=True)
        for column, cell in enumerate(row, start=1)
        if isinstance(cell, str) and cell in refused
    )
    cells = list(islice(places, 1 if clean.long else NAMED))
    if cells and clean.long:
        _sheet, row, column, _text = cells[0]
        raise Refused("long cell", sheet=sheet, row=row, column=column, limit=LONGEST_CELL)
    if cells:
        raise Refused("spoilt", cells=cells)
