"""What a file may weigh and hold, and what reading it may cost. The one place of these limits."""

from typing import NamedTuple

MIB = 1024 * 1024


class Limits(NamedTuple):
    """What one entrance takes. ``rows`` counts from the top of the sheet, headings included."""

    formats: tuple[str, ...] = (".csv", ".txt", ".tsv", ".xlsx", ".ods", ".dta", ".sav")
    size: int = 20 * MIB
    unpacked: int = 400 * MIB
    rows: int = 100_001
    columns: int = 500


#: A workbook has some twenty parts, and a few more for each sheet.
MAX_PARTS = 500
#: Its reader reserves the whole rectangle of a sheet, some 100 bytes a cell once read.
MAX_CELLS = 6_000_000
#: Address space of the child. The largest survey that the limits allow takes half of it.
MEMORY = 1024 * MIB
#: The largest survey takes some 5 s; a person and a web worker wait no longer than this.
SECONDS = 60
#: What a child may answer: the largest survey takes a third of it.
ANSWER = 192 * MIB
#: Children of one process at a time, since each may take ``MEMORY``; others wait for so long.
CHILDREN = 2
WAIT_SECONDS = 10
#: Characters of a cell, as the reader of text has it; a spreadsheet holds a quarter of it.
LONGEST_CELL = 131_072
