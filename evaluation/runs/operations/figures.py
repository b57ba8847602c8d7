"""The charts of a run of operations, drawn: points on lines, labelled where they stand."""

from collections.abc import Iterator
from dataclasses import asdict

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from evaluation.runs.drawing import Drawn, svg_of
from evaluation.runs.jobs import Parts
from evaluation.runs.models import Run
from evaluation.runs.operations.charts import OperationsChart, charts
from evaluation.runs.operations.selectors import operations_names
from evaluation.runs.plots import dots
from evaluation.studies.operations_spec import OperationsSpec

WIDTH = 330


def draw(run: Run, parts: Parts) -> Iterator[Drawn]:
    """Every chart, in the language that is active."""
    spec = OperationsSpec.from_data(run.specification)
    days = {"first": spec.from_on, "last": spec.until_on}
    words = {name: date_format(day, "DATE_FORMAT") for name, day in days.items()}
    source = _("Source: stored rows, %(first)s to %(last)s.") % words
    for chart in charts(parts, operations_names()):
        yield Drawn(chart.name, _draw(chart, [chart.note, source]))


def _draw(chart: OperationsChart, source: list[str]) -> str:
    """The chart as SVG text, in the light theme."""
    import altair as alt

    rows = [asdict(point) | {"text": f"{point.label} · {point.text}"} for point in chart.points]
    x = alt.X("value:Q", title=chart.axis, scale=alt.Scale(zero=True, nice=True))
    return svg_of(dots(rows, x, width=WIDTH), chart.title, source)
