"""Headings of a table: how two are compared, and in which row of a sheet they stand. Pure."""

import re
import unicodedata
from collections.abc import Collection, Sequence
from typing import Any

#: A title, a logo or a note may stand above the headings.
HEADING_ROWS = 15
#: What ODK, Kobo and SurveyCTO write between a group and its question.
_GROUPED = re.compile("[/.:-]")
_NUMBER = re.compile(r"[-+$]?\s?[0-9][0-9.,'\s]*%?")


def plain(text: str) -> str:
    """Text to compare by: lower case, no accents, no punctuation at its ends."""
    decomposed = unicodedata.normalize("NFKD", text)
    letters = "".join(c for c in decomposed if not unicodedata.combining(c))
    return " ".join(letters.casefold().split()).strip(" *:.")


def column_letters(column: int) -> str:
    """The column as the spreadsheet heads it: 1 is A, 28 is AB."""
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def last_part(heading: str) -> str:
    """A heading without the groups before it: «hogar/ingreso/ventas» is «ventas»."""
    return _GROUPED.split(heading.strip())[-1].strip()


def known_in(row: Sequence[Any], known: Collection[str]) -> int:
    """How many cells of a row are known headings; ``known`` are plain."""
    texts = [cell for cell in row if isinstance(cell, str)]
    return sum(plain(text) in known or plain(last_part(text)) in known for text in texts)


def heading_place(rows: Sequence[Sequence[Any]], known: Collection[str]) -> int:
    """The place of the row that heads a table: the one with most known headings, two at least.

    Where none has two, the first row; or, below titles alone in their rows, the first that has
    only words, each in its column.
    """
    first = rows[:HEADING_ROWS]
    counts = [known_in(row, known) for row in first]
    if max(counts, default=0) >= 2:
        return counts.index(max(counts))
    for place, row in enumerate(first):
        filled = [cell for cell in row if cell is not None]
        if len(filled) > 1:
            return place if place and _are_words(filled) else 0
    return 0


def looks_like_table(rows: Sequence[Sequence[Any]]) -> bool:
    """Whether two rows or more have two cells or more."""
    return sum(sum(cell is not None for cell in row) > 1 for row in rows) > 1


def _are_words(cells: Sequence[Any]) -> bool:
    return all(isinstance(cell, str) and not _NUMBER.fullmatch(cell) for cell in cells)
