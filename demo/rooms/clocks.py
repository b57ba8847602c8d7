"""The slack of open requests: read by the room's own clock, spread over all its states."""

from datetime import date, timedelta

from alliances.lifecycle.duties import Duty
from alliances.lifecycle.table import Status
from alliances.territory.models import Operation
from alliances.territory.workdays import add_working_days
from demo.ground.plan import Profile
from demo.world import World
from fiduciary.disbursements.models import DisbursementRequest
from fiduciary.disbursements.services.clock import refresh_clocks, refresh_timings
from fiduciary.disbursements.table import RequestStatus
from fiduciary.timing.clock import SlackState
from fiduciary.timing.models import WindowOverride

#: What open requests should show, in turn; suppliers' delivery times bring them there.
WANTED = (SlackState.ON_TIME, SlackState.AT_RISK, SlackState.LATE, SlackState.MISSED)
#: Plants that a nursery grows to order take this long.
LONGEST_DELIVERY_DAYS = 150
#: How the cluster's season was corrected: days before and after today.
SEASON = (20, 55)
WHY = "Riego propio: aquí se siembra más tarde que en el resto del departamento."


def set_clocks(world: World) -> None:
    """Correct the season of part of the cluster, then read every clock."""
    for profile in _irrigated(world):
        _override(world, profile)
    refresh_timings(at=world.now)
    refresh_clocks(at=world.now)
    _spread(world)
    refresh_clocks(at=world.now)


def _irrigated(world: World) -> list[Profile]:
    """Alliances of the cluster that execute, except where there is no calendar to correct."""
    return [
        profile
        for profile in world.profiles
        if profile.is_in_cluster
        and profile.status == Status.EXECUTING
        and profile.crop in world.places.crops_in(profile.municipality)
    ]


def _override(world: World, profile: Profile) -> None:
    starts_on, ends_on = (world.today + timedelta(days=days) for days in (-SEASON[0], SEASON[1]))
    at = world.dice(f"season/{profile.pk}").in_office(world.days[world.days.last - 3])
    hand = profile.crew.oga
    WindowOverride.objects.create(
        alliance_id=profile.pk,
        crop_id=profile.crop,
        operation=Operation.SOWING,
        starts_on=starts_on,
        ends_on=ends_on,
        reason=WHY,
        recorded_by_id=hand.user,
        recorded_at=at,
    )
    said = {
        "crop": profile.crop,
        "operation": Operation.SOWING.value,
        "window": f"{starts_on}/{ends_on}",
    }
    world.act(profile, at, "override_window", Duty.ACCOMPANY, hand, said, reason=WHY)


def _spread(world: World) -> None:
    """Set how long suppliers take to deliver, where that can bring the wanted state about."""
    dated = DisbursementRequest.objects.still_open().filter(window_ends_on__isnull=False)
    dated = dated.exclude(status=RequestStatus.APPROVED)  # an officer approved what they say
    changed = []
    for turn, request in enumerate(dated.order_by("alliance", "pk")):
        wanted = WANTED[turn % len(WANTED)]
        needed_on = _needed_on(wanted, world.today, request.forecast_p90_on)
        if needed_on is None or request.window_ends_on is None:
            continue
        ordered_on = add_working_days(needed_on, request.contracting_lead_days)
        days = (request.window_ends_on - ordered_on).days
        if 0 <= days <= LONGEST_DELIVERY_DAYS:
            request.delivery_lead_days = days
            changed.append(request)
    DisbursementRequest.objects.bulk_update(changed, ["delivery_lead_days"], batch_size=500)


def _needed_on(wanted: SlackState, today: date, slow_on: date | None) -> date | None:
    """The day by which the money must be there for the clock to show that state."""
    if slow_on is None or wanted == SlackState.ON_TIME:
        return None
    if wanted == SlackState.AT_RISK:
        return add_working_days(slow_on, 2)
    return add_working_days(today, 1 if wanted == SlackState.LATE else -4)
