"""Bytes into grids: asked of a child process, answered or refused in the person's language."""

import io
import logging
import os
import pickle
import selectors
import signal
import subprocess
import sys
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from threading import BoundedSemaphore
from time import monotonic
from typing import Any

from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kit.cells import Broken, failed, not_computed, shown
from kit.errors import InvalidFile, RowError
from kit.files.cleaning import STRAY
from kit.files.grid import Grid
from kit.files.limits import ANSWER, CHILDREN, SECONDS, WAIT_SECONDS, Limits
from kit.numbers import grouped

logger = logging.getLogger(__name__)

ROOT = Path(__file__).parents[2]
COMMAND = [sys.executable, "-m", "kit.files.child"]
#: Nothing of ours goes along, such as passwords; one thread, since each reserves memory.
ENVIRONMENT = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
#: What a child may complain: the end of it is logged.
COMPLAINT = 64 * 1024
PIECE = 64 * 1024

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
    "spoilt": gettext_lazy(
        "The file was saved or read with another encoding, and letters of it are spoilt: save it "
        "again as .xlsx or CSV UTF-8 where it was made, or write these cells again."
    ),
    "quotation": gettext_lazy("A quotation mark is not closed."),
    "long cell": gettext_lazy(
        "A cell has far more text than it should, above %(limit)s characters: a quotation mark "
        "may be open, or this is no table."
    ),
    "no rows": gettext_lazy("The file has no rows."),
    "rows": gettext_lazy("The file has more than %(limit)s rows: split it in two."),
    "columns": gettext_lazy(
        "The row has %(count)s cells, and the most are %(limit)s and six million in all."
    ),
    "sheets": gettext_lazy(
        "More than one sheet has data and none has the headings: %(names)s. Say which one to read, "
        "or leave only that one."
    ),
    "no sheet": gettext_lazy(
        "The file has no sheet «%(name)s» with data. Those that have are: %(names)s."
    ),
    "answer": gettext_lazy(
        "The file holds more text than can be taken at a time: split it in two."
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


class Busy(InvalidFile):
    """Too many files are being read; nothing is wrong with this one."""

    status = 503


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
    sheet: str = "",
    known: Collection[str] = (),
) -> tuple[list[Grid], list[str]]:
    """Every sheet of a file, told by its content and then by its name; one for what has one table.

    With ``only_one``, the sheet that somebody named, or that with most of the ``known`` headings
    (plain), or the only table. Beside them, the names of those with data that were not read.
    Raises InvalidFile, saying where and what to do, and Busy.
    """
    check_size(len(content), limits)
    question = {
        "name": name,
        "content": content,
        "limits": limits,
        "only_one": only_one,
        "delimiter": delimiter,
        "encoding": encoding,
        "sheet": sheet,
        "known": frozenset(known),
    }
    kind, *answer = answer_of_child(pickle.dumps(question))
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


_places = BoundedSemaphore(CHILDREN)
_NOWHERE = ("", 0, "")


def answer_of_child(question: bytes, *, command: Sequence[str] = ()) -> tuple[Any, ...]:
    """The answer of the reader, or of ``command``.

    It is a child of the operating system: Celery's workers may have no other.
    """
    if not _places.acquire(timeout=WAIT_SECONDS):
        raise Busy(_("Many files are being read at this moment: send it again in a minute."))
    try:
        done = run(command or COMMAND, question)
    except subprocess.TimeoutExpired:
        return "refused", "time", _NOWHERE, [], {"seconds": SECONDS}
    except TooLong:
        return "refused", "answer", _NOWHERE, [], {}
    finally:
        _places.release()
    if done.returncode == 0:
        answer: tuple[Any, ...] = _PlainUnpickler(io.BytesIO(done.stdout)).load()
        return answer
    # Where it ended, not its words: they may quote the file, which holds personal data.
    frames = [line.decode() for line in done.stderr.splitlines() if line.startswith(b"  File")]
    logger.error("The reader of files ended with %d. %s", done.returncode, " ".join(frames))
    if done.returncode == -signal.SIGXCPU:
        return "refused", "time", _NOWHERE, [], {"seconds": SECONDS}
    return "refused", "memory" if done.returncode < 0 else "damaged", _NOWHERE, [], {}


