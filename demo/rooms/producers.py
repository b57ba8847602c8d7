"""The producers of every profile, within the limits of its call unless it is flawed on purpose."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from alliances.lifecycle.table import Status
from alliances.people.models import Producer
from alliances.preparation.models import SpecialGroup
from demo.ground.plan import Profile
from demo.ground.shape import FIRST_2020
from demo.ground.words import document, telephone, words
from demo.ground.writing import copy_in
from demo.world import World

if TYPE_CHECKING:
    import numpy as np
    from numpy.random import Generator
    from numpy.typing import NDArray

COLUMNS = (
    "id",
    "alliance_id",
    "document_kind",
    "document_number",
    "given_names",
    "surnames",
    "sex",
    "born_on",
    "phone",
    "household_key",
    "farm_name",
    "tenure",
    "farm_area_ha",
    "project_area_ha",
    "experience_years",
    "monthly_income_cop",
    "agricultural_income_share",
    "assets_cop",
    "literate",
    "is_member",
    "member_since",
    "had_earlier_support",
    "special_group",
    "consented_on",
)
CHUNK = 200
BORN_ON = COLUMNS.index("born_on")
#: So many people of one alliance that was supported ask again in the cluster's returned profile,
#: and say that they never were: their documents tell. Of an age that the call allows.
COME_BACK, BORN_SINCE = 2, date(1975, 1, 1)
WOMEN = 0.42
#: Statuses whose profiles still lack something, as often as written.
FLAWED = {Status.INELIGIBLE: 1.0, Status.SUBMITTED: 0.4, Status.RETURNED: 0.5}
UNSIGNED = {Status.DRAFT: 0.7, Status.RETURNED: 0.4}
FLAWS = ("income", "experience", "assets", "household", "earlier_support")
TENURES = {
    Producer.Tenure.OWNER: 0.6,
    Producer.Tenure.POSSESSION: 0.22,
    Producer.Tenure.LEASE: 0.13,
    Producer.Tenure.COLLECTIVE: 0.05,
}
GROUPS = {
    "": 0.66,
    SpecialGroup.VICTIM: 0.17,
    SpecialGroup.AFRO: 0.09,
    SpecialGroup.INDIGENOUS: 0.07,
    SpecialGroup.PEACE_SIGNATORY: 0.01,
}


def write_producers(world: World) -> None:
    """Give out ids profile by profile and write the rows."""
    for profile in world.profiles:
        profile.first_producer = world.ids(Producer)
        for _ in range(profile.size - 1):
            world.ids(Producer)
    wages = {
        key: int(world.minimum_wages[sheet.call.wage_year]) for key, sheet in world.calls.items()
    }
    copy_in(Producer, COLUMNS, _rows(world, wages))


def _rows(world: World, wages: dict[str, int]) -> Iterator[Sequence[Any]]:
    supported: list[Sequence[Any]] = []
    for start in range(0, len(world.profiles), CHUNK):
        profiles = world.profiles[start : start + CHUNK]
        people = _people(world.numbers(f"producers/{start}"), sum(row.size for row in profiles))
        for profile in profiles:
            rows = list(_of_profile(world, profile, people, wages[profile.sheet.key]))
            if (profile.share.call, profile.status) == (FIRST_2020, Status.GRADUATED):
                supported += [row for row in rows if row[BORN_ON] >= BORN_SINCE][:COME_BACK]
            if profile.is_in_cluster and profile.status == Status.RETURNED:
                earlier = supported[:COME_BACK]
                rows[: len(earlier)] = map(_again, earlier, rows)
            yield from rows


def _again(earlier: Sequence[Any], row: Sequence[Any]) -> Sequence[Any]:
    """Somebody of an alliance of before in another profile: the same person, other facts."""
    return (*row[:2], *earlier[2 : BORN_ON + 1], *row[BORN_ON + 1 :])


def _people(chance: "Generator", count: int) -> Iterator[tuple[Any, ...]]:
    """Facts of people without place or date: figures in wages, days and names by number."""
    import numpy as np

    age = np.clip(chance.normal(44, 11, count), 19, 59)
    farm = np.round(np.clip(np.exp(chance.normal(0.85, 0.65, count)), 0.4, 40), 2)
    is_woman = chance.random(count) < WOMEN
    columns = (
        is_woman,
        chance.integers(0, len(words()["women"]), count),
        chance.integers(0, len(words()["surnames"]), (count, 2)),
        (age * 365.25).astype(int),
        _drawn(chance, TENURES, count),
        farm,
        np.round(np.minimum(farm, np.clip(farm * chance.uniform(0.25, 0.9, count), 0.3, 3)), 2),
        np.clip(age - 18 - chance.exponential(7, count), 3, 40).astype(int),
        np.clip(np.exp(chance.normal(-0.35, 0.4, count)), 0.2, 1.95),
        np.round(chance.uniform(76, 100, count), 1),
        np.clip(np.exp(chance.normal(3.9, 0.6, count)), 4, 190),
        chance.random(count) < 0.92,
        np.where((age < 28) & (chance.random(count) < 0.6), SpecialGroup.RURAL_YOUTH.value, ""),
        _drawn(chance, GROUPS, count),
    )
    return zip(*(column.tolist() for column in columns), strict=True)


def _drawn(chance: "Generator", weights: Mapping[Any, float], count: int) -> "NDArray[np.str_]":
    """So many of the keys, as likely as their weights."""
    return chance.choice([str(key) for key in weights], count, p=list(weights.values()))


def _of_profile(
    world: World, profile: Profile, people: Iterator[tuple[Any, ...]], wage: int
) -> Iterator[Sequence[Any]]:
    dice = world.dice(f"people/{profile.pk}")
    presented_on = (profile.reached.get(Status.SUBMITTED) or world.now).date()
    signed_on = min(presented_on, profile.created_at.date()) - timedelta(days=dice.randrange(3, 20))
    flawed = _flawed(profile, dice.happens(FLAWED.get(profile.status, 0)), dice.choice(FLAWS))
    unsigned = 0.0 if profile.is_in_cluster else UNSIGNED.get(profile.status, 0)
    lacks = dice.randrange(2, 9) if dice.happens(unsigned) else 0
    farms = words()["villages"]
    for place, pk in enumerate(profile.producers):
        (
            is_woman,
            given,
            surnames,
            days,
            tenure,
            farm,
            project,
            experience,
            income,
            share,
            assets,
            is_member,
            youth,
            group,
        ) = next(people)
        flaw = flawed if place < 5 else ""
        names = words()["women" if is_woman else "men"][given]
        family = f"{words()['surnames'][surnames[0]]} {words()['surnames'][surnames[1]]}"
        yield (
            pk,
            profile.pk,
            Producer.DocumentKind.CITIZEN.value,
            document(pk),
            names,
            family,
            (Producer.Sex.FEMALE if is_woman else Producer.Sex.MALE).value,
            presented_on - timedelta(days=days),
            telephone(pk),
            f"H{profile.first_producer if flaw == 'household' else pk}",
            f"Finca {farms[pk % len(farms)]}",
            tenure,
            farm,
            project,
            1 if flaw == "experience" else experience,
            round(wage * (2.6 if flaw == "income" else income), -3),
            share,
            round(wage * (310 if flaw == "assets" else assets), -4),
            True,
            is_member,
            presented_on - timedelta(days=400 + pk % 3000) if is_member else None,
            flaw == "earlier_support",
            youth or group,
            None if place < lacks else signed_on,
        )


def _flawed(profile: Profile, is_flawed: bool, flaw: str) -> str:
    """Which limit its first producers break; the cluster's keep them all."""
    is_flawed = is_flawed and not profile.is_in_cluster
    return flaw if is_flawed else ""
