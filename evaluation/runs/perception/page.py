"""What the page of a perception run shows beside what every run shows."""

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _

from evaluation.runs.drawing import ChartView
from evaluation.runs.giving.document import Block, Heading, Paragraph, pairs_table
from evaluation.runs.models import Run
from evaluation.runs.perception.report import (
    batteries,
    battery_table,
    comparison_table,
    sections,
)
from evaluation.runs.perception.results import PerceptionResult
from evaluation.runs.perception.selectors import names_of
from evaluation.runs.perception.words import paragraphs
from evaluation.studies.perception_spec import PerceptionSpec
from evaluation.studies.reading.perception import perception_pairs


def findings(run: Run, result: PerceptionResult) -> dict[str, Any]:
    """Paragraphs, a section for each theme, comparisons and charts."""
    spec = PerceptionSpec.from_data(run.specification)
    names = names_of(run, spec)
    labels = {
        f"{wording.name}/{code}": f"{wording.label} {answer}"
        for wording in names.questions.values()
        for code, answer in wording.answers.items()
    }
    charts = {
        battery.name: ChartView.with_table(battery.name, battery.heading, battery_table(battery))
        for battery in batteries(result, names)
    }
    return {
        "paragraphs": paragraphs(result, labels, spec.level),
        "sections": [
            (section, [charts[battery.name] for battery in section.batteries])
            for section in sections(result, names)
        ],
        "comparisons": comparison_table(result, names),
        "study": perception_pairs(run.study),
        "threshold": spec.threshold,
    }


def blocks(run: Run, result: PerceptionResult) -> Iterator[Block]:
    """The same in the order of the page, for whoever takes it away."""
    context = findings(run, result)
    yield Heading(_("What was found"))
    yield from map(Paragraph, context["paragraphs"])
    for section, charts in context["sections"]:
        yield Heading(section.title)
        yield from filter(None, [section.extra])
        yield from charts
        for group in section.groups:
            yield Heading(group.title, level=2)
            yield from group.tables
    yield from filter(None, [context["comparisons"]])
    yield Heading(_("What the study fixed"))
    yield pairs_table(_("What the study fixed"), context["study"])
