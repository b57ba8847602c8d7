"""The charts of a chaining run: one grammar, points with intervals, labelled where they stand."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass

from django.utils.translation import gettext as _

from evaluation.estimators.chaining.results import Dimension
from evaluation.estimators.results import Estimate, NotEstimable
from evaluation.runs.chaining.results import WaveChaining
from evaluation.runs.chaining.words import (
    AMOUNT,
    COMPARISONS,
    DIMENSIONS,
    LEVELS,
    OUTCOMES,
    figure,
    interval,
)
from evaluation.runs.drawing import Drawn, people_line, svg_of, wave_line
from evaluation.runs.models import Run
from evaluation.runs.plots import by_section, dots
from evaluation.runs.words import why
from kit.figures import cop, number

SHAPES = {"low": "triangle-down", "medium": "square", "high": "circle"}
WIDTH = 330


@dataclass(frozen=True)
class IntervalPoint:
    """One row of a chart: its section, the words above it and the interval it draws."""

    section: str
    text: str
    shape: str
    value: float | None = None
    low: float | None = None
    high: float | None = None
    interval: str = ""


@dataclass(frozen=True)
class ChainingChart:
    """Rows of points. ``zero`` asks for a line at zero, where «no difference» lies."""

    name: str
    title: str
    axis: str
    points: tuple[IntervalPoint, ...]
    zero: bool
    percent: bool


def draw(run: Run, result: WaveChaining) -> Iterator[Drawn]:
    """Every chart, in the language that is active."""
    source = _source(run, result)
    for chart in charts(result):
        yield Drawn(chart.name, _draw(chart, source))


def charts(result: WaveChaining) -> Iterator[ChainingChart]:
    """Shares, outcomes by level and adjusted differences."""
    yield ChainingChart(
        name="shares",
        title=_("How strongly they are linked"),
        axis=_("Share of producers (%)"),
        points=tuple(_share_points(result)),
        zero=False,
        percent=True,
    )
    yield ChainingChart(
        name="outcomes",
        title=_("Who says that income improved, by level"),
        axis=_("Share of producers whose income improved (%)"),
        points=tuple(_outcome_points(result)),
        zero=False,
        percent=True,
    )
    yield ChainingChart(
        name="differences",
        title=_("Adjusted differences in income and well-being"),
        axis=_("Difference in percentage points"),
        points=tuple(_difference_points(result, ("income_improved", "wellbeing"))),
        zero=True,
        percent=True,
    )
    yield ChainingChart(
        name="income",
        title=_("Adjusted differences in the change of yearly income"),
        axis=_("Difference in millions of pesos"),
        points=tuple(_difference_points(result, (AMOUNT,))),
        zero=True,
        percent=False,
    )


def _share_points(result: WaveChaining) -> Iterator[IntervalPoint]:
    for dimension in result.dimensions:
        for row in reversed(dimension.levels):
            yield _point(dimension, row.level, str(LEVELS[row.level]), row.share, row.n)


def _outcome_points(result: WaveChaining) -> Iterator[IntervalPoint]:
    for dimension in _separate(result):
        for row in reversed(dimension.levels):
            yield _point(dimension, row.level, str(LEVELS[row.level]), row.income_improved, row.n)


def _difference_points(result: WaveChaining, outcomes: tuple[str, ...]) -> Iterator[IntervalPoint]:
    for dimension in _separate(result):
        for row in dimension.differences:
            if row.outcome in outcomes and not row.department_effects:
                label = f"{OUTCOMES[row.outcome]}: {str(COMPARISONS[row.comparison]).lower()}"
                level = row.comparison.partition("_")[0]
                n = row.estimate.n if isinstance(row.estimate, Estimate) else 0
                yield _point(dimension, level, label, row.estimate, n, row.outcome)


def _separate(result: WaveChaining) -> list[Dimension]:
    """The two dimensions; the mean of both is in the tables."""
    return [item for item in result.dimensions if item.name != "both"]


def _point(
    dimension: Dimension,
    level: str,
    label: str,
    estimate: Estimate | NotEstimable,
    n: int | None,
    difference: str = "",
) -> IntervalPoint:
    section = str(DIMENSIONS[dimension.name])
    if isinstance(estimate, NotEstimable):
        return IntervalPoint(section, f"{label} · {why(estimate)}", SHAPES[level])
    scale = 1e-6 if difference == AMOUNT else 100
    value, ends = estimate.value, estimate.interval
    text = f"{label} · {_written(value, difference)} · n = {number(n)}"
    words = interval(ends, difference or "share", points=bool(difference))
    if isinstance(ends, NotEstimable):
        return IntervalPoint(section, text, SHAPES[level], scale * value, interval=words)
    return IntervalPoint(
        section, text, SHAPES[level], scale * value, scale * ends.low, scale * ends.high, words
    )


def _written(value: float, difference: str) -> str:
    if difference == AMOUNT:
        return cop(value)
    return figure(value, difference, points=bool(difference))


def _source(run: Run, result: WaveChaining) -> list[str]:
    funnel = result.funnel
    return [
        people_line(funnel.analysed, funnel.alliances, 1 - run.specification["alpha"]),
        wave_line(run),
        _("Association, not effect; our own index."),
    ]


def _draw(chart: ChainingChart, source: list[str]) -> str:
    """The chart as SVG text, in the light theme."""
    import altair as alt

    scale = alt.Scale(zero=chart.zero or chart.percent, nice=True)
    drawing = by_section(
        dots(
            map(asdict, chart.points),
            alt.X("value:Q", title=chart.axis, scale=scale),
            width=WIDTH,
            has_shapes=True,
            has_zero=chart.zero,
        ),
        list(dict.fromkeys(point.section for point in chart.points)),
    ).resolve_scale(y="independent")
    return svg_of(drawing, chart.title, source)
