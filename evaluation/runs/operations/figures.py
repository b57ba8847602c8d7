"""The charts of a run of operations: points on lines, labelled where they stand."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from evaluation.runs.drawing import Drawn, svg_of
from evaluation.runs.jobs import Parts
from evaluation.runs.models import Run
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
from evaluation.runs.words import Data, is_absent, span
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


def charts(parts: Parts, names: OperationsNames) -> Iterator[OperationsChart]:
    """Stages, and late payments by group, as far as they are there."""
    if "stages" in parts:
        rows = [
            row
            for row in parts["stages"]["rows"]
            if row["measure"] == "stage" and row["by"] == "all"
        ]
        yield OperationsChart(
            name="stages",
            title=str(MEASURES["stage"].caption),
            axis=_("Working days"),
            note=_("Dots: medians; lines: from a quarter to three quarters."),
            points=tuple(_spread(row, names) for row in rows),
        )
    if "payments" in parts:
        rows = [
            row
            for row in parts["payments"]["rows"]
            if (row["what"], row["measure"]) == ("late", "share")
        ]
        yield OperationsChart(
            name="late",
            title=_("Payments that came late for the crop"),
            axis=_("Share of the requests (%)"),
            note=_("Lines are intervals."),
            points=tuple(_shares(rows, names)),
        )


def _spread(row: Data, names: OperationsNames) -> ChartPoint:
    result, label = row["found"], names.what("stage", row["what"])
    if is_absent(result) or is_absent(result["median"]):
        return ChartPoint(label, found_figure(result, "days"), None, None, None)
    median, low, high = result["median"], result["p25"], result["p75"]
    words = [_("median %(days)s") % {"days": figure(median, "days")}]
    if is_absent(low) or is_absent(high):
        return ChartPoint(label, words[0], median, None, None)
    words.append(span(low, high, partial(figure, unit="days")))
    return ChartPoint(label, " · ".join(words), median, low, high)


def _shares(rows: Sequence[Data], names: OperationsNames) -> Iterator[ChartPoint]:
    for row in rows:
        result, label = row["found"], names.group(row["by"], row["group"])
        if is_absent(result):
            yield ChartPoint(label, found_figure(result, "share"), None, None, None)
            continue
        ends = result["interval"]
        yield ChartPoint(
            label,
            f"{found_figure(result, 'share')} · {interval(result, 'share')}",
            100 * result["value"],
            100 * ends["low"],
            100 * ends["high"],
        )


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
