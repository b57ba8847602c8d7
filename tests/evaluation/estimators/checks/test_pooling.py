"""Several cut-offs: pooled on the normalised score, and each with its weight."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from evaluation.estimators.checks import PooledEstimate, pooled_estimate
from evaluation.estimators.rd import NotEstimable, RDEstimate, RDSpec, estimate_rd
from evaluation.estimators.results import to_data
from tests.evaluation.estimators.rd.test_oracle import numbers

CUTOFFS = {"2019 Andina": 70.0, "2019 Pacífico": 65.5, "2020 Andina": 72.3, "2020 Caribe": 60.1}
EFFECTS = dict(zip(CUTOFFS, (1.0, 1.0, 3.0, 3.0), strict=True))
SPEC = RDSpec("y", "score", cluster="alliance")


def calls(seed: int = 4, sizes: tuple[int, ...] = (200, 100, 300, 50)) -> pd.DataFrame:
    """Alliances of four members by call and region, whose effects differ by call."""
    chance = np.random.default_rng(seed)
    group = np.repeat(list(CUTOFFS), sizes)
    cutoff = np.array([CUTOFFS[name] for name in group])
    score = np.round(cutoff + chance.normal(0, 8, len(group)), 1)
    effect = np.array([EFFECTS[name] for name in group]) * (score >= cutoff)
    data = pd.DataFrame(
        {"alliance": np.arange(len(group)), "call": group, "cutoff": cutoff, "score": score}
    )
    data["y"] = 0.02 * (score - cutoff) + effect
    data = data.loc[data.index.repeat(4)].reset_index(drop=True)
    return data.assign(y=data["y"] + chance.normal(0, 0.5, len(data)))


def answered(data: pd.DataFrame, spec: RDSpec = SPEC, **settings: Any) -> PooledEstimate:
    found = pooled_estimate(data, spec, "call", **({"cutoff": "cutoff"} | settings))
    assert isinstance(found, PooledEstimate), found
    return found


def test_the_pooled_estimate_is_that_of_the_normalised_score() -> None:
    data = calls()
    normalised = data.assign(score=(data["score"] - data["cutoff"]).round(1))
    found, expected = answered(data).pooled, estimate_rd(normalised, SPEC)
    assert isinstance(expected, RDEstimate)
    assert numbers(found) == numbers(expected)
    assert found.decimals == 1
    assert answered(normalised, cutoff=None).pooled == expected


def test_each_cut_off_is_estimated_alone() -> None:
    data = calls()
    for point in answered(data).by_cutoff:
        alone = estimate_rd(data[data["call"] == point.at], replace(SPEC, cutoff=point.cutoff))
        assert point.cutoff == CUTOFFS[point.at]
        assert isinstance(point.found, RDEstimate)
        assert isinstance(alone, RDEstimate)
        assert numbers(point.found) == pytest.approx(numbers(alone), rel=1e-6)


def test_weights_are_shares_of_the_rows_within_the_bandwidth() -> None:
    data = calls()
    found = answered(data)
    weights = {point.at: point.weight for point in found.by_cutoff}
    distance = data["score"] - data["cutoff"]
    near = data[distance.abs().round(9) < found.pooled.h[0]]
    assert weights == pytest.approx((near["call"].value_counts() / len(near)).to_dict())
    assert sum(sum(point.n_effective) for point in found.by_cutoff) == sum(found.pooled.n_effective)
    expected = sum(EFFECTS[name] * weight for name, weight in weights.items())
    assert found.pooled.coef_conventional == pytest.approx(expected, abs=0.3)
    assert not isinstance(found.average, NotEstimable)
    assert found.average.coef == pytest.approx(expected, abs=0.3)
    assert found.average.ci[0] < found.average.coef < found.average.ci[1]
    assert found.average.covered == pytest.approx(1)
    to_data(found)


def test_a_cut_off_without_an_estimate_says_so_and_counts_in_the_pooled_one() -> None:
    found = answered(calls(sizes=(200, 100, 300, 4)))
    caribe = found.by_cutoff[-1]
    assert isinstance(caribe.found, NotEstimable)
    assert caribe.weight > 0
    assert not isinstance(found.average, NotEstimable)
    assert found.average.covered == pytest.approx(1 - caribe.weight)


def test_rows_without_a_group_or_a_cut_off_are_left_out_and_counted() -> None:
    data = calls()
    data.loc[:7, "call"] = None
    data.loc[8:11, "cutoff"] = np.nan
    found = answered(data)
    assert found.dropped == (("rows", "12 without call or its cut-off"),)
    assert sum(found.pooled.n) == len(data) - 12


@pytest.mark.parametrize(
    ("change", "by", "reason"),
    [
        ({"cutoff": lambda d: d["cutoff"] + (d.index == 0)}, "call", "two_cutoffs"),
        ({}, "region", "no_column"),
        ({"cutoff": "seventy"}, "call", "not_a_number"),
        ({"score": 90.0}, "call", "one_side"),
        ({"call": None}, "call", "no_rows"),
    ],
)
def test_what_cannot_be_pooled_is_answered_with_its_reason(
    change: dict[str, Any], by: str, reason: str
) -> None:
    found = pooled_estimate(calls().assign(**change), SPEC, by, "cutoff")
    assert isinstance(found, NotEstimable)
    assert found.reason == reason
