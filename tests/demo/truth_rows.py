"""The rows of an impact study as the seed plans them, and what they say of the known effects.

A whole portfolio is planned in two seconds and not written: ``test_seed`` holds such a survey
against the rows that are stored.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from statistics import mean

import pandas as pd
from django.db import transaction

from demo import portfolio
from demo.ground import truth
from demo.planning.profiles import plan_profiles
from demo.planning.rubrics import score_profiles
from demo.rooms.surveys import decided_profiles, draw_answers, sample_producers, took_part
from demo.world import World
from evaluation.estimators.checks import DensitySpec, DensityTest, density_by, density_test
from evaluation.estimators.rd import AndersonRubin, NotEstimable, RDEstimate, RDSpec, estimate_rd
from paap.roles import as_owner

TODAY = date(2026, 11, 22)
SHIPPED = 42
TAMPERED = truth.TAMPERED_DEPARTMENTS
TAMPERED_NAMES = dict(zip(TAMPERED, ("Bolívar", "Norte de Santander", "Tolima"), strict=True))
#: Known effects: standard deviations within the crop, pesos, pesos.
EFFECTS = {
    "productivity": truth.EFFECT_PRODUCTIVITY_SD,
    "sales_cop": float(truth.EFFECT_SALES_COP),
    "profit_cop": float(truth.EFFECT_PROFIT_COP),
}
ANSWERED = ("productivity_kg_ha", "sales_cop", "profit_cop")
DENSITY = DensitySpec("margin", unit="alliance")


# -- Rows ------------------------------------------------------------------------------------------
def planned(seed: int, scale: float = 1.0) -> World:
    """A portfolio whose profiles have their histories and scores; nothing of it is kept."""
    with transaction.atomic(), as_owner():
        world = World(scale=scale, seed=seed, today=TODAY)
        for name, _share, work in portfolio.STEPS[:2]:
            assert name in ("Reference data", "People and calls")
            work(world)
        plan_profiles(world, world.cast)
        score_profiles(world)
        transaction.set_rollback(True)
    return world


def survey_rows(world: World) -> pd.DataFrame:
    """One row a producer asked: score less cut-off, whether it took part, what it answered."""
    asked = sample_producers(world)
    frame = pd.DataFrame(
        {
            "producer": producer,
            "alliance": profile.pk,
            "department": profile.department,
            "crop": profile.crop,
            "margin": _margin(profile.score, profile.cutoff),
            "took_part": float(took_part(profile)),
        }
        | {name: given.get(name) for name in ANSWERED}
        for (profile, producer), given in zip(asked, draw_answers(world, asked), strict=True)
    )
    return frame.astype(dict.fromkeys(ANSWERED, float))


def scored_rows(world: World) -> pd.DataFrame:
    """One row a profile of phase 3 that was decided, surveyed or not."""
    return pd.DataFrame(
        {
            "alliance": profile.pk,
            "department": profile.department,
            "margin": _margin(profile.score, profile.cutoff),
        }
        for profile in decided_profiles(world)
    )


def _margin(score: float | None, cutoff: float) -> float:
    assert score is not None
    return round(score - cutoff, 2)


def standardised(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows with ``productivity``: yields against those of who did not take part, by crop."""
    controls = rows[rows["took_part"] == 0].groupby("crop")["productivity_kg_ha"]
    middle, spread = (rows["crop"].map(each) for each in (controls.mean(), controls.std()))
    return rows.assign(productivity=(rows["productivity_kg_ha"] - middle) / spread)


def without(rows: pd.DataFrame, departments: Sequence[str]) -> pd.DataFrame:
    return rows[~rows["department"].isin(departments)]


# -- What they say ---------------------------------------------------------------------------------
def effect(rows: pd.DataFrame, outcome: str) -> RDEstimate:
    """The default estimate. Yields are measured against the rows given."""
    spec = RDSpec(outcome, "margin", treatment="took_part", cluster="alliance")
    found = estimate_rd(standardised(rows).dropna(subset=[outcome]), spec)
    assert isinstance(found, RDEstimate), found
    return found


def in_interval(found: RDEstimate, value: float) -> bool:
    low, high = found.ci_robust
    return low <= value <= high


def in_region(region: AndersonRubin | None, value: float) -> bool:
    """Whether the Anderson-Rubin set holds the value."""
    if region is None or region.low is None or region.high is None:
        return region is not None and region.shape == "line"
    inside = region.low <= value <= region.high
    return inside if region.shape == "interval" else not inside


def density_pv(rows: pd.DataFrame) -> float:
    found = density_test(rows, DENSITY)
    assert isinstance(found, DensityTest), found
    return found.pv


