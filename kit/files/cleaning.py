"""Text as files bring it into text as it is kept: composed, without marks that nobody sees. Pure.

A text that was read with another encoding than it was written with is not kept: some of its
letters may still be told, and others are lost. Runs in the child.
"""

import re

from kit.files.limits import LONGEST_CELL
from kit.text import tidy_lines

#: A byte that is not UTF-8 in a file that otherwise is; it is read as one of these.
STRAY = re.compile("[\udc80-\udcff]")
_SPOILT = re.compile(
    "[\udc80-\udcff\ufffd]"
    # UTF-8 read as Windows-1252 or Latin-1; a closing mark after a true «Ã» is left alone.
    r"|Ã[\x80-\x9f\xa0-\xba\xbc-\xbf€‚ƒ„†‡ˆ‰Š‹ŒŽ‘“•˜™š›œžŸ]|Â[\xa0-\xbf]|â€|ï»\xbf|ï\xbf½|Ì[\x80-\x9fƒˆ]"
    # UTF-8 read as Mac Roman, and as the code pages of DOS.
    r"|√[±≠©≥∫°ëâÅçìöº\xbfÄ]|├"
    # The code pages of DOS and of databases read as Windows-1252, within a word.
    r"|(?<=[^\W\d_])[¡¢£¤¥‚‡\xbf](?=[^\W\d_])"
)


def is_spoilt(text: str) -> bool:
    """Whether letters of it were changed or lost on their way."""
    return bool(_SPOILT.search(text))


class Cleaner(dict[str, str | None]):
    """Each text of a file and how it is kept, None for a blank; equal texts are one object.

    ``spoilt`` are those that cannot be kept, ``long`` those with more text than a cell has.
    """

    def __init__(self) -> None:
        super().__init__()
        self.spoilt: set[str] = set()
        self.long: set[str] = set()

    def __missing__(self, text: str) -> str | None:
        read: str | None = text
        if len(text) > LONGEST_CELL:
            self.long.add(text)
        elif not text.isascii() and is_spoilt(text):
            self.spoilt.add(text)
        else:
            read = tidy_lines(text)
        self[text] = read
        return read
