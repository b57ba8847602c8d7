"""The history of everything, in the order it happened: the database chains, hashes and moves."""

from collections.abc import Iterator
from typing import Any

from alliances.lifecycle.models import Event
from demo.ground.plan import Act
from demo.ground.writing import copy_in
from demo.world import World

COLUMNS = (
    "id",
    "alliance_id",
    "verb",
    "duty",
    "actor_id",
    "organisation_id",
    "at",
    "from_status",
    "to_status",
    "reason",
    "data",
)


def write_events(world: World) -> int:
    """Every act of every alliance; gives how many."""
    acts = [move for profile in world.profiles for move in profile.moves] + world.acts
    world.ids.read_again(Event)  # opening the calls wrote some
    acts.sort(key=lambda act: act.at)
    return copy_in(Event, COLUMNS, _rows(world, acts))


def _rows(world: World, acts: list[Act]) -> Iterator[tuple[Any, ...]]:
    for act in acts:
        hand = act.hand
        yield (
            world.ids(Event),
            act.alliance,
            act.verb,
            str(act.duty),
            hand.user if hand else None,
            hand.organisation if hand else None,
            act.at,
            str(act.from_status),
            str(act.to_status),
            act.reason,
            act.data,
        )
