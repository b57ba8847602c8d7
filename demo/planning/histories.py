"""When each step of a history happened: working days, real windows, the pandemic of 2020."""

from dataclasses import replace
from datetime import date, timedelta

from alliances.lifecycle.table import BY_VERB, PROCESS, Status
from demo.ground.chance import Dice
from demo.ground.plan import Act, Profile
from demo.ground.shape import CURRENT, FIRST_2020, PHASE_3
from demo.ground.words import reason
from demo.planning.paths import verbs_to
from demo.world import World

S = Status
#: Working days that a step usually takes. Our planning values, from the durations of the domain.
USUAL_DAYS = {
    "submit": 12,
    "return_profile": 6,
    "verify": 8,
    "reject": 8,
    "withdraw": 14,
    "score": 12,
    "select": 16,
    "waitlist": 16,
    "decline": 18,
    "prepare": 7,
    "submit_study": 48,
    "return_study": 8,
    "declare_viable": 8,
    "declare_not_viable": 9,
    "approve": 15,
    "begin_closing": 8,
    "constitute_trust": 60,
    "start": 13,
    "suspend": 90,
    "resume": 35,
    "close": 260,
    "open_fund": 15,
    "graduate": 230,
    "rupture": 150,
}
#: Phase 3 took longer than planned wherever paper or money moved.
SLOWER_IN_PHASE_3 = {"constitute_trust": 1.5, "submit_study": 1.3, "approve": 1.3, "start": 1.3}
#: Steps that give when a history must reach today: nobody noticed, money was late, terms grew.
ELASTIC = frozenset({"constitute_trust", "close", "suspend", "graduate", "rupture", "open_fund"})
#: The same for calls that closed long ago: a place on the waiting list that took years to free.
WAITING = frozenset({"select"})
PHASE_3_YEARS = {2016: 0.3, 2017: 0.3, 2018: 0.25, 2019: 0.15}
#: Working days since execution began, for alliances that execute today.
EXECUTING_FOR = {FIRST_2020: (350, 700)}
EXECUTING_FOR_OTHERS = (25, 330)
PANDEMIC = (date(2020, 3, 25), date(2020, 6, 16))
PANDEMIC_SUSPENDED = 0.45


def date_history(world: World, profile: Profile, dice: Dice) -> None:
    """Set ``created_at`` and ``moves``: every transition with its day, actor and reason."""
    verbs = verbs_to(profile.status, got_in=profile.share.got_in, dice=dice)
    steps = [_days(verb, profile, dice) for verb in verbs]
    if profile.share.is_live and profile.status != S.FUND_OPERATING:
        verbs, steps, first = _reaching_today(world, profile, verbs, steps, dice)
    else:
        first = world.days.number(_created_on(world, profile, dice))
        first = min(first, world.days.last - 2 - len(steps))
        steps = _fitted(steps, world.days.last - 2 - first)
    numbers = [first]
    for step in steps:
        numbers.append(numbers[-1] + step)
    profile.created_at = dice.in_office(world.days[numbers[0]])
    profile.moves = _moves(world, profile, verbs, numbers[1:], dice)


def _days(verb: str, profile: Profile, dice: Dice) -> int:
    slower = SLOWER_IN_PHASE_3.get(verb, 1.0) if not profile.sheet.is_recommended else 1.0
    return max(1, round(dice.about(USUAL_DAYS[verb] * slower)))


def _reaching_today(
    world: World, profile: Profile, verbs: list[str], steps: list[int], dice: Dice
) -> tuple[list[str], list[int], int]:
    """Verbs, steps and first day of a history whose last step was a plausible while ago."""
    opens = world.days.number(profile.sheet.call.opens_on)
    last = max(world.days.last - _waited(profile, dice), opens + 6 + 2 * len(steps))
    if profile.share.call == CURRENT:
        first = max(last - sum(steps), opens + dice.randrange(6))
        return verbs, _fitted(steps, last - first), first
    first = world.days.number(_created_on(world, profile, dice))
    elastic = ELASTIC.intersection(verbs)
    if not elastic and "waitlist" not in verbs:  # selected years later: it was on the waiting list
        place = verbs.index("select")
        verbs = [*verbs[:place], "waitlist", *verbs[place:]]
        steps = [*steps[:place], USUAL_DAYS["waitlist"], *steps[place:]]
    giving = elastic or WAITING
    return verbs, _stretched(verbs, steps, last - first, giving), first


