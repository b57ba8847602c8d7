"""Planning disbursement requests: what is asked, when, and how long each step held it. No rows."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from math import exp, log

from alliances.lifecycle import duties
from alliances.lifecycle.table import Status
from demo.ground.asks import Ask, Line, Stay
from demo.ground.chance import Dice
from demo.ground.plan import Profile
from demo.ground.words import tax_number, words
from demo.rooms.budgets import CURRENT, EARLY
from demo.world import World
from fiduciary.disbursements.models import DisbursementRequest, ProtocolStep
from fiduciary.disbursements.models.request import StayOutcome
from fiduciary.disbursements.protocol import Case, is_drawn, steps_for
from fiduciary.disbursements.services.checks import OFF_PLAN
from fiduciary.disbursements.table import RequestStatus, Verb

R = RequestStatus
#: A step and how the request left it.
Visit = tuple[ProtocolStep, StayOutcome]
#: Requests that come back once, by regime, and those given up after that.
RETURNED = {duties.PHASE_3.code: 0.22, duties.RECOMMENDED.code: 0.1}
CANCELLED = 0.12
#: Normal quantile of the ninth decile: how wide a step's duration spreads.
NINTH_DECILE = 1.2816
#: Share of requests that depart from the plan, as their requesters say.
DEPARTS = 0.06
#: Where today's requests stand, in turn.
STANDS_AT = (R.REQUESTED, R.APPROVED, R.RETURNED, R.REQUESTED, R.APPROVED)
#: Where the demo's officers find each part of a line this morning: a queue worth its slack.
MORNING = (
    (Verb.APPROVE, Verb.APPROVE, Verb.PAY, Verb.APPROVE),
    (Verb.APPROVE, Verb.CLEAR, Verb.APPROVE, Verb.APPROVE),
    (Verb.PAY, Verb.APPROVE, Verb.RESUBMIT),
)


def asks_of(
    world: World, profile: Profile, lines: Sequence[Line], steps: Sequence[ProtocolStep], dice: Dice
) -> list[Ask]:
    """Every request of an alliance, oldest first; without money nothing gets past approval."""
    can_pay = world.ledger.cash_of(profile.pk) >= profile.incentive_cop
    left_at = profile.left_execution_at
    if left_at:
        last = world.days.number(left_at.date()) - 2
        return [_settled(world, profile, line, steps, last, dice) for line in lines]
    early = [
        _settled(world, profile, lines[place], steps, world.days.last, dice)
        for place in EARLY
        if can_pay
    ]
    if can_pay and profile.status == Status.EXECUTING and world.is_demo(profile):
        return early + [
            _standing(world, profile, lines[place], steps, stand, dice, parts=len(stands))
            for place, stands in zip(CURRENT, MORNING, strict=True)
            for stand in stands
        ]
    current = CURRENT if profile.status == Status.EXECUTING else CURRENT[:1]
    shift = 0 if profile.is_in_cluster else profile.pk
    stands = [STANDS_AT[(turn + shift) % 5] if can_pay else R.REQUESTED for turn in range(3)]
    return early + [
        _standing(world, profile, lines[place], steps, status, dice)
        for place, status in zip(current, stands, strict=False)
    ]


def _new(
    world: World,
    profile: Profile,
    line: Line,
    steps: Sequence[ProtocolStep],
    number: int,
    dice: Dice,
    *,
    parts: int = 1,
    departs: bool = False,
) -> Ask:
    """A request for the line, or for one of its parts, with the way that its protocol gives it."""
    supplier = dice.choice(words()["suppliers"])
    leads = (dice.randrange(5, 22), dice.randrange(2, 9)) if line.operation else (0, 0)
    amount = int(round(line.amount * dice.uniform(0.9, 1) / parts, -3))
    departure = dice.choice(words()["departures"]) if departs or dice.happens(DEPARTS) else ""
    key, requested_at = dice.key(), dice.in_office(world.days[number])
    drawn = is_drawn(key, requested_at, steps)
    case = Case(Decimal(amount), is_off_plan=bool(departure), is_drawn=drawn)
    return Ask(
        pk=world.ids(DisbursementRequest),
        profile=profile,
        line=line,
        amount=amount,
        payee=(supplier, tax_number(500_000 + words()["suppliers"].index(supplier))),
        leads=leads,
        key=key,
        requested_at=requested_at,
        way=steps_for(steps, case),
        departure=departure,
        is_drawn=drawn,
    )


# -- Requests that ran their course ---------------------------------------------------------------
def _settled(
    world: World,
    profile: Profile,
    line: Line,
    steps: Sequence[ProtocolStep],
    last: int,
    dice: Dice,
) -> Ask:
    """Asked for around its date and paid, or given up, by the working day ``last``."""
    started_at = profile.started_at or world.now
    first = world.days.number(started_at.date()) + 2
    number = world.days.number(line.planned_on) - dice.randrange(5, 20)
    number = max(first, min(number, last - 2))
    ask = _new(world, profile, line, steps, number, dice)
    visits = [(step, StayOutcome.DONE) for step in ask.way[1:]]
    if dice.happens(RETURNED[profile.sheet.call.regime]):
        visits = _returned_once(ask.way, visits, dice)
    days = [_duration(step, dice) for step, _outcome in visits]
    room = max(last - number, 0)
    if sum(days) > room:
        days = [int(day * room / sum(days)) for day in days]
    _stay(world, ask, visits, days, number, dice)
    ask.status = R.CANCELLED if visits[-1][1] == StayOutcome.CANCELLED else R.PAID
    return ask


def _returned_once(way: Sequence[ProtocolStep], visits: list[Visit], dice: Dice) -> list[Visit]:
    place = dice.randrange(len(visits))
    before = [*visits[:place], (visits[place][0], StayOutcome.RETURNED)]
    if dice.happens(CANCELLED):
        return [*before, (way[0], StayOutcome.CANCELLED)]
    return [*before, (way[0], StayOutcome.DONE), *visits]


def _duration(step: ProtocolStep, dice: Dice) -> int:
    """Working days: the usual ones half of the time, the slow ones once in ten."""
    usual = max(step.default_p50_days, 0.5)
    spread = log(max(step.default_p90_days, 1) / usual) / NINTH_DECILE
    return round(usual * exp(dice.gauss(0, spread)))


# -- Requests that stand somewhere today ----------------------------------------------------------
def _standing(
    world: World,
    profile: Profile,
    line: Line,
    steps: Sequence[ProtocolStep],
    stand: RequestStatus | Verb,
    dice: Dice,
    *,
    parts: int = 1,
) -> Ask:
    """Asked for lately; ``stand`` is the status it has, or the verb it waits for."""
    number = world.days.last - dice.randrange(3, 11)
    number = max(number, world.days.number((profile.started_at or world.now).date()) + 2)
    ask = _new(world, profile, line, steps, number, dice, parts=parts, departs=stand == Verb.CLEAR)
    verbs = [step.verb for step in ask.way]
    approval, stop = verbs.index(Verb.APPROVE), _stop(verbs, stand, dice)
    visits = [(step, StayOutcome.DONE) for step in ask.way[1 : stop or approval]]
    if not stop:
        visits.append((ask.way[approval], StayOutcome.RETURNED))
    held = dice.randrange(1, world.days.last - number + 1) if world.days.last > number else 0
    room = world.days.last - number - held
    days = [room // max(len(visits), 1)] * len(visits)
    _stay(world, ask, visits, days, number, dice)
    since = ask.stays[-1].left_at if ask.stays else ask.requested_at
    ask.stays.append(Stay(ask.way[stop], since or ask.requested_at))
    ask.status = R.APPROVED if stop > approval else R.REQUESTED if stop else R.RETURNED
    return ask


def _stop(verbs: Sequence[str], stand: RequestStatus | Verb, dice: Dice) -> int:
    """The place of the step at which it waits: 0 is the requester's own."""
    approval = verbs.index(Verb.APPROVE)
    if stand == R.REQUESTED:
        return dice.randrange(1, approval + 1)
    if stand == R.APPROVED:
        return dice.randrange(approval + 1, len(verbs))
    return 0 if stand == R.RETURNED else verbs.index(stand)


def _reasons(world: World, ask: Ask) -> list[str]:
    """Reasons to return it. What is found off its plan takes another way, once corrected."""
    always = any(step.verb == Verb.CLEAR for step in ask.way)
    return [code for code in world.return_reasons if always or code != OFF_PLAN]


def _stay(
    world: World,
    ask: Ask,
    visits: Sequence[Visit],
    days: Sequence[int],
    number: int,
    dice: Dice,
) -> None:
    """Turn steps and durations into stays, one after the other."""
    at = ask.requested_at
    for (step, outcome), spent in zip(visits, days, strict=True):
        number += spent
        left_at = max(dice.in_office(world.days[number]), at + timedelta(minutes=7))
        why = dice.choice(_reasons(world, ask)) if outcome == StayOutcome.RETURNED else None
        hand = ask.profile.crew.of(step.duty)
        ask.stays.append(Stay(step, at, left_at, spent, outcome, hand, why))
        at = left_at
