"""What the page of an impact run shows beside what every run shows."""

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _

from evaluation.runs.drawing import ChartView
from evaluation.runs.giving.document import Block, Heading, Paragraph, pairs_table
from evaluation.runs.impact.charts import CHECK_OF, charts
from evaluation.runs.impact.report import CheckView, Report, published_beside, report
from evaluation.runs.impact.results import ImpactResult
from evaluation.runs.impact.selectors import names_of
from evaluation.runs.impact.warned import warnings_table
from evaluation.runs.impact.words import Names, written_after
from evaluation.runs.models import Run
from evaluation.studies.impact_spec import ImpactSpec
from evaluation.studies.reading.impact import impact_pairs


def findings(run: Run, result: ImpactResult) -> dict[str, Any]:
    """Everything that is there."""
    spec = ImpactSpec.from_data(run.specification)
    names = names_of(run, spec)
    read, drawn = report(result, spec, names, is_active=run.is_active), _chart_views(result, names)
    return {
        "report": read,
        "charts": drawn["charts"],
        "design": _with_charts(read.design, drawn["of_check"]),
        "answer": _with_charts(read.answer, drawn["of_check"]),
        "stamp": written_after(len(run.study.finished_before)),
        "warnings": warnings_table(result, names),
        "study": impact_pairs(run.study),
    }


def blocks(run: Run, result: ImpactResult) -> Iterator[Block]:
    """The same in the order of the page, for whoever takes it away."""
    context = findings(run, result)
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
    for check, drawn in context["design"]:
        yield from _check_blocks(check)
        yield from drawn
    yield Heading(_("Does the answer hold?"))
    for check, drawn in context["answer"]:
        yield from _check_blocks(check)
        yield from drawn
    yield from filter(None, (read.corrected, read.funnel))
    yield Heading(_("What the study fixed"))
    yield pairs_table(_("What the study fixed"), context["study"])


def _check_blocks(check: CheckView) -> Iterator[Block]:
    yield Heading(f"{check.title}: {check.word}", level=2)
    yield from map(Paragraph, (*check.lead, *check.rest))
    yield from check.tables


def _chart_views(result: ImpactResult, names: Names) -> dict[str, Any]:
    """Those that stand by themselves, and those of each check by its code."""
    alone: list[ChartView] = []
    of_check: dict[str, list[ChartView]] = {}
    for chart in charts(result, names):
        code = CHECK_OF.get(chart.name.partition("-")[0])
        (of_check.setdefault(code, []) if code else alone).append(ChartView.of(chart))
    return {"charts": alone, "of_check": of_check}


def _with_charts(
    checks: tuple[CheckView, ...], of_check: dict[str, list[ChartView]]
) -> list[tuple[CheckView, list[ChartView]]]:
    return [(check, of_check.get(check.code, [])) for check in checks]
