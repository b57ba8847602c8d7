"""Why a file is not read, as the child says it: a code, since the child speaks no language."""

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any

from kit.files.cleaning import Cleaner
from kit.files.scanning import column_letters

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
    """Raise Refused naming the cells whose letters were changed or lost on their way."""
    if not clean.spoilt:
        return
    places = (
        (sheet, number, column_letters(column), cell)
        for number, row in zip(numbers, rows, strict=True)
        for column, cell in enumerate(row, start=1)
        if isinstance(cell, str) and cell in clean.spoilt
    )
    cells = list(islice(places, NAMED))
    if cells:
        raise Refused("spoilt", cells=cells)
