"""What the page of one run shows, put together from the row. Nothing here decides or writes."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from evaluation.runs.figures import Chart, charts
from evaluation.runs.models import Run
from evaluation.runs.report import (
    Column,
    ReportTable,
    cross_table,
    dimension_reports,
    funnel_table,
)
from evaluation.runs.selectors import elapsed_seconds, is_waiting_for_worker
from evaluation.runs.words import paragraphs
from kit.access import Verdict


@dataclass(frozen=True)
class ChartView:
    """A stored chart with its text alternative and the table behind it."""

    name: str
    title: str
    alternative: str
    table: ReportTable


def run_page(run: Run, *, at: datetime, may_evaluate: Verdict) -> dict[str, Any]:
    """The context of the page: progress while it runs, findings once it is done."""
    context: dict[str, Any] = {
        "run": run,
        "elapsed": elapsed_seconds(run, at),
        "no_worker": is_waiting_for_worker(run, at),
        "may_evaluate": may_evaluate,
        "chart_language": "es" if (get_language() or "es").startswith("es") else "en",
    }
    if not run.has_succeeded:
        return context
    result = run.result
    return context | {
        "paragraphs": paragraphs(result, alpha=run.specification["alpha"]),
        "dimensions": dimension_reports(result),
        "cross": cross_table(result),
        "funnel": funnel_table(result),
        "charts": [_chart_view(chart) for chart in charts(result)],
    }


def _chart_view(chart: Chart) -> ChartView:
    return ChartView(
        name=chart.name,
        title=chart.title,
        alternative=_("%(title)s. Every value is in the table under the chart.")
        % {"title": chart.title},
        table=ReportTable(
            caption=chart.title,
            columns=(
                Column(_("Link"), num=False),
                Column(_("Value and n"), num=False),
                Column(_("Interval"), num=False),
            ),
            rows=tuple((point.section, point.text, point.interval) for point in chart.points),
        ),
    )
