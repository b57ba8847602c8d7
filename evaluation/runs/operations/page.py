"""What the page of a run of operations shows beside what every run shows."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _

from evaluation.estimators.results import NotEstimable
from evaluation.runs.drawing import ChartView
from evaluation.runs.giving.document import Block, Heading, Paragraph, pairs_table
from evaluation.runs.models import Run
from evaluation.runs.operations.drawings import charts
from evaluation.runs.operations.results import OperationsResult, Result
from evaluation.runs.operations.selectors import operations_names
from evaluation.runs.operations.tables import bars, headline_table, sections
from evaluation.runs.operations.words import Unit, found_figure, interval, sentence
from evaluation.studies.reading.operations import operations_pairs


def findings(run: Run, result: OperationsResult) -> dict[str, Any]:
    """Sentence, three figures, the comparison, then every part."""
    names, rows = operations_names(), result.rows("headline")
    whole = {(row.what, row.measure): row.found for row in rows if row.by == "all"}
    return {
        "paragraphs": sentence(whole),
        "figures": _figures(whole),
        "headline": headline_table(rows, names),
        "bars": bars(result.rows("bottlenecks"), "time_by_status", names),
        "sections": sections(result, names),
        "charts": [ChartView.of(chart) for chart in charts(result, names)],
        "study": operations_pairs(run.study),
        "funnel": result.funnel,
    }


def blocks(run: Run, result: OperationsResult) -> Iterator[Block]:
    """The same in the order of the page, for whoever takes it away."""
    context = findings(run, result)
    yield Heading(_("What was found"))
    yield from map(Paragraph, context["paragraphs"])
    yield context["headline"]
    yield Heading(_("Charts"))
    yield from context["charts"]
    for section in context["sections"]:
        yield Heading(section.title)
        yield Paragraph(section.lead)
        yield from section.tables
    yield Heading(_("What the study fixed"))
    yield pairs_table(_("What the study fixed"), context["study"])


def _figures(whole: Mapping[tuple[str, str], Result]) -> list[dict[str, str]]:
    """The three that a minister remembers."""
    return [
        _figure(_("Working days from profile to execution"), whole["to_execution", "days"], "days"),
        _figure(_("Payments that came late for the crop"), whole["late", "share"], "share"),
        _figure(_("Arrived of what governments owed"), whole["government", "arrived"], "share"),
    ]


def _figure(label: str, result: Result, unit: Unit) -> dict[str, str]:
    note = interval(result, unit)
    if note and not isinstance(getattr(result, "interval", None), NotEstimable):
        note = _("interval %(interval)s") % {"interval": note}
    return {"label": label, "value": found_figure(result, unit), "note": note}
