"""What the page of an impact run shows beside what every run shows."""

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _

from evaluation.runs.drawing import ChartView
from evaluation.runs.giving.document import Block, Heading, Paragraph, pairs_table
from evaluation.runs.impact.charts import charts
from evaluation.runs.impact.report import CheckView, Report, published_beside, report
from evaluation.runs.impact.results import ImpactResult, result_of
from evaluation.runs.impact.selectors import names_of
from evaluation.runs.impact.warned import warnings_table
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
        "warnings": warnings_table(parts, names),
        "study": impact_pairs(run.study),
        **_chart_views(result, names),
    }


def blocks(run: Run, parts: Parts) -> Iterator[Block]:
    """The same in the order of the page, for whoever takes it away."""
    context = findings(run, parts)
    read: Report = context["report"]
    yield Heading(_("What may be concluded"))
    yield from map(Paragraph, (*read.paragraphs, read.tally, str(context["stamp"])))
    yield Heading(_("Table 1. Estimates"))
    yield published_beside(read.headline)
    yield read.details
    if context["warnings"]:
        yield Heading(context["warnings"].caption, level=2)
        yield context["warnings"]
    yield from context["charts"]
    yield Heading(_("What the answer rests on"))
    for check in read.design:
        yield from _check_blocks(check)
        if check.code == "density" and context["scores"]:
            yield context["scores"]
    yield Heading(_("Does the answer hold?"))
    for check in read.answer:
        yield from _check_blocks(check)
    yield from filter(None, (read.corrected, read.funnel))
    yield Heading(_("What the study fixed"))
    yield pairs_table(_("What the study fixed"), context["study"])


def _check_blocks(check: CheckView) -> Iterator[Block]:
    yield Heading(f"{check.title}: {check.word}", level=2)
    yield from map(Paragraph, (*check.lead, *check.rest))
    yield from check.tables


def _chart_views(result: ImpactResult, names: Names) -> dict[str, Any]:
    views = [ChartView.of(chart) for chart in charts(result, names)]
    return {
        "charts": [view for view in views if view.name != "scores"],
        "scores": next((view for view in views if view.name == "scores"), None),
    }
