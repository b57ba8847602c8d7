"""The charts of a perception run: bars with their intervals, and answers side by side."""

import textwrap
from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _

from evaluation.estimators.results import Estimate
from evaluation.runs.drawing import INK, LEAF, MUTED, PAPER, Drawn, svg_of, wave_line
from evaluation.runs.jobs import Parts
from evaluation.runs.models import Run
from evaluation.runs.perception.report import Battery, batteries
from evaluation.runs.perception.results import Cell, result_of
from evaluation.runs.perception.selectors import Asked, names_of
from evaluation.studies.perception_spec import PerceptionSpec
from kit.figures import number, percent

WIDTH = 420
#: Letters of a line above a bar, height of a line, and of a bar with the room around it.
LETTERS, LINE, BAR = 58, 15, 26


def draw(run: Run, parts: Parts) -> Iterator[Drawn]:
    """A chart for each battery of questions, in the language that is active."""
    result = result_of(parts)
    if result is None:
        return
    names = names_of(run, PerceptionSpec.from_data(run.specification))
    source = [
        _("%(n)s producers, %(alliances)s alliances · %(level)s intervals, by alliance")
        % {
            "n": number(result.sample.responses),
            "alliances": number(result.sample.alliances),
            "level": percent(run.specification["level"] / 100),
        },
        wave_line(run),
    ]
    for battery in batteries(result, names):
        drawing = _bars(battery) if battery.is_single or battery.is_yes_no else _stack(battery)
        yield Drawn(battery.name, svg_of(drawing, battery.heading, source))


def _bars(battery: Battery) -> Any:
    """A bar for each answer of one question, or for the «yes» of each question."""
    import altair as alt

    rows, top = [], 0
    for label, cell in _bar_cells(battery):
        words = textwrap.wrap(label, LETTERS)
        top += LINE * len(words)
        rows.append({"words": words, "top": top, "middle": top + 10, **_bar(cell)})
        top += BAR
    base = alt.Chart(alt.Data(values=rows)).properties(width=WIDTH, height=top)
    y = alt.Y("middle:Q", axis=None, scale=alt.Scale(domain=[0, top], reverse=True, nice=False))
    x = alt.X("value:Q", title=_("Share of producers (%)"), scale=alt.Scale(domain=[0, 100]))
    return alt.layer(
        base.mark_bar(orient="horizontal", color=LEAF, size=14, opacity=0.45).encode(x=x, y=y),
        base.mark_rule(color=INK, strokeWidth=2).encode(x="low:Q", x2="high:Q", y=y),
        _words(base, top),
    )


def _words(base: Any, top: int) -> Any:
    import altair as alt

    y = alt.Y("top:Q", axis=None, scale=alt.Scale(domain=[0, top], reverse=True, nice=False))
    text = base.encode(x=alt.value(0), y=y, text="words:N")
    return text.mark_text(
        align="left", baseline="line-bottom", lineHeight=LINE, fontSize=12, color=INK, dy=1
    )


def _bar_cells(battery: Battery) -> Iterator[tuple[str, Cell]]:
    for asked, question in zip(battery.asked, battery.questions, strict=True):
        for cell in question.rows[0].cells:
            if battery.is_single:
                yield f"{asked.answers.get(cell.code, cell.code)} · {_value(cell)}", cell
            elif cell.code == "1":
                yield f"{asked.label} · {_value(cell)}", cell


def _value(cell: Cell) -> str:
    return percent(cell.share.value) if isinstance(cell.share, Estimate) else _("hidden")


def _bar(cell: Cell) -> dict[str, float]:
    if not isinstance(cell.share, Estimate):
        return {}
    numbers = {"value": 100 * cell.share.value}
    if isinstance(cell.share.standard_error, float):
        interval = cell.share.interval
        numbers |= {"low": 100 * interval.low, "high": 100 * interval.high}  # type: ignore[union-attr]
    return numbers


def _stack(battery: Battery) -> Any:
    """A bar for each question, its answers side by side; what is hidden stays empty."""
    import altair as alt

    rows, top = [], 0
    words: list[dict[str, Any]] = []
    for asked, question in zip(battery.asked, battery.questions, strict=True):
        lines = textwrap.wrap(asked.label, LETTERS)
        top += LINE * len(lines)
        words.append({"words": lines, "top": top})
        rows += [{**part, "middle": top + 10} for part in _parts(asked, question.rows[0].cells)]
        top += BAR
    labels = list(battery.asked[0].answers.values())
    y = alt.Y("middle:Q", axis=None, scale=alt.Scale(domain=[0, top], reverse=True, nice=False))
    x = alt.X("low:Q", title=_("Share of producers (%)"), scale=alt.Scale(domain=[0, 100]))
    shades = [round(0.15 + 0.85 * place / (len(labels) - 1), 2) for place in range(len(labels))]
    legend = alt.Legend(
        title=None,
        orient="bottom",
        columns=2,
        labelColor=MUTED,
        labelLimit=WIDTH,
        symbolType="square",
        symbolFillColor=LEAF,
        symbolStrokeWidth=0,
    )
    base = alt.Chart(alt.Data(values=rows)).properties(width=WIDTH, height=top)
    bars = base.mark_bar(orient="horizontal", color=LEAF, size=16, stroke=PAPER).encode(
        x=x,
        x2="high:Q",
        y=y,
        fillOpacity=alt.FillOpacity(
            "answer:N", sort=labels, scale=alt.Scale(domain=labels, range=shades), legend=legend
        ),
    )
    return alt.layer(bars, _words(alt.Chart(alt.Data(values=words)), top))


def _parts(asked: Asked, cells: tuple[Cell, ...]) -> Iterator[dict[str, Any]]:
    """Segments one after another; a hidden answer is left out and the rest moves up."""
    low = 0.0
    for cell in cells:
        if isinstance(cell.share, Estimate):
            high = low + 100 * cell.share.value
            yield {"answer": asked.answers.get(cell.code, cell.code), "low": low, "high": high}
            low = high
