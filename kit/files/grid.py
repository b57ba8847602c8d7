"""What a file holds once read: grids of cells that know where they stood. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from kit.cells import Broken
from kit.files.scanning import Range

Cell = str | int | float | bool | date | datetime | time | timedelta | Broken | None


@dataclass(frozen=True)
class Grid:
    """One sheet: the rows that hold something from column A on, and the number of each.

    Rows count from 1 as the spreadsheet does; in Stata and SPSS, the names are row 0. ``labels``
    are value labels that the file itself carries: column → code → label. A cell that its
    spreadsheet could not compute is ``Broken``, never a blank.
    """

    name: str
    rows: list[list[Cell]]
    numbers: list[int]
    merged: tuple[Range, ...] = ()
    labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
