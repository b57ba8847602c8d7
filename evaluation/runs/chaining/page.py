"""What the page of a chaining run shows beside what every run shows."""

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _

from evaluation.runs.chaining.drawings import ChainingChart, charts
from evaluation.runs.chaining.report import cross_table, dimension_reports, funnel_table
from evaluation.runs.chaining.results import WaveChaining
from evaluation.runs.chaining.words import paragraphs
from evaluation.runs.drawing import ChartView
from evaluation.runs.giving.document import Block, Heading, Paragraph
from evaluation.runs.models import Run
from evaluation.runs.tables import ReportColumn, ReportTable


def findings(run: Run, result: WaveChaining) -> dict[str, Any]:
    """Paragraphs, one report per dimension, both crossed, funnel and charts."""
    return {
        "paragraphs": paragraphs(result, alpha=run.specification["alpha"]),
        "dimensions": dimension_reports(result),
        "cross": cross_table(result),
        "funnel": funnel_table(result),
        "charts": [_chart_view(chart) for chart in charts(result)],
    }


def blocks(run: Run, result: WaveChaining) -> Iterator[Block]:
    """The same in the order of the page, for whoever takes it away."""
    context = findings(run, result)
    yield Heading(_("What was found"))
    yield from map(Paragraph, context["paragraphs"])
    for dimension in context["dimensions"]:
        yield Heading(dimension.title)
        yield Paragraph(dimension.note)
        yield from (dimension.levels, dimension.differences, dimension.otherwise, dimension.trends)
        yield Paragraph(dimension.age)
    yield Heading(_("Both links, crossed"))
    yield context["cross"]
    yield Heading(_("Charts"))
    yield from context["charts"]
    yield Heading(_("Who is in the analysis"))
    yield context["funnel"]


def _chart_view(chart: ChainingChart) -> ChartView:
    return ChartView.with_table(
        chart.name,
        chart.title,
        ReportTable(
            caption=chart.title,
            columns=(
                ReportColumn(_("Link"), num=False),
                ReportColumn(_("Value and n"), num=False),
                ReportColumn(_("Interval"), num=False),
            ),
            rows=tuple((point.section, point.text, point.interval) for point in chart.points),
        ),
    )
