"""Keeping the slack clock of open requests right: after every move, and every night."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Self
from uuid import UUID

from django.db import transaction
from django.db.models import Aggregate, Count, IntegerField, prefetch_related_objects
from django.utils.timezone import localtime

from alliances.lifecycle.acting import act_on
from alliances.people.models import Membership
from alliances.territory.models import Crop
from alliances.territory.workdays import working_days_between
from fiduciary.disbursements.models import (
    DisbursementRequest,
    ProtocolStep,
    StepRecord,
    StepTiming,
)
from fiduciary.disbursements.protocol import remaining, steps_for
from fiduciary.timing.clock import Leads, SlackReading, StepForecast, forecast, read_clock
from fiduciary.timing.models import StoredReading, WindowOverride
from fiduciary.timing.selectors import Season, SeasonBook
from fiduciary.timing.table import OVERRIDE_WINDOW
from fiduciary.trust.models import Trust

#: Under this many finished stays, what a trustee was seen to take is not yet a habit.
MIN_OBSERVATIONS = 20
READING_FIELDS = [field.name for field in StoredReading._meta.local_fields]


class Percentile(Aggregate):
    """The value below which a fraction of the rows lie, one of the values themselves."""

    function = "PERCENTILE_DISC"
    template = "%(function)s(%(fraction)s) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = IntegerField()


@dataclass(frozen=True)
class DurationBook:
    """Steps of each protocol and how long they take with each trustee, in memory."""

    steps: Mapping[int, list[ProtocolStep]]
    trustees: Mapping[int, int]
    timings: Mapping[tuple[int, int], StepTiming]

    @classmethod
    def load(cls, requests: Iterable[DisbursementRequest]) -> Self:
        """What is needed to forecast these requests, in three queries or fewer."""
        rows = list(requests)
        protocols = {row.protocol_id: row.protocol for row in rows}
        prefetch_related_objects(list(protocols.values()), "steps")
        trusts = Trust.objects.filter(alliance__in={row.alliance_id for row in rows})
        timings = StepTiming.objects.filter(observations__gte=MIN_OBSERVATIONS)
        return cls(
            steps={key: list(protocol.steps.all()) for key, protocol in protocols.items()},
            trustees=dict(trusts.values_list("alliance", "trustee")),
            timings={(row.step_id, row.trustee_id): row for row in timings},
        )

    def steps_of(self, request: DisbursementRequest) -> list[ProtocolStep]:
        """The steps this request goes through from where it stands, the current one first."""
        steps = steps_for(self.steps[request.protocol_id], request.case)
        return remaining(steps, request.step) if request.step else []

    def forecasts(
        self, request: DisbursementRequest, today: date
    ) -> tuple[list[StepForecast], bool]:
        """Durations of the remaining steps, and whether all of them were observed."""
        trustee = self.trustees.get(request.alliance_id, 0)
        steps: list[StepForecast] = []
        observed = True
        for step in self.steps_of(request):
            timing = self.timings.get((step.pk, trustee))
            observed = observed and timing is not None
            elapsed = 0
            if step.pk == request.step_id and request.step_since:
                since = localtime(request.step_since).date()
                elapsed = max(working_days_between(since, today), 0)
            steps.append(
                StepForecast(
                    p50_days=timing.p50_days if timing else step.default_p50_days,
                    p90_days=timing.p90_days if timing else step.default_p90_days,
                    elapsed_days=elapsed,
                )
            )
        return steps, observed


def set_clock(request: DisbursementRequest, at: datetime) -> None:
    """Read the clock for one request and keep the reading on it, unsaved."""
    seasons = SeasonBook.load([request.alliance], [request.crop_id] if request.crop_id else [])
    _read_into(request, seasons, DurationBook.load([request]), at)


@transaction.atomic
def refresh_clocks(*, at: datetime, alliance_id: int | None = None) -> int:
    """Recompute every open request, of one alliance or of all; gives how many readings changed.

    The number of queries does not grow with the requests, save for writing what changed.
    """
    requests = DisbursementRequest.objects.still_open().order_by("pk")
    if alliance_id is not None:
        requests = requests.filter(alliance=alliance_id)
    # Locked bare, then read: PostgreSQL joins a row that it waited for to the step it stood at
    # before, and the step it stands at now would be missing.
    locked = list(requests.select_for_update().values_list("pk", flat=True))
    rows = list(
        requests.filter(pk__in=locked).select_related(
            "alliance__municipality__department", "step", "protocol", "budget_line"
        )
    )
    seasons = SeasonBook.load(
        {row.alliance_id: row.alliance for row in rows}.values(),
        {row.crop_id for row in rows if row.crop_id},
    )
    durations = DurationBook.load(rows)
    before = {row.pk: _reading_of(row) for row in rows}
    for row in rows:
        _read_into(row, seasons, durations, at)
    changed = [row for row in rows if _reading_of(row) != before[row.pk]]
    DisbursementRequest.objects.bulk_update(changed, READING_FIELDS, batch_size=500)
    return len(changed)


@transaction.atomic
def refresh_timings(*, at: datetime) -> int:
    """Recount how long each step really takes with each trustee; gives the pairs counted."""
    counted = (
        StepRecord.objects.filter(
            outcome="done", request__alliance__trust__isnull=False, working_days__isnull=False
        )
        .values("step_id", "request__alliance__trust__trustee_id")
        .annotate(
            n=Count("pk"),
            p50=Percentile("working_days", fraction=0.5),
            p90=Percentile("working_days", fraction=0.9),
        )
        .order_by()
    )
    rows = [
        StepTiming(
            step_id=row["step_id"],
            trustee_id=row["request__alliance__trust__trustee_id"],
            observations=row["n"],
            p50_days=row["p50"],
            p90_days=row["p90"],
            computed_at=at,
        )
        for row in counted
    ]
    StepTiming.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["step", "trustee"],
        update_fields=["observations", "p50_days", "p90_days", "computed_at"],
    )
    return len(rows)


def override_window(
    *,
    alliance_id: int,
    crop: Crop,
    operation: str,
    starts_on: date,
    ends_on: date,
    reason: str,
    reason_code: str,
    acting: Membership,
    at: datetime,
    key: UUID | None = None,
) -> WindowOverride:
    """State when this alliance really does an operation, and recompute what depended on it.

    Only who accompanies it may. The same key twice is one correction.
    """
    window = {
        "crop": crop,
        "operation": operation,
        "starts_on": starts_on,
        "ends_on": ends_on,
        "reason": reason.strip(),
    }
    with act_on(
        alliance_id,
        OVERRIDE_WINDOW,
        acting=acting,
        at=at,
        key=key,
        content=window,
        reason=reason,
        reason_code=reason_code,
    ) as act:
        if act.earlier:
            return WindowOverride.objects.get(pk=act.earlier_row("override"))
        override = WindowOverride(
            alliance=act.alliance, recorded_by=acting.user, recorded_at=at, **window
        )
        override.full_clean()
        override.save()
        act.data |= {
            "override": override.pk,
            "crop": crop.pk,
            "operation": operation,
            "window": f"{starts_on.isoformat()}/{ends_on.isoformat()}",
        }
        refresh_clocks(at=at, alliance_id=alliance_id)
        return override


def _read_into(
    request: DisbursementRequest, seasons: SeasonBook, durations: DurationBook, at: datetime
) -> None:
    today = localtime(at).date()
    leads = Leads(request.delivery_lead_days, request.contracting_lead_days)
    season = seasons.season(
        alliance=request.alliance,
        crop_id=request.crop_id,
        operation=request.operation,
        wanted_on=max(localtime(request.requested_at).date(), request.budget_line.planned_on),
        today=today,
        leads=leads,
    )
    steps, observed = durations.forecasts(request, today)
    reading = read_clock(
        today=today,
        target=season.target,
        following=season.following,
        leads=leads,
        expected=forecast(today, steps),
        unlimited=season.unlimited,
    )
    _store(request, reading, season, observed, at)


def _store(
    request: DisbursementRequest,
    reading: SlackReading,
    season: Season,
    observed: bool,
    at: datetime,
) -> None:
    request.window_starts_on = season.target.start if season.target else None
    request.window_ends_on = season.target.end if season.target else None
    request.window_source = season.source
    request.need_by_on = reading.need_by_on
    request.forecast_p50_on = reading.forecast.p50_on
    request.forecast_p90_on = reading.forecast.p90_on
    request.forecast_is_observed = observed
    request.slack_days = reading.slack_days
    request.slack_state = reading.state.value
    request.next_need_by_on = reading.next_need_by_on
    request.urgency_days = reading.urgency_days
    request.computed_at = at


def _reading_of(request: DisbursementRequest) -> tuple[object, ...]:
    """The stored reading without the moment it was computed at."""
    return tuple(getattr(request, name) for name in READING_FIELDS if name != "computed_at")
