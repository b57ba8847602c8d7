"""Text with delimiters into rows, whatever its encoding and delimiter. Pure; runs in the child."""

import csv
import re
from collections import Counter
from collections.abc import Iterator
from io import StringIO
from itertools import islice

from kit.files.cleaning import STRAY, Cleaner
from kit.files.limits import MAX_CELLS, Limits
from kit.files.refusing import Refused, refuse_spoilt

SUFFIXES = (".csv", ".txt", ".tsv")
DELIMITERS = (";", ",", "\t", "|")
#: The records by which a delimiter is told, below whatever title stands above.
LOOKED_AT = 40
HEAD = 1024 * 1024  # characters
_PAGES = ("<!doctype", "<html", "<table", "<?xml", "<head", "<meta")
_OTHERS = ("%PDF-", "{\\rtf")
#: How Excel says a delimiter; saved again, the delimiter is repeated up to the last column.
_HINT = re.compile(r'"?sep=(?P<mark>.)"?(?P=mark)*[ ]*(\r\n|\r|\n|$)', re.IGNORECASE)

Rows = list[list[str | None]]


def read_text(
    content: bytes, limits: Limits, *, delimiter: str = "", encoding: str = ""
) -> tuple[Rows, list[int]]:
    """The rows that hold something and their numbers as a spreadsheet counts them."""
    text = _decoded(content, encoding)
    start = text[:200].lstrip().lower()
    if start.startswith(_PAGES):
        raise Refused("page")
    if text.startswith(_OTHERS):
        raise Refused("not text")
    if hint := _HINT.match(text):
        text = text[hint.end() :]
        delimiter = delimiter or hint["mark"]
    clean = Cleaner()
    rows: Rows = []
    numbers: list[int] = []
    cells = 0
    for number, record in _records(text, delimiter or _delimiter(text)):
        if any(map(str.strip, record)):
            if number > limits.rows:
                raise Refused("rows", row=number, limit=limits.rows)
            cells += len(record)
            if len(record) > limits.columns or cells > MAX_CELLS:
                raise Refused("columns", row=number, count=len(record), limit=limits.columns)
            # Answers repeat: one object for each makes the table small, and cheap to hand over.
            rows.append([clean[cell] if cell else None for cell in record])
            numbers.append(number)
    refuse_spoilt("", rows, numbers, clean)
    return rows, numbers


def _records(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    number = 0
    try:
        for record in csv.reader(StringIO(text, newline=""), delimiter=delimiter, strict=True):
            number += 1
            yield number, record
    except csv.Error as error:
        code = "long cell" if "field limit" in str(error) else "quotation"
        raise Refused(code, row=number + 1, limit=csv.field_size_limit()) from error


def _decoded(content: bytes, encoding: str) -> str:
    """UTF-8 with or without its mark, UTF-16 by its mark, or else what Windows writes.

    Text that is UTF-8 but for some bytes keeps them as strays, which ``Cleaner`` tells: Windows
    would read it all, and every other letter wrong.
    """
    guess = encoding
    if not guess:
        is_utf_16 = content.startswith((b"\xff\xfe", b"\xfe\xff"))
        guess = "utf-16" if is_utf_16 else "utf-8-sig"
    try:
        text = content.decode(guess)
    except LookupError as error:
        raise Refused("not text") from error
    except UnicodeDecodeError as error:
        if not guess.startswith("utf-8"):
            raise Refused("not text") from error
        text = _nearly_utf_8(content, is_said=bool(encoding))
    if "\0" in text:
        raise Refused("not text")
    return text.removeprefix("\ufeff")


def _nearly_utf_8(content: bytes, *, is_said: bool) -> str:
    text = content.decode("utf-8-sig", "surrogateescape")
    strays = len(STRAY.findall(text))
    others = sum(not character.isascii() for character in text) - strays
    if is_said or others >= strays:
        return text
    try:
        return content.decode("cp1252")
    except UnicodeDecodeError as error:
        raise Refused("not text") from error


def _delimiter(text: str) -> str:
    """What splits most of the first records into cells alike; among those, into most cells."""
    best = (0, 0)
    chosen = DELIMITERS[0]
    for mark in DELIMITERS:
        widths = Counter(_widths(text, mark))
        count, width = max(((count, width) for width, count in widths.items()), default=(0, 0))
        if (count, width) > best:
            best, chosen = (count, width), mark
    return chosen


def _widths(text: str, mark: str) -> list[int]:
    """The cells of each of the first records that are split at all."""
    widths = []
    try:
        records = csv.reader(StringIO(text[:HEAD], newline=""), delimiter=mark)
        for record in islice(records, LOOKED_AT):
            widths.append(len(record))
    except csv.Error:  # told with its row once the delimiter is known
        pass
    return [width for width in widths if width > 1]
