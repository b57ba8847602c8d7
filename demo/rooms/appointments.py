"""Who was appointed to score, advise, accompany and pay, since when and until when."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from alliances.lifecycle.duties import Duty
from alliances.lifecycle.models import Appointment
from alliances.lifecycle.table import FINAL, Status
from demo.ground.plan import Hand, Profile
from demo.ground.writing import copy_in
from demo.world import World

COLUMNS = ("alliance_id", "duty", "organisation_id", "person_id", "since", "until")
#: How far into the closing those who will accompany and pay are appointed.
CHOSEN_AT = 0.25
#: Share of alliances still closing that have not chosen them yet.
NOT_CHOSEN = 0.3


def write_appointments(world: World) -> None:
    """Rows and their acts, in the order of the histories."""
    copy_in(Appointment, COLUMNS, (row for each in world.profiles for row in _of(world, each)))


def _of(world: World, profile: Profile) -> Iterator[tuple[Any, ...]]:
    reached, crew = profile.reached, profile.crew
    if profile.sheet.is_recommended and Status.SUBMITTED in reached:
        yield _row(world, profile, Duty.SCORE, crew.scorer, Status.SUBMITTED, Status.SCORED)
    if crew.adviser in world.bodies.all_consultants and Status.PREPARING in reached:
        yield _row(
            world, profile, Duty.ADVISE, crew.adviser, Status.PREPARING, Status.APPROVED, named=True
        )
    if Status.CLOSING in reached and not _still_choosing(world, profile):
        left = Status.GRADUATED if profile.sheet.is_recommended else Status.CLOSED
        yield _row(world, profile, Duty.ACCOMPANY, crew.oga, Status.CLOSING, left)
        yield _row(world, profile, Duty.PAY, crew.payer, Status.CLOSING, Status.GRADUATED)


def _still_choosing(world: World, profile: Profile) -> bool:
    if profile.status != Status.CLOSING or profile.is_in_cluster:
        return False
    return world.dice(f"choose/{profile.pk}").happens(NOT_CHOSEN)


def _row(
    world: World,
    profile: Profile,
    duty: Duty,
    hand: Hand,
    start: Status,
    end: Status,
    *,
    named: bool = False,
) -> tuple[Any, ...]:
    """One appointment; it ends with its task, or with the alliance."""
    at = profile.reached[start] + timedelta(minutes=40)
    if start == Status.CLOSING:
        closed_at = profile.reached.get(Status.TRUST_CONSTITUTED, world.now)
        chance = world.dice(f"appointed/{profile.pk}/{duty}")
        at = world.moment(profile.reached[start], closed_at, CHOSEN_AT, chance)
    world.act(
        profile,
        at,
        "appoint",
        Duty.DIRECT,
        profile.crew.director,
        {
            "duty": str(duty),
            "organisation": hand.organisation,
            "name": world.bodies.name_of[hand.organisation],
        },
    )
    ended_at = profile.reached.get(end) or _end_of(profile)
    person = hand.user if named else None
    until = ended_at.date() if ended_at else None
    return profile.pk, str(duty), hand.organisation, person, at.date(), until


def _end_of(profile: Profile) -> datetime | None:
    """When an alliance that is over ended."""
    return profile.moves[-1].at if profile.status in FINAL else None
