"""The rotating fund: rules, commitments, what was delivered against them and what came back."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from alliances.documents.models import DocumentKind
from alliances.lifecycle.duties import Duty
from alliances.lifecycle.table import Status
from demo.ground.asks import Ask
from demo.ground.chance import Dice
from demo.ground.plan import Profile
from demo.ground.writing import analyze, copy_in, grouped
from demo.world import World
from fiduciary.deliveries.models import InputDelivery
from fiduciary.disbursements.table import Verb
from fiduciary.fund.models import Commitment, FundRules, Instalment
from fiduciary.fund.rules import by_number
from fiduciary.ledger.models import AccountKind, TransactionKind

RULES = (
    "alliance_id",
    "repayment_share_pct",
    "grace_months",
    "monthly_interest_pct",
    "recovery_target_pct",
    "approved_on",
    "act_id",
)
COMMITMENT = ("id", "producer_id", "amount_cop", "conditions", "signed_on", "account_id")
INSTALMENT = ("commitment_id", "due_on", "amount_cop")
DELIVERY = (
    "request_id",
    "producer_id",
    "item",
    "quantity",
    "unit",
    "value_cop",
    "delivered_on",
    "key",
)
CONDITIONS = "Devuelve después de cada cosecha, en dinero, a la cuenta del fondo rotatorio."
#: Part of the incentive of each producer that the rules ask back, in per cent.
SHARES = (40, 50, 60)
TARGET = 80
GRACE_MONTHS = (6, 10)
#: Alliances that executed without rules yet: those that began lately, some that just closed.
WITHOUT_RULES = {Status.EXECUTING: 0.2, Status.SUSPENDED: 0.2, Status.CLOSED: 0.35}
#: Producers who have signed by now, where execution goes on.
SIGNED_SO_FAR = 0.8
#: Share of what is due by now that comes back, by how the alliance ended.
COMES_BACK = {
    Status.GRADUATED: 0.94,
    Status.FUND_OPERATING: 0.66,
    Status.RUPTURED: 0.18,
    Status.CLOSED: 0.8,
    Status.EXECUTING: 0.7,
    Status.SUSPENDED: 0.4,
}


@dataclass
class Fund:
    """Rows in the making."""

    rules: list[tuple[Any, ...]] = field(default_factory=list)
    commitments: list[tuple[Any, ...]] = field(default_factory=list)
    instalments: list[tuple[Any, ...]] = field(default_factory=list)
    deliveries: list[tuple[Any, ...]] = field(default_factory=list)


def write_fund(world: World, asks: Sequence[Ask]) -> None:
    """Rules first, then signatures, then what was delivered and what came back."""
    fund, paid = Fund(), grouped((ask.profile.pk, ask) for ask in asks if ask.payment)
    for profile, started_at in world.executed():
        dice = world.dice(f"fund/{profile.pk}")
        if profile.is_in_cluster or not dice.happens(WITHOUT_RULES.get(profile.status, 0)):
            _of_alliance(world, profile, started_at, paid.get(profile.pk, []), fund, dice)
    world.documents.write()
    world.ledger.write()
    copy_in(FundRules, RULES, fund.rules)
    copy_in(Commitment, COMMITMENT, fund.commitments)
    copy_in(Instalment, INSTALMENT, fund.instalments)
    analyze(Commitment, Instalment)
    copy_in(InputDelivery, DELIVERY, fund.deliveries)


def _of_alliance(
    world: World,
    profile: Profile,
    started_at: datetime,
    paid: Sequence[Ask],
    fund: Fund,
    dice: Dice,
) -> None:
    share, grace = dice.choice(SHARES), dice.choice(GRACE_MONTHS)
    number = world.days.number(started_at.date()) + dice.randrange(2, 12)
    approved_at = dice.in_office(world.days[number])
    hand = profile.crew.organisation
    title = "Acta de asamblea: reglamento del fondo rotatorio"
    act = world.documents.keep(profile, DocumentKind.ASSEMBLY_ACT, title, hand, approved_at)
    said = {"share_pct": f"{share}.00", "grace_months": grace, "documents": [act]}
    world.act(profile, approved_at, "approve_fund_rules", Duty.REPRESENT, hand, said)
    fund.rules.append((profile.pk, share, grace, 0, TARGET, approved_at.date(), act["version"]))
    amount = profile.incentive_cop * share // 100 // profile.size // 2_000 * 2_000
    first_on = started_at.date() + timedelta(days=30 * (grace + 3))
    due = [first_on, first_on + timedelta(days=182)]
    is_over = profile.left_execution_at is not None
    delivered = _deliverable(profile, paid)
    comes_back = COMES_BACK[profile.status]
    if _is_ready(profile):
        comes_back = COMES_BACK[Status.GRADUATED]
    for producer in profile.producers:
        if not is_over and not dice.happens(SIGNED_SO_FAR):
            continue
        signed_on = world.days[number + dice.randrange(1, 15)]
        account = world.ledger.open(profile.pk, AccountKind.REPAYMENT, by_number(producer))
        commitment = world.ids(Commitment)
        fund.commitments.append((commitment, producer, amount, CONDITIONS, signed_on, account))
        fund.instalments += [(commitment, day, amount // 2) for day in due]
        if delivered:
            fund.deliveries.append(_delivery(world, profile, producer, delivered, signed_on, dice))
        _repay(world, profile, account, by_number(producer), amount, due, comes_back, dice)


# -- Deliveries -----------------------------------------------------------------------------------
def _deliverable(profile: Profile, paid: Sequence[Ask]) -> tuple[Ask, date] | None:
    """The first paid request for goods, and its day; the cluster's wait to be delivered."""
    if profile.is_in_cluster and profile.status == Status.EXECUTING:
        return None
    for ask in paid:
        done = ask.done(Verb.PAY)
        if done and ask.line.concept.startswith(("Semilla", "Herramientas")):
            return ask, done[0].date()
    return None


