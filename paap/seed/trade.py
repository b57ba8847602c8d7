"""Agreements with the ally, and sales that follow the strength of the tie between them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from alliances.lifecycle.duties import Duty
from alliances.lifecycle.table import Status
from alliances.trade.models import Agreement, ProduceSale
from paap.seed.chance import Dice
from paap.seed.shape import FOR_LIFE
from paap.seed.words import geography, reason, words
from paap.seed.world import Profile, World
from paap.seed.writing import copy_in, copy_objects

SALE = (
    "id", "agreement_id", "client_key", "promised_on", "promised_kg", "delivered_on",
    "delivered_kg", "price_cop", "received_at", "received_by_id", "paid_on",
)  # fmt: skip
#: Alliances in closing without an agreement yet, and with one that only one party signed.
UNWRITTEN, HALF_SIGNED = 0.35, 0.25
#: Weak ties whose agreement somebody ended, and ties that a new ally took over.
ENDED_IF_WEAK, REPLACED = 0.5, 0.12
WEAK = 0.38
#: Sales are monthly for this long and quarterly from then on.
MONTHLY_FOR = timedelta(days=400)
#: Where work goes on, a promise that failed is delivered in part in the end.
STILL_EXPECTED = timedelta(days=45)
#: Acts of the last weeks are in the audit chain; older ones are loaded history.
RECENT = timedelta(days=45)


@dataclass(frozen=True)
class Deal:
    """A signed agreement and the days between which things are sold under it."""

    agreement: Agreement
    profile: Profile
    first_on: date
    last_on: date


def write_trade(world: World) -> None:
    """Agreements first, since sales refer to them."""
    agreements: list[Agreement] = []
    deals: list[Deal] = []
    for profile in world.profiles:
        if Status.CLOSING in profile.reached:
            dice = world.dice(f"trade/{profile.pk}")
            for deal, agreement in _agree(world, profile, dice):
                agreements.append(agreement)
                deals += [deal] if deal else []
    copy_objects(agreements)
    copy_in(ProduceSale, SALE, [row for deal in deals for row in _sales(world, deal)])


# -- Agreements ------------------------------------------------------------------------------------
def _agree(world: World, profile: Profile, dice: Dice) -> Iterator[tuple[Deal | None, Agreement]]:
    trust_at = profile.reached.get(Status.TRUST_CONSTITUTED)
    if trust_at is None:
        yield from _still_closing(world, profile, dice)
        return
    closing_at = profile.reached[Status.CLOSING]
    signed_at = closing_at + (trust_at - closing_at) * dice.uniform(0.3, 0.8)
    if profile.started_at and dice.happens(REPLACED):
        earlier = _terms(world, profile, dice, signed_at)
        earlier.ally_id = dice.choice(world.bodies.allies[1:]).pk
        took_over_at = profile.started_at + (world.now - profile.started_at) * 0.3
        if earlier.ally_id != profile.ally:
            _sign(world, profile, earlier, signed_at, by_ally=False)
            earlier.signed_by_ally_at, earlier.signed_by_ally_id = (
                signed_at,
                _anyone(world, earlier),
            )
            earlier.ended_on = took_over_at.date()
            earlier.end_reason = reason(dice, "end_agreement")
            yield None, earlier
            signed_at = took_over_at
    agreement = _terms(world, profile, dice, signed_at)
    _sign(world, profile, agreement, signed_at)
    _end(profile, agreement, world, dice)
    last_on = min(world.today, agreement.ends_on, agreement.ended_on or world.today)
    first_on = max(agreement.starts_on, (profile.started_at or world.now).date())
    yield Deal(agreement, profile, first_on, last_on), agreement


def _still_closing(
    world: World, profile: Profile, dice: Dice
) -> Iterator[tuple[Deal | None, Agreement]]:
    """What has been agreed so far; the cluster's waits for the ally alone."""
    if profile.is_in_cluster:
        draw = UNWRITTEN
    elif profile.crew.oga == world.bodies.ogas[0].staff[0]:
        draw = 1.0
    else:
        draw = dice.random()
    if draw >= UNWRITTEN:
        at = profile.reached[Status.CLOSING] + timedelta(days=2, hours=1)
        at = min(at, world.now - timedelta(hours=20))
        agreement = _terms(world, profile, dice, at)
        _sign(world, profile, agreement, at, by_ally=draw >= UNWRITTEN + HALF_SIGNED)
        yield None, agreement