def _waited(profile: Profile, dice: Dice) -> int:
    """Working days since the present status began: most in time, some late."""
    if profile.status == S.EXECUTING:
        return dice.randint(*EXECUTING_FOR.get(profile.share.call, EXECUTING_FOR_OTHERS))
    targets = [row.target_days for row in PROCESS.leaving(profile.status) if row.target_days]
    return max(1, round(max(targets, default=30) * dice.uniform(0.05, 1.25)))


def _created_on(world: World, profile: Profile, dice: Dice) -> date:
    """A day of the call on which profiles came in."""
    opens, until = profile.sheet.call.opens_on, profile.sheet.receives_until
    if profile.share.call == PHASE_3:
        year = dice.weighted(PHASE_3_YEARS)
        opens, until = max(opens, date(year, 2, 1)), min(until, date(year, 11, 30))
    if profile.share.call == CURRENT:  # what is over by now came in early
        until = opens + (until - opens) / 3
    return opens + timedelta(days=dice.randrange(max((until - opens).days, 1)))


def _fitted(steps: list[int], room: int) -> list[int]:
    """The same steps, shorter in proportion when they would not fit in ``room`` days."""
    total = sum(steps)
    if total <= room:
        return steps
    found = [max(1, int(step * room / total)) for step in steps]
    while sum(found) > room and max(found) > 1:
        found[found.index(max(found))] -= 1
    return found


def _stretched(verbs: list[str], steps: list[int], room: int, giving: frozenset[str]) -> list[int]:
    """Steps that fill exactly ``room`` days; what is over goes to those that give."""
    found = _fitted(steps, room)
    over = room - sum(found)
    places = [place for place, verb in enumerate(verbs) if verb in giving]
    for turn, place in enumerate(places):
        found[place] += over // len(places) + (turn < over % len(places))
    return found


def _moves(
    world: World, profile: Profile, verbs: list[str], numbers: list[int], dice: Dice
) -> list[Act]:
    status, found = S.DRAFT, []
    for verb, number in zip(verbs, numbers, strict=True):
        row = BY_VERB[verb]
        at = dice.in_office(world.days[number])
        found.append(
            Act(
                at,
                profile.pk,
                verb,
                row.duty,
                profile.crew.of(row.duty),
                status,
                row.target,
                reason=reason(dice, verb) if row.needs_reason else "",
            )
        )
        status = row.target
    return _with_pandemic(world, profile, found, dice)


def _with_pandemic(world: World, profile: Profile, moves: list[Act], dice: Dice) -> list[Act]:
    """Some of the alliances that executed in March 2020 stopped for some months."""
    for place, move in enumerate(moves):
        following = moves[place + 1] if place + 1 < len(moves) else None
        if move.to_status != S.EXECUTING or following is None:
            continue
        stopped = world.days[world.days.number(PANDEMIC[0]) + dice.randrange(7)]
        resumed = world.days[world.days.number(PANDEMIC[1]) + dice.randrange(42)]
        within = move.at.date() < stopped and resumed < following.at.date()
        if within and dice.happens(PANDEMIC_SUSPENDED):
            pause = replace(
                move,
                at=dice.in_office(stopped),
                verb="suspend",
                duty=BY_VERB["suspend"].duty,
                hand=profile.crew.supervisor,
                from_status=S.EXECUTING,
                to_status=S.SUSPENDED,
                reason=reason(dice, "pandemic_suspend"),
            )
            back = replace(
                pause,
                at=dice.in_office(resumed),
                verb="resume",
                from_status=S.SUSPENDED,
                to_status=S.EXECUTING,
                reason=reason(dice, "pandemic_resume"),
            )
            return [*moves[: place + 1], pause, back, *moves[place + 1 :]]
    return moves
