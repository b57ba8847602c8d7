"""What runs in the child process that marks a workbook: it comes by stdin and goes out by stdout.

It is as confined as the reader (``kit.files.child``), so each sheet is written in memory and none
to disk. No Django is imported.
"""

import pickle
import sys
from io import BytesIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

from kit.files.child import confine, open_nothing_more
from kit.text import shortened

#: Sheet, row from 1, letters of the column, and what to do about it.
Mark = tuple[str, int, str, str]
COLOUR = "FFD9B3"
AUTHOR = "Alianzas"
#: A comment holds so much; the sheet of mistakes has each whole.
LONGEST = 400


def mark(content: bytes, marks: list[Mark], title: str) -> bytes:
    """The workbook with a fill and a comment on each cell, and a sheet that lists them all."""
    from openpyxl import load_workbook
    from openpyxl.comments import Comment
    from openpyxl.styles import PatternFill

    workbook = load_workbook(BytesIO(content))
    fill = PatternFill("solid", start_color=COLOUR)
    by_cell: dict[tuple[str, str], list[str]] = {}
    for sheet, row, letters, message in marks:
        name = sheet if sheet in workbook.sheetnames else _only(workbook)
        if row and name:
            by_cell.setdefault((name, f"{letters}{row}"), []).append(message)
    for (sheet, place), messages in by_cell.items():
        cell = workbook[sheet][place]
        cell.fill = fill
        if hasattr(cell, "comment") and not _is_merged(cell):
            cell.comment = Comment(shortened("\n".join(messages), LONGEST), AUTHOR)
    listed = workbook.create_sheet(_free(title, workbook.sheetnames))
    for mark_ in marks:
        listed.append([mark_[0], mark_[1], mark_[2], mark_[3]])
    return _saved(workbook)


def _only(workbook: Any) -> str:
    """The sheet of a file that has one, whatever it is called."""
    names: list[str] = workbook.sheetnames
    return names[0] if len(names) == 1 else ""


def _is_merged(cell: Any) -> bool:
    return type(cell).__name__ == "MergedCell"


def _free(title: str, names: list[str]) -> str:
    """A name that no sheet has."""
    number, name = 1, title
    while name in names:
        number += 1
        name = f"{title} {number}"
    return name


def _saved(workbook: Any) -> bytes:
    from openpyxl.worksheet._writer import WorksheetWriter
    from openpyxl.writer.excel import ExcelWriter

    class InMemory(ExcelWriter):
        """Writes each sheet in memory: openpyxl would make a file of it."""

        def write_worksheet(self, ws: Any) -> None:
            from openpyxl.drawing.spreadsheet_drawing import SpreadsheetDrawing

            ws._drawing = SpreadsheetDrawing()
            ws._drawing.charts = ws._charts
            ws._drawing.images = ws._images
            written = BytesIO()
            writer = WorksheetWriter(ws, written)
            writer.write()
            self._archive.writestr(ws.path[1:], written.getvalue())
            self.manifest.append(ws)

    target = BytesIO()
    with ZipFile(target, "w", ZIP_DEFLATED, allowZip64=True) as archive:
        InMemory(workbook, archive).save()
    return target.getvalue()


def main() -> None:
    """Answer the question on stdin and end."""
    confine()
    question = pickle.load(sys.stdin.buffer)
    warm_up()
    open_nothing_more("utf-8")
    try:
        answer = ("marked", mark(**question))
    except Exception:  # what somebody sent may break it in any way: its mistakes are on the page
        answer = ("refused", b"")
    sys.stdout.buffer.write(pickle.dumps(answer))


def warm_up() -> None:
    """Load all that opening and writing a workbook loads, while it still may."""
    from openpyxl import Workbook

    sample = Workbook()
    sample.active["A1"] = 1
    mark(_saved(sample), [("Sheet", 1, "A", "x")], "x")


if __name__ == "__main__":
    main()
