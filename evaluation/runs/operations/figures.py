"""The charts of a run of operations, drawn: points on lines, labelled where they stand."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from evaluation.runs.drawing import INK, LEAF, PAPER, Drawn, svg_of
from evaluation.runs.jobs import Parts
from evaluation.runs.models import Run
from evaluation.runs.operations.charts import OperationsChart, charts
from evaluation.runs.operations.selectors import operations_names
from evaluation.studies.operations_spec import OperationsSpec

WIDTH, ROW_HEIGHT = 330, 38


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

    rows = [
        asdict(point) | {"row": place, "text": f"{point.label} · {point.text}"}
        for place, point in enumerate(chart.points)
    ]
    base = alt.Chart(alt.Data(values=rows)).encode(
        y=alt.Y("row:O", axis=None),
        x=alt.X("value:Q", title=chart.axis, scale=alt.Scale(zero=True, nice=True)),
    )
    words = base.encode(x=alt.value(0), text="text:N")
    place: dict[str, Any] = {"align": "left", "dy": -13, "fontSize": 12}
    drawing = alt.layer(
        base.mark_rule(color=LEAF, strokeWidth=2).encode(x="low:Q", x2="high:Q"),
        base.mark_point(color=LEAF, filled=True, size=70, opacity=1),
        words.mark_text(**place, stroke=PAPER, strokeWidth=4),  # keeps lines off the words
        words.mark_text(**place, color=INK),
    ).properties(width=WIDTH, height=alt.Step(ROW_HEIGHT))
    return svg_of(drawing, chart.title, source)
