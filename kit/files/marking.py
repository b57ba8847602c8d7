"""A workbook given back with its wrong cells marked: hers, as she sent it, and why beside each.

A workbook of Excel is opened and written again in a child process, as it is read in one: it is
what somebody sent. Of any other table the cells that were read are written as a workbook.
"""

import pickle
import sys
from collections.abc import Sequence
from io import BytesIO
from pathlib import PurePath

from django.utils.translation import gettext as _

from kit.errors import InvalidFile, RowError
from kit.files.limits import Limits
from kit.files.marker import Mark, mark
from kit.files.reading import answer_of_child, read_grids

COMMAND = (sys.executable, "-m", "kit.files.marker")


def marked_name(file_name: str) -> str:
    """The name of the file that goes back."""
    return f"{PurePath(file_name).stem}-marcado.xlsx"


def marked_workbook(
    name: str, content: bytes, mistakes: Sequence[RowError], *, limits: Limits
) -> bytes:
    """An XLSX with each mistake beside its cell, and all of them on a sheet. Raises InvalidFile."""
    marks = [_mark(mistake) for mistake in mistakes]
    title = _("Mistakes")
    if content.startswith(b"PK") and PurePath(name).suffix.lower() == ".xlsx":
        question = {"content": content, "marks": marks, "title": title}
        kind, *answer = answer_of_child(pickle.dumps(question), command=COMMAND)
        if kind == "marked":
            marked: bytes = answer[0]
            return marked
        raise InvalidFile(_("The file cannot be marked: see its mistakes on the page."))
    return mark(_as_workbook(name, content, limits), marks, title)


def _mark(mistake: RowError) -> Mark:
    """Where its cell is: «C · Organización» is of column C; without one, the row is marked."""
    letters = mistake.column.partition(" ")[0]
    is_column = letters.isascii() and letters.isupper() and len(letters) <= 3
    return (mistake.sheet, mistake.row, letters if is_column else "A", mistake.message)


def _as_workbook(name: str, content: bytes, limits: Limits) -> bytes:
    """The cells that were read of another kind of file, as an XLSX, each row where it was."""
    from openpyxl import Workbook

    grids, _left_out = read_grids(name, content, limits=limits)
    workbook = Workbook()
    workbook.remove(workbook.active)
    for grid in grids:
        sheet = workbook.create_sheet(grid.name or None)
        for number, row in zip(grid.numbers, grid.rows, strict=True):
            for place, value in enumerate(row, start=1):
                if isinstance(value, bool | int | float | str) or hasattr(value, "isoformat"):
                    cell = sheet.cell(row=number, column=place, value=value)
                    if isinstance(value, str):
                        cell.data_type = "s"
    target = BytesIO()
    workbook.save(target)
    return target.getvalue()
