"""Survey rows with a known truth: outcomes move with the chaining levels by stated amounts."""

from datetime import date

import numpy as np
import pandas as pd

from evaluation.estimators.chaining.spec import (
    ALLY_ITEMS,
    BEHAVIOUR,
    MILESTONE_ITEMS,
    ChainingSpec,
    Thresholds,
)

TRUE_LOG_ODDS = 0.8  # per level of the producers-organisation dimension
TRUE_PESOS = 500_000.0


def chaining_spec(**changes: object) -> ChainingSpec:
    """A specification without bootstrap unless asked for."""
    settings: dict[str, object] = {"reference_on": date(2021, 6, 30), "bootstrap_replicates": 0}
    return ChainingSpec(**(settings | changes))


def chaining_rows(
    *, alliances: int = 80, members: int = 10, seed: int = 42, spec: ChainingSpec | None = None
) -> pd.DataFrame:
    """One row per producer; alliances share a disposition, so their members resemble each other."""
    spec = spec or chaining_spec()
    rng = np.random.default_rng(seed)
    rows = alliances * members
    alliance = np.repeat(np.arange(alliances), members)
    disposition = rng.normal(2.2, 0.7, alliances)[alliance]
    frame = pd.DataFrame(
        {"producer": np.arange(rows), "alliance": alliance, "department": alliance % 8}
    )
    for name in (*MILESTONE_ITEMS, *ALLY_ITEMS):
        frame[name] = np.clip(np.rint(disposition + rng.normal(0, 0.8, rows)), 0, 4)
    for name in BEHAVIOUR:
        frame[name] = rng.uniform(0.2, 1, alliances)[alliance]
    frame["organisation_age_years"] = rng.integers(1, 30, alliances)[alliance]
    frame["is_woman"] = rng.integers(0, 2, rows)
    index = frame[list(MILESTONE_ITEMS)].mean(axis=1).to_numpy()
    level = level_numbers(index, spec.producers_organisation)
    shared = rng.normal(0, 0.4, alliances)[alliance]
    latent = TRUE_LOG_ODDS * level + shared
    frame["income_improved"] = (latent - 0.8 + rng.logistic(size=rows) > 0).astype(float)
    frame["income_change_cop"] = TRUE_PESOS * level + 400_000 * (shared + rng.normal(size=rows))
    frame["wellbeing"] = 1 + np.digitize(latent + rng.logistic(size=rows), [-2, -0.5, 1, 2.5])
    return frame.sample(frac=1, random_state=seed, ignore_index=True)


def level_numbers(index: np.ndarray, thresholds: Thresholds) -> np.ndarray:
    """0, 1, 2 by the thresholds, written differently from the estimator."""
    return (index >= thresholds.low).astype(int) + (index >= thresholds.high).astype(int)
