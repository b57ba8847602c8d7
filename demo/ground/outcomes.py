"""What producers answer, drawn from the truth: effects of taking part, chaining and its fruits.

Pure arrays: no database, so that tests can draw samples far larger than the portfolio's.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from demo.ground import truth
from evaluation.estimators.chaining.spec import ALLY_ITEMS, MILESTONE_ITEMS

if TYPE_CHECKING:
    import numpy as np
    from numpy.random import Generator
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Numbers = NDArray[np.int64]

#: How much of what varies is common to an alliance.
SHARED = 0.4
#: Standard deviation of the yield within a crop, as a share of its mean.
YIELD_SPREAD = 0.35
SALES_MEAN_COP, SALES_SPREAD = 9_000_000.0, 0.5
MARGIN_COST, PROFIT_NOISE_COP = 0.35, 1_200_000.0
#: What a point of the score is worth at any score: better profiles would fare better anyway.
PER_POINT = {"productivity": 0.015, "sales": 90_000.0, "profit": 35_000.0}
#: Milestones and tie with the ally on the scale of the survey, 0 to 4.
MILESTONE_MEAN, MILESTONE_TIE, MILESTONE_SHARED, MILESTONE_OWN = 2.52, 0.55, 0.35, 1.0
ALLY_LOW, ALLY_RISE, ALLY_OWN = -0.7, 4.2, 1.1
ITEM_NOISE = 0.6
#: Who is drawn by what, of a hundred; and how they heard of the programme. Ours, near what the
#: evaluation tells in words: inputs and advice more than the market, and through their peers.
DRAWN_BY = {"inputs": 0.81, "advice": 0.74, "market": 0.46, "credit": 0.28, "association": 0.33}
CHANNELS = (0.38, 0.27, 0.16, 0.07, 0.07, 0.05)
#: Who gave each kind of support to how many, and how well it is rated on a scale of 1 to 5.
RECEIVED = {"oga": 0.9, "manager": 0.7, "ally": 0.45}
SUPPORT = {"technical": 4.0, "business": 3.5, "environmental": 3.6, "marketing": 3.1}
KEEPS_PRACTICES = 0.72


@dataclass(frozen=True)
class Sample:
    """Who is asked: one entry per producer."""

    margin: "Floats"  # binding score minus cut-off
    alliance: "Numbers"  # 0, 1, 2… in order of appearance
    took_part: "Floats"  # 1 when the alliance was in execution before the survey
    link: "Floats"  # strength of the alliance's tie with its ally, 0 to 1
    crop_yield: "Floats"  # usual yield of the crop, kg per hectare


def simulate_impact(sample: Sample, chance: "Generator") -> "dict[str, Floats]":
    """Productivity, sales and profit of a year."""
    import numpy as np

    def varied() -> "Floats":
        return _shared(sample, chance, SHARED) + np.sqrt(1 - SHARED**2) * chance.standard_normal(
            len(sample.margin)
        )

    treated, margin = sample.took_part, sample.margin
    z = varied() + PER_POINT["productivity"] * margin + truth.EFFECT_PRODUCTIVITY_SD * treated
    luck = np.exp(SALES_SPREAD * varied() - SALES_SPREAD**2 / 2)
    base = SALES_MEAN_COP * luck + PER_POINT["sales"] * (margin + 40)
    profit = MARGIN_COST * base + PROFIT_NOISE_COP * varied() + PER_POINT["profit"] * margin
    return {
        "productivity_kg_ha": np.maximum(sample.crop_yield * (1 + YIELD_SPREAD * z), 1.0),
        "sales_cop": base + float(truth.EFFECT_SALES_COP) * treated,
        "profit_cop": profit + float(truth.EFFECT_PROFIT_COP) * treated,
    }


def simulate_chaining(sample: Sample, chance: "Generator") -> "dict[str, Floats]":
    """Milestones, tie with the ally, and what goes with them; for those who took part."""
    import numpy as np

    count = len(sample.margin)
    tie = (sample.link - sample.link.mean()) / max(sample.link.std(), 0.05)
    common = MILESTONE_TIE * tie + _shared(sample, chance, MILESTONE_SHARED)
    milestones = MILESTONE_MEAN + common + MILESTONE_OWN * chance.standard_normal(count)
    ally = ALLY_LOW + ALLY_RISE * sample.link + ALLY_OWN * chance.standard_normal(count)
    answers = {name: _item(milestones, chance) for name in MILESTONE_ITEMS}
    answers |= {name: _item(ally, chance) for name in ALLY_ITEMS}
    chained = (milestones + ally) / 2 - 2
    luck = _shared(sample, chance, 0.4) + chance.logistic(size=count)
    answers["income_improved"] = (0.9 * chained + luck > -0.1).astype(float)
    pesos = 700_000 + 1_100_000 * chained + 1_900_000 * chance.standard_normal(count)
    answers["income_change_cop"] = np.round(pesos, -3)
    luck = _shared(sample, chance, 0.4) + chance.logistic(size=count)
    answers["wellbeing"] = 1.0 + np.digitize(0.9 * chained + luck, [-3.2, -1.4, 0.3, 2.3])
    return answers


def simulate_perception(sample: Sample, chance: "Generator") -> "dict[str, Floats]":
    """Well-being, relations, motivations and channel of everybody asked."""
    import numpy as np

    count, took_part = len(sample.margin), sample.took_part
    mood = 0.25 * took_part + _shared(sample, chance, 0.4)

    def rated(mean: float, low: int, high: int) -> "Floats":
        return np.clip(np.rint(mean + mood + 0.9 * chance.standard_normal(count)), low, high)

    answers = {
        "life_satisfaction": rated(3.4, 1, 5),
        "social_trust": rated(2.3, 0, 4),
        "social_help": rated(2.6, 0, 4),
        "social_relations": rated(3.2, 1, 5),
        "channel": 1.0 + chance.choice(len(CHANNELS), count, p=CHANNELS),
    }
    return answers | {
        f"motivation_{name}": (chance.random(count) < share).astype(float)
        for name, share in DRAWN_BY.items()
    }


def simulate_support(sample: Sample, chance: "Generator") -> "dict[str, Floats]":
    """The rating of each kind of support by who gave it, and practices kept; of who took part."""
    import numpy as np

    count, answers = len(sample.margin), {}
    tie = sample.link - 0.5
    for kind, mean in SUPPORT.items():
        for person, share in RECEIVED.items():
            level = mean + (1.2 if person == "ally" else 0.5) * tie + _shared(sample, chance, 0.3)
            rating = np.clip(np.rint(level + 0.8 * chance.standard_normal(count)), 1, 5)
            is_received = chance.random(count) < share * (0.8 + 0.2 * (kind == "technical"))
            answers[f"support_{kind}_{person}"] = np.where(is_received, rating, 0)
    answers["practice_kept"] = (chance.random(count) < KEEPS_PRACTICES + 0.3 * tie).astype(float)
    return answers


def _shared(sample: Sample, chance: "Generator", size: float) -> "Floats":
    """One draw per alliance, given to all its producers."""
    return size * chance.standard_normal(int(sample.alliance.max()) + 1)[sample.alliance]


def _item(latent: "Floats", chance: "Generator") -> "Floats":
    import numpy as np

    return np.clip(np.rint(latent + ITEM_NOISE * chance.standard_normal(len(latent))), 0, 4)
