"""A chaining result as tables of text, in the language that is active. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

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
from evaluation.runs.words import Data, is_absent, p_value, reason, span
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


def dimension_reports(result: Data) -> list[DimensionReport]:
    """One report per dimension, the mean of both last."""
    return [_dimension(item) for item in result["dimensions"]]


def cross_table(result: Data) -> ReportTable:
    """Producers–organisation in rows, organisation–ally in columns."""
    cells = {
        (cell["producers_organisation"], cell["organisation_ally"]): cell
        for cell in result["cross"]
    }
    return ReportTable(
        caption=_("Producers and organisation (rows) by organisation and ally (columns)"),
        columns=_columns(_("Level"), *(str(label) for label in LEVELS.values())),
        rows=tuple(
            (str(label), *(_cross_cell(cells[row, column]) for column in LEVELS))
            for row, label in LEVELS.items()
        ),
    )


def funnel_table(result: Data) -> ReportTable:
    """From everybody surveyed to those analysed, and why the others are not."""
    funnel = result["funnel"]
    rows = (
        (_("Answered in this wave"), result["responses_in_wave"]),
        (_("In alliances that reached execution"), funnel["surveyed"]),
        (_("Too few answers about the five milestones"), _less(funnel["without_milestones"])),
        (_("Too few answers or stored facts about the ally"), _less(funnel["without_ally"])),
        (_("Analysed"), funnel["analysed"]),
    )
    return ReportTable(
        caption=_("Who is in the analysis"),
        columns=_columns(_("Step"), _("Producers")),
        rows=tuple((label, count(people)) for label, people in rows),
    )


def _less(people: int | None) -> int | None:
    return None if people is None else -people


def _dimension(dimension: Data) -> DimensionReport:
    name = dimension["name"]
    return DimensionReport(
        name=name,
        title=str(DIMENSIONS[name]),
        note=_("Low under %(low)s, high from %(high)s, on a scale of 0 to 4.")
        % {"low": number(dimension["low"], 2), "high": number(dimension["high"], 2)},
        levels=_levels(dimension),
        differences=_differences(dimension),
        otherwise=_otherwise(dimension),
        trends=_trends(dimension),
        age=_age(dimension["age"]),
    )


def _levels(dimension: Data) -> ReportTable:
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
                str(LEVELS[row["level"]]),
                count(row["n"]),
                count(row["alliances"]),
                _estimate(row["share"], "share"),
                *(_estimate(row[outcome], outcome) for outcome in OUTCOMES),
                _years(row["organisation_age_years"]),
            )
            for row in dimension["levels"]
        ),
    )


def _differences(dimension: Data) -> ReportTable:
    return ReportTable(
        caption=_caption(dimension, _("adjusted differences between levels")),
        columns=_columns(
            _("Outcome and comparison"), _("Difference"), "p", _("Producers"), _("Alliances")
        ),
        rows=tuple(
            (
                label,
                _estimate(plain["estimate"], plain["outcome"], points=True),
                _test(plain["test"]),
                *_counts(plain["estimate"]),
            )
            for label, plain, _within in _difference_pairs(dimension)
        ),
    )


def _otherwise(dimension: Data) -> ReportTable:
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
                _estimate(within["estimate"], within["outcome"], points=True),
                _test(within["test"]),
                _resampled(plain["bootstrap"], plain["outcome"]),
            )
            for label, plain, within in _difference_pairs(dimension)
        ),
    )


def _difference_pairs(dimension: Data) -> Iterator[tuple[str, Data, Data]]:
    """Label, difference without and with department effects, in the order of reading."""
    differences = {
        (row["outcome"], row["comparison"], row["department_effects"]): row
        for row in dimension["differences"]
    }
    for outcome, outcome_label in OUTCOMES.items():
        for comparison, comparison_label in COMPARISONS.items():
            label = f"{outcome_label}: {str(comparison_label).lower()}"
            yield (
                label,
                differences[outcome, comparison, False],
                differences[outcome, comparison, True],
            )


def _trends(dimension: Data) -> ReportTable:
    trends = {(row["outcome"], row["department_effects"]): row for row in dimension["trends"]}
    return ReportTable(
        caption=_caption(dimension, _("does the outcome move from low to medium to high?")),
        columns=_columns(
            _("Outcome"), "t", _("Degrees of freedom"), "p", _("p with department effects")
        ),
        rows=tuple(
            (
                str(label),
                *_statistic(trends[outcome, False]["test"]),
                _test(trends[outcome, True]["test"]),
            )
            for outcome, label in OUTCOMES.items()
        ),
    )


def _age(age: Data) -> str:
    if is_absent(age["slope"]) or is_absent(age["test"]):
        absent = age["slope"] if is_absent(age["slope"]) else age["test"]
        return _("Age of the organisation: %(reason)s.") % {"reason": reason(absent)}
    low, high = age["slope"]["interval"]["low"], age["slope"]["interval"]["high"]
    return _(
        "Each further year of the organisation goes with %(slope)s points of the index "
        "(interval %(low)s to %(high)s, p %(p)s)."
    ) % {
        "slope": number(age["slope"]["value"], 3),
        "low": number(low, 3),
        "high": number(high, 3),
        "p": p_value(age["test"]["p_value"]),
    }


# -- Cells ----------------------------------------------------------------------------------------


def _caption(dimension: Data, what: str) -> str:
    """Captions name their dimension, so that no two tables of the page sound alike."""
    return f"{DIMENSIONS[dimension['name']]}: {what}"


def _estimate(data: Data, outcome: str, *, points: bool = False) -> str:
    if is_absent(data):
        return reason(data)
    value = figure(data["value"], outcome, points=points)
    return f"{value} ({interval(data['interval'], outcome, points=points)})"


def _years(data: Data) -> str:
    if is_absent(data):
        return reason(data)
    if is_absent(data["interval"]):
        return number(data["value"], 1)
    ends = data["interval"]["low"], data["interval"]["high"]
    return f"{number(data['value'], 1)} ({span(*ends, lambda years: number(years, 1))})"


def _counts(data: Data) -> tuple[str, str]:
    if is_absent(data):
        return ("", "")
    return (number(data["n"]), number(data["clusters"]))


def _test(data: Data) -> str:
    return "" if is_absent(data) else p_value(data["p_value"])


def _statistic(data: Data) -> tuple[str, str, str]:
    if is_absent(data):
        return (reason(data), "", "")
    return (
        number(data["statistic"], 2),
        number(data["degrees_of_freedom"]),
        p_value(data["p_value"]),
    )


def _resampled(data: Data, outcome: str) -> str:
    if is_absent(data) and data["not_estimable"] == "not_requested":
        return ""
    return interval(data, outcome, points=outcome != AMOUNT)


def _cross_cell(cell: Data) -> str:
    if cell["n"] is None:
        return reason(cell["share"])
    share = percent(cell["share"]["value"]) if not is_absent(cell["share"]) else percent(0)
    return _("%(share)s (%(n)s producers, %(alliances)s alliances)") % {
        "share": share,
        "n": number(cell["n"]),
        "alliances": number(cell["alliances"]),
    }
