"""What the page of a run of operations shows beside what every run shows."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _

from evaluation.runs.drawing import ChartView
from evaluation.runs.giving.document import Block, Heading, Paragraph, pairs_table
from evaluation.runs.jobs import Parts
from evaluation.runs.models import Run
from evaluation.runs.operations.figures import charts
from evaluation.runs.operations.selectors import operations_names
from evaluation.runs.operations.tables import bars, headline_table, sections
from evaluation.runs.operations.words import found_figure, interval, sentence
from evaluation.runs.words import Data, is_absent
from evaluation.studies.reading.operations import operations_pairs


def findings(run: Run, parts: Parts) -> dict[str, Any]:
    """Sentence, three figures, the comparison, then every part; {} before the headline."""
    if "headline" not in parts:
        return {}
    names, rows = operations_names(), parts["headline"]["rows"]
    whole = {(row["what"], row["measure"]): row["found"] for row in rows if row["by"] == "all"}
    slow = parts.get("bottlenecks", {}).get("rows", [])
    return {
        "paragraphs": sentence(whole),
        "figures": _figures(whole),
        "headline": headline_table(rows, names),
        "bars": bars(slow, "time_by_status", names),
        "sections": sections(parts, names),
        "charts": [ChartView.of(chart) for chart in charts(parts, names)],
        "study": operations_pairs(run.study),
        "funnel": parts["funnel"],
    }


def blocks(run: Run, parts: Parts) -> Iterator[Block]:
    """The same in the order of the page, for whoever takes it away."""
    context = findings(run, parts)
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


def _figures(whole: Mapping[tuple[str, str], Data]) -> list[dict[str, str]]:
    """The three that a minister remembers."""
    return [
        _figure(_("Working days from profile to execution"), whole["to_execution", "days"], "days"),
        _figure(_("Payments that came late for the crop"), whole["late", "share"], "share"),
        _figure(_("Arrived of what governments owed"), whole["government", "arrived"], "share"),
    ]


def _figure(label: str, result: Data, unit: Any) -> dict[str, str]:
    ends = interval(result, unit)
    note = _("interval %(interval)s") % {"interval": ends} if ends else ""
    if not is_absent(result) and is_absent(result["interval"]):
        note = ends
    return {"label": label, "value": found_figure(result, unit), "note": note}
