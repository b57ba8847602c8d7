"""Bytes into grids: asked of a child process, answered or refused in the person's language."""

import io
import logging
import pickle
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kit.cells import Broken, failed, not_computed
from kit.errors import InvalidFile, RowError
from kit.files.grid import Grid
from kit.files.limits import SECONDS, Limits
from kit.numbers import grouped

logger = logging.getLogger(__name__)

ROOT = Path(__file__).parents[2]
COMMAND = [sys.executable, "-m", "kit.files.child"]
#: Nothing of ours goes along, such as passwords; one thread, since each reserves memory.
ENVIRONMENT = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}

REFUSALS = {
    "damaged": gettext_lazy(
        "The file is damaged and cannot be opened: save it again and upload it."
    ),
    "password": gettext_lazy("The file has a password: save it without one and upload it again."),
    "old excel": gettext_lazy(
        "This is the format of Excel 97-2003 (.xls): open it and save it as .xlsx."
    ),
    "other inside": gettext_lazy(
        "«%(name)s» is not an Excel workbook inside, whatever its name says: open it in a "
        "spreadsheet and save it as .xlsx."
    ),
    "not a workbook": gettext_lazy("The file is not an Excel or LibreOffice workbook."),
    "not statistical": gettext_lazy("This is not a readable Stata or SPSS file."),
    "format": gettext_lazy("Only %(formats)s files can be read."),
    "page": gettext_lazy(
        "The file is a web page inside: open it in a spreadsheet and save it as .xlsx."
    ),
    "not text": gettext_lazy(
        "The file is not text, or not in that encoding: save it as .xlsx or CSV UTF-8."
    ),
    "quotation": gettext_lazy("A quotation mark is not closed."),
    "long cell": gettext_lazy("A cell has far more text than it should."),
    "no rows": gettext_lazy("The file has no rows."),
    "rows": gettext_lazy("The file has more than %(limit)s rows: split it in two."),
    "columns": gettext_lazy(
        "The row has %(count)s cells, and the most are %(limit)s and six million in all."
    ),
    "sheets": gettext_lazy(
        "The first sheet is empty and these have data: %(names)s. Leave only the one to read."
    ),
    "extent": gettext_lazy(
        "The sheet «%(sheet)s» reaches row %(last_row)d and column %(last_column)d: delete what "
        "is below and to the right of your data."
    ),
    "unpacked": gettext_lazy(
        "The file unpacks to far more than it should: copy your rows to a new workbook."
    ),
    "memory": gettext_lazy(
        "Reading the file takes far more memory than it should: copy your rows to a new workbook."
    ),
    "time": gettext_lazy(
        "Reading the file takes longer than %(seconds)d seconds: split it in two, or copy your "
        "rows to a new workbook."
    ),
}


def check_size(size: int, limits: Limits) -> None:
    """Raise InvalidFile for an empty file or one above the limit, before anything is read."""
    if not size:
        raise InvalidFile(_("The file is empty."))
    if size > limits.size:
        raise InvalidFile(
            _("The file has %(size)s and the most is %(limit)s: split it in two.")
            % {"size": filesizeformat(size), "limit": filesizeformat(limits.size)}
        )


def read_grids(
    name: str,
    content: bytes,
    *,
    limits: Limits,
    only_one: bool = False,
    delimiter: str = "",
    encoding: str = "",
) -> tuple[list[Grid], list[str]]:
    """Every sheet of a file, told by its content and then by its name; one for what has one table.

    With ``only_one``, the only sheet with data, or else the first, and the names of the others.
    Raises InvalidFile, saying where and what to do.
    """
    check_size(len(content), limits)
    question = {
        "name": name,
        "content": content,
        "limits": limits,
        "only_one": only_one,
        "delimiter": delimiter,
        "encoding": encoding,
    }
    kind, *answer = _answer_of_child(pickle.dumps(question))
    if kind == "refused":
        raise _refusal(*answer)
    sheets, others = answer
    return [_grid(*sheet) for sheet in sheets], others


# -- The child ------------------------------------------------------------------------------------
class _PlainUnpickler(pickle.Unpickler):
    """What a hostile file could make the child say is data: nothing but days and hours is made."""

    def find_class(self, module: str, name: str) -> Any:
        if module == "datetime" and name in ("date", "datetime", "time", "timedelta"):
            return super().find_class(module, name)
        raise pickle.UnpicklingError(f"{module}.{name}")


def _answer_of_child(question: bytes) -> tuple[Any, ...]:
    """The child's answer. A child of the operating system: Celery's workers may have no other."""
    try:
        done = run(COMMAND, question)
    except subprocess.TimeoutExpired:
        return "refused", "time", ("", 0, ""), {"seconds": SECONDS}
    if done.returncode == 0:
        answer: tuple[Any, ...] = _PlainUnpickler(io.BytesIO(done.stdout)).load()
        return answer
    # Where it ended, not its words: they may quote the file, which holds personal data.
    frames = [line.decode() for line in done.stderr.splitlines() if line.startswith(b"  File")]
    logger.error("The reader of files ended with %d. %s", done.returncode, " ".join(frames))
    if done.returncode == -signal.SIGXCPU:
        return "refused", "time", ("", 0, ""), {"seconds": SECONDS}
    return "refused", "memory" if done.returncode < 0 else "damaged", ("", 0, ""), {}


def run(command: Sequence[str], question: bytes) -> "subprocess.CompletedProcess[bytes]":
    """What a child answers. Raises TimeoutExpired, and the child is no more."""
    return subprocess.run(
        command, input=question, capture_output=True, cwd=ROOT, env=ENVIRONMENT, timeout=SECONDS
    )


def _refusal(code: str, place: tuple[str, int, str], figures: Mapping[str, Any]) -> InvalidFile:
    words = dict(figures, sheet=place[0])
    for name in {"names", "formats"} & words.keys():
        words[name] = ", ".join(words[name])
    for name in {"limit", "count"} & words.keys():
        words[name] = grouped(words[name])
    message = str(REFUSALS[code]) % words
    return InvalidFile(message, [RowError(*place, message)] if place[1] else [])


def _grid(
    name: str,
    rows: list[list[Any]],
    numbers: list[int],
    broken: Mapping[tuple[int, int], str],
    merged: Any,
    labels: Any,
) -> Grid:
    places = {number: place for place, number in enumerate(numbers)} if broken else {}
    for (row, column), value in broken.items():
        rows[places[row]][column - 1] = Broken(failed(value) if value else not_computed())
    return Grid(name, rows, numbers, merged, labels)
