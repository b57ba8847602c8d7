"""What each co-financier promised, whose certificates are in, the trust, and what arrived."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from alliances.documents.models import DocumentKind
from alliances.lifecycle.duties import Duty
from alliances.lifecycle.table import FINAL, Status
from demo.ground.chance import Dice
from demo.ground.plan import Profile
from demo.ground.shape import PHASE_3
from demo.ground.writing import copy_in
from demo.world import World
from fiduciary.ledger.models import AccountKind, TransactionKind
from fiduciary.trust.models import Contribution, ContributionKind, Trust

CONTRIBUTION = (
    "id",
    "alliance_id",
    "organisation_id",
    "kind",
    "concept",
    "committed_cop",
    "due_on",
    "account_id",
    "certificate_id",
    "certified_at",
    "key",
)
CASH, IN_KIND = ContributionKind.CASH, ContributionKind.IN_KIND
TRUST = ("alliance_id", "trustee_id", "contract_number", "constituted_on")
#: Parts of the total that each co-financier takes besides the incentive.
GOVERNMENT, ALLY = (0.08, 0.15), (0.05, 0.1)
#: Alliances in closing whose certificates are not all in.
UNCERTIFIED = 0.5
#: Governments that paid all of it, part of it, or nothing yet.
GOVERNMENT_PAID = {"all": 0.76, "part": 0.13, "nothing": 0.11}
DUE_AFTER = timedelta(days=60)
#: Minutes from the promises to their certificates, and to the act that accepts them.
KEPT_AFTER, NOTED_AFTER = timedelta(minutes=4), timedelta(minutes=6)


@dataclass(frozen=True)
class Promise:
    """One co-financier's part of a plan."""

    organisation: int
    name: str
    kind: ContributionKind
    concept: str
    amount: int
    is_public: bool = False


def write_trusts(world: World) -> None:
    """Promises, trusts and receipts of every alliance that reached closing."""
    contributions, trusts = [], []
    for profile in world.profiles:
        if Status.CLOSING in profile.reached:
            dice = world.dice(f"trust/{profile.pk}")
            contributions += list(_contributions(world, profile, dice))
            if constituted_at := profile.reached.get(Status.TRUST_CONSTITUTED):
                trusts.append(_trust(profile, constituted_at))
    world.documents.write()
    world.ledger.write()
    copy_in(Contribution, CONTRIBUTION, contributions)
    copy_in(Trust, TRUST, trusts)


def promises_of(world: World, profile: Profile, dice: Dice) -> list[Promise]:
    """Who pays for the plan: together exactly its total."""
    government = round(profile.total_cop * dice.uniform(*GOVERNMENT), -5)
    ally = round(profile.total_cop * dice.uniform(*ALLY), -5)
    own = profile.total_cop - profile.incentive_cop - government - ally
    bodies, name_of = world.bodies, world.bodies.name_of
    madr, place = bodies.madr, bodies.governments[profile.department]
    return [
        Promise(madr.pk, madr.name, CASH, "Incentivo modular", profile.incentive_cop),
        Promise(place.pk, place.name, CASH, "Contrapartida", int(government), is_public=True),
        Promise(
            profile.crew.ally.organisation,
            name_of[profile.crew.ally.organisation],
            IN_KIND,
            "Asistencia y transporte",
            int(ally),
        ),
        Promise(
            profile.organisation,
            name_of[profile.organisation],
            IN_KIND,
            "Mano de obra, tierra e insumos propios",
            int(own),
        ),
    ]


def _contributions(world: World, profile: Profile, dice: Dice) -> Iterator[tuple[Any, ...]]:
    closing_at = profile.reached[Status.CLOSING]
    constituted_at = profile.reached.get(Status.TRUST_CONSTITUTED)
    at = world.moment(closing_at, constituted_at or world.now, 0.1, dice)
    is_ready = constituted_at or world.is_demo(profile) or not dice.happens(UNCERTIFIED)
    promises = promises_of(world, profile, dice)
    certified = len(promises) if is_ready else dice.randrange(len(promises))
    evidence = _certificates(world, profile, at) if certified else None
    due_on = (constituted_at or max(closing_at, world.now)).date() + DUE_AFTER
    for place, promise in enumerate(promises):
        pk = world.ids(Contribution)
        account = world.ledger.open(
            profile.pk, AccountKind.CONTRIBUTION, f"{promise.name}: {promise.concept}"
        )
        _note(world, profile, pk, promise, at, due_on, evidence if place < certified else None)
        if constituted_at:
            _receive(world, profile, pk, promise, account, constituted_at, due_on, dice)
        version = evidence["version"] if evidence and place < certified else None
        yield (
            pk,
            profile.pk,
            promise.organisation,
            promise.kind.value,
            promise.concept,
            promise.amount,
            due_on,
            account,
            version,
            at + NOTED_AFTER if version else None,
            dice.key(),
        )


