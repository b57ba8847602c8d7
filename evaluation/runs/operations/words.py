"""A result of operations in words: what is told, how it is written, and the plain sentences. Pure.

It speaks the language that is active. It counts and compares; it never says what caused what.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from alliances.calls.models import REGIME_CHOICES
from alliances.field.models import Visit
from alliances.lifecycle.duties import Duty
from alliances.lifecycle.reasons import ReasonCode
from alliances.lifecycle.table import Stage, Status
from alliances.people.models import OrganisationKind
from evaluation.estimators.operations.results import Duration
from evaluation.estimators.results import Estimate, NotEstimable
from evaluation.runs.operations.results import Amounts, Result
from evaluation.runs.words import interval_words, why
from fiduciary.disbursements.table import Verb
from kit.figures import number, percent

Unit = Literal["days", "share", "number", "amounts"]


@dataclass(frozen=True)
class MeasureWords:
    """A measure: what its table is called, and how its figures are written."""

    caption: Promise
    unit: Unit


MEASURES: dict[str, MeasureWords] = {
    "days": MeasureWords(gettext_lazy("Working days"), "days"),
    "stage": MeasureWords(gettext_lazy("Working days in each stage"), "days"),
    "status": MeasureWords(gettext_lazy("Working days in each status"), "days"),
    "step": MeasureWords(gettext_lazy("Working days of a request at each step"), "days"),
    "days_late": MeasureWords(gettext_lazy("Working days late, of the payments that were"), "days"),
    "share": MeasureWords(gettext_lazy("Share of the requests"), "share"),
    "share_of_money": MeasureWords(gettext_lazy("Share of the money asked for"), "share"),
    "time_by_status": MeasureWords(gettext_lazy("Time before execution, by status"), "share"),
    "time_by_duty": MeasureWords(
        gettext_lazy("Time before execution, by whose turn it was"), "share"
    ),
    "request_time_by_duty": MeasureWords(
        gettext_lazy("Time of requests, by whose turn it was"), "share"
    ),
    "people": MeasureWords(gettext_lazy("People who acted on a profile"), "number"),
    "organisations": MeasureWords(gettext_lazy("Organisations that acted on a profile"), "number"),
    "acts": MeasureWords(gettext_lazy("Acts on a profile"), "number"),
    "hand_offs": MeasureWords(gettext_lazy("Changes of hands of a profile"), "number"),
    "sent_back": MeasureWords(gettext_lazy("Sent back, of those judged"), "share"),
    "reason_return_profile": MeasureWords(gettext_lazy("Why profiles are sent back"), "share"),
    "reason_return_study": MeasureWords(gettext_lazy("Why studies are sent back"), "share"),
    "reason_request": MeasureWords(gettext_lazy("Why requests are sent back"), "share"),
    "reason_rupture": MeasureWords(gettext_lazy("Why alliances break up"), "share"),
    "arrived": MeasureWords(gettext_lazy("Arrived, of the pesos that were due"), "share"),
    "paid_in_full": MeasureWords(
        gettext_lazy("Promises paid in full, of those that were due"), "share"
    ),
    "amounts": MeasureWords(gettext_lazy("Promised and received"), "amounts"),
    "visits_per_month": MeasureWords(gettext_lazy("Visits for each month of execution"), "number"),
    "share_of_months": MeasureWords(
        gettext_lazy("Whole months of execution without a visit"), "share"
    ),
    "share_of_payments": MeasureWords(
        gettext_lazy("Paid beside the field, of all payments"), "share"
    ),
    "share_of_incentive": MeasureWords(
        gettext_lazy("Paid beside the field, of the incentive"), "share"
    ),
    "per_incentive": MeasureWords(
        gettext_lazy("Acts for each 100 million pesos of incentive"), "number"
    ),
    "per_year": MeasureWords(gettext_lazy("Ruptures for each year of operation"), "number"),
    "ruptured": MeasureWords(gettext_lazy("Those that broke up"), "share"),
    "others": MeasureWords(gettext_lazy("Others on the same days"), "share"),
}
#: What rows are called that no other table names.
WHAT: dict[str, Promise] = {
    "to_execution": gettext_lazy("From profile to execution"),
    "to_payment": gettext_lazy("From asking to payment"),
    "late": gettext_lazy("Late for the crop"),
    "no_limit": gettext_lazy("No deadline: for no field operation, or all year round"),
    "no_data": gettext_lazy("No crop calendar"),
    "award": gettext_lazy("Until the committee decided"),
    "whole": gettext_lazy("In all"),
    "return_profile": gettext_lazy("Profiles"),
    "return_study": gettext_lazy("Studies"),
    "request": gettext_lazy("Requests, at each step"),
    "any": gettext_lazy("Of any kind"),
    "none": gettext_lazy("Nobody came"),
    "not_field": gettext_lazy("Tools, assistance, training, studies, staff"),
    "acts": gettext_lazy("Acts"),
    "rupture": gettext_lazy("Ruptures"),
    "suspended": gettext_lazy("Suspended"),
    "returned": gettext_lazy("A request sent back"),
    "agreement_ended": gettext_lazy("The agreement with the ally ended"),
    "unpaid": gettext_lazy("A promise fell due that was never paid in full"),
    "unvisited": gettext_lazy("No visit in the three months before"),
    "": gettext_lazy("Loaded history without a code"),
}
_CODES: Mapping[str, Any] = {
    "stage": Stage,
    "status": Status,
    "time_by_status": Status,
    "time_by_duty": Duty,
    "request_time_by_duty": Duty,
    "reason_return_profile": ReasonCode,
    "reason_return_study": ReasonCode,
    "reason_rupture": ReasonCode,
    "arrived": OrganisationKind,
    "paid_in_full": OrganisationKind,
    "amounts": OrganisationKind,
    "visits_per_month": Visit.Kind,
}


@dataclass(frozen=True)
class OperationsNames:
    """What codes of a result are called: calls, and reasons to return a request."""

    calls: Mapping[str, str]
    reasons: Mapping[str, str]

    def what(self, measure: str, what: str) -> str:
        """The name of a row."""
        codes = _CODES.get(measure)
        if codes and what in codes.values:
            return str(codes(what).label)
        if measure == "reason_request":
            return self.reasons.get(what, what)
        if measure == "step" and "/" in what:
            verb, duty = what.split("/")
            return f"{Verb(verb).label} · {Duty(duty).label}"
        return str(WHAT.get(what, what))

    def group(self, by: str, group: str) -> str:
        """The name of a group of alliances."""
        if by == "all":
            return _("All alliances")
        names: Mapping[str, Any] = {"call": self.calls, "regime": dict(REGIME_CHOICES)}.get(by, {})
        return str(names.get(group, group))


def figure(value: float, unit: Unit) -> str:
    """A figure of a measure, as a table writes it."""
    if unit == "share":
        return percent(value)
    return number(value, 0 if unit == "days" else 2 if value < 10 else 1)


def central(result: Result) -> float | NotEstimable:
    """The figure itself: the median of durations, what was received of amounts."""
    match result:
        case Duration():
            return result.median
        case Estimate():
            return result.value
        case Amounts():
            return float(result.received)
        case NotEstimable():
            return result


def found_figure(result: Result, unit: Unit) -> str:
    """The figure itself, or why there is none."""
    value = central(result)
    return why(value) if isinstance(value, NotEstimable) else figure(value, unit)


def interval(result: Result, unit: Unit) -> str:
    """«30 to 42», empty where the figure itself is absent."""
    if not isinstance(result, Duration | Estimate):
        return ""
    ends = result.interval
    if isinstance(ends, NotEstimable):
        return why(ends)
    return interval_words(ends, partial(figure, unit=unit))


# -- Sentences -------------------------------------------------------------------------------------
def sentence(rows: Mapping[tuple[str, str], Result]) -> list[str]:
    """The headline in plain words. ``rows``: figures of all alliances, by what and measure.

    What is absent says why, in its own sentence.
    """
    return [
        _to_execution(rows["to_execution", "days"]),
        _late(rows["late", "share"]),
        _government(rows["government", "arrived"]),
        _("These are counts of what is stored. They say where time goes, not why."),
    ]


def _to_execution(result: Result) -> str:
    days = central(result)
    if isinstance(days, NotEstimable):
        return _("From profile to execution: %(why)s.") % {"why": why(days)}
    return ngettext(
        "Of the selected profiles, half reached execution within %(days)s working day.",
        "Of the selected profiles, half reached execution within %(days)s working days.",
        round(days),
    ) % {"days": figure(days, "days")}


def _late(result: Result) -> str:
    share = central(result)
    if isinstance(share, NotEstimable):
        return _("Payments against the crop: %(why)s.") % {"why": why(share)}
    return _(
        "Of the payments that a crop was waiting for, %(share)s came late or are overdue "
        "(interval %(interval)s)."
    ) % {"share": percent(share), "interval": interval(result, "share")}


def _government(result: Result) -> str:
    share = central(result)
    if isinstance(share, NotEstimable):
        return _("What territorial governments promised: %(why)s.") % {"why": why(share)}
    return _(
        "Of the pesos that territorial governments had promised and were due, %(share)s arrived."
    ) % {"share": percent(share)}
