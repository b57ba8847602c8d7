"""What runs in the child process: one file in by stdin, its sheets or a refusal out by stdout.

It may take no more memory and time than ``limits`` say; whatever kills it, its parent lives. Only
what its file needs is imported, since that is most of what reading a small one costs: no Django,
pyreadstat for Stata and SPSS alone, archives and XML for workbooks alone. It starts without our
environment and with no file of ours open. For workbooks and text it then gives up opening any file
or connection, so that what a hostile one makes it do reaches nothing; the readers of Stata and SPSS
load their tables of letters while they read, and may write nothing.
"""

import codecs
import datetime  # noqa: F401  the reader of workbooks makes days of it, and may not open it then
import gc
import pickle
import posixpath
import resource
import sys
from contextlib import suppress
from typing import Any

from kit.files import statistical, text
from kit.files.limits import MEMORY, SECONDS, Limits
from kit.files.refusing import Refused

Sheet = tuple[Any, ...]  # name, rows, numbers, broken, merged, labels

ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")


def read(
    name: str,
    content: bytes,
    limits: Limits,
    *,
    only_one: bool,
    delimiter: str,
    encoding: str,
    sheet: str,
    known: frozenset[str],
) -> tuple[list[Sheet], list[str]]:
    """The sheets of a file, and the names of those left out. Raises Refused."""
    suffix = posixpath.splitext(name)[1].lower()
    if content.startswith(ZIP):
        import python_calamine  # noqa: F401  who opens nothing more can load nothing more

        from kit.files import workbooks  # noqa: PLC0415  it would take half of the time of a CSV
    if suffix not in statistical.SUFFIXES:
        open_nothing_more(encoding)
    if content.startswith(ZIP):
        sheets, others = workbooks.read_workbook(
            content, limits, only_one=only_one, sheet=sheet, known=known
        )
        return [(*read[:3], read.scan.broken, read.scan.merged, {}) for read in sheets], others
    if content.startswith(OLE):
        # A workbook with a password is a compound file, as are those of Excel 97.
        raise Refused("password" if _ENCRYPTED in content else "old excel")
    if suffix in limits.formats and suffix in statistical.SUFFIXES:
        rows, labels = statistical.read_statistical(suffix, content, limits)
        return [("", rows, list(range(len(rows))), {}, (), labels)], []
    if suffix in limits.formats and suffix in text.SUFFIXES:
        table = text.read_text(content, limits, delimiter=delimiter, encoding=encoding)
        return [("", *table, {}, (), {})], []
    if suffix in limits.formats or suffix == ".xls":
        raise Refused("other inside", name=name)
    raise Refused("format", formats=[extension[1:].upper() for extension in limits.formats])


def main() -> None:
    """Answer the question on stdin and end."""
    confine()
    gc.disable()  # it makes no cycles and lives for one file: collecting takes half of its time
    question = pickle.load(sys.stdin.buffer)
    answer: bytes
    try:
        answer = pickle.dumps(("read", *read(**question)), protocol=5)
    except Refused as refusal:
        parts = (refusal.code, refusal.place, refusal.cells, refusal.figures)
        answer = pickle.dumps(("refused", *parts))
    except MemoryError:
        answer = pickle.dumps(("refused", "memory", ("", 0, ""), [], {}))
    sys.stdout.buffer.write(answer)


def confine() -> None:
    """Take no more memory and time than the limits, and write no file, not even one of memory."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # what it reads holds personal data
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    # At the soft limit it is told so (SIGXCPU), and its parent can say that it was time.
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS + 1))


def open_nothing_more(encoding: str) -> None:
    """Load the encodings that text may have, and then open no file or connection again."""
    for name in ("utf-8-sig", "utf-16", "cp1252", "latin-1", "cp437", encoding or "utf-8"):
        with suppress(LookupError):
            codecs.lookup(name)
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))


if __name__ == "__main__":
    main()
