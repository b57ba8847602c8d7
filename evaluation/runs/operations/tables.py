"""A result of operations as tables of text, in the language that is active. Pure.

Every part is rows of one shape, so every table comes from the measures that its part has: what was
found of all alliances first, then the same by call, region and regime.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from evaluation.runs.jobs import Parts
from evaluation.runs.operations.words import MEASURES, Names, Unit, figure, found_figure, interval
from evaluation.runs.tables import ReportTable, columns
from evaluation.runs.words import Data, is_absent, reason
from kit.figures import cop, number

#: More columns than these are not read beside each other; the downloads have them all.
WIDEST = 7
#: Parts in the order in which they are read, with what each answers.
SECTIONS: dict[str, Promise] = {
    "stages": lazy("How long each stage takes"),
    "steps_of_requests": lazy("How long a request for money takes"),
    "bottlenecks": lazy("Where the time goes, and whose turn it was"),
    "actors": lazy("How many people and organisations it takes"),
    "returns": lazy("What is sent back, and why"),
    "payments": lazy("Whether money comes in time for the crop"),
    "contributions_paid": lazy("What was promised and what arrived"),
    "support": lazy("How often somebody visits"),
    "administration": lazy("What it costs beside the field"),
    "ruptures": lazy("How many alliances break up"),
    "before_ruptures": lazy("What happened in the 90 days before a rupture"),
}


@dataclass(frozen=True)
class Section:
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


def sections(parts: Parts, names: Names) -> list[Section]:
    """Every part that is there."""
    return [
        Section(code, str(title), _lead(parts[code]["rows"], names), _tables(code, parts, names))
        for code, title in SECTIONS.items()
        if code in parts
    ]


def headline_table(rows: Sequence[Data], names: Names) -> ReportTable:
    """The figures of the headline, of all alliances and of each group."""
    heads = list(dict.fromkeys((row["what"], row["measure"]) for row in rows))
    labels = [_heading(what, measure, names) for what, measure in heads]
    return _by_group(_("The headline, told apart"), rows, heads, labels, names)


def bars(rows: Sequence[Data], measure: str, names: Names) -> list[BarRow]:
    """Shares of all alliances, the greatest first; those that are absent are in the tables."""
    found = [row for row in _of(rows, measure) if not is_absent(row["found"])]
    found.sort(key=lambda row: -row["found"]["value"])
    return [
        BarRow(
            label=names.what(measure, row["what"]),
            text=found_figure(row["found"], "share"),
            value=row["found"]["value"],
            low=row["found"]["interval"]["low"],
            high=row["found"]["interval"]["high"],
        )
        for row in found
    ]


def _heading(what: str, measure: str, names: Names) -> str:
    if measure == "arrived":
        return _("Arrived from governments")
    if measure == "visits_per_month":
        return _("Visits per month")
    return names.what(measure, what)


def _of(rows: Sequence[Data], measure: str, by: str = "all") -> list[Data]:
    return [row for row in rows if row["measure"] == measure and row["by"] == by]


def _tables(code: str, parts: Parts, names: Names) -> tuple[ReportTable, ...]:
    rows = parts[code]["rows"]
    if code == "before_ruptures":
        return (_beside(rows, names),)
    return tuple(_tables_of(rows, names))


def _tables_of(rows: Sequence[Data], names: Names) -> Iterator[ReportTable]:
    for measure in dict.fromkeys(row["measure"] for row in rows):
        told = MEASURES[measure]
        whole = _of(rows, measure)
        if told.unit == "days":
            yield _durations(str(told.caption), whole, measure, names)
        elif told.unit == "amounts":
            yield _amounts(str(told.caption), whole, names)
        else:
            yield _estimates(str(told.caption), whole, measure, told.unit, names)
        heads = [(row["what"], measure) for row in whole]
        if told.unit != "amounts" and len(heads) <= WIDEST and len(rows) > len(whole):
            labels = [names.what(measure, what) for what, _measure in heads]
            caption = _("%(what)s, told apart") % {"what": told.caption}
            yield _by_group(caption, rows, heads, labels, names)


def _durations(caption: str, rows: Sequence[Data], measure: str, names: Names) -> ReportTable:
    return ReportTable(
        caption,
        columns(
            "",
            _("Median"),
            _("Interval"),
            _("A quarter within"),
            _("Three quarters within"),
            _("Nine tenths within"),
            _("Cases"),
            _("Still going on"),
        ),
        tuple((names.what(measure, row["what"]), *_duration_cells(row["found"])) for row in rows),
    )


def _duration_cells(found: Data) -> tuple[str, ...]:
    if is_absent(found):
        return (reason(found), "", "", "", "", "", "")
    quantiles = (
        reason(found[name]) if is_absent(found[name]) else figure(found[name], "days")
        for name in ("p25", "p75", "p90")
    )
    counts = (number(found["n"]), number(found["n"] - found["over"]))
    return (found_figure(found, "days"), interval(found, "days"), *quantiles, *counts)


def _estimates(
    caption: str, rows: Sequence[Data], measure: str, unit: Unit, names: Names
) -> ReportTable:
    return ReportTable(
        caption,
        columns("", _("Figure"), _("Interval"), _("Cases"), _("Alliances")),
        tuple(
            (
                names.what(measure, row["what"]),
                found_figure(row["found"], unit),
                interval(row["found"], unit),
                *_counts(row["found"]),
            )
            for row in rows
        ),
    )


def _amounts(caption: str, rows: Sequence[Data], names: Names) -> ReportTable:
    return ReportTable(
        caption,
        columns("", _("Promised and due"), _("Received"), _("Cases"), _("Alliances")),
        tuple((names.what("amounts", row["what"]), *_amount_cells(row["found"])) for row in rows),
    )


def _amount_cells(found: Data) -> tuple[str, ...]:
    if is_absent(found):
        return (reason(found), "", "", "")
    return (cop(found["committed"]), cop(found["received"]), *_counts(found))


def _counts(found: Data) -> tuple[str, str]:
    if is_absent(found):
        return ("", "")
    return (number(found["n"]), number(found["clusters"]))


def _by_group(
    caption: str,
    rows: Sequence[Data],
    heads: Sequence[tuple[str, str]],
    labels: Sequence[str],
    names: Names,
) -> ReportTable:
    """A row for each group, a column for each thing told; intervals stand in the downloads."""
    groups = list(dict.fromkeys((row["by"], row["group"]) for row in rows))
    cells = {
        (row["by"], row["group"], row["what"], row["measure"]): found_figure(
            row["found"], MEASURES[row["measure"]].unit
        )
        for row in rows
        if MEASURES[row["measure"]].unit != "amounts"
    }
    return ReportTable(
        caption,
        columns(_("Alliances"), *labels),
        tuple(
            (names.group(by, group), *(cells[by, group, *head] for head in heads))
            for by, group in groups
        ),
    )


def _beside(rows: Sequence[Data], names: Names) -> ReportTable:
    """What happened before, of those that broke up and of the others."""
    found = {(row["what"], row["measure"]): row["found"] for row in rows}
    who = list(dict.fromkeys(row["measure"] for row in rows))
    labels = [label for name in who for label in (str(MEASURES[name].caption), _("Interval"))]
    return ReportTable(
        _("In the 90 days before"),
        columns("", *labels),
        tuple(
            (
                names.what("", what),
                *(
                    cell
                    for name in who
                    for cell in (
                        found_figure(found[what, name], "share"),
                        interval(found[what, name], "share"),
                    )
                ),
            )
            for what in dict.fromkeys(row["what"] for row in rows)
        ),
    )


def _lead(rows: Sequence[Data], names: Names) -> str:
    """The greatest figure of the first measure, for whoever does not open the section."""
    first = rows[0]["measure"] if rows else ""
    unit = MEASURES[first].unit if first else "share"
    key = "median" if unit == "days" else "value"
    told = [
        row
        for row in _of(rows, first)
        if not is_absent(row["found"]) and not is_absent(row["found"][key])
    ]
    if not told:
        return _("There is not enough to tell.")
    most = max(told, key=lambda row: row["found"][key])
    words = {
        "measure": MEASURES[first].caption,
        "what": names.what(first, most["what"]),
        "figure": found_figure(most["found"], unit),
    }
    if len(told) == 1:
        return _("%(measure)s: %(figure)s (%(what)s).") % words
    return _("%(measure)s: most in «%(what)s», %(figure)s.") % words
