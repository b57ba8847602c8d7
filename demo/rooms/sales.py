"""Sales under each agreement: kept, paid and on time the more often the stronger the tie."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from alliances.lifecycle.duties import Duty
from alliances.trade.models import Agreement, ProduceSale
from demo.ground.chance import Dice
from demo.ground.plan import Profile
from demo.ground.shape import FOR_LIFE
from demo.ground.writing import copy_in
from demo.world import World

SALE = (
    "id",
    "agreement_id",
    "key",
    "promised_on",
    "promised_kg",
    "delivered_on",
    "delivered_kg",
    "price_cop",
    "received_at",
    "received_by_id",
    "paid_on",
)
#: Sales are monthly for this long and quarterly from then on.
MONTHLY_FOR = timedelta(days=400)
#: Where work goes on, a promise that failed is delivered in part in the end.
STILL_EXPECTED = timedelta(days=45)
#: Acts of the last weeks are in the audit chain; older ones are loaded history.
RECENT = timedelta(days=45)
#: Deliveries of these many working days ago wait for the cluster's ally: the first for its word,
#: the second, confirmed, for its money.
WAITING_FOR_ALLY = (2, 16)


@dataclass(frozen=True)
class Deal:
    """A signed agreement and the days between which things are sold under it."""

    agreement: Agreement
    profile: Profile
    first_on: date
    last_on: date

    @property
    def goes_on(self) -> bool:
        """Somebody still sells under it."""
        is_open = self.agreement.ended_on is None and self.agreement.ends_on > self.last_on
        return is_open and self.profile.share.is_live and self.profile.started_at is not None


@dataclass(frozen=True)
class Sale:
    """One promise and what became of it; None is «not yet»."""

    promised_on: date
    promised_kg: int
    delivered_on: date | None = None
    delivered_kg: int = 0
    price_cop: int | None = None
    received_at: datetime | None = None
    paid_on: date | None = None


def write_sales(world: World, deals: Iterable[Deal]) -> None:
    """Every sale of every agreement, and the acts of the recent ones."""
    rows = []
    for deal in deals:
        dice = world.dice(f"sales/{deal.agreement.pk}")
        rows += [_row(world, deal, sale, dice) for sale in _sales(world, deal, dice)]
    copy_in(ProduceSale, SALE, rows)


def _sales(world: World, deal: Deal, dice: Dice) -> Iterator[Sale]:
    waiting = WAITING_FOR_ALLY if deal.profile.is_in_cluster and deal.goes_on else ()
    until = deal.last_on - (RECENT if waiting else timedelta(0))
    day = deal.first_on + timedelta(days=dice.randrange(25, 70))
    while day <= until:
        yield _fate(world, deal, day, dice)
        is_new = day < deal.first_on + MONTHLY_FOR or deal.profile.share.call == FOR_LIFE
        day += timedelta(days=dice.randrange(26, 35) if is_new else dice.randrange(80, 100))
    for ago in waiting:
        day = world.days[world.days.last - ago]
        received_at = dice.in_office(day) if ago > min(waiting) else None
        yield _delivered(deal, day, day, 1.0, dice, received_at=received_at)
    if deal.goes_on:
        for days in (dice.randrange(2, 6), dice.randrange(12, 30)):
            yield Sale(world.today + timedelta(days=days), _promised(deal, dice))


def _fate(world: World, deal: Deal, promised_on: date, dice: Dice) -> Sale:
    """What became of one promise."""
    link = deal.profile.link
    delivered_on = promised_on + timedelta(days=dice.randrange(-2, 6))
    failed = dice.happens((1 - link) * 0.45)
    is_forgotten = deal.profile.share.is_live and world.today - promised_on > STILL_EXPECTED
    if delivered_on >= world.today or (failed and not is_forgotten):
        return Sale(promised_on, _promised(deal, dice))
    kept = 0.15 if failed else min(1.05, max(0.2, dice.gauss(0.5 + 0.55 * link, 0.15)))
    late = 0 if dice.happens(0.35 + 0.65 * link) else dice.randrange(5, 50)
    days = deal.agreement.payment_days - dice.randrange(4) + late
    paid_on = delivered_on + timedelta(days=days)
    received_at = dice.in_office(delivered_on + timedelta(days=dice.randrange(4)))
    is_received = received_at < world.now - timedelta(days=3) or dice.happens(0.3)
    return _delivered(
        deal,
        promised_on,
        delivered_on,
        kept,
        dice,
        received_at=received_at if is_received and received_at < world.now else None,
        paid_on=paid_on if paid_on < world.today else None,
    )


def _delivered(
    deal: Deal,
    promised_on: date,
    delivered_on: date,
    kept: float,
    dice: Dice,
    *,
    received_at: datetime | None,
    paid_on: date | None = None,
) -> Sale:
    """A delivery at a price in the agreed range, or below it where the tie is weak."""
    promised, agreement = _promised(deal, dice), deal.agreement
    floor, ceiling = agreement.price_floor_cop, agreement.price_ceiling_cop
    price = floor + (ceiling - floor) * Decimal(round(dice.random(), 2))
    if not dice.happens(0.55 + 0.45 * deal.profile.link):
        price = floor * Decimal("0.88")
    kg = round(promised * kept)
    return Sale(promised_on, promised, delivered_on, kg, round(price), received_at, paid_on)


def _promised(deal: Deal, dice: Dice) -> int:
    return round(float(deal.agreement.quantity_kg_per_month) * dice.uniform(0.8, 1.1))


def _row(world: World, deal: Deal, sale: Sale, dice: Dice) -> tuple[Any, ...]:
    pk = world.ids(ProduceSale)
    _note(world, deal, pk, sale, dice)
    ally = deal.profile.crew.ally.membership if sale.received_at else None
    return (
        pk,
        deal.agreement.pk,
        dice.key(),
        sale.promised_on,
        sale.promised_kg,
        sale.delivered_on,
        sale.delivered_kg,
        sale.price_cop,
        sale.received_at,
        ally,
        sale.paid_on,
    )


def _note(world: World, deal: Deal, pk: int, sale: Sale, dice: Dice) -> None:
    """The acts of a recent sale."""
    day = sale.delivered_on
    if day is None or world.today - day > RECENT:
        return
    crew, duty, profile = deal.profile.crew, Duty.REPRESENT, deal.profile
    said = {"sale": pk, "delivered_on": str(day), "kg": str(sale.delivered_kg)}
    said["price_cop"] = str(sale.price_cop)
    world.act(profile, dice.in_office(day), "record_sale", duty, crew.organisation, said)
    if sale.received_at:
        world.act(profile, sale.received_at, "confirm_delivery", duty, crew.ally, {"sale": pk})
    if sale.paid_on:
        said = {"sale": pk, "paid_on": str(sale.paid_on)}
        at = dice.in_office(sale.paid_on)
        world.act(profile, at, "confirm_payment", duty, crew.organisation, said)
