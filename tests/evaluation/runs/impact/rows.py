"""Rows of an impact study with a known truth, and the results of the study on them."""

from datetime import date
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from evaluation.runs.impact.estimate import Design
from evaluation.runs.impact.results import ImpactResult, result_of
from evaluation.runs.impact.words import Names, measure
from evaluation.studies.dataset import ALLIANCE, CROP, DEPARTMENT, SCORE, TREATED
from evaluation.studies.impact_spec import Exclusion, ImpactSpec

OUTCOMES = ("productivity_kg_ha", "sales_cop", "profit_cop")
COVARIATES = ("is_woman", "age_years", "farm_area_ha")
DEPARTMENTS = ("05", "13", "15", "41", "52", "68")
PARTS = (
    "funnel",
    "headline",
    "plots",
    "density",
    "density_departments",
    "heaping",
    "corrected",
    "balance",
    "specifications",
    "bandwidths",
    "donut",
    "placebo",
    "cutoffs",
    "honest",
    "alliances",
    "departments",
)
ABOVE, BELOW = 0.9, 0.1


def impact_spec(**changes: Any) -> ImpactSpec:
    """Three outcomes, three covariates, one department left out; unless told otherwise."""
    asked: dict[str, Any] = {
        "outcomes": OUTCOMES,
        "standardised": OUTCOMES[:1],
        "treated_by": date(2020, 12, 31),
        "covariates": COVARIATES,
        "exclusions": (Exclusion("13", "The committee changed scores"),),
        "balance_draws": 99,
    }
    return ImpactSpec(**(asked | changes))


def impact_rows(
    *,
    alliances: int = 300,
    members: int = 6,
    effect: float = 1.0,
    above: float = ABOVE,
    seed: int = 7,
) -> pd.DataFrame:
    """Rows as ``impact_rows`` gives them: taking part adds ``effect`` standard deviations.

    ``above``: probability to take part from the cut-off on; below it, one in ten.
    """
    rng = np.random.default_rng(seed)
    scores = rng.normal(0, 10, alliances).round(1)
    alliance = np.repeat(np.arange(alliances), members)
    score, rows = scores[alliance], alliances * members
    treated = rng.random(alliances)[alliance] < np.where(score >= 0, above, BELOW)
    frame = pd.DataFrame(
        {
            "producer": np.arange(rows),
            ALLIANCE: alliance,
            DEPARTMENT: np.array(DEPARTMENTS)[alliance % len(DEPARTMENTS)],
            CROP: "papa",
            SCORE: score,
            TREATED: treated.astype(float),
            "is_woman": (rng.random(rows) < 0.4).astype(float),
            "age_years": rng.normal(50, 12, rows).round(),
            "farm_area_ha": rng.gamma(2, 1.5, rows).round(2),
        }
    )
    shared = rng.normal(0, 0.3, alliances)[alliance]
    for name, level, spread in zip(
        OUTCOMES, (12_000, 14_000_000, 6_000_000), (3_000, 8_000_000, 4_000_000), strict=True
    ):
        noise = rng.normal(0, 0.9, rows) + shared
        frame[name] = (level + spread * (0.02 * score + effect * treated + noise)).round()
    frame.loc[rng.random(rows) < 0.1, OUTCOMES[0]] = np.nan
    return frame


def parts_of(rows: pd.DataFrame, spec: ImpactSpec) -> dict[str, Any]:
    """The parts of a result, as they are stored."""
    design = Design(rows, spec, seed=1)
    wanted = [name for name in PARTS if spec.covariates or name not in ("corrected", "balance")]
    return {name: getattr(design, name)() for name in wanted}


#: Studies by name: what changes in the rows, and in the specification.
CASES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "strong": ({}, {}),
    "null": ({"effect": 0.0, "seed": 3}, {}),
    "weak": ({"above": 0.2}, {}),
    "nothing": ({"alliances": 2}, {}),
    "plain": ({}, {"covariates": (), "exclusions": (), "outcomes": OUTCOMES[:1]}),
    "sharp": ({}, {"treatment": "none", "treated_by": None}),
    "unclustered": ({}, {"cluster": "none", "vce": "nn"}),
}


@cache
def case(name: str) -> tuple[ImpactSpec, dict[str, Any]]:
    """The specification of a case, and the parts of its result."""
    changes, asked = CASES[name]
    spec = impact_spec(**asked)
    return spec, parts_of(impact_rows(**changes), spec)


def result(name: str) -> ImpactResult:
    """The result of a case, typed."""
    return result_of(case(name)[1])


def names_for(spec: ImpactSpec) -> Names:
    """Names as a page reads them, without a database."""
    return Names(
        outcomes={
            name: measure(name, name, "", is_standardised=name in spec.standardised)
            for name in spec.outcomes
        },
        departments={"13": "Bolívar", "52": "Nariño"},
        crops={"papa": "Potato"},
        variables={"is_woman": "Woman"},
        collected=(date(2021, 3, 1), date(2021, 6, 30)),
    )
