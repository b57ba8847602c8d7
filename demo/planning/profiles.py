"""Planning the profiles: where each one is, who presents it, how large it is and what it costs."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from alliances.lifecycle.models import Alliance, Route
from alliances.lifecycle.table import Status
from alliances.people.models import OrganisationKind
from demo.ground import truth
from demo.ground.chance import Dice
from demo.ground.plan import Profile
from demo.ground.shape import CURRENT, FIRST_2020, FOR_LIFE, PHASE_3, Share, portfolio
from demo.ground.words import geography, words
from demo.ground.writing import copy_in
from demo.planning.crews import crew_of, crew_of_demo
from demo.planning.histories import date_history
from demo.registers.bodies import Body
from demo.registers.cast import DEPARTMENT, FEDERATION_FOUNDED_ON, NEAR, Cast
from demo.registers.places import Place
from demo.world import World

#: Incentive per producer in thousands of pesos, under the cap of each call.
INCENTIVE_EACH = {
    PHASE_3: (3_000, 4_950),
    FIRST_2020: (4_000, 5_000),
    FOR_LIFE: (5_200, 7_000),
    CURRENT: (5_400, 7_000),
}
INCENTIVE_SHARE = (0.24, 0.39)
ROUTES = {Route.BASIC: 0.4, Route.INTERMEDIATE: 0.42, Route.COMPETITIVENESS: 0.18}
#: Organisations that come back with another profile after a refusal.
COMES_BACK = 0.15
#: Young organisations, some made for the call, are what breaks up most.
YOUNG = {True: 0.55, False: 0.2}


@dataclass(frozen=True)
class Slot:
    """A place in the portfolio: its share, and whether the demo's people meet there."""

    share: Share
    in_cluster: bool
    is_near: bool


def plan_profiles(world: World, cast: Cast) -> None:
    """Every profile with its crew and its history; nothing is written yet."""
    planner = _Planner(world, cast)
    for number, slot in enumerate(_slots(world.scale)):
        world.profiles.append(planner.plan(slot, world.dice(f"profile/{number}")))


def _slots(scale: float) -> Iterator[Slot]:
    for share, count in portfolio(scale):
        cluster, nearby = NEAR.get((share.call, share.status), (0, 0))
        for place in range(count):
            yield Slot(share, place < cluster, place < cluster + nearby)


class _Planner:
    def __init__(self, world: World, cast: Cast) -> None:
        self._world, self._cast = world, cast
        self._cluster = iter(geography()["cluster"])
        self._refused: dict[str, list[tuple[Body, date]]] = defaultdict(list)
        self._crop_names = world.crop_names

    def plan(self, slot: Slot, dice: Dice) -> Profile:
        world = self._world
        sheet = world.calls[slot.share.call]
        if slot.in_cluster:
            place = world.places.place(*next(self._cluster))
        else:
            place = world.places.draw(dice, DEPARTMENT if slot.is_near else "")
        organisation, founded_on = self._organisation(slot, place, dice)
        ally = world.bodies.allies[0] if slot.in_cluster else dice.choice(world.bodies.allies[1:])
        crew = (
            crew_of_demo(
                world,
                place,
                self._cast,
                organisation=None if slot.in_cluster else organisation,
                ally=ally,
            )
            if slot.is_near
            else crew_of(
                world,
                place,
                sheet,
                dice,
                organisation=organisation,
                ally=ally,
                has_manager=slot.share.got_in,
            )
        )
        size = self._size(slot, dice)
        incentive = size * dice.randrange(*INCENTIVE_EACH[slot.share.call], 10) * 1000
        total = round(incentive / dice.uniform(*INCENTIVE_SHARE), -5)
        village = dice.choice(words()["villages"])
        profile = Profile(
            pk=world.ids(Alliance),
            code=self._code(sheet.call.code, place.department),
            name=f"{self._crop_names[place.crop]} de {place.town} · {village}",
            sheet=sheet,
            share=slot.share,
            department=place.department,
            region=place.region,
            municipality=place.municipality,
            crop=place.crop,
            organisation=organisation.pk,
            founded_on=founded_on,
            ally=None if slot.share.status == Status.DRAFT and not slot.in_cluster else ally.pk,
            route=dice.weighted(ROUTES),
            size=size,
            incentive_cop=incentive,
            total_cop=int(total),
            crew=crew,
            is_in_cluster=slot.in_cluster,
            link=0.85 if slot.in_cluster else dice.betavariate(2.0, 1.0),
        )
        date_history(world, profile, dice)
        if not slot.share.got_in and not slot.share.is_live:
            self._refused[place.department].append((organisation, founded_on))
        return profile

    def _size(self, slot: Slot, dice: Dice) -> int:
        """Producers of the profile; a draft may not have gathered them all yet."""
        if slot.share.status == Status.DRAFT and not slot.in_cluster:
            return dice.randrange(8, 40)
        return round(dice.triangular(truth.SMALLEST, truth.LARGEST, truth.USUAL))

    def _code(self, call: str, department: str) -> str:
        prefix = f"{call}-{department}-"
        return f"{prefix}{self._world.next_of(prefix):04d}"

    def _organisation(self, slot: Slot, place: Place, dice: Dice) -> tuple[Body, date]:
        """The federation, one that was refused before, or a new one."""
        if slot.in_cluster:
            return self._cast.federation, FEDERATION_FOUNDED_ON
        earlier = self._refused[place.department]
        if slot.share.call != PHASE_3 and earlier and dice.happens(COMES_BACK):
            return earlier.pop(dice.randrange(len(earlier)))
        opens_on = self._world.calls[slot.share.call].call.opens_on
        is_young = dice.happens(YOUNG[slot.share.status == Status.RUPTURED])
        age = dice.randrange(20, 500) if is_young else dice.randrange(700, 8000)
        founded_on = opens_on - timedelta(days=age)
        pattern = dice.choice(words()["organisations"])
        name = pattern.format(
            crop=self._crop_names[place.crop],
            village=dice.choice(words()["villages"]),
            town=place.town,
        )
        body = self._world.bodies.body(
            OrganisationKind.PRODUCER, name, municipality=place.municipality, founded_on=founded_on
        )
        return body, founded_on


def write_profiles(world: World) -> None:
    """The alliances, all of them drafts: their history brings them further."""
    columns = (
        "id",
        "call_id",
        "code",
        "name",
        "organisation_id",
        "ally_id",
        "municipality_id",
        "crop_id",
        "route",
        "total_value_cop",
        "incentive_cop",
        "status_since",
        "created_at",
        "key",
    )
    keys = world.dice("profile keys")
    copy_in(
        Alliance,
        columns,
        (
            (
                row.pk,
                row.sheet.call.pk,
                row.code,
                row.name,
                row.organisation,
                row.ally,
                row.municipality,
                row.crop,
                str(row.route),
                row.total_cop,
                row.incentive_cop,
                row.created_at,
                row.created_at,
                keys.key(),
            )
            for row in world.profiles
        ),
    )
