"""A result of operations as tables of text, in the language that is active. Pure.

Every part is rows of one shape, so every table comes from the measures that its part has: what was
result of all alliances first, then the same by call, region and regime.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from operator import itemgetter

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from evaluation.estimators.operations.results import Duration
from evaluation.estimators.results import Estimate, Interval, NotEstimable
from evaluation.runs.operations.results import Amounts, Indicator, OperationsResult, Result
from evaluation.runs.operations.words import (
    MEASURES,
    OperationsNames,
    Unit,
    central,
    figure,
    found_figure,
    interval,
)
from evaluation.runs.tables import ReportTable, columns
from evaluation.runs.words import why
from kit.figures import cop, number

#: More columns than these are not read beside each other; the downloads have them all.
WIDEST = 7
#: Parts in the order in which they are read, with what each answers.
SECTIONS: dict[str, Promise] = {
    "stages": gettext_lazy("How long each stage takes"),
    "steps_of_requests": gettext_lazy("How long a request for money takes"),
    "bottlenecks": gettext_lazy("Where the time goes, and whose turn it was"),
    "actors": gettext_lazy("How many people and organisations it takes"),
    "returns": gettext_lazy("What is sent back, and why"),
    "payments": gettext_lazy("Whether money comes in time for the crop"),
    "contributions_paid": gettext_lazy("What was promised and what arrived"),
    "support": gettext_lazy("How often somebody visits"),
    "administration": gettext_lazy("What it costs beside the field"),
    "ruptures": gettext_lazy("How many alliances break up"),
    "before_ruptures": gettext_lazy("What happened in the 90 days before a rupture"),
}
#: The figure that stands beside the title of a part; elsewhere the greatest of its first table.
LEADS: dict[str, tuple[str, str]] = {
    "steps_of_requests": ("to_payment", "step"),
    "payments": ("late", "share"),
    "contributions_paid": ("government", "arrived"),
    "support": ("any", "visits_per_month"),
    "administration": ("not_field", "share_of_payments"),
    "ruptures": ("rupture", "per_year"),
}


@dataclass(frozen=True)
class ReportSection:
    """A part of the result that opens in place: its tables, and bars where they tell it best."""

    code: str
    title: str
    lead: str
    tables: tuple[ReportTable, ...]


@dataclass(frozen=True)
class BarRow:
    """A bar with its figure and its interval."""

    label: str
    text: str
    value: float
    low: float
    high: float


def sections(result: OperationsResult, names: OperationsNames) -> list[ReportSection]:
    """Every part that is there."""
    return [
        ReportSection(code, str(title), _lead(code, rows, names), _tables(code, rows, names))
        for code, title in SECTIONS.items()
        if (rows := result.tables.get(code)) is not None
    ]


def headline_table(rows: Sequence[Indicator], names: OperationsNames) -> ReportTable:
    """The figures of the headline, of all alliances and of each group."""
    heads = list(dict.fromkeys((row.what, row.measure) for row in rows))
    labels = [_heading(what, measure, names) for what, measure in heads]
    return _by_group(_("The headline, told apart"), rows, heads, labels, names)


def bars(rows: Sequence[Indicator], measure: str, names: OperationsNames) -> list[BarRow]:
    """Shares of all alliances, the greatest first; those that are absent are in the tables."""
    present = [
        BarRow(
            label=names.what(measure, row.what),
            text=found_figure(row.found, "share"),
            value=row.found.value,
            low=row.found.interval.low,
            high=row.found.interval.high,
        )
        for row in _of(rows, measure)
        if isinstance(row.found, Estimate) and isinstance(row.found.interval, Interval)
    ]
    return sorted(present, key=lambda bar: -bar.value)


def _heading(what: str, measure: str, names: OperationsNames) -> str:
    if measure == "arrived":
        return _("Arrived from governments")
    if measure == "visits_per_month":
        return _("Visits per month")
    return names.what(measure, what)


def _of(rows: Sequence[Indicator], measure: str, by: str = "all") -> list[Indicator]:
    return [row for row in rows if row.measure == measure and row.by == by]


def _tables(
    code: str, rows: Sequence[Indicator], names: OperationsNames
) -> tuple[ReportTable, ...]:
    if code == "before_ruptures":
        return (_beside(rows, names),)
    return tuple(_tables_of(rows, names))


def _tables_of(rows: Sequence[Indicator], names: OperationsNames) -> Iterator[ReportTable]:
    for measure in dict.fromkeys(row.measure for row in rows):
        words = MEASURES[measure]
        whole = _of(rows, measure)
        if words.unit == "days":
            yield _durations(str(words.caption), whole, measure, names)
        elif words.unit == "amounts":
            yield _amounts(str(words.caption), whole, names)
        else:
            yield _estimates(str(words.caption), whole, measure, words.unit, names)
        heads = [(row.what, measure) for row in whole]
        if words.unit != "amounts" and len(heads) <= WIDEST and len(rows) > len(whole):
            labels = [names.what(measure, what) for what, _measure in heads]
            caption = _("%(what)s, told apart") % {"what": words.caption}
            yield _by_group(caption, rows, heads, labels, names)


def _durations(
    caption: str, rows: Sequence[Indicator], measure: str, names: OperationsNames
) -> ReportTable:
    return ReportTable(
        caption,
        columns(
            _("Counted"),
            _("Median"),
            _("Interval"),
            _("A quarter within"),
            _("Three quarters within"),
            _("Nine tenths within"),
            _("Cases"),
            _("Still going on"),
        ),
        tuple((names.what(measure, row.what), *_duration_cells(row.found)) for row in rows),
    )


def _duration_cells(result: Result) -> tuple[str, ...]:
    if not isinstance(result, Duration):
        return (found_figure(result, "days"), "", "", "", "", "", "")
    quantiles = (
        why(days) if isinstance(days, NotEstimable) else figure(days, "days")
        for days in (result.p25, result.p75, result.p90)
    )
    counts = (number(result.n), number(result.n - result.over))
    return (found_figure(result, "days"), interval(result, "days"), *quantiles, *counts)


def _estimates(
    caption: str, rows: Sequence[Indicator], measure: str, unit: Unit, names: OperationsNames
) -> ReportTable:
    return ReportTable(
        caption,
        columns(_("Counted"), _("Figure"), _("Interval"), _("Cases"), _("Alliances")),
        tuple(
            (
                names.what(measure, row.what),
                found_figure(row.found, unit),
                interval(row.found, unit),
                *_counts(row.found),
            )
            for row in rows
        ),
    )


def _amounts(caption: str, rows: Sequence[Indicator], names: OperationsNames) -> ReportTable:
    return ReportTable(
        caption,
        columns(_("Counted"), _("Promised and due"), _("Received"), _("Cases"), _("Alliances")),
        tuple((names.what("amounts", row.what), *_amount_cells(row.found)) for row in rows),
    )


def _amount_cells(result: Result) -> tuple[str, ...]:
    if not isinstance(result, Amounts):
        return (found_figure(result, "amounts"), "", "", "")
    return (cop(result.committed), cop(result.received), *_counts(result))


def _counts(result: Result) -> tuple[str, str]:
    if not isinstance(result, Estimate | Amounts):
        return ("", "")
    return (number(result.n), number(result.clusters))


def _by_group(
    caption: str,
    rows: Sequence[Indicator],
    heads: Sequence[tuple[str, str]],
    labels: Sequence[str],
    names: OperationsNames,
) -> ReportTable:
    """A row for each group, a column for each thing told; intervals stand in the downloads."""
    groups = list(dict.fromkeys((row.by, row.group) for row in rows))
    cells = {
        (row.by, row.group, row.what, row.measure): found_figure(
            row.found, MEASURES[row.measure].unit
        )
        for row in rows
        if MEASURES[row.measure].unit != "amounts"
    }
    return ReportTable(
        caption,
        columns(_("Alliances"), *labels),
        tuple(
            (names.group(by, group), *(cells[by, group, *head] for head in heads))
            for by, group in groups
        ),
    )


def _beside(rows: Sequence[Indicator], names: OperationsNames) -> ReportTable:
    """What happened before, of those that broke up and of the others."""
    result = {(row.what, row.measure): row.found for row in rows}
    who = list(dict.fromkeys(row.measure for row in rows))
    labels = [label for name in who for label in (str(MEASURES[name].caption), _("Interval"))]
    return ReportTable(
        _("In the 90 days before"),
        columns(_("Counted"), *labels),
        tuple(
            (
                names.what("", what),
                *(
                    cell
                    for name in who
                    for cell in (
                        found_figure(result[what, name], "share"),
                        interval(result[what, name], "share"),
                    )
                ),
            )
            for what in dict.fromkeys(row.what for row in rows)
        ),
    )


def _lead(code: str, rows: Sequence[Indicator], names: OperationsNames) -> str:
    """What to know without opening the section: one figure, or the greatest of its first table."""
    what, measure = LEADS.get(code, ("", rows[0].measure if rows else ""))
    unit = MEASURES[measure].unit if measure else "share"
    present = [
        (value, row)
        for row in _of(rows, measure)
        if what in ("", row.what) and not isinstance(value := central(row.found), NotEstimable)
    ]
    if not present:
        return _("There is not enough to tell.")
    _value, most = max(present, key=itemgetter(0))
    words = {
        "measure": MEASURES[measure].caption,
        "what": names.what(measure, most.what),
        "figure": found_figure(most.found, unit),
    }
    if what:
        return _("%(measure)s: %(figure)s (%(what)s).") % words
    return _("%(measure)s: most in «%(what)s», %(figure)s.") % words
