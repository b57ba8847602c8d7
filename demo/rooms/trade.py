"""Agreements with the ally: written, signed, ended and replaced."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal

from alliances.lifecycle.duties import Duty
from alliances.lifecycle.table import Status
from alliances.trade.models import Agreement
from alliances.trade.rules import Side
from demo.ground.chance import Dice
from demo.ground.plan import Profile
from demo.ground.words import geography, reason, words
from demo.ground.writing import copy_objects
from demo.rooms.sales import Deal, write_sales
from demo.world import World

PriceRule = Agreement.PriceRule
MARKET = "Central mayorista de la región"
#: Alliances in closing without an agreement yet, and with one that only one party signed.
UNWRITTEN, HALF_SIGNED = 0.35, 0.25
#: Weak ties whose agreement somebody ended, and ties that a new ally took over.
ENDED_IF_WEAK, REPLACED = 0.5, 0.12
WEAK = 0.38


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
    write_sales(world, deals)


# -- Agreements ------------------------------------------------------------------------------------
def _agree(world: World, profile: Profile, dice: Dice) -> Iterator[tuple[Deal | None, Agreement]]:
    trust_at = profile.reached.get(Status.TRUST_CONSTITUTED)
    if trust_at is None:
        yield from _still_closing(world, profile, dice)
        return
    closing_at = profile.reached[Status.CLOSING]
    signed_at = world.moment(closing_at, trust_at, dice.uniform(0.3, 0.8), dice)
    if profile.started_at and dice.happens(REPLACED):
        earlier = _terms(world, profile, dice, signed_at)
        earlier.ally_id = dice.choice(world.bodies.allies[1:]).pk
        took_over_at = world.moment(profile.started_at, world.now, 0.3, dice)
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
    elif world.is_demo(profile):
        draw = 1.0
    else:
        draw = dice.random()
    if draw >= UNWRITTEN:
        at = world.moment(profile.reached[Status.CLOSING], world.now, 0.3, dice)
        agreement = _terms(world, profile, dice, at)
        _sign(world, profile, agreement, at, by_ally=draw >= UNWRITTEN + HALF_SIGNED)
        yield None, agreement


def _terms(world: World, profile: Profile, dice: Dice, at: datetime) -> Agreement:
    facts = geography()["crop_facts"]
    _yield_kg, price = facts.get(profile.crop, facts["_default"])
    rule = dice.choice(list(PriceRule))
    floor = Decimal(round(price * dice.uniform(0.8, 0.95)))
    ceiling = floor if rule == PriceRule.FIXED else floor * Decimal("1.3")
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
        price_reference=MARKET if rule == PriceRule.REFERENCE else "",
        payment_days=dice.choice([8, 15, 15, 30]),
        payment_means="Transferencia bancaria",
    )


def _sign(
    world: World, profile: Profile, agreement: Agreement, at: datetime, *, by_ally: bool = True
) -> None:
    crew, data = profile.crew, {"agreement": agreement.pk, "terms_sha256": agreement.fingerprint}
    world.act(profile, at, "write_agreement", Duty.REPRESENT, crew.organisation, data)
    at += timedelta(minutes=4)
    agreement.signed_by_organisation_at = at
    agreement.signed_by_organisation_id = crew.organisation.membership
    side = {"side": Side.ORGANISATION.value}
    world.act(profile, at, "sign_agreement", Duty.REPRESENT, crew.organisation, data | side)
    if by_ally:
        at += timedelta(minutes=7)
        agreement.signed_by_ally_at, agreement.signed_by_ally_id = at, crew.ally.membership
        side = {"side": Side.ALLY.value}
        world.act(profile, at, "sign_agreement", Duty.REPRESENT, crew.ally, data | side)


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
