"""Text with delimiters into rows, whatever its encoding and delimiter. Pure; runs in the child."""

import csv
from collections.abc import Iterator
from io import StringIO
from sys import intern

from kit.files.limits import MAX_CELLS, Limits
from kit.files.refusing import Refused

SUFFIXES = (".csv", ".txt", ".tsv")
DELIMITERS = (";", ",", "\t", "|")
_PAGES = ("<!doctype", "<html", "<table", "<?xml", "<head", "<meta")
_OTHERS = ("%PDF-", "{\\rtf")

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
    delimiter, text = (delimiter, text) if delimiter else _delimited(text)
    rows: Rows = []
    numbers: list[int] = []
    cells = 0
    for number, record in _records(text, delimiter):
        if any(map(str.strip, record)):
            if number > limits.rows:
                raise Refused("rows", row=number, limit=limits.rows)
            cells += len(record)
            if len(record) > limits.columns or cells > MAX_CELLS:
                raise Refused("columns", row=number, count=len(record), limit=limits.columns)
            # Answers repeat: one object for each makes the table small, and cheap to hand over.
            rows.append([intern(cell) if cell else None for cell in record])
            numbers.append(number)
    return rows, numbers


def _records(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    number = 0
    try:
        for record in csv.reader(StringIO(text, newline=""), delimiter=delimiter, strict=True):
            number += 1
            yield number, record
    except csv.Error as error:
        code = "long cell" if "field limit" in str(error) else "quotation"
        raise Refused(code, row=number + 1) from error


def _decoded(content: bytes, encoding: str) -> str:
    """UTF-8 with or without its mark, UTF-16 by its mark, or else what Windows writes."""
    guesses = [encoding] if encoding else ["utf-8-sig", "cp1252"]
    if not encoding and content.startswith((b"\xff\xfe", b"\xfe\xff")):
        guesses = ["utf-16"]
    for guess in guesses:
        try:
            text = content.decode(guess)
        except (UnicodeDecodeError, LookupError):
            continue
        if "\0" not in text:
            return text.removeprefix("\ufeff")
    raise Refused("not text")


def _delimited(text: str) -> tuple[str, str]:
    """The delimiter, and the text without the «sep=;» by which Excel may say it.

    Otherwise it is what splits the first line that can be split into most cells.
    """
    first, _newline, rest = text.partition("\n")
    hint = first.rstrip("\r").strip('"')
    if hint.lower().startswith("sep=") and len(hint) == 5:
        return hint[4], rest
    for line in text.splitlines()[:15]:
        counts = [len(next(csv.reader([line], delimiter=mark), [])) for mark in DELIMITERS]
        if max(counts) > 1:
            return DELIMITERS[counts.index(max(counts))], text
    return DELIMITERS[0], text
