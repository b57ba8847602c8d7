"""The charts of a perception run: bars with their intervals, and answers side by side."""

import textwrap
from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _

from evaluation.estimators.results import Estimate
from evaluation.runs.drawing import INK, LEAF, PAPER, Drawn, people_line, svg_of, wave_line
from evaluation.runs.models import Run
from evaluation.runs.perception.report import Battery, batteries
from evaluation.runs.perception.results import Cell, PerceptionResult
from evaluation.runs.perception.selectors import names_of
from evaluation.studies.perception_spec import PerceptionSpec
from kit.figures import percent

WIDTH = 420
#: Letters of a line above a bar, height of a line, and of a bar with the room around it.
LETTERS, LINE, BAR = 58, 15, 26


def draw(run: Run, result: PerceptionResult) -> Iterator[Drawn]:
    """A chart for each battery of questions, in the language that is active."""
    names, sample = names_of(run, PerceptionSpec.from_data(run.specification)), result.sample
    source = [
        people_line(sample.responses, sample.alliances, run.specification["level"] / 100),
        wave_line(run),
    ]
    for battery in batteries(result, names):
        if battery.is_single or battery.is_yes_no:
            yield Drawn(battery.name, svg_of(_bars(battery), battery.theme, source))
        else:
            lines = [*source, *_missing(battery)]
            yield Drawn(battery.name, svg_of(_stack(battery), battery.theme, lines))


def _bars(battery: Battery) -> Any:
    """A bar for each answer of one question, or for the «yes» of each question."""
    import altair as alt

    rows: list[dict[str, Any]] = []
    lines = list(_lines(battery.wordings[0].label, 0)) if battery.is_single else []
    top = LINE * len(lines) + (8 if lines else 0)
    for label, cell in _bar_cells(battery):
        words = list(_lines(label, top))
        top += LINE * len(words)
        lines += words
        rows.append({"middle": top + 10, **_bar(cell)})
        top += BAR
    base = alt.Chart(alt.Data(values=rows)).properties(width=WIDTH, height=top)
    y = alt.Y("middle:Q", axis=None, scale=alt.Scale(domain=[0, top], reverse=True, nice=False))
    x = alt.X("value:Q", title=_("Share of producers (%)"), scale=alt.Scale(domain=[0, 100]))
    return alt.layer(
        base.mark_bar(orient="horizontal", color=LEAF, size=14, opacity=0.45).encode(x=x, y=y),
        base.mark_rule(color=INK, strokeWidth=2).encode(x="low:Q", x2="high:Q", y=y),
        _words(lines, top),
    )


def _lines(label: str, top: int) -> Iterator[dict[str, Any]]:
    """The words of a label from ``top`` downwards, a row for each line of text."""
    for place, words in enumerate(textwrap.wrap(label, LETTERS), start=1):
        yield {"words": words, "top": top + LINE * place}


def _words(lines: list[dict[str, Any]], top: int) -> Any:
    import altair as alt

    base = alt.Chart(alt.Data(values=lines))
    y = alt.Y("top:Q", axis=None, scale=alt.Scale(domain=[0, top], reverse=True, nice=False))
    text = base.encode(x=alt.value(0), y=y, text="words:N")
    return text.mark_text(align="left", baseline="bottom", fontSize=12, color=INK)


def _bar_cells(battery: Battery) -> Iterator[tuple[str, Cell]]:
    for wording, question in zip(battery.wordings, battery.questions, strict=True):
        for cell in question.rows[0].cells:
            if battery.is_single:
                yield f"{wording.answers.get(cell.code, cell.code)} · {_value(cell)}", cell
            elif cell.code == "1":
                yield f"{wording.label} · {_value(cell)}", cell


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
    lines: list[dict[str, Any]] = []
    for wording, question in zip(battery.wordings, battery.questions, strict=True):
        words = list(_lines(wording.label, top))
        top += LINE * len(words)
        lines += words
        rows += [{**part, "middle": top + 10} for part in _parts(question.rows[0].cells)]
        top += BAR
    labels = list(battery.wordings[0].answers.values())
    top += 14
    key = [
        {"words": label, "middle": top + 18 * place, "shade": _shade(place, len(labels))}
        for place, label in enumerate(labels)
    ]
    top += 18 * len(labels)
    scale = alt.Scale(domain=[0, top], reverse=True, nice=False)
    y = alt.Y("middle:Q", axis=None, scale=scale)
    shade = alt.FillOpacity("shade:Q", scale=None, legend=None)
    x = alt.X("low:Q", axis=None, scale=alt.Scale(domain=[0, 100]))
    marks: dict[str, Any] = {"color": LEAF, "opacity": 1}
    bars = alt.Chart(alt.Data(values=rows)).mark_bar(
        orient="horizontal", size=16, stroke=PAPER, **marks
    )
    legend = alt.Chart(alt.Data(values=key)).encode(y=y)
    return alt.layer(
        bars.encode(x=x, x2="high:Q", y=y, fillOpacity=shade),
        _words(lines, top),
        legend.mark_square(size=140, filled=True, **marks).encode(
            x=alt.value(6), fillOpacity=shade
        ),
        legend.mark_text(align="left", fontSize=12, color=INK).encode(
            x=alt.value(20), text="words:N"
        ),
    ).properties(width=WIDTH, height=top)


def _shade(place: int, count: int) -> float:
    """The first answer is pale, the last one full."""
    return round(0.12 + 0.88 * place / max(1, count - 1), 2)


def _missing(battery: Battery) -> list[str]:
    cells = [cell for question in battery.questions for cell in question.rows[0].cells]
    if all(isinstance(cell.share, Estimate) for cell in cells):
        return []
    return [_("Answers that are hidden are missing at the end of their bar.")]


def _parts(cells: tuple[Cell, ...]) -> Iterator[dict[str, Any]]:
    """Segments one after another; a hidden answer is left out and the rest moves up."""
    low = 0.0
    for place, cell in enumerate(cells):
        if isinstance(cell.share, Estimate):
            high = low + 100 * cell.share.value
            yield {"low": low, "high": high, "shade": _shade(place, len(cells))}
            low = high
