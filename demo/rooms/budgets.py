"""The annual plan of each alliance, line by line, with the season its money must not miss."""

from datetime import datetime, timedelta

from alliances.lifecycle.duties import Duty
from alliances.lifecycle.table import Status
from alliances.territory.models import Operation
from demo.ground.asks import Line
from demo.ground.chance import Dice
from demo.ground.plan import Profile
from demo.ground.shape import PHASE_3
from demo.ground.words import words
from demo.ground.writing import copy_in
from demo.world import World
from fiduciary.disbursements.models import BudgetLine
from fiduciary.ledger.models import AccountKind

LINE = (
    "id",
    "alliance_id",
    "concept",
    "crop_id",
    "operation",
    "planned_cop",
    "planned_on",
    "account_id",
)
#: Part of the incentive that the plan spends; the rest waits for what comes dearer.
PLANNED = 0.9
#: Lines bought early in execution, and those that are asked for today where it goes on.
EARLY, CURRENT = (2, 3), (0, 1, 4)
#: The plan spreads its purchases over this many days of execution.
SPREAD_DAYS = 150


def write_budgets(world: World) -> dict[int, list[Line]]:
    """The plan of every alliance whose trust was constituted; gives the lines by alliance."""
    plans = {
        profile.pk: _plan(world, profile, at, world.dice(f"budget/{profile.pk}"))
        for profile in world.profiles
        if (at := profile.reached.get(Status.TRUST_CONSTITUTED))
    }
    crops = {profile.pk: profile.crop for profile in world.profiles}
    world.ledger.write()
    copy_in(
        BudgetLine,
        LINE,
        (
            (
                line.pk,
                pk,
                line.concept,
                crops[pk] if line.operation else None,
                line.operation,
                line.amount,
                line.planned_on,
                line.account,
            )
            for pk, lines in plans.items()
            for line in lines
        ),
    )
    return plans


def _plan(world: World, profile: Profile, constituted_at: datetime, dice: Dice) -> list[Line]:
    started_on = (profile.started_at or constituted_at).date()
    seasonal = _of_this_season(world, profile)
    planned = profile.incentive_cop * PLANNED
    at = profile.started_at or world.moment(constituted_at, world.now, 0.5, dice)
    lines = []
    for place, (concept, operation, share) in enumerate(words()["budget"]):
        days = SPREAD_DAYS * place // len(words()["budget"]) + dice.randrange(5, 25)
        amount = int(round(planned * share * dice.uniform(0.92, 1.06), -4))
        account = world.ledger.open(profile.pk, AccountKind.SPENDING, concept)
        planned_on = started_on + timedelta(days=days)
        if place in seasonal:
            operation = seasonal[place]
            concept = words()["seasonal"][operation]
            planned_on = world.today - timedelta(days=dice.randrange(10))
        line = Line(world.ids(BudgetLine), concept, operation, amount, planned_on, account)
        lines.append(line)
        if profile.share.call != PHASE_3:
            said = {"concept": concept, "amount_cop": f"{amount}.00"}
            at_line = at + timedelta(minutes=10 + place)
            world.act(profile, at_line, "add_budget_line", Duty.ACCOMPANY, profile.crew.oga, said)
    return lines


def _of_this_season(world: World, profile: Profile) -> dict[int, str]:
    """For alliances that execute today: which lines are for the seasons that close first."""
    if profile.status not in (Status.EXECUTING, Status.SUSPENDED):
        return {}
    if profile.is_in_cluster:
        return dict.fromkeys(CURRENT, Operation.SOWING.value)
    found = world.places.operations_by_season(profile.municipality, profile.crop, world.today)
    return dict(zip(CURRENT, found or [Operation.SOWING.value], strict=False))
