"""The charts of an impact run, drawn: outcomes by score around the cut-off, and the scores."""

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from evaluation.runs.drawing import INK, LEAF, MUTED, Drawn, svg_of, wave_line
from evaluation.runs.impact.charts import Discontinuity, Forest, Histogram, ImpactChart, charts
from evaluation.runs.impact.results import ImpactResult
from evaluation.runs.impact.selectors import names_of
from evaluation.runs.models import Run
from evaluation.studies.impact_spec import ImpactSpec
from kit.figures import number

if TYPE_CHECKING:
    import altair

WIDTH, HEIGHT = 420, 260
#: Height of a row of a forest of estimates.
ROW = 18


def draw(run: Run, result: ImpactResult) -> Iterator[Drawn]:
    """Every chart, in the language that is active."""
    names = names_of(run, ImpactSpec.from_data(run.specification))
    for chart in charts(result, names):
        yield Drawn(chart.name, svg_of_chart(chart, wave_line(run)))


def svg_of_chart(chart: ImpactChart, source: str) -> str:
    """The chart as SVG text, in the light theme."""
    if isinstance(chart, Forest):
        drawing = _forest(chart)
        height = ROW * len(chart.points)
        return svg_of(
            drawing.properties(width=WIDTH, height=height), chart.title, [chart.note, source]
        )
    if isinstance(chart, Histogram):
        drawing, notes = _histogram(chart), [chart.note]
    else:
        assert isinstance(chart, Discontinuity)
        drawing, notes = _discontinuity(chart), [chart.note, *_bandwidth(chart)]
    return svg_of(drawing.properties(width=WIDTH, height=HEIGHT), chart.title, [*notes, source])


def _bandwidth(chart: Discontinuity) -> list[str]:
    if chart.h is None:
        return []
    widths = {"left": number(chart.h[0], 1), "right": number(chart.h[1], 1)}
    return [_("Shaded: the bandwidth, %(left)s points below and %(right)s above.") % widths]


def _discontinuity(chart: Discontinuity) -> "altair.LayerChart | altair.FacetChart":
    import altair as alt

    score = alt.X("score:Q", title=_("Score less cut-off (points)"), scale=_around())
    outcome = alt.Y("outcome:Q", title=chart.axis, scale=_around())
    dots = _rows(
        {"score": bin_.mean_score, "outcome": bin_.mean_outcome / chart.scale, "n": bin_.n}
        for bin_ in chart.bins.bins
    )
    layers = [
        alt.Chart(dots)
        .mark_circle(color=MUTED, opacity=0.7)
        .encode(score, outcome, size=alt.Size("n:Q", legend=None, scale=alt.Scale(range=[12, 160])))
    ]
    for curve in chart.bins.curves:
        line = _rows(
            {"score": at, "outcome": value / chart.scale}
            for at, value in zip(curve.score, curve.outcome, strict=True)
        )
        layers.append(alt.Chart(line).mark_line(color=LEAF, strokeWidth=3).encode(score, outcome))
    if chart.h:
        ends = _rows([{"low": -chart.h[0], "high": chart.h[1]}])
        shade = alt.Chart(ends).mark_rect(color=LEAF, opacity=0.1).encode(x="low:Q", x2="high:Q")
        layers.insert(0, shade)
    return alt.layer(*layers, *_cutoff())


def _histogram(chart: Histogram) -> "altair.LayerChart | altair.FacetChart":
    import altair as alt

    bars = _rows(
        {"low": bar.low, "high": bar.high, "profiles": bar.profiles}
        for bar in chart.bars
        if bar.profiles is not None
    )
    return alt.layer(
        alt.Chart(bars)
        .mark_rect(color=LEAF, opacity=0.75, stroke=MUTED, strokeWidth=0.5)
        .encode(
            x=alt.X("low:Q", title=_("Score less cut-off (points)"), scale=alt.Scale(nice=False)),
            x2="high:Q",
            y=alt.Y("profiles:Q", title=chart.axis, axis=alt.Axis(tickMinStep=1)),
            y2=alt.datum(0),
        ),
        *_cutoff(),
    )


def _forest(chart: Forest) -> "altair.LayerChart | altair.FacetChart":
    import altair as alt

    points = _rows(
        {
            "row": row,
            "label": point.label,
            "value": point.value / chart.scale,
            "low": point.low / chart.scale,
            "high": point.high / chart.scale,
        }
        for row, point in enumerate(chart.points)
    )
    names = [point.label for point in chart.points]
    label = alt.Axis(
        title=None,
        labelLimit=0,
        grid=False,
        values=list(range(len(names))),
        labelExpr=f"{json.dumps(names, ensure_ascii=False)}[datum.value]",
    )
    base = alt.Chart(points).encode(y=alt.Y("row:O", axis=label))
    line = base.mark_rule(color=LEAF, strokeWidth=2)
    dot = base.mark_point(color=LEAF, filled=True, size=50, opacity=1)
    zero = alt.Chart(_rows([{"at": 0}])).mark_rule(color=MUTED, strokeDash=[3, 3])
    return alt.layer(
        zero.encode(x="at:Q"),
        line.encode(x=alt.X("low:Q", title=chart.axis), x2="high:Q"),
        dot.encode(x="value:Q"),
    )


def _cutoff() -> list["altair.Chart"]:
    """The line at the cut-off, and its word at the top."""
    import altair as alt

    base = alt.Chart(_rows([{"at": 0}])).encode(x="at:Q")
    word = base.mark_text(color=INK, align="left", baseline="bottom", dx=4, fontSize=11).encode(
        y=alt.value(10), text=alt.value(_("cut-off"))
    )
    return [base.mark_rule(color=INK, strokeDash=[4, 3]), word]


def _around() -> "altair.Scale":
    """Room for dots at the edges, and no zero where there is none."""
    import altair as alt

    return alt.Scale(zero=False, nice=False, padding=12)


def _rows(rows: Any) -> "altair.Data":
    import altair as alt

    return alt.Data(values=list(rows))
