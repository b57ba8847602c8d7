"""A document for paper (PDF)."""

from collections.abc import Iterator
from functools import lru_cache
from html import escape
from io import BytesIO
from itertools import zip_longest
from typing import Any

from django.utils.translation import gettext as _
from reportlab.lib.colors import HexColor
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase.pdfmetrics import registerFont, stringWidth
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import CondPageBreak, Image, LongTable, SimpleDocTemplate, Spacer
from reportlab.platypus import Paragraph as Text

from evaluation.runs.drawing import INK, LEAF, MUTED, ChartView
from evaluation.runs.giving.document import Handout, Heading, Paragraph
from evaluation.runs.giving.pictures import Picture
from evaluation.runs.tables import ReportTable
from kit.figures import number

#: Points: the margin of an A4 sheet and the width that is left.
MARGIN, WIDTH = 48, 487
#: Points: the widest and the tallest chart; the rows behind it mostly fit on its page.
WIDEST, TALLEST = 365, 380
#: Points that must be left on a page to begin a table on it, or what stands under a heading.
ROOM = 110
#: Points: the letters of a table.
_SIZE = 7


def write(document: Handout, picture: Picture) -> bytes:
    """The document as PDF with its title and numbered pages; the same document, the same bytes."""
    _styles()  # registers the type that widths are measured with
    file = BytesIO()
    paper = SimpleDocTemplate(
        file,
        pagesize=A4,
        title=document.title,
        **dict.fromkeys(("leftMargin", "rightMargin", "topMargin", "bottomMargin"), MARGIN),
        invariant=1,
    )
    paper.build(list(_flow(document, picture)), onFirstPage=_foot, onLaterPages=_foot)
    return file.getvalue()


def _flow(document: Handout, picture: Picture) -> Iterator[Any]:
    yield _text(document.title, "title")
    for line in document.lines:
        yield _text(line, "muted")
    for block, following in zip_longest(document.blocks, document.blocks[1:]):
        if isinstance(block, Heading):
            yield CondPageBreak(TALLEST + ROOM if isinstance(following, ChartView) else ROOM)
            yield _text(block.text, "section" if block.level == 1 else "part")
        else:
            yield from _block(block, picture)


def _block(block: Paragraph | ReportTable | ChartView, picture: Picture) -> Iterator[Any]:
    if isinstance(block, Paragraph):
        yield _text(block.text, "body")
    elif isinstance(block, ChartView):
        yield from _chart(block, picture)
        yield from _table(block.table)
    else:
        yield from _table(block)


def _chart(chart: ChartView, picture: Picture) -> Iterator[Any]:
    png = picture(chart.name)
    if png:
        width, height = ImageReader(BytesIO(png)).getSize()
        scale = min(WIDEST / width, TALLEST / height)
        yield Spacer(WIDTH, 12)
        yield Image(BytesIO(png), width=scale * width, height=scale * height, hAlign="LEFT")
        yield _text(chart.alternative, "muted")


def _table(table: ReportTable) -> Iterator[Any]:
    heads = [
        _text(column.label, "head_number" if column.num else "head") for column in table.columns
    ]
    rows = [
        [
            _text(cell, "number" if column.num else "cell")
            for column, cell in zip(table.columns, row, strict=True)
        ]
        for row in table.rows
    ]
    grid = LongTable([heads, *rows], colWidths=_widths(table), repeatRows=1, hAlign="LEFT")
    grid.setStyle(
        [
            ("LINEBELOW", (0, 0), (-1, 0), 0.8, HexColor(LEAF)),
            ("LINEBELOW", (0, 1), (-1, -1), 0.25, HexColor(MUTED)),
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("LEFTPADDING", (0, 0), (-1, -1), 2),
            ("RIGHTPADDING", (0, 0), (-1, -1), 2),
        ]
    )
    yield CondPageBreak(ROOM)
    yield _text(table.caption, "caption")
    yield grid


def _widths(table: ReportTable) -> list[float]:
    """What the longest word of each column needs, and the rest by how much the columns say."""
    lines = [[column.label for column in table.columns], *map(list, table.rows)]
    words: list[float] = []
    whole: list[float] = []
    for cells in zip(*lines, strict=True):
        words.append(max(_wide(word) for cell in cells for word in cell.split(" ")) + 6)
        whole.append(max(map(_wide, cells)) + 6)
    room = WIDTH - sum(words)
    if room < 0:
        return [WIDTH * word / sum(words) for word in words]
    wanted = [most - least for most, least in zip(whole, words, strict=True)]
    share = min(1.0, room / (sum(wanted) or 1))
    return [least + share * more for least, more in zip(words, wanted, strict=True)]


def _wide(text: str) -> float:
    return float(stringWidth(text, "VeraBd", _SIZE))


def _foot(canvas: Any, paper: Any) -> None:
    canvas.setFont("Vera", 7)
    page = _("Page %(number)s") % {"number": number(paper.page)}
    canvas.drawRightString(MARGIN + WIDTH, MARGIN / 2, page)


def _text(text: str, style: str) -> Any:
    return Text(escape(text), _styles()[style])


@lru_cache
def _styles() -> dict[str, Any]:
    """Every look of text, in a type that has the signs of figures (− × ≥) and is shipped along."""
    for face, file in (("Vera", "Vera.ttf"), ("VeraBd", "VeraBd.ttf")):
        registerFont(TTFont(face, file))

    def look(name: str, size: float, bold: bool = False, ink: str = INK, **more: Any) -> Any:
        return ParagraphStyle(
            name,
            fontName="VeraBd" if bold else "Vera",
            fontSize=size,
            leading=size * 1.35,
            textColor=HexColor(ink),
            **more,
        )

    return {
        "title": look("title", 17, bold=True, spaceAfter=6),
        "section": look("section", 12.5, bold=True, ink=LEAF, spaceBefore=16),
        "part": look("part", 9.5, bold=True, spaceBefore=9),
        "body": look("body", 9, spaceBefore=4),
        "muted": look("muted", 7.5, ink=MUTED, spaceBefore=2),
        "caption": look("caption", 8, bold=True, spaceBefore=9, spaceAfter=3),
        "head": look("head", _SIZE, bold=True),
        "head_number": look("head_number", _SIZE, bold=True, alignment=TA_RIGHT),
        "cell": look("cell", _SIZE),
        "number": look("number", _SIZE, alignment=TA_RIGHT),
    }
