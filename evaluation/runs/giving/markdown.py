"""A document as Markdown: for whoever writes their own report around it."""

from evaluation.runs.drawing import ChartView
from evaluation.runs.giving.document import Block, Handout, Heading, Paragraph
from evaluation.runs.giving.pictures import Picture
from evaluation.runs.tables import ReportTable


def write(document: Handout, picture: Picture) -> bytes:
    """The document as UTF-8 text; a chart is its description and its table."""
    parts = [f"# {document.title}", *document.lines, *map(_block, document.blocks)]
    return ("\n\n".join(parts) + "\n").encode()


def _block(block: Block) -> str:
    if isinstance(block, Heading):
        return f"{'#' * (block.level + 1)} {block.text}"
    if isinstance(block, Paragraph):
        return block.text
    if isinstance(block, ChartView):
        return f"**{block.title}.** {block.alternative}\n\n{_table(block.table)}"
    return f"**{block.caption}**\n\n{_table(block)}"


def _table(table: ReportTable) -> str:
    heads = [column.label for column in table.columns]
    marks = ["--:" if column.num else ":--" for column in table.columns]
    return "\n".join(_row(cells) for cells in (heads, marks, *map(list, table.rows)))


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"
