"""What the charts of an impact run show, as data with its words. Pure; nothing is drawn here."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from evaluation.estimators.discontinuity import RDBins, RDResult, Sides
from evaluation.estimators.results import NotEstimable
from evaluation.runs.impact.cells import score_range
from evaluation.runs.impact.labels import factor_label, radius_label, setting_label
from evaluation.runs.impact.results import HistogramBar, ImpactResult, OutcomeEffect, Plot
from evaluation.runs.impact.words import Measure, Names
from evaluation.runs.tables import ReportTable, columns
from evaluation.runs.words import span
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

    bins: RDBins
    h: Sides | None
    scale: float


@dataclass(frozen=True)
class Histogram(ImpactChart):
    """Profiles by score."""

    bars: tuple[HistogramBar, ...]


@dataclass(frozen=True)
class ForestPoint:
    """One estimate with its interval, under its words."""

    label: str
    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Forest(ImpactChart):
    """Estimates under each other, with a line at zero. ``scale``: they are drawn divided by it."""

    points: tuple[ForestPoint, ...]
    scale: float


#: The check that each chart belongs to, by how its name begins; the others stand by themselves.
CHECK_OF = {
    "scores": "density",
    "balance": "balance",
    "other": "specifications",
    "placebo": "placebo",
}


def charts(result: ImpactResult, names: Names) -> Iterator[ImpactChart]:
    """An outcome each, the scores, then the checks; those that cannot be drawn are left out."""
    for place, plot in enumerate(result.plots, start=1):
        if not isinstance(plot.bins, NotEstimable):
            yield _discontinuity(f"rd-{place}", plot, plot.bins, names.outcomes[plot.outcome])
    if result.density and result.density.bars:
        yield _histogram(result.density.bars)
    yield from filter(None, [_balance(result, names)])
    for place, row in enumerate(result.headline.rows if result.headline else (), start=1):
        yield from filter(None, [_otherwise(place, row, result, names)])
        yield from filter(None, [_placebo(place, row, result, names)])


def _discontinuity(name: str, plot: Plot, bins: RDBins, outcome: Measure) -> ImpactChart:
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
                    score_range(bin_.low, bin_.high),
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


def _balance(result: ImpactResult, names: Names) -> Forest | None:
    """Jumps in standard deviations, so that one axis holds them all."""
    points = []
    for row in result.balance.rows if result.balance else ():
        if isinstance(row.found, NotEstimable) or row.standardised is None:
            continue
        coef = row.found.coef_conventional
        unit = row.standardised / coef if coef else 0.0
        low, high = sorted(unit * end for end in row.found.ci_robust)
        points.append(ForestPoint(names.variable(row.covariate), row.standardised, low, high))
    title = _("Differences between both sides beforehand")
    return _forest("balance", title, _("Standard deviations"), points)


def _otherwise(place: int, row: OutcomeEffect, result: ImpactResult, names: Names) -> Forest | None:
    """The estimate of Table 1 above those under other settings, bandwidths and rings."""
    outcome = names.outcomes[row.outcome]
    labelled = [(_("Table 1"), row.found)]
    for paths, label in (
        (result.specifications, setting_label),
        (result.bandwidths, factor_label),
        (result.donut, radius_label),
    ):
        for path in paths:
            if path.outcome == row.outcome and not isinstance(path.points, NotEstimable):
                labelled += [(label(point), point.found) for point in path.points]
    title = _("%(outcome)s under other settings") % {"outcome": outcome.label}
    return _estimates(f"other-{place}", title, outcome, labelled)


def _placebo(place: int, row: OutcomeEffect, result: ImpactResult, names: Names) -> Forest | None:
    outcome = names.outcomes[row.outcome]
    # At other cut-offs the jump is of the outcome itself, and so is the true one beside them.
    labelled = [(_("The cut-off"), row.intention_to_treat)]
    for path in result.placebo:
        if path.outcome == row.outcome and not isinstance(path.found, NotEstimable):
            labelled += [(number(float(at.at), 2), at.found) for at in path.found.points]
    title = _("%(outcome)s: jumps where nothing happened") % {"outcome": outcome.label}
    return _estimates(f"placebo-{place}", title, outcome, labelled)


def _estimates(
    name: str, title: str, outcome: Measure, labelled: list[tuple[str, RDResult]]
) -> Forest | None:
    points = [
        ForestPoint(label, estimate.coef_conventional, *estimate.ci_robust)
        for label, estimate in labelled
        if not isinstance(estimate, NotEstimable)
    ]
    return _forest(name, title, _axis(outcome), points, outcome)


def _forest(
    name: str, title: str, axis: str, points: list[ForestPoint], outcome: Measure | None = None
) -> Forest | None:
    """None where there is nothing to compare."""
    if len(points) < 2:
        return None

    def written(value: float) -> str:
        return outcome.short(value) if outcome else number(value, 2)

    without = sum(point.low <= 0 <= point.high for point in points)
    return Forest(
        name=name,
        title=title,
        axis=axis,
        alternative=_(
            "%(title)s: %(n)s estimates with their intervals, %(zero)s with zero in them."
        )
        % {"title": title, "n": number(len(points)), "zero": number(without)},
        note=_("Dots are conventional estimates, lines robust intervals."),
        table=ReportTable(
            title,
            columns(_("Estimate of"), _("Estimate"), _("Robust interval")),
            tuple(
                (
                    point.label,
                    written(point.value),
                    span(point.low, point.high, written),
                )
                for point in points
            ),
        ),
        points=tuple(points),
        scale=MILLION if outcome and outcome.is_money else 1.0,
    )


def _axis(outcome: Measure) -> str:
    if not outcome.is_money:
        return outcome.unit
    return _("Millions of pesos %(period)s") % {"period": outcome.period}


def _histogram(bars: tuple[HistogramBar, ...]) -> ImpactChart:
    title = _("Profiles by score")
    below = sum(bar.profiles or 0 for bar in bars if bar.high <= 0)
    total = sum(bar.profiles or 0 for bar in bars)
    note = _("%(n)s profiles decided in these calls, without the departments left out.")
    if any(bar.profiles is None for bar in bars):
        note = _("%(n)s profiles in the bars that are drawn; bars of fewer are not shown.")
    return Histogram(
        name="scores",
        title=title,
        axis=_("Profiles"),
        alternative=_("%(title)s: %(below)s below the cut-off, %(above)s at it or above.")
        % {"title": title, "below": number(below), "above": number(total - below)},
        note=note % {"n": number(total)},
        table=ReportTable(
            title,
            columns(_("Score less cut-off"), _("Profiles")),
            tuple(
                (
                    score_range(bar.low, bar.high),
                    count(bar.profiles),
                )
                for bar in bars
            ),
        ),
        bars=bars,
    )
