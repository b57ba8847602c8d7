"""What the charts of an impact run show, as data with its words. Pure; nothing is drawn here."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from evaluation.estimators.results import NotEstimable
from evaluation.runs.impact.results import HistogramBar, ImpactResult, Plot, Sides, StoredBins
from evaluation.runs.impact.words import Measure, Names
from evaluation.runs.tables import ReportTable, columns
from kit.figures import count, number

MILLION = 1_000_000


@dataclass(frozen=True)
class ImpactChart:
    """A chart: its name in the database, its words, and the table behind it."""

    name: str
    title: str
    axis: str
    alternative: str
    note: str
    table: ReportTable


@dataclass(frozen=True)
class Discontinuity(ImpactChart):
    """Dots and lines of an outcome by score. ``scale``: outcomes are drawn divided by it."""

    bins: StoredBins
    h: Sides | None
    scale: float


@dataclass(frozen=True)
class Histogram(ImpactChart):
    """Profiles by score."""

    bars: tuple[HistogramBar, ...]


def charts(result: ImpactResult, names: Names) -> Iterator[ImpactChart]:
    """An outcome each, then the scores; those that cannot be drawn are left out."""
    for place, plot in enumerate(result.plots, start=1):
        if not isinstance(plot.bins, NotEstimable):
            yield _discontinuity(f"rd-{place}", plot, plot.bins, names.outcomes[plot.outcome])
    if result.density and result.density.bars:
        yield _histogram(result.density.bars)


def _discontinuity(name: str, plot: Plot, bins: StoredBins, outcome: Measure) -> ImpactChart:
    title = _("%(outcome)s by score") % {"outcome": outcome.label}
    below, above = bins.curves
    return Discontinuity(
        name=name,
        title=title,
        axis=_axis(outcome),
        alternative=_(
            "%(title)s: dots are means of producers with like scores. At the cut-off the line from "
            "below reaches %(below)s, the one from above %(above)s."
        )
        % {
            "title": title,
            "below": outcome.written(below.outcome[-1]),
            "above": outcome.written(above.outcome[0]),
        },
        note=_("%(n)s producers; dots grow with how many they stand for.")
        % {"n": number(sum(bins.n))},
        table=ReportTable(
            title,
            columns(_("Score less cut-off"), _("Mean"), _("Producers")),
            tuple(
                (
                    _("%(low)s to %(high)s")
                    % {"low": number(bin_.low, 1), "high": number(bin_.high, 1)},
                    outcome.short(bin_.mean_outcome),
                    number(bin_.n),
                )
                for bin_ in bins.bins
            ),
        ),
        bins=bins,
        h=plot.h,
        scale=MILLION if outcome.is_money else 1.0,
    )


def _axis(outcome: Measure) -> str:
    if not outcome.is_money:
        return outcome.unit
    return _("Millions of pesos %(period)s") % {"period": outcome.period}


def _histogram(bars: tuple[HistogramBar, ...]) -> ImpactChart:
    title = _("Profiles by score")
    below = sum(bar.profiles or 0 for bar in bars if bar.high <= 0)
    total = sum(bar.profiles or 0 for bar in bars)
    return Histogram(
        name="scores",
        title=title,
        axis=_("Profiles"),
        alternative=_("%(title)s: %(below)s below the cut-off, %(above)s at it or above.")
        % {"title": title, "below": number(below), "above": number(total - below)},
        note=_("%(n)s profiles decided in these calls, without the departments left out.")
        % {"n": number(total)},
        table=ReportTable(
            title,
            columns(_("Score less cut-off"), _("Profiles")),
            tuple(
                (
                    _("%(low)s to %(high)s")
                    % {"low": number(bar.low, 1), "high": number(bar.high, 1)},
                    count(bar.profiles),
                )
                for bar in bars
            ),
        ),
        bars=bars,
    )
