"""A document for a word processor (.docx)."""

from io import BytesIO
from typing import Any

import docx
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.shared import Cm, Pt

from evaluation.runs.drawing import ChartView
from evaluation.runs.giving.document import Block, Handout, Heading, Paragraph
from evaluation.runs.giving.pictures import Picture
from evaluation.runs.tables import ReportTable

#: Points; a table of nine columns fits on a sheet.
SMALL, WIDTH_CM = 8, 16.5


def write(document: Handout, picture: Picture) -> bytes:
    """The document with real headings and tables, so that its reader can go on writing it."""
    word = docx.Document()
    word.core_properties.title = document.title
    word.core_properties.author = ""
    word.add_heading(document.title, 0)
    for line in document.lines:
        word.add_paragraph(line)
    for block in document.blocks:
        _add(word, block, picture)
    file = BytesIO()
    word.save(file)
    return file.getvalue()


def _add(word: Any, block: Block, picture: Picture) -> None:
    if isinstance(block, Heading):
        word.add_heading(block.text, block.level)
    elif isinstance(block, Paragraph):
        word.add_paragraph(block.text)
    elif isinstance(block, ChartView):
        _add_chart(word, block, picture)
    else:
        _add_table(word, block)


def _add_chart(word: Any, chart: ChartView, picture: Picture) -> None:
    png = picture(chart.name)
    if png:
        shape = word.add_picture(BytesIO(png), width=Cm(WIDTH_CM))
        properties = shape._inline.docPr  # what a screen reader says of it
        properties.set("descr", chart.alternative)
    _add_table(word, chart.table)


def _add_table(word: Any, table: ReportTable) -> None:
    word.add_paragraph(table.caption, style="Caption")
    heads = tuple(column.label for column in table.columns)
    grid = word.add_table(rows=0, cols=len(heads), style="Light List")
    for cells in (heads, *table.rows):
        for column, cell, text in zip(table.columns, grid.add_row().cells, cells, strict=True):
            paragraph = cell.paragraphs[0]
            paragraph.add_run(text).font.size = Pt(SMALL)
            if column.num:
                paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    word.add_paragraph()