def _certificates(world: World, profile: Profile, at: datetime) -> dict[str, Any]:
    title = "Certificados de disponibilidad de los aportes"
    return world.documents.keep(
        profile, DocumentKind.OTHER, title, profile.crew.director, at + KEPT_AFTER
    )


def _note(
    world: World,
    profile: Profile,
    pk: int,
    promise: Promise,
    at: datetime,
    due_on: date,
    evidence: dict[str, Any] | None,
) -> None:
    """The acts of promising and certifying; those of phase 3 are loaded history."""
    if profile.share.call == PHASE_3:
        return
    said = _said(pk, promise, promise.amount)
    hand, duty = profile.crew.director, Duty.DIRECT
    world.act(profile, at, "commit_contribution", duty, hand, said | {"due_on": str(due_on)})
    if evidence:
        said = {**said, "documents": [evidence]}
        world.act(profile, at + NOTED_AFTER, "certify_contribution", duty, hand, said)


def _said(pk: int, promise: Promise, amount: int) -> dict[str, Any]:
    return {"contribution": str(pk), "organisation": promise.name, "amount_cop": f"{amount}.00"}


def _trust(profile: Profile, at: datetime) -> tuple[Any, ...]:
    number = f"PA-{profile.code}"
    place = next(n for n, move in enumerate(profile.moves) if move.verb == "constitute_trust")
    data = {"contract": number, "on": str(at.date())}
    profile.moves[place] = replace(profile.moves[place], data=data)
    return profile.pk, profile.crew.payer.organisation, number, at.date()


# -- What arrived ----------------------------------------------------------------------------------
def _receive(
    world: World,
    profile: Profile,
    pk: int,
    promise: Promise,
    account: int,
    constituted_at: datetime,
    due_on: date,
    dice: Dice,
) -> None:
    """Post the receipt of a promise, when and as far as it was kept."""
    amount, days = promise.amount, dice.randrange(3, 14)
    if promise.is_public:
        amount, days = _public_money(profile, promise, dice)
    elif promise.kind == IN_KIND:
        days = dice.randrange(30, 120)
    number = world.days.number((constituted_at + timedelta(days=days)).date())
    if not amount or number >= world.days.last:
        return
    on, in_cash = world.days[number], promise.kind == CASH
    crew, at = profile.crew, dice.in_office(world.days[number])
    hand, duty = (crew.payer, Duty.PAY) if in_cash else (crew.oga, Duty.ACCOMPANY)
    reference = f"Consignación {dice.randrange(10**6):06d}" if in_cash else "Acta de entrega"
    world.ledger.move(
        alliance=profile.pk,
        key=dice.key(),
        kind=TransactionKind.CONTRIBUTION,
        on=on,
        description=f"{promise.name} · {reference}",
        pocket=AccountKind.CASH if in_cash else AccountKind.IN_KIND,
        other=account,
        amount=amount,
        hand=hand,
        at=at,
    )
    if in_cash or profile.share.call != PHASE_3:
        said = _said(pk, promise, amount) | {"reference": reference}
        world.act(profile, at, "receive_contribution", duty, hand, said)


def _public_money(profile: Profile, promise: Promise, dice: Dice) -> tuple[int, int]:
    """How much of a government's promise arrived, and how many days after the trust."""
    paid = dice.weighted(GOVERNMENT_PAID)
    if profile.status in FINAL and paid != "all" and dice.happens(0.7):
        paid = "all"  # late, but before the end
    amount = {"all": promise.amount, "part": promise.amount // 2, "nothing": 0}[paid]
    return amount, dice.randrange(25, 130)
