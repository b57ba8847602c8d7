"""Why a file is not read, as the child says it: a code, since the child speaks no language."""

from typing import Any


class Refused(Exception):
    """A code of ``reading.REFUSALS`` with its figures and, where it can be told, the cell."""

    def __init__(
        self, code: str, *, sheet: str = "", row: int = 0, column: str = "", **figures: Any
    ) -> None:
        super().__init__(code)
        self.code = code
        self.place = (sheet, row, column)
        self.figures = figures
