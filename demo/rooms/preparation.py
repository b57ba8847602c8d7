"""Pre-investment studies, apprentice managers, and consultants with what they have shown."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from alliances.documents.models import DocumentKind
from alliances.lifecycle.duties import Duty
from alliances.lifecycle.table import Status
from alliances.people.models import ApprenticeManager, Consultant, Credential
from alliances.preparation.models import PreinvestmentStudy
from demo.ground.chance import Dice
from demo.ground.plan import Profile
from demo.ground.words import words
from demo.ground.writing import copy_in
from demo.world import World

STUDY = (
    "alliance_id",
    "visited_on",
    "technical",
    "market",
    "social",
    "environmental",
    "organisational",
    "net_present_value_cop",
    "internal_rate_percent",
    "yearly_income_per_producer_cop",
    "prepared_by_id",
    "prepared_at",
)
MANAGER = ("alliance_id", "user_id", "since", "until", "monthly_fee_cop")
CONSULTANT = ("id", "user_id", "profession", "experience_years", "maximum_profiles")
CREDENTIAL = (
    "consultant_id",
    "title",
    "issuer",
    "issued_on",
    "verified_at",
    "verified_by_id",
)
PROFESSIONS = (
    "Agronomía",
    "Zootecnia",
    "Administración agropecuaria",
    "Economía",
    "Trabajo social",
)
ISSUERS = ("Universidad del Sur", "Universidad de la Sabana Alta", "Instituto Técnico del Oriente")
#: Studies still in preparation that nobody has written yet.
UNWRITTEN = 0.4
#: Consultants whose degree nobody has verified yet.
UNVERIFIED = 0.12


def write_preparation(world: World) -> None:
    """Rows of this room, with their acts and documents."""
    copy_in(PreinvestmentStudy, STUDY, list(_studies(world)))
    copy_in(ApprenticeManager, MANAGER, list(_managers(world)))
    _write_consultants(world)
    _attach_minutes(world)


# -- Studies ---------------------------------------------------------------------------------------
def _studies(world: World) -> Iterator[tuple[Any, ...]]:
    for profile in world.profiles:
        began_at = profile.reached.get(Status.PREPARING)
        if began_at is None or profile.status == Status.WITHDRAWN:
            continue
        dice = world.dice(f"study/{profile.pk}")
        is_open = profile.status == Status.PREPARING
        if is_open and not profile.is_in_cluster and dice.happens(UNWRITTEN):
            continue
        yield _study(world, profile, dice)


def _study(world: World, profile: Profile, dice: Dice) -> tuple[Any, ...]:
    began_at = profile.reached[Status.PREPARING]
    finished_at = profile.reached.get(Status.STUDY_SUBMITTED, world.now)
    at = world.moment(began_at, finished_at, dice.uniform(0.55, 0.9), dice)
    hand, texts = profile.crew.adviser, words()["study"]
    world.documents.keep(profile, DocumentKind.STUDY, "Estudio de preinversión firmado", hand, at)
    world.act(profile, at, "write_study", Duty.ADVISE, hand, {"fields": sorted(texts)})
    return (
        profile.pk,
        world.moment(began_at, at, 0.6, dice).date(),
        texts["technical"],
        texts["market"],
        texts["social"],
        texts["environmental"],
        texts["organisational"],
        round(profile.total_cop * dice.uniform(0.1, 0.6), -5),
        round(dice.uniform(12, 31), 1),
        dice.randrange(7_000, 19_000) * 1000,
        hand.membership,
        at,
    )


def _attach_minutes(world: World) -> None:
    """The acts of approval and of start rest on their minutes."""
    titles = {
        "approve": ("Acta de aprobación de la comisión", DocumentKind.OTHER),
        "start": ("Acta de inicio de la ejecución", DocumentKind.CDA_ACT),
    }
    for profile in world.profiles:
        for place, move in enumerate(profile.moves):
            if move.verb in titles and move.hand:
                title, kind = titles[move.verb]
                at = move.at - timedelta(minutes=5)
                evidence = world.documents.keep(profile, kind, title, move.hand, at)
                profile.moves[place] = replace(move, data={"documents": [evidence]})


# -- People ----------------------------------------------------------------------------------------
def _managers(world: World) -> Iterator[tuple[Any, ...]]:
    """One per alliance that executed; few stayed once the money for them ended."""
    for profile, started_at in world.executed():
        dice = world.dice(f"manager/{profile.pk}")
        since = world.days[world.days.number(started_at.date()) + 5]
        left_at = profile.left_execution_at
        until = left_at.date() if left_at and not dice.happens(0.25) else None
        wage = world.minimum_wages[min(since.year, world.wage_year)]
        world.act(
            profile, dice.in_office(since), "register_manager", Duty.ACCOMPANY, profile.crew.oga, {}
        )
        yield profile.pk, profile.crew.manager.user, since, until, wage


def _write_consultants(world: World) -> None:
    dice = world.dice("consultants")
    consultants, credentials = [], []
    for code, hands in world.bodies.consultants.items():
        keeper = world.bodies.ogr[code].staff[0]
        for hand in hands:
            pk, years = world.ids(Consultant), dice.randrange(3, 22)
            profession, most = dice.choice(PROFESSIONS), dice.randrange(2, 6)
            is_cast = hand == world.cast.consultant  # has the most that one may have
            consultants.append((pk, hand.user, profession, years, 5 if is_cast else most))
            issued_on = date(2015 - years % 9, dice.randrange(1, 13), dice.randrange(1, 28))
            is_verified = not dice.happens(UNVERIFIED) or is_cast
            credentials.append(
                (
                    pk,
                    f"Título profesional: {profession}",
                    dice.choice(ISSUERS),
                    issued_on,
                    dice.in_office(date(2016, 2, 1)) if is_verified else None,
                    keeper.membership if is_verified else None,
                )
            )
    copy_in(Consultant, CONSULTANT, consultants)
    copy_in(Credential, CREDENTIAL, credentials)