def density_pvs(rows: pd.DataFrame) -> dict[str, tuple[float, float]]:
    """p-values of the departments that could be tested: raw, and adjusted by Holm."""
    found = density_by(rows, DENSITY, by="department")
    assert not isinstance(found, NotEstimable), found
    return {
        each.at: (each.found.pv, each.p_adjusted)
        for each in found.groups
        if isinstance(each.found, DensityTest) and each.p_adjusted is not None
    }


@dataclass(frozen=True)
class Told:
    """What one seed's portfolio says. Estimates leave the tampered departments out."""

    rows: pd.DataFrame
    scored: pd.DataFrame
    effects: dict[str, RDEstimate]
    density: tuple[float, float]  # p-values of all departments, and without the tampered
    by_department: dict[str, tuple[float, float]]


def told_by(seed: int) -> Told:
    world = planned(seed)
    rows, scored = survey_rows(world), scored_rows(world)
    clean = without(rows, TAMPERED)
    return Told(
        rows=rows,
        scored=scored,
        effects={outcome: effect(clean, outcome) for outcome in EFFECTS},
        density=(density_pv(scored), density_pv(without(scored, TAMPERED))),
        by_department=density_pvs(scored),
    )


# -- The page --------------------------------------------------------------------------------------
#: How figures of each outcome are written: what they are divided by, and the unit.
UNITS = {
    "productivity": (1.0, "sd"),
    "sales_cop": (1e6, "COP million"),
    "profit_cop": (1e6, "COP million"),
}
NAMES = {"productivity": "Productivity", "sales_cop": "Sales", "profit_cop": "Profit"}


def page(shipped: Told, others: Sequence[Told]) -> str:
    """The tables in Markdown. The same seeds give the same bytes."""
    return f"""\
Fuzzy estimates by `estimate_rd` as it comes, with 95 % robust intervals, the tampered departments
left out. Estimate and interval are the shipped seed's; what follows is of {len(others)} others:

{_table(_effects(shipped, others))}

Tampered departments with, without, and left out one by one, at the shipped seed; the density test
is that of all profiles of phase 3 that were decided:

{_table(_departments(shipped))}

With the three the density test at 5 % rejects in {_bent(others, 0)} of the {len(others)} other
seeds, without them in {_bent(others, 1)}. Within one department of some 35 profiles it has little
power:

{_table(_within(shipped, others))}
"""


def _effects(shipped: Told, others: Sequence[Told]) -> Iterator[list[str]]:
    yield [
        "Outcome",
        "truth",
        "estimate [interval]",
        "mean estimate",
        "intervals that hold the truth",
        "Anderson–Rubin sets that do",
    ]
    for outcome, known in EFFECTS.items():
        found = [each.effects[outcome] for each in others]
        by, unit = UNITS[outcome]
        yield [
            f"{NAMES[outcome]}, {unit}",
            f"{known / by:.2f}",
            _estimate(shipped.effects[outcome], by),
            f"{mean(each.coef_conventional for each in found) / by:.2f}",
            f"{sum(in_interval(each, known) for each in found)} of {len(found)}",
            f"{sum(in_region(each.anderson_rubin, known) for each in found)} of {len(found)}",
        ]


def _departments(shipped: Told) -> Iterator[list[str]]:
    yield ["Departments", *(f"{NAMES[name]}, {UNITS[name][1]}" for name in EFFECTS), "density, p"]
    left_out = {"all": (), "without the three": TAMPERED}
    left_out |= {f"without {name}": (code,) for code, name in TAMPERED_NAMES.items()}
    for name, codes in left_out.items():
        rows = without(shipped.rows, codes)
        found = [_estimate(effect(rows, outcome), UNITS[outcome][0]) for outcome in EFFECTS]
        yield [name, *found, f"{density_pv(without(shipped.scored, codes)):.3f}"]


def _within(shipped: Told, others: Sequence[Told]) -> Iterator[list[str]]:
    yield ["Department", "profiles", "p", "p by Holm", "other seeds with p < 0.05"]
    for code, name in TAMPERED_NAMES.items():
        size = (shipped.scored["department"] == code).sum()
        pvs = shipped.by_department.get(code)
        flagged = sum(each.by_department.get(code, (1.0, 1.0))[0] < 0.05 for each in others)
        shown = [f"{pv:.3f}" for pv in pvs] if pvs else ["–", "–"]
        yield [name, str(size), *shown, f"{flagged} of {len(others)}"]


def _estimate(found: RDEstimate, by: float) -> str:
    low, high = (f"{side / by:.2f}".replace("-", "−") for side in found.ci_robust)
    return f"{found.coef_conventional / by:.2f} [{low}, {high}]"


def _bent(others: Sequence[Told], place: int) -> int:
    return sum(each.density[place] < 0.05 for each in others)


def _table(lines: Iterator[list[str]]) -> str:
    head, *rest = lines
    return "\n".join(f"| {' | '.join(row)} |" for row in [head, ["---"] * len(head), *rest])
