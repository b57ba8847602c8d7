"""Visits of the accompanying organisation, who came, what they adopted, and who goes next."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from alliances.field.models import Attendance, PlannedVisit, Visit
from alliances.field.rules import DUE_AFTER_DAYS
from alliances.lifecycle.duties import Duty
from alliances.lifecycle.table import OPERATING, Status
from demo.ground.chance import Dice
from demo.ground.plan import Profile
from demo.ground.words import words
from demo.ground.writing import copy_in
from demo.world import World

VISIT = (
    "id",
    "alliance_id",
    "key",
    "kind",
    "visited_on",
    "topic",
    "practice_taught",
    "practice_checked",
    "visited_by_id",
    "logged_at",
)
PLAN = (
    "id",
    "alliance_id",
    "key",
    "assigned_to_id",
    "due_on",
    "planned_by_id",
    "planned_at",
)
ATTENDANCE = ("id", "visit_id", "producer_id", "has_adopted")
KINDS = {
    Visit.Kind.TECHNICAL: 0.5,
    Visit.Kind.BUSINESS: 0.2,
    Visit.Kind.SOCIAL: 0.17,
    Visit.Kind.ENVIRONMENTAL: 0.13,
}
#: Calendar days between visits: the demo's own alliances and those of today, and phase 3's.
EVERY, EVERY_BEFORE = (22, 38), (40, 75)
MOST_BEFORE = 8
CAME = (0.2, 0.55)
ADOPTED = 0.62
#: Alliances of today that have waited too long for their next visit.
NEGLECTED = 0.3
#: Of the alliances of today, those whose next visit somebody is to make.
PLANNED = 0.6
#: Acts of the last months are in the audit chain; older ones are loaded history.
RECENT = timedelta(days=150)


@dataclass
class Logs:
    """Rows of visits and of who came."""

    visits: list[tuple[Any, ...]]
    attendance: list[tuple[Any, ...]]


def write_field(world: World) -> None:
    """Every visit from the start of execution to the end of the accompaniment."""
    logs = Logs([], [])
    for profile, started_at in world.executed():
        dice = world.dice(f"field/{profile.pk}")
        checked = ""
        for day in _days(world, profile, started_at.date(), dice):
            checked = _log(world, profile, day, checked, logs, dice)
    copy_in(Visit, VISIT, logs.visits)
    copy_in(Attendance, ATTENDANCE, logs.attendance)


def write_plans(world: World) -> None:
    """Who makes the next visit and by when, of most alliances of today; after who accompanies."""
    teams = {body.pk: body.staff for body in world.bodies.ogas}
    last = Visit.objects.order_by("alliance", "-visited_on").distinct("alliance")
    visited = dict(last.values_list("alliance", "visited_on"))
    rows = []
    for profile, _started_at in world.executed():
        dice, last_on = world.dice(f"plan/{profile.pk}"), visited.get(profile.pk)
        if profile.status not in OPERATING or not profile.sheet.is_recommended or not last_on:
            continue
        days = min((world.today - last_on).days, DUE_AFTER_DAYS)
        if days < 2 or not dice.happens(PLANNED):
            continue
        pk, hand = world.ids(PlannedVisit), profile.crew.oga
        to = dice.choice(teams[hand.organisation])
        planned_at = dice.in_office(last_on + timedelta(days=dice.randrange(1, days)))
        due_on = last_on + timedelta(days=DUE_AFTER_DAYS)
        rows.append(
            (pk, profile.pk, dice.key(), to.membership, due_on, hand.membership, planned_at)
        )
        said = {"plan": pk, "to": to.membership, "due_on": str(due_on), "replaces": None}
        world.act(profile, planned_at, "assign_visit", Duty.ACCOMPANY, hand, said)
    copy_in(PlannedVisit, PLAN, rows)


def _days(world: World, profile: Profile, started_on: date, dice: Dice) -> Iterator[date]:
    ends_at = profile.left_execution_at or world.now
    if profile.sheet.is_recommended and profile.status != Status.RUPTURED:
        ends_at = world.now  # accompanied until it graduates
    until, every = ends_at.date(), EVERY_BEFORE
    if profile.sheet.is_recommended:
        every = EVERY
        wait = dice.randrange(1, DUE_AFTER_DAYS)
        if profile.is_in_cluster or dice.happens(NEGLECTED):
            wait = dice.randrange(DUE_AFTER_DAYS + 3, 3 * DUE_AFTER_DAYS)
        until = min(until, world.today - timedelta(days=wait))
    day, visits = started_on + timedelta(days=dice.randrange(4, 15)), 0
    while day < until and (profile.sheet.is_recommended or visits < MOST_BEFORE):
        yield world.days[world.days.number(day)]
        day += timedelta(days=dice.randrange(*every))
        visits += 1


def _log(world: World, profile: Profile, day: date, checked: str, logs: Logs, dice: Dice) -> str:
    """One visit; gives the practice taught in it, which the next one may look for."""
    pk, kind = world.ids(Visit), dice.weighted(KINDS).value
    taught = dice.choice(words()["practices"][kind]) if dice.happens(0.6) else ""
    topic = dice.choice(words()["visits"][kind])
    hand = profile.crew.oga
    logged_at = dice.in_office(day)
    logs.visits.append(
        (pk, profile.pk, dice.key(), kind, day, topic, taught, checked, hand.membership, logged_at)
    )
    came = dice.some(profile.producers, dice.uniform(*CAME))
    adopted = [bool(checked) and dice.happens(ADOPTED) for _ in came]
    logs.attendance += [
        (world.ids(Attendance), pk, producer, does if checked else None)
        for producer, does in zip(came, adopted, strict=True)
    ]
    if world.today - day < RECENT:
        said = {"visit": pk, "kind": kind, "visited_on": str(day), "attended": len(came)}
        said |= {"adopted": sum(adopted) if checked else None}
        world.act(profile, logged_at, "log_visit", Duty.ACCOMPANY, hand, said)
    return taught