def _terms(world: World, profile: Profile, dice: Dice, at: datetime) -> Agreement:
    facts = geography()["crop_facts"]
    _yield_kg, price = facts.get(profile.crop, facts["_default"])
    rule = dice.choice([Agreement.PriceRule.FIXED, Agreement.PriceRule.RANGE, "reference"])
    floor = Decimal(round(price * dice.uniform(0.8, 0.95)))
    ceiling = floor if rule == Agreement.PriceRule.FIXED else floor * Decimal("1.3")
    starts_on = at.date() + timedelta(days=dice.randrange(20, 60))
    months = 14 + round(50 * profile.link) if profile.link > WEAK else dice.randrange(10, 20)
    return Agreement(
        pk=world.ids(Agreement),
        alliance_id=profile.pk,
        ally_id=profile.crew.ally.organisation,
        product=world.crop_names[profile.crop],
        quality=dice.choice(words()["qualities"]),
        quantity_kg_per_month=Decimal(profile.size * dice.randrange(60, 260)),
        delivery_place=f"Centro de acopio de {world.places.names[profile.municipality]}",
        starts_on=starts_on,
        ends_on=starts_on + timedelta(days=30 * months),
        price_rule=rule,
        price_floor_cop=floor,
        price_ceiling_cop=ceiling,
        price_reference="Central mayorista de la región" if rule == "reference" else "",
        payment_days=dice.choice([8, 15, 15, 30]),
        payment_means="Transferencia bancaria",
    )


def _sign(
    world: World, profile: Profile, agreement: Agreement, at: datetime, *, by_ally: bool = True
) -> None:
    crew, data = profile.crew, {"agreement": agreement.pk, "terms_sha256": agreement.fingerprint}
    world.act(profile, at, "write_agreement", Duty.REPRESENT, crew.organisation, data)
    at += timedelta(minutes=20)
    agreement.signed_by_organisation_at = at
    agreement.signed_by_organisation_id = crew.organisation.membership
    side = {"side": "organisation"}
    world.act(profile, at, "sign_agreement", Duty.REPRESENT, crew.organisation, data | side)
    if by_ally:
        at += timedelta(minutes=50)
        agreement.signed_by_ally_at, agreement.signed_by_ally_id = at, crew.ally.membership
        world.act(profile, at, "sign_agreement", Duty.REPRESENT, crew.ally, data | {"side": "ally"})


def _end(profile: Profile, agreement: Agreement, world: World, dice: Dice) -> None:
    """Those who broke up end their agreement, and some with a weak tie do too."""
    broke_up_at = profile.reached.get(Status.RUPTURED)
    if broke_up_at:
        agreement.ended_on = broke_up_at.date()
    elif profile.started_at and profile.link < WEAK and dice.happens(ENDED_IF_WEAK):
        ended_on = profile.started_at.date() + timedelta(days=dice.randrange(150, 400))
        agreement.ended_on = ended_on if ended_on < world.today else None
    if agreement.ended_on:
        agreement.end_reason = reason(dice, "end_agreement")


def _anyone(world: World, agreement: Agreement) -> int:
    """Who signs for an ally that is not the alliance's own any more."""
    body = next(each for each in world.bodies.allies if each.pk == agreement.ally_id)
    return body.staff[0].membership