def _delivery(
    world: World,
    profile: Profile,
    producer: int,
    delivered: tuple[Ask, date],
    signed_on: date,
    dice: Dice,
) -> tuple[Any, ...]:
    ask, paid_on = delivered
    number = world.days.number(max(paid_on, signed_on)) + dice.randrange(3, 20)
    value = ask.amount * 96 // 100 // profile.size
    item = ask.line.concept.split(" o ")[0]
    return (
        ask.pk,
        producer,
        item,
        dice.randrange(2, 40),
        "unidades",
        value,
        world.days[number],
        dice.key(),
    )


# -- Repayments -----------------------------------------------------------------------------------
def _repay(
    world: World,
    profile: Profile,
    account: int,
    name: str,
    amount: int,
    due: Sequence[date],
    comes_back: float,
    dice: Dice,
) -> None:
    """One payment of what this producer gave back; those who graduate paid before they did."""
    end = profile.reached.get(Status.GRADUATED) or profile.reached.get(Status.RUPTURED)
    limit = min(end or world.now, world.now).date()
    fallen_due = [day for day in due if day < limit]
    if profile.status == Status.GRADUATED or _is_ready(profile):
        fallen_due = list(due)
    if not fallen_due or not dice.happens(min(1.0, comes_back + 0.05)):
        return
    whole = dice.happens(comes_back)
    back = amount // 2 * (len(fallen_due) if whole else 1)
    number = world.days.number(min(fallen_due[-1], limit)) + dice.randrange(-8, 6)
    day = world.days[min(number, world.days.number(limit) - 1)]
    world.ledger.move(
        alliance=profile.pk,
        key=dice.key(),
        kind=TransactionKind.REPAYMENT,
        on=day,
        description=name,
        pocket=AccountKind.FUND_CASH,
        other=account,
        amount=back,
        hand=profile.crew.organisation,
        at=dice.in_office(day),
    )


def _is_ready(profile: Profile) -> bool:
    """The cluster's operating fund has recovered enough to graduate."""
    return profile.is_in_cluster and profile.status == Status.FUND_OPERATING
