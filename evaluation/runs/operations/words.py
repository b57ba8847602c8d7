"""A result of operations in words: what is told, how it is written, and the plain sentences. Pure.

It speaks the language that is active. It counts and compares; it never says what caused what.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import ngettext

from alliances.calls.models import REGIME_CHOICES
from alliances.field.models import Visit
from alliances.lifecycle.duties import Duty
from alliances.lifecycle.reasons import ReasonCode
from alliances.lifecycle.table import Stage, Status
from alliances.people.models import OrganisationKind
from evaluation.runs.words import Data, is_absent, reason
from fiduciary.disbursements.table import Verb
from kit.figures import number, percent

Unit = Literal["days", "share", "number", "amounts"]


@dataclass(frozen=True)
class Told:
    """A measure: what its table is called, and how its figures are written."""

    caption: Promise
    unit: Unit


MEASURES: dict[str, Told] = {
    "days": Told(lazy("Working days"), "days"),
    "stage": Told(lazy("Working days in each stage"), "days"),
    "status": Told(lazy("Working days in each status"), "days"),
    "step": Told(lazy("Working days of a request at each step"), "days"),
    "days_late": Told(lazy("Working days late, of the payments that were"), "days"),
    "share": Told(lazy("Share of the requests"), "share"),
    "share_of_money": Told(lazy("Share of the money asked for"), "share"),
    "time_by_status": Told(lazy("Time before execution, by status"), "share"),
    "time_by_duty": Told(lazy("Time before execution, by whose turn it was"), "share"),
    "request_time_by_duty": Told(lazy("Time of requests, by whose turn it was"), "share"),
    "people": Told(lazy("People who acted on a profile"), "number"),
    "organisations": Told(lazy("Organisations that acted on a profile"), "number"),
    "acts": Told(lazy("Acts on a profile"), "number"),
    "hand_offs": Told(lazy("Changes of hands of a profile"), "number"),
    "sent_back": Told(lazy("Sent back, of those judged"), "share"),
    "reason_return_profile": Told(lazy("Why profiles are sent back"), "share"),
    "reason_return_study": Told(lazy("Why studies are sent back"), "share"),
    "reason_request": Told(lazy("Why requests are sent back"), "share"),
    "reason_rupture": Told(lazy("Why alliances break up"), "share"),
    "arrived": Told(lazy("Arrived, of the pesos that were due"), "share"),
    "paid_in_full": Told(lazy("Promises paid in full, of those that were due"), "share"),
    "amounts": Told(lazy("Promised and received"), "amounts"),
    "visits_per_month": Told(lazy("Visits for each month of execution"), "number"),
    "share_of_months": Told(lazy("Whole months of execution without a visit"), "share"),
    "share_of_payments": Told(lazy("Paid beside field operations, of all payments"), "share"),
    "share_of_incentive": Told(lazy("Paid beside field operations, of the incentive"), "share"),
    "per_incentive": Told(lazy("Acts for each 100 million pesos of incentive"), "number"),
    "per_year": Told(lazy("Ruptures for each year of operation"), "number"),
    "ruptured": Told(lazy("Those that broke up"), "share"),
    "others": Told(lazy("Others on the same days"), "share"),
}
#: What rows are called that no other table names.
WHAT: dict[str, Promise] = {
    "to_execution": lazy("From profile to execution"),
    "to_payment": lazy("From asking to payment"),
    "late": lazy("Late for the crop"),
    "no_limit": lazy("No deadline: for no field operation, or all year round"),
    "no_data": lazy("No crop calendar"),
    "award": lazy("Until the committee decided"),
    "whole": lazy("In all"),
    "return_profile": lazy("Profiles"),
    "return_study": lazy("Studies"),
    "request": lazy("Requests, at each step"),
    "any": lazy("Of any kind"),
    "none": lazy("Nobody came"),
    "not_field": lazy("Tools, assistance, training, studies, staff"),
    "acts": lazy("Acts"),
    "rupture": lazy("Ruptures"),
    "suspended": lazy("Suspended"),
    "returned": lazy("A request sent back"),
    "agreement_ended": lazy("The agreement with the ally ended"),
    "unpaid": lazy("A promise fell due unpaid"),
    "unvisited": lazy("No visit in the three months before"),
    "": lazy("Loaded history without a code"),
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
class Names:
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


def found_figure(found: Data, unit: Unit) -> str:
    """The figure itself (the median, of durations), or why there is none."""
    if is_absent(found):
        return reason(found)
    value = found["median"] if unit == "days" else found["value"]
    return reason(value) if is_absent(value) else figure(value, unit)


def interval(found: Data, unit: Unit) -> str:
    """«30 to 42», empty where the figure itself is absent."""
    if is_absent(found):
        return ""
    ends = found["interval"]
    if is_absent(ends):
        return reason(ends)
    words = {"low": figure(ends["low"], unit), "high": figure(ends["high"], unit)}
    return _("%(low)s to %(high)s") % words


# -- Sentences -------------------------------------------------------------------------------------
def sentence(rows: Mapping[tuple[str, str], Data]) -> list[str]:
    """The headline in plain words. ``rows``: what was found of all alliances, by what and measure.

    What is absent says why, in its own sentence.
    """
    return [
        _to_execution(rows["to_execution", "days"]),
        _late(rows["late", "share"]),
        _government(rows["government", "arrived"]),
        _("These are counts of what is stored. They say where time goes, not why."),
    ]


def _to_execution(found: Data) -> str:
    if is_absent(found) or is_absent(found["median"]):
        why = found_figure(found, "days")
        return _("From profile to execution: %(why)s.") % {"why": why}
    return ngettext(
        "Of the selected profiles, half reached execution within %(days)s working day.",
        "Of the selected profiles, half reached execution within %(days)s working days.",
        round(found["median"]),
    ) % {"days": figure(found["median"], "days")}


def _late(found: Data) -> str:
    if is_absent(found):
        return _("Payments against the crop: %(why)s.") % {"why": reason(found)}
    return _(
        "Of the payments that a crop was waiting for, %(share)s came late or are overdue "
        "(interval %(interval)s)."
    ) % {"share": percent(found["value"]), "interval": interval(found, "share")}


def _government(found: Data) -> str:
    if is_absent(found):
        return _("What territorial governments promised: %(why)s.") % {"why": reason(found)}
    return _(
        "Of the pesos that territorial governments had promised and were due, %(share)s arrived."
    ) % {"share": percent(found["value"])}
