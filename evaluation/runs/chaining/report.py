"""A chaining result as tables of text, in the language that is active. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from evaluation.estimators.chaining.results import (
    AdjustedDifference,
    AgeSlope,
    CrossCell,
    Dimension,
)
from evaluation.estimators.results import Estimate, Interval, NotEstimable, Test
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
from evaluation.runs.tables import ReportTable
from evaluation.runs.tables import columns as _columns
from evaluation.runs.words import interval_words, p_value, why
from kit.figures import count, number, percent


@dataclass(frozen=True)
class DimensionReport:
    """Everything about one dimension, ready to be read."""

    name: str
    title: str
    note: str
    levels: ReportTable
    differences: ReportTable
    otherwise: ReportTable
    trends: ReportTable
    age: str


def dimension_reports(result: WaveChaining) -> list[DimensionReport]:
    """One report per dimension, the mean of both last."""
    return [_dimension(item) for item in result.dimensions]


def cross_table(result: WaveChaining) -> ReportTable:
    """Producers–organisation in rows, organisation–ally in columns."""
    cells = {(cell.producers_organisation, cell.organisation_ally): cell for cell in result.cross}
    return ReportTable(
        caption=_("Producers and organisation (rows) by organisation and ally (columns)"),
        columns=_columns(_("Level"), *(str(label) for label in LEVELS.values())),
        rows=tuple(
            (str(label), *(_cross_cell(cells[row, column]) for column in LEVELS))
            for row, label in LEVELS.items()
        ),
    )


def funnel_table(result: WaveChaining) -> ReportTable:
    """From everybody surveyed to those analysed, and why the others are not."""
    funnel = result.funnel
    rows = (
        (_("Answered in this wave"), result.responses_in_wave),
        (_("In alliances that reached execution"), funnel.surveyed),
        (_("Too few answers about the five milestones"), _less(funnel.without_milestones)),
        (_("Too few answers or stored facts about the ally"), _less(funnel.without_ally)),
        (_("Analysed"), funnel.analysed),
    )
    return ReportTable(
        caption=_("Who is in the analysis"),
        columns=_columns(_("Step"), _("Producers")),
        rows=tuple((label, count(people)) for label, people in rows),
    )


def _less(people: int | None) -> int | None:
    return None if people is None else -people


def _dimension(dimension: Dimension) -> DimensionReport:
    return DimensionReport(
        name=dimension.name,
        title=str(DIMENSIONS[dimension.name]),
        note=_("Low under %(low)s, high from %(high)s, on a scale of 0 to 4.")
        % {"low": number(dimension.low, 2), "high": number(dimension.high, 2)},
        levels=_levels(dimension),
        differences=_differences(dimension),
        otherwise=_otherwise(dimension),
        trends=_trends(dimension),
        age=_age(dimension.age),
    )


def _levels(dimension: Dimension) -> ReportTable:
    return ReportTable(
        caption=_caption(dimension, _("shares and what producers report, by level")),
        columns=_columns(
            _("Level"),
            _("Producers"),
            _("Alliances"),
            _("Share"),
            *(str(label) for label in OUTCOMES.values()),
            _("Age of the organisation (years)"),
        ),
        rows=tuple(
            (
                str(LEVELS[row.level]),
                count(row.n),
                count(row.alliances),
                _estimate(row.share, "share"),
                *(_estimate(getattr(row, outcome), outcome) for outcome in OUTCOMES),
                _years(row.organisation_age_years),
            )
            for row in dimension.levels
        ),
    )


def _differences(dimension: Dimension) -> ReportTable:
    return ReportTable(
        caption=_caption(dimension, _("adjusted differences between levels")),
        columns=_columns(
            _("Outcome and comparison"), _("Difference"), "p", _("Producers"), _("Alliances")
        ),
        rows=tuple(
            (
                label,
                _estimate(plain.estimate, plain.outcome, points=True),
                _test(plain.test),
                *_counts(plain.estimate),
            )
            for label, plain, _within in _difference_pairs(dimension)
        ),
    )


def _otherwise(dimension: Dimension) -> ReportTable:
    return ReportTable(
        caption=_caption(dimension, _("the same differences, estimated otherwise")),
        columns=_columns(
            _("Outcome and comparison"),
            _("With department effects"),
            "p",
            _("Interval by resampling alliances"),
        ),
        rows=tuple(
            (
                label,
                _estimate(within.estimate, within.outcome, points=True),
                _test(within.test),
                _resampled(plain.bootstrap, plain.outcome),
            )
            for label, plain, within in _difference_pairs(dimension)
        ),
    )


def _difference_pairs(
    dimension: Dimension,
) -> Iterator[tuple[str, AdjustedDifference, AdjustedDifference]]:
    """Label, difference without and with department effects, in the order of reading."""
    differences = {
        (row.outcome, row.comparison, row.department_effects): row for row in dimension.differences
    }
    for outcome, outcome_label in OUTCOMES.items():
        for comparison, comparison_label in COMPARISONS.items():
            label = f"{outcome_label}: {str(comparison_label).lower()}"
            yield (
                label,
                differences[outcome, comparison, False],
                differences[outcome, comparison, True],
            )


def _trends(dimension: Dimension) -> ReportTable:
    tests = {(row.outcome, row.department_effects): row.test for row in dimension.trends}
    return ReportTable(
        caption=_caption(dimension, _("does the outcome move from low to medium to high?")),
        columns=_columns(
            _("Outcome"), "t", _("Degrees of freedom"), "p", _("p with department effects")
        ),
        rows=tuple(
            (
                str(label),
                *_statistic(tests[outcome, False]),
                _test(tests[outcome, True]),
            )
            for outcome, label in OUTCOMES.items()
        ),
    )


def _age(age: AgeSlope) -> str:
    slope, test = age.slope, age.test
    if isinstance(slope, NotEstimable) or isinstance(test, NotEstimable):
        absent = slope if isinstance(slope, NotEstimable) else test
        assert isinstance(absent, NotEstimable)
        return _("Age of the organisation: %(reason)s.") % {"reason": why(absent)}
    assert isinstance(slope.interval, Interval)  # whatever has a test has an interval
    return _(
        "Each further year of the organisation goes with %(slope)s points of the index "
        "(interval %(low)s to %(high)s, p %(p)s)."
    ) % {
        "slope": number(slope.value, 3),
        "low": number(slope.interval.low, 3),
        "high": number(slope.interval.high, 3),
        "p": p_value(test.p_value),
    }


# -- Cells ----------------------------------------------------------------------------------------


def _caption(dimension: Dimension, what: str) -> str:
    """Captions name their dimension, so that no two tables of the page sound alike."""
    return f"{DIMENSIONS[dimension.name]}: {what}"


def _estimate(estimate: Estimate | NotEstimable, outcome: str, *, points: bool = False) -> str:
    if isinstance(estimate, NotEstimable):
        return why(estimate)
    value = figure(estimate.value, outcome, points=points)
    return f"{value} ({interval(estimate.interval, outcome, points=points)})"


def _years(estimate: Estimate | NotEstimable) -> str:
    if isinstance(estimate, NotEstimable):
        return why(estimate)
    years = number(estimate.value, 1)
    if isinstance(estimate.interval, NotEstimable):
        return years
    return f"{years} ({interval_words(estimate.interval, lambda end: number(end, 1))})"


def _counts(estimate: Estimate | NotEstimable) -> tuple[str, str]:
    if isinstance(estimate, NotEstimable):
        return ("", "")
    return (number(estimate.n), number(estimate.clusters))


def _test(test: Test | NotEstimable) -> str:
    return "" if isinstance(test, NotEstimable) else p_value(test.p_value)


def _statistic(test: Test | NotEstimable) -> tuple[str, str, str]:
    if isinstance(test, NotEstimable):
        return (why(test), "", "")
    return (number(test.statistic, 2), number(test.degrees_of_freedom), p_value(test.p_value))


def _resampled(ends: Interval | NotEstimable, outcome: str) -> str:
    if isinstance(ends, NotEstimable) and ends.reason == "not_requested":
        return ""
    return interval(ends, outcome, points=outcome != AMOUNT)


def _cross_cell(cell: CrossCell) -> str:
    if isinstance(cell.share, NotEstimable) and cell.n is None:
        return why(cell.share)
    share = cell.share.value if isinstance(cell.share, Estimate) else 0
    return _("%(share)s (%(n)s producers, %(alliances)s alliances)") % {
        "share": percent(share),
        "n": number(cell.n),
        "alliances": number(cell.alliances),
    }
