"""From stored rows to the data frames of a study of operations. No person is in any of them.

PostgreSQL pairs events into stays, counts actors and adds up money; the number of queries does not
grow with the rows. Everything is read as it stood at the end of the study's last day.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, time, timedelta
from typing import Any

import numpy as np
import pandas as pd
from django.db.models import (
    Case,
    Count,
    Exists,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    TextField,
    Value,
    When,
    Window,
)
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Coalesce, Lag, TruncMonth
from django.utils.timezone import get_default_timezone_name, make_aware

from alliances.lifecycle.table import FINAL, Status
from alliances.models import Agreement, Alliance, Event, Visit
from alliances.territory.workdays import holidays_in
from evaluation.studies.operations_spec import OperationsSpec
from fiduciary.disbursements.models.request import StayOutcome
from fiduciary.models import Contribution, DisbursementRequest, Posting, StepRecord

#: Reaching one of these, a profile has its award or knows that there is none.
DECIDED = (Status.SELECTED, Status.WAITLISTED, Status.NOT_SELECTED)


@dataclass(frozen=True)
class OperationsRows:
    """One frame for each thing that is counted; days are local, amounts are Decimal (COP).

    alliances: a row each with its call, region, regime, incentive, acts, and how many people and
    organisations acted on it, in all and ``_before`` the committee decided. stays: of an alliance
    in a status; ``left_on`` is empty while it lasts, and ``verb``, ``duty``, ``organisation`` and
    ``reason`` are of the act that ended it. requests and steps: disbursements, and their stays at
    each step of their protocol; all three with working ``days`` and ``is_over``. visits: counts by
    alliance, month and kind. contributions: what was promised, and received by the last day.
    spending: payments, by whether their line is for a field operation. agreements: that ended.
    """

    alliances: pd.DataFrame
    stays: pd.DataFrame
    requests: pd.DataFrame
    steps: pd.DataFrame
    visits: pd.DataFrame
    contributions: pd.DataFrame
    spending: pd.DataFrame
    agreements: pd.DataFrame

    @property
    def frames(self) -> list[pd.DataFrame]:
        """All of them, in one order."""
        return [getattr(self, item.name) for item in fields(self)]


def operations_rows(spec: OperationsSpec) -> OperationsRows:
    """The rows that the study reads, in an order that is theirs alone."""
    end = make_aware(datetime.combine(spec.until_on + timedelta(days=1), time()))
    scope = _scope(spec, end)
    return OperationsRows(
        alliances=_alliances(scope, end),
        stays=_counted(_stays(scope, end), "entered_on", "left_on", spec.until_on),
        requests=_counted(
            _requests(scope, end, spec.until_on), "requested_on", "paid_on", spec.until_on
        ),
        steps=_counted(_steps(scope, end), "entered_on", "left_on", spec.until_on),
        visits=_visits(scope, spec),
        contributions=_contributions(scope, spec, end),
        spending=_spending(scope, spec),
        agreements=_agreements(scope, spec),
    )


def _scope(spec: OperationsSpec, end: datetime) -> QuerySet[Alliance]:
    """Alliances that the study speaks of."""
    chosen = {
        "call__code__in": spec.calls,
        "call__regime__in": spec.regimes,
        "municipality__department__in": spec.departments,
    }
    wanted = {name: values for name, values in chosen.items() if values}
    return Alliance.objects.filter(created_at__lt=end, **wanted)


def _counted(frame: pd.DataFrame, since: str, until: str, last: date) -> pd.DataFrame:
    """With ``days``, working days that each row lasted by the last day, and ``is_over``."""
    days = _working_days(frame[since], frame[until].fillna(pd.Timestamp(last)))
    return frame.assign(days=days.clip(lower=0), is_over=frame[until].notna())


def _working_days(since: pd.Series, until: pd.Series) -> pd.Series:
    """As ``workdays.working_days_between``, of whole columns; empty where a day is."""
    known = since.notna() & until.notna()
    first, last = (days[known].to_numpy("datetime64[D]") for days in (since, until))
    years = {day.year for days in (since, until) for day in days[known]}
    holidays = sorted(day for year in _span(years) for day in holidays_in(year))
    next_day = np.timedelta64(1, "D")
    ahead = np.busday_count(first + next_day, last + next_day, holidays=holidays)
    back = np.busday_count(last, first, holidays=holidays)
    counted = np.where(last >= first, ahead, -back)
    return pd.Series(counted, index=since.index[known], dtype=float).reindex(since.index)


def _span(years: set[int]) -> range:
    return range(min(years), max(years) + 1) if years else range(0)


def _frame(rows: Iterable[Sequence[Any]], columns: Sequence[str]) -> pd.DataFrame:
    """Rows in the order of their values: moments (``_at``) become local days (``_on``)."""
    frame = pd.DataFrame(list(rows), columns=list(columns))
    for name in columns:
        if name.endswith("_at"):
            moments = pd.to_datetime(frame.pop(name), utc=True)
            local = moments.dt.tz_convert(get_default_timezone_name()).dt.tz_localize(None)
            frame[f"{name[:-3]}_on"] = local.dt.normalize()
        elif name.endswith("_on"):
            frame[name] = pd.to_datetime(frame[name])
    return frame


# -- Alliances and their stays ---------------------------------------------------------------------
def _alliances(scope: QuerySet[Alliance], end: datetime) -> pd.DataFrame:
    facts = scope.order_by("pk").values_list(
        "pk",
        "call__code",
        "municipality__department__call_region",
        "call__regime",
        "incentive_cop",
        "created_at",
    )
    frame = _frame(facts, ["alliance", "call", "region", "regime", "incentive", "created_at"])
    acts = Event.objects.filter(alliance__in=scope, at__lt=end)
    decision = Event.objects.filter(alliance=OuterRef("alliance"), to_status__in=DECIDED)
    decided_at = Subquery(decision.order_by("sequence").values("at")[:1])
    before = acts.filter(at__lte=decided_at)
    for name, counted in (("", acts), ("_before", before)):
        frame = frame.merge(_actors(counted, name), on="alliance", how="left")
    return frame


def _actors(acts: QuerySet[Event], suffix: str) -> pd.DataFrame:
    """Acts, people and organisations by alliance; empty where nothing was done."""
    counts = (
        acts.order_by("alliance")
        .values("alliance")
        .annotate(
            acts=Count("pk"),
            people=Count("actor", distinct=True),
            organisations=Count("organisation", distinct=True),
        )
        .values_list("alliance", "acts", "people", "organisations")
    )
    names = [f"{name}{suffix}" for name in ("acts", "people", "organisations")]
    return _frame(counts, ["alliance", *names])


def _stays(scope: QuerySet[Alliance], end: datetime) -> pd.DataFrame:
    """Every stay in a status that something leads out of, over or not."""
    moves = Event.objects.filter(alliance__in=scope, at__lt=end).exclude(to_status="")
    before = Window(Lag("at"), partition_by="alliance", order_by="sequence")
    ended = (
        moves.annotate(
            entered_at=Coalesce(before, F("alliance__created_at")),
            code=KeyTextTransform("reason_code", "data"),
        )
        .order_by("alliance", "sequence")
        .values_list(
            "alliance",
            "sequence",
            "from_status",
            "entered_at",
            "at",
            "verb",
            "duty",
            "organisation",
            Coalesce("code", Value(""), output_field=TextField()),
        )
    )
    last = moves.order_by("alliance", "-sequence").distinct("alliance")
    lasting = last.values_list("alliance", "sequence", "to_status", "at")
    drafts = scope.exclude(pk__in=moves.values("alliance")).order_by("pk")
    still = [
        *((pk, row + 1, status, at) for pk, row, status, at in lasting if status not in FINAL),
        *((pk, 1, Status.DRAFT.value, at) for pk, at in drafts.values_list("pk", "created_at")),
    ]
    rows = [*ended, *((*row, None, "", "", None, "") for row in sorted(still))]
    columns = [
        "alliance",
        "sequence",
        "status",
        "entered_at",
        "left_at",
        "verb",
        "duty",
        "organisation",
    ]
    return _frame(rows, [*columns, "reason"])


# -- Requests --------------------------------------------------------------------------------------
def _requests(scope: QuerySet[Alliance], end: datetime, last: date) -> pd.DataFrame:
    """``slack_state`` is the last reading of the clock; what was paid or given up later is open.

    ``days_late``: working days past the day by which the crop needed it, negative before.
    """
    given_up = StepRecord.objects.filter(
        request=OuterRef("pk"), outcome=StayOutcome.CANCELLED, left_at__lt=end
    )
    rows = (
        DisbursementRequest.objects.filter(alliance__in=scope, requested_at__lt=end)
        .order_by("pk")
        .values_list(
            "pk",
            "alliance",
            "amount_cop",
            Exists(given_up),
            "slack_state",
            "need_by_on",
            "requested_at",
            Case(When(paid_at__lt=end, then="paid_at")),
        )
    )
    columns = ["request", "alliance", "amount", "is_cancelled", "slack_state", "need_by_on"]
    frame = _frame(rows, [*columns, "requested_at", "paid_at"])
    settled = frame["paid_on"].fillna(pd.Timestamp(last))
    return frame.assign(days_late=_working_days(frame["need_by_on"], settled))


def _steps(scope: QuerySet[Alliance], end: datetime) -> pd.DataFrame:
    """Stays of requests at a step; one that ended after the last day has not ended."""
    is_over = Q(left_at__lt=end)
    rows = (
        StepRecord.objects.filter(request__alliance__in=scope, entered_at__lt=end)
        .order_by("request", "entered_at", "pk")
        .values_list(
            "request",
            "request__alliance",
            "step__verb",
            "step__duty",
            "entered_at",
            Case(When(is_over, then="left_at")),
            Case(When(is_over, then="outcome"), default=Value("")),
            Case(When(is_over, then="reason")),
        )
    )
    columns = ["request", "alliance", "verb", "duty", "entered_at", "left_at", "outcome"]
    return _frame(rows, [*columns, "reason"])


# -- Support, promises, money ----------------------------------------------------------------------
def _visits(scope: QuerySet[Alliance], spec: OperationsSpec) -> pd.DataFrame:
    rows = (
        Visit.objects.filter(alliance__in=scope, visited_on__range=(spec.from_on, spec.until_on))
        .annotate(month_on=TruncMonth("visited_on"))
        .values("alliance", "month_on", "kind")
        .annotate(visits=Count("pk"))
        .order_by("alliance", "month_on", "kind")
        .values_list("alliance", "month_on", "kind", "visits")
    )
    return _frame(rows, ["alliance", "month_on", "kind", "visits"])


def _contributions(scope: QuerySet[Alliance], spec: OperationsSpec, end: datetime) -> pd.DataFrame:
    """Promises that nobody had taken back, and what the ledger received of them by the last day."""
    stood = Q(withdrawn_at__isnull=True) | Q(withdrawn_at__gte=end)
    arrived = Q(account__postings__transaction__occurred_on__lte=spec.until_on)
    rows = (
        Contribution.objects.filter(stood, alliance__in=scope)
        .annotate(received=-Sum("account__postings__amount_cop", filter=arrived, default=0))
        .order_by("pk")
        .values_list(
            "alliance", "organisation__kind", "kind", "committed_cop", "due_on", "received"
        )
    )
    columns = ["alliance", "financier", "kind", "committed", "due_on", "received"]
    return _frame(rows, columns)


def _spending(scope: QuerySet[Alliance], spec: OperationsSpec) -> pd.DataFrame:
    """What was paid in the period, by alliance: for operations of a crop, and for the rest."""
    within = Q(transaction__occurred_on__range=(spec.from_on, spec.until_on))
    rows = (
        Posting.objects.filter(within, account__budget_line__alliance__in=scope)
        .annotate(is_field=~Q(account__budget_line__operation=""))
        .values("account__alliance", "is_field")
        .annotate(paid=Sum("amount_cop"))
        .order_by("account__alliance", "is_field")
        .values_list("account__alliance", "is_field", "paid")
    )
    return _frame(rows, ["alliance", "is_field", "paid"])


def _agreements(scope: QuerySet[Alliance], spec: OperationsSpec) -> pd.DataFrame:
    rows = Agreement.objects.filter(alliance__in=scope, ended_on__lte=spec.until_on)
    return _frame(
        rows.order_by("alliance", "ended_on", "pk").values_list("alliance", "ended_on"),
        ["alliance", "ended_on"],
    )
