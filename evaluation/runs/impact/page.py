"""What the page of an impact run shows beside what every run shows."""

from typing import Any

from evaluation.runs.drawing import ChartView
from evaluation.runs.impact.charts import ImpactChart, charts
from evaluation.runs.impact.report import report
from evaluation.runs.impact.results import ImpactResult, result_of
from evaluation.runs.impact.selectors import names_of
from evaluation.runs.impact.words import Names, written_after
from evaluation.runs.jobs import Parts
from evaluation.runs.models import Run
from evaluation.studies.impact_spec import ImpactSpec
from evaluation.studies.reading.impact import impact_pairs


def findings(run: Run, parts: Parts) -> dict[str, Any]:
    """Everything that is there, {} before the headline."""
    result = result_of(parts)
    if not result.headline:
        return {}
    spec = ImpactSpec.from_data(run.specification)
    names = names_of(run, spec)
    return {
        "report": report(result, spec, names, is_active=run.is_active),
        "stamp": written_after(len(run.study.finished_before)),
        "study": impact_pairs(run.study),
        **_chart_views(result, names),
    }


def _chart_views(result: ImpactResult, names: Names) -> dict[str, Any]:
    views = [_chart_view(chart) for chart in charts(result, names)]
    return {
        "charts": [view for view in views if view.name != "scores"],
        "scores": next((view for view in views if view.name == "scores"), None),
    }


def _chart_view(chart: ImpactChart) -> ChartView:
    return ChartView(chart.name, chart.title, chart.alternative, chart.table)
