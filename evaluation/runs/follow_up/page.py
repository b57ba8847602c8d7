"""What the page of a follow-up run shows beside what every run shows."""

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _

from evaluation.runs.drawing import ChartView
from evaluation.runs.follow_up.drawings import chart_titles
from evaluation.runs.follow_up.report import (
    group_tables,
    looks_table,
    survival_table,
    tests_table,
)
from evaluation.runs.follow_up.results import FollowUpResult
from evaluation.runs.follow_up.words import paragraphs
from evaluation.runs.giving.document import Block, Heading, Paragraph, pairs_table
from evaluation.runs.models import Run
from evaluation.studies.follow_up_spec import FollowUpSpec
from evaluation.studies.reading.follow_up import GROUPS, follow_up_pairs


def findings(run: Run, result: FollowUpResult) -> dict[str, Any]:
    """Paragraphs, outcomes, curves and groups."""
    spec = FollowUpSpec.from_data(run.specification)
    tables = {"looks": looks_table(result.looks)}
    tables |= {
        f"survival-{row.group_by or 'all'}": survival_table(row, spec.months)
        for row in result.lifetimes
    }
    return {
        "paragraphs": paragraphs(result, spec.months),
        "looks": tables["looks"],
        "charts": [
            ChartView.with_table(name, title, tables[name])
            for name, title in chart_titles(result).items()
        ],
        "tests": tests_table(result),
        "groups": [
            (str(GROUPS[name]), group_tables(name, rows)) for name, rows in result.groups.items()
        ],
        "study": follow_up_pairs(run.study),
        "threshold": spec.threshold,
    }


def blocks(run: Run, result: FollowUpResult) -> Iterator[Block]:
    """The same in the order of the page, for whoever takes it away."""
    context = findings(run, result)
    yield Heading(_("What was found"))
    yield from map(Paragraph, context["paragraphs"])
    yield context["looks"]
    yield Heading(_("Charts"))
    yield from context["charts"]
    yield from filter(None, [context["tests"]])
    for title, tables in context["groups"]:
        yield Heading(title)
        yield from tables
    yield Heading(_("What the study fixed"))
    yield pairs_table(_("What the study fixed"), context["study"])
