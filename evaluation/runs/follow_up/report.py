"""A follow-up result as tables of text, in the language that is active. Pure."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from evaluation.estimators.results import NotEstimable
from evaluation.estimators.survival.results import SurvivalCurve
from evaluation.runs.follow_up.results import FollowUpResult, GroupLooks, Lifetimes, Look
from evaluation.runs.follow_up.words import (
    OUTCOMES,
    estimate_words,
    group_label,
    share_at,
)
from evaluation.runs.tables import ReportColumn, ReportTable, columns
from evaluation.runs.words import hidden_or_why, interval_words, p_value, why
from evaluation.studies.reading.follow_up import GROUPS
from kit.figures import count, number, percent


def looks_table(looks: Sequence[Look]) -> ReportTable:
    """A row for each outcome and moment, with its n and who is not there yet."""
    return ReportTable(
        _("What stands after closing"),
        _columns(_("Outcome")),
        tuple((_at(str(OUTCOMES[look.outcome]), look.months), *_cells(look)) for look in looks),
    )


def group_tables(group_by: str, groups: Sequence[GroupLooks]) -> list[ReportTable]:
    """A table for each outcome: a row for each group and moment."""
    return [
        ReportTable(
            f"{label}: {str(GROUPS[group_by]).lower()}",
            _columns(str(GROUPS[group_by])),
            tuple(
                (_at(group_label(group_by, row.group), look.months), *_cells(look))
                for row in groups
                for look in row.looks
                if look.outcome == outcome
            ),
        )
        for outcome, label in OUTCOMES.items()
    ]


def _columns(first: str) -> tuple[ReportColumn, ...]:
    return columns(first, _("Estimate"), _("Alliances"), _("Not enough time yet"))


def _at(label: str, months: int) -> str:
    return _("%(label)s, %(months)s months") % {"label": label, "months": number(months)}


def survival_table(row: Lifetimes, months: Sequence[int]) -> ReportTable:
    """The curve at each moment, with how many are still seen then."""
    return ReportTable(
        _("Share of alliances that go on"),
        columns(
            str(GROUPS[row.group_by]) if row.group_by else _("Alliances"),
            _("Closed"),
            _("Broke up"),
            *(_("%(n)s months") % {"n": number(month)} for month in months),
        ),
        tuple(
            (
                group_label(row.group_by, line.group),
                count(line.n),
                *_on_curve(line.curve, months),
            )
            for line in row.curves
        ),
    )


def tests_table(result: FollowUpResult) -> ReportTable | None:
    """The log-rank test of each way of telling apart."""
    rows = [row for row in result.lifetimes if row.group_by]
    if not rows:
        return None
    return ReportTable(
        _("Do groups last alike? (log-rank)"),
        columns(_("Told apart by"), "χ²", _("Degrees of freedom"), "p", _("p corrected (Holm)")),
        tuple((str(GROUPS[row.group_by]), *_test(row)) for row in rows),
    )


def _cells(look: Look) -> tuple[str, str, str]:
    return (estimate_words(look), count(look.n), count(look.not_yet))


def _on_curve(curve: SurvivalCurve | NotEstimable, months: Sequence[int]) -> list[str]:
    if isinstance(curve, NotEstimable):
        ended = count(None) if curve.reason == "small_cell" else ""
        return [ended, hidden_or_why(curve), *[""] * (len(months) - 1)]
    return [number(curve.ended), *(_share(curve, month) for month in months)]


def _share(curve: SurvivalCurve, months: int) -> str:
    if months > curve.until:
        return _("not enough time yet")
    step = share_at(curve, months)
    if step is None:
        return percent(1)
    if isinstance(step.interval, NotEstimable):
        return percent(step.share)
    return f"{percent(step.share)} ({interval_words(step.interval, percent)})"


def _test(row: Lifetimes) -> tuple[str, str, str, str]:
    if row.test is None or isinstance(row.test, NotEstimable) or row.adjusted is None:
        absent = row.test if isinstance(row.test, NotEstimable) else NotEstimable("no_rows")
        return (why(absent), "", "", "")
    return (
        number(row.test.statistic, 2),
        number(row.test.degrees_of_freedom),
        p_value(row.test.p_value),
        p_value(row.adjusted),
    )