# -- Sales -----------------------------------------------------------------------------------------
def _sales(world: World, deal: Deal) -> Iterator[tuple[Any, ...]]:
    dice = world.dice(f"sales/{deal.agreement.pk}")
    day = deal.first_on + timedelta(days=dice.randrange(25, 70))
    while day <= deal.last_on:
        yield _sale(world, deal, day, dice)
        is_new = day < deal.first_on + MONTHLY_FOR or deal.profile.share.call == FOR_LIFE
        day += timedelta(days=dice.randrange(26, 35) if is_new else dice.randrange(80, 100))
    is_selling = deal.profile.share.is_live and not deal.agreement.ended_on
    if is_selling and deal.profile.started_at and deal.agreement.ends_on > world.today:
        promised = Decimal(round(deal.agreement.quantity_kg_per_month))
        for days in (dice.randrange(2, 6), dice.randrange(12, 30)):
            yield _row(world, deal, world.today + timedelta(days=days), promised, dice)


def _sale(world: World, deal: Deal, promised_on: date, dice: Dice) -> tuple[Any, ...]:
    """What became of one promise: kept, paid and on time the more often the stronger the tie."""
    link, agreement = deal.profile.link, deal.agreement
    promised = Decimal(round(agreement.quantity_kg_per_month * Decimal(dice.uniform(0.8, 1.1))))
    delivered_on = promised_on + timedelta(days=dice.randrange(-2, 6))
    failed = dice.happens((1 - link) * 0.45)
    is_forgotten = deal.profile.share.is_live and world.today - promised_on > STILL_EXPECTED
    if delivered_on >= world.today or (failed and not is_forgotten):
        return _row(world, deal, promised_on, promised, dice)
    kept = 0.15 if failed else min(1.05, max(0.2, dice.gauss(0.5 + 0.55 * link, 0.15)))
    floor, ceiling = agreement.price_floor_cop, agreement.price_ceiling_cop
    price = floor + (ceiling - floor) * Decimal(round(dice.random(), 2))
    if not dice.happens(0.55 + 0.45 * link):
        price = floor * Decimal("0.88")
    late = 0 if dice.happens(0.35 + 0.65 * link) else dice.randrange(5, 50)
    paid_on = delivered_on + timedelta(days=agreement.payment_days - dice.randrange(4) + late)
    return _row(
        world, deal, promised_on, promised, dice,
        delivered=(delivered_on, round(promised * Decimal(kept)), round(price)),
        paid_on=paid_on if paid_on < world.today else None,
    )  # fmt: skip


def _row(
    world: World,
    deal: Deal,
    promised_on: date,
    promised_kg: Decimal,
    dice: Dice,
    *,
    delivered: tuple[date, int, int] | None = None,
    paid_on: date | None = None,
) -> tuple[Any, ...]:
    pk, ally = world.ids(ProduceSale), deal.profile.crew.ally
    if delivered is None:
        return pk, deal.agreement.pk, dice.key(), promised_on, promised_kg, None, 0, *(None,) * 4
    delivered_on, kg, price = delivered
    received_at = dice.in_office(delivered_on + timedelta(days=dice.randrange(4)))
    is_received = received_at < world.now - timedelta(days=3) or dice.happens(0.3)
    is_received = is_received and received_at < world.now
    _note(world, deal, pk, delivered, received_at if is_received else None, paid_on, dice)
    return (
        pk, deal.agreement.pk, dice.key(), promised_on, promised_kg, delivered_on, kg, price,
        received_at if is_received else None, ally.membership if is_received else None, paid_on,
    )  # fmt: skip


def _note(
    world: World,
    deal: Deal,
    pk: int,
    delivered: tuple[date, int, int],
    received_at: datetime | None,
    paid_on: date | None,
    dice: Dice,
) -> None:
    """The acts of a recent sale."""
    delivered_on, kg, price = delivered
    if world.today - delivered_on > RECENT:
        return
    crew, duty, day = deal.profile.crew, Duty.REPRESENT, str(delivered_on)
    said = {"sale": pk, "delivered_on": day, "kg": str(kg), "price_cop": str(price)}
    at = dice.in_office(delivered_on)
    world.act(deal.profile, at, "record_sale", duty, crew.organisation, said)
    if received_at:
        world.act(deal.profile, received_at, "confirm_delivery", duty, crew.ally, {"sale": pk})
    if paid_on:
        said = {"sale": pk, "paid_on": str(paid_on)}
        at = dice.in_office(paid_on)
        world.act(deal.profile, at, "confirm_payment", duty, crew.organisation, said)
