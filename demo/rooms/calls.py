"""The calls of the portfolio: those that the programme's facts know, and always an open one."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

from alliances.calls.drafts import DATA, EXAMPLES, read_draft
from alliances.calls.models import Call, CriterionOption
from alliances.calls.selectors import rubric_of
from alliances.calls.services import create_call, load_example_calls, open_call
from alliances.people.models import Membership
from demo.ground.plan import CallSheet, Question
from demo.ground.shape import CURRENT, FIRST_2020, FOR_LIFE, PHASE_3
from demo.world import World

#: An open call has been receiving profiles for at least this long, or one is written that has.
OPEN_FOR_DAYS = 75
OPEN_UNTIL_DAYS = 90
#: A closed call keeps its files of profiles coming until this many days before it closes.
LAST_DAYS = 5


def prepare_calls(world: World) -> None:
    """Load the example calls; write one that is open today if none of them is."""
    loaded = load_example_calls(at=world.now)
    past = dict(zip((PHASE_3, FIRST_2020, FOR_LIFE), loaded, strict=False))
    world.calls = {key: _sheet(world, key, call) for key, call in past.items()}
    world.calls[CURRENT] = _sheet(world, CURRENT, _current(world, loaded[-1]))


def _current(world: World, example: Call) -> Call:
    opened_in_time = example.opens_on <= world.today - timedelta(days=OPEN_FOR_DAYS)
    if opened_in_time and world.today <= example.closes_on:
        return example
    opens_on = world.today - timedelta(days=OPEN_FOR_DAYS)
    draft = replace(
        read_draft(DATA / EXAMPLES[-1]),
        code=f"{world.today.year}-D",
        name=f"Convocatoria de demostración {world.today.year}",
        opens_on=opens_on,
        closes_on=world.today + timedelta(days=OPEN_UNTIL_DAYS),
        wage_year=min(world.wage_year, opens_on.year),
    )
    acting = Membership.objects.select_related("organisation").get(
        pk=world.bodies.eip.staff[0].membership
    )
    at = world.now - timedelta(days=OPEN_FOR_DAYS)
    call = create_call(draft=draft, acting=acting, at=at)
    return open_call(call_id=call.pk, acting=acting, at=at)


def _sheet(world: World, key: str, call: Call) -> CallSheet:
    rubric = tuple(
        Question(
            criterion=row.pk,
            position=row.position,
            weight=int(row.weight),
            options=_options(row.options.all()),
        )
        for row in rubric_of(call)
    )
    last = min(call.closes_on - timedelta(days=LAST_DAYS), world.today - timedelta(days=3))
    regions = {row.call_region: row for row in call.regions.all()}
    return CallSheet(key, call, regions, rubric, receives_until=last)


def _options(options: Iterable[CriterionOption]) -> tuple[tuple[int, int], ...]:
    found = [(option.pk, int(option.points)) for option in options]
    return tuple(sorted(found, key=lambda each: each[1]))
