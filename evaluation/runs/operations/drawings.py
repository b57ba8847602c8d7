"""The charts of a run of operations: points on lines, labelled where they stand."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import partial

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from evaluation.estimators.operations.results import Duration
from evaluation.estimators.results import Estimate, Interval, NotEstimable
from evaluation.runs.drawing import Drawn, svg_of
from evaluation.runs.models import Run
from evaluation.runs.operations.results import Indicator, OperationsResult
from evaluation.runs.operations.selectors import operations_names
from evaluation.runs.operations.words import (
    MEASURES,
    OperationsNames,
    figure,
    found_figure,
    interval,
)
from evaluation.runs.plots import dots
from evaluation.runs.tables import ReportTable, columns
from evaluation.runs.words import span
from evaluation.studies.operations_spec import OperationsSpec

WIDTH = 330


@dataclass(frozen=True)
class ChartPoint:
    """One row: its name, the figure in words, and what is drawn; None where it cannot be."""

    label: str
    text: str
    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class OperationsChart:
    """Points with the line that each reaches over."""

    name: str
    title: str
    axis: str
    note: str
    points: tuple[ChartPoint, ...]

    @property
    def alternative(self) -> str:
        """What the chart says to whoever does not see it."""
        return _("%(title)s. Every value is in the table under the chart.") % {"title": self.title}

    @property
    def table(self) -> ReportTable:
        """The rows behind the chart."""
        rows = tuple((point.label, point.text) for point in self.points)
        return ReportTable(self.title, columns(_("Counted"), _("Figure")), rows)


def charts(result: OperationsResult, names: OperationsNames) -> Iterator[OperationsChart]:
    """Stages, and late payments by group, as far as they are there."""
    if "stages" in result.tables:
        stages = [row for row in result.rows("stages") if (row.measure, row.by) == ("stage", "all")]
        yield OperationsChart(
            name="stages",
            title=str(MEASURES["stage"].caption),
            axis=_("Working days"),
            note=_("Dots: medians; lines: from a quarter to three quarters."),
            points=tuple(_spread(row, names) for row in stages),
        )
    if "payments" in result.tables:
        late = [
            row for row in result.rows("payments") if (row.what, row.measure) == ("late", "share")
        ]
        yield OperationsChart(
            name="late",
            title=_("Payments that came late for the crop"),
            axis=_("Share of the requests (%)"),
            note=_("Lines are intervals."),
            points=tuple(_share(row, names) for row in late),
        )


def _spread(row: Indicator, names: OperationsNames) -> ChartPoint:
    result, label = row.found, names.what("stage", row.what)
    if not isinstance(result, Duration) or isinstance(result.median, NotEstimable):
        return ChartPoint(label, found_figure(result, "days"), None, None, None)
    words = [_("median %(days)s") % {"days": figure(result.median, "days")}]
    low, high = result.p25, result.p75
    if isinstance(low, NotEstimable) or isinstance(high, NotEstimable):
        return ChartPoint(label, words[0], result.median, None, None)
    words.append(span(low, high, partial(figure, unit="days")))
    return ChartPoint(label, " · ".join(words), result.median, low, high)


def _share(row: Indicator, names: OperationsNames) -> ChartPoint:
    result, label = row.found, names.group(row.by, row.group)
    if not isinstance(result, Estimate) or not isinstance(result.interval, Interval):
        return ChartPoint(label, found_figure(result, "share"), None, None, None)
    text = f"{found_figure(result, 'share')} · {interval(result, 'share')}"
    ends = result.interval
    return ChartPoint(label, text, 100 * result.value, 100 * ends.low, 100 * ends.high)


def draw(run: Run, result: OperationsResult) -> Iterator[Drawn]:
    """Every chart, in the language that is active."""
    spec = OperationsSpec.from_data(run.specification)
    days = {"first": spec.from_on, "last": spec.until_on}
    words = {name: date_format(day, "DATE_FORMAT") for name, day in days.items()}
    source = _("Source: stored rows, %(first)s to %(last)s.") % words
    for chart in charts(result, operations_names()):
        yield Drawn(chart.name, _draw(chart, [chart.note, source]))


def _draw(chart: OperationsChart, source: list[str]) -> str:
    """The chart as SVG text, in the light theme."""
    import altair as alt

    rows = [asdict(point) | {"text": f"{point.label} · {point.text}"} for point in chart.points]
    x = alt.X("value:Q", title=chart.axis, scale=alt.Scale(zero=True, nice=True))
    return svg_of(dots(rows, x, width=WIDTH), chart.title, source)
