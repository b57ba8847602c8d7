"""What the page of a perception run shows beside what every run shows."""

from typing import Any

from django.utils.translation import gettext as _

from evaluation.runs.drawing import ChartView
from evaluation.runs.jobs import Parts
from evaluation.runs.models import Run
from evaluation.runs.perception.report import (
    batteries,
    battery_table,
    comparison_table,
    sections,
)
from evaluation.runs.perception.results import result_of
from evaluation.runs.perception.selectors import names_of
from evaluation.runs.perception.words import paragraphs
from evaluation.studies.perception_spec import PerceptionSpec
from evaluation.studies.reading.perception import perception_pairs


def findings(run: Run, parts: Parts) -> dict[str, Any]:
    """Paragraphs, a section for each theme, comparisons and charts; {} before the headline."""
    result = result_of(parts)
    if result is None:
        return {}
    spec = PerceptionSpec.from_data(run.specification)
    names = names_of(run, spec)
    labels = {
        f"{asked.name}/{code}": asked.label if asked.is_yes_no else answer
        for asked in names.questions.values()
        for code, answer in asked.answers.items()
    }
    charts = {
        battery.name: ChartView(
            name=battery.name,
            title=battery.title,
            alternative=_("%(title)s. Every value is in the table under the chart.")
            % {"title": battery.title},
            table=battery_table(battery),
        )
        for battery in batteries(result, names)
    }
    return {
        "paragraphs": paragraphs(result, labels, spec.level),
        "sections": [
            (section, [(row, charts[row.battery.name]) for row in section.batteries])
            for section in sections(result, names)
        ],
        "comparisons": comparison_table(result, names),
        "study": perception_pairs(run.study),
        "threshold": spec.threshold,
    }
