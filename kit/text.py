"""Text as it is kept, whoever sends it: a form, a program, a telephone or a file. Pure.

Context: «Ángela » with a space, a mark of width zero or an accent of its own is another name for
whatever compares, and looks the same to whoever reads.
Decision: one normaliser at every door (``kit.forms.TextField``, ``kit.machines.TidyField``,
``kit.files``), none behind it. Imports nothing of ours or Django's: it also runs in the child that
reads files.
"""

import re
import unicodedata

_LINE_END = re.compile("\r\n|[\n\r\x0b\x0c\x85\u2028\u2029]")


def tidy(text: str) -> str | None:
    """One line composed (NFC), without what nobody sees: marks, hard and doubled spaces."""
    if text.isascii() and text.isalnum():
        return text
    composed = unicodedata.normalize("NFC", text)
    visible = "".join(c for c in composed if c.isspace() or unicodedata.category(c)[0] != "C")
    return " ".join(visible.split()) or None


def tidy_lines(text: str) -> str | None:
    """Each line tidied, and none empty at either end; lines and paragraphs stay as written."""
    lines = [tidy(line) or "" for line in _LINE_END.split(text)]
    return "\n".join(lines).strip("\n") or None


def shortened(text: str, longest: int) -> str:
    """The text as a label or a quotation shows it: what is left out leaves a «…» behind."""
    return text if len(text) <= longest else f"{text[: longest - 1].rstrip()}…"
