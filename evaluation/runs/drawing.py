"""How every chart of a run is drawn: in both languages, for both themes, once, and stored.

A kind of run says what a chart shows (an Altair specification); fonts, colours, marks of numbers
and the lines under the title are the same in all.
"""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from evaluation.runs.lettering import with_room
from evaluation.runs.models import Run, RunDrawing
from evaluation.runs.tables import ReportTable
from kit.figures import count, percent, short_language

if TYPE_CHECKING:
    import altair

LANGUAGES = {"es": "es-co", "en": "en"}
#: Colours of the interface: ink, muted, leaf and the raised paper behind.
THEMES = {
    "light": ("#1d2420", "#5b665f", "#1f6b4a", "#ffffff"),
    "dark": ("#e8ede9", "#9aa79f", "#5cc394", "#1a201d"),
}
INK, MUTED, LEAF, PAPER = THEMES["light"]


@dataclass(frozen=True)
class Drawn:
    """One chart in the language that is active, and its SVG in the light theme."""

    name: str
    svg: str


@dataclass(frozen=True)
class ChartView:
    """A stored chart with its text alternative and the table behind it."""

    name: str
    title: str
    alternative: str
    table: ReportTable

    @classmethod
    def of(cls, chart: "ShownChart") -> "ChartView":
        """What a kind's own chart says of itself."""
        return cls(chart.name, chart.title, chart.alternative, chart.table)

    @classmethod
    def with_table(cls, name: str, title: str, table: ReportTable) -> "ChartView":
        """A chart whose text alternative is the table under it."""
        words = _("%(title)s. Every value is in the table under the chart.")
        return cls(name, title, words % {"title": title}, table)


class ShownChart(Protocol):
    """The chart of a kind, with its words and the table behind it."""

    @property
    def name(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def alternative(self) -> str: ...
    @property
    def table(self) -> ReportTable: ...


def draw_all(run: Run, draw: Callable[[], Iterable[Drawn]]) -> list[RunDrawing]:
    """Every chart that ``draw`` gives, in both languages and both themes, not yet stored.

    It draws of parts whose small counts are hidden: a chart is the same for everybody. Tests hold
    every chart against the schema; doing so here, piece by piece, took a third of drawing them.
    """
    from altair.utils.schemapi import debug_mode

    drawings = []
    for short, language in LANGUAGES.items():
        with translation.override(language), debug_mode(False):
            drawings += [
                RunDrawing(
                    run=run,
                    name=chart.name,
                    language=short,
                    theme=theme,
                    svg=_in(theme, chart.svg),
                    hides_few=True,
                )
                for chart in draw()
                for theme in THEMES
            ]
    return drawings


def _in(theme: str, svg: str) -> str:
    """The drawing in the colours of a theme: drawing takes long, changing four colours does not."""
    for light, colour in zip(THEMES["light"], THEMES[theme], strict=True):
        svg = svg.replace(light, colour)
    return svg


def svg_of(chart: "altair.TopLevelMixin", title: str, source: Iterable[str]) -> str:
    """The chart with its title and the lines under it, as SVG text in the light theme.

    Its words are cut in no usual font.
    """
    import altair as alt
    import vl_convert

    drawing: Any = chart.properties(
        title=alt.Title(title, subtitle=list(source), anchor="start", offset=14), background=PAPER
    )
    drawing = (
        drawing.configure(font="Arial, Helvetica, sans-serif", padding=8)
        .configure_view(stroke=None)
        .configure_title(color=INK, subtitleColor=MUTED, fontSize=15, subtitleFontSize=11)
        .configure_axis(
            **dict.fromkeys(
                ("labelColor", "titleColor", "gridColor", "domainColor", "tickColor"), MUTED
            ),
            gridOpacity=0.25,
            titleFontWeight="normal",
        )
    )
    marks = (
        {"decimal": ",", "thousands": "."}
        if short_language() == "es"
        else {"decimal": ".", "thousands": ","}
    )
    svg: str = vl_convert.vegalite_to_svg(
        json.dumps(drawing.to_dict(validate=False)),
        format_locale={**marks, "grouping": [3], "currency": ["$", ""]},
    )
    return with_room(svg)


def wave_line(run: Run) -> str:
    """Where the numbers come from, for under a chart."""
    wave = run.study.required_wave
    days = {"first": wave.collected_from, "last": wave.collected_until}
    words = {key: date_format(day, "DATE_FORMAT") for key, day in days.items()}
    return _("Source: %(wave)s, %(first)s to %(last)s.") % {"wave": str(wave), **words}


def people_line(producers: int | None, alliances: int | None, level: float) -> str:
    """Whose answers a chart tells, and the level of its intervals."""
    return _("%(n)s producers, %(alliances)s alliances · %(level)s intervals, by alliance") % {
        "n": count(producers),
        "alliances": count(alliances),
        "level": percent(level),
    }
