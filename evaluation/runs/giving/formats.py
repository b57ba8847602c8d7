"""The files that a finished run is given away as. What writes them is loaded when it is asked."""

from dataclasses import dataclass
from importlib import import_module
from typing import Any

from evaluation.runs.giving.document import document_of, quotations
from evaluation.runs.giving.pictures import pictures_of
from evaluation.runs.hiding import result_of
from evaluation.runs.kinds import kind_of
from evaluation.runs.models import Run
from kit.figures import short_language


@dataclass(frozen=True)
class FileFormat:
    """A kind of file: its media type, and the module whose ``write`` makes it."""

    content_type: str
    writer: str


_OFFICE = "application/vnd.openxmlformats-officedocument"
FORMATS = {
    "pdf": FileFormat("application/pdf", "paper"),
    "docx": FileFormat(f"{_OFFICE}.wordprocessingml.document", "word"),
    "xlsx": FileFormat(f"{_OFFICE}.spreadsheetml.sheet", "workbook"),
    "md": FileFormat("text/markdown; charset=utf-8", "markdown"),
}


def written(run: Run, format: str, *, whole: bool) -> bytes:
    """The finished run in that format, in the language that is active; ``whole`` for evaluators."""
    kind, result = kind_of(run), result_of(run, whole=whole)
    document = document_of(run, (*kind.page.blocks(run, result), *quotations(run)))
    writer: Any = import_module(f"evaluation.runs.giving.{FORMATS[format].writer}")
    if format == "xlsx":
        content: bytes = writer.write(document, kind.export.HEADINGS, kind.export.long_rows(result))
        return content
    content = writer.write(document, pictures_of(run, short_language()))
    return content