class TooLong(Exception):
    """A child answered more than it may."""


def run(command: Sequence[str], question: bytes) -> "subprocess.CompletedProcess[bytes]":
    """What a child answers. Raises TimeoutExpired or TooLong, and the child is no more."""
    pipe = subprocess.PIPE
    child = subprocess.Popen(
        command, stdin=pipe, stdout=pipe, stderr=pipe, bufsize=0, cwd=ROOT, env=ENVIRONMENT
    )
    with child:
        try:
            answer, complaint = _converse(child, question, ends_at=monotonic() + SECONDS)
            return subprocess.CompletedProcess(command, child.wait(), answer, complaint)
        finally:
            child.kill()  # when it has ended, this does nothing


def _converse(
    child: "subprocess.Popen[bytes]", question: bytes, *, ends_at: float
) -> tuple[bytes, bytes]:
    """Ask, and hear no more than may be said until ``ends_at``."""
    assert child.stdin
    assert child.stdout
    assert child.stderr
    limits = {child.stdout: ANSWER, child.stderr: COMPLAINT}
    heard = {stream: bytearray() for stream in limits}
    rest = memoryview(question)
    os.set_blocking(child.stdin.fileno(), False)
    with selectors.DefaultSelector() as pipes:
        pipes.register(child.stdin, selectors.EVENT_WRITE)
        for stream in limits:
            pipes.register(stream, selectors.EVENT_READ)
        while pipes.get_map():
            ready = pipes.select(ends_at - monotonic())
            if monotonic() > ends_at:
                raise subprocess.TimeoutExpired(child.args, SECONDS)
            for key, _event in ready:
                pipe: Any = key.fileobj
                if pipe is child.stdin:
                    rest = rest[_sent_to(key.fd, rest) :]
                    is_over = not rest
                else:
                    piece = os.read(key.fd, PIECE)
                    heard[pipe] += piece
                    is_over = not piece
                    if len(heard[pipe]) > limits[pipe]:
                        raise TooLong
                if is_over:
                    pipes.unregister(pipe)
                    pipe.close()
    return bytes(heard[child.stdout]), bytes(heard[child.stderr])


def _sent_to(fd: int, rest: memoryview) -> int:
    """How much of the rest the child took; all of it when it hears no more."""
    try:
        return os.write(fd, rest[:PIECE])
    except BlockingIOError:
        return 0
    except BrokenPipeError:
        return len(rest)


def _refusal(
    code: str,
    place: tuple[str, int, str],
    cells: Sequence[tuple[str, int, str, str]],
    figures: Mapping[str, Any],
) -> InvalidFile:
    words = dict(figures, sheet=place[0])
    for name in {"names", "formats"} & words.keys():
        words[name] = ", ".join(words[name])
    for name in {"limit", "count"} & words.keys():
        words[name] = grouped(words[name])
    message = str(REFUSALS[code]) % words
    errors = [RowError(*place, message)] if place[1] else []
    spoilt = (RowError(*cell[:3], _spoilt(cell[3])) for cell in cells)
    return InvalidFile(message, [*errors, *spoilt])


def _spoilt(text: str) -> str:
    """What is wrong with the letters of a cell, and what it probably said."""
    seen = {"value": shown(STRAY.sub("\ufffd", text))}
    if "\ufffd" in seen["value"]:
        return _("«%(value)s» has a letter that was lost: write it again.") % seen
    for wrong in ("cp1252", "latin-1", "mac-roman", "cp850"):
        try:
            meant = text.encode(wrong).decode()
        except UnicodeError:
            continue
        message = _("«%(value)s» has spoilt letters: it was probably «%(meant)s».")
        return message % (seen | {"meant": shown(meant)})
    return _("«%(value)s» has spoilt letters: write it again.") % seen


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
