"""Sides are drawn by alliance; the test is exact, right in size, and its interval inverts it."""

import json
import math
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from itertools import combinations
from time import process_time
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from evaluation.estimators.checks import assignments
from evaluation.estimators.checks.randomisation import LocalRandomisation, local_randomisation
from evaluation.estimators.rd import NotEstimable, RDSample, RDSpec
from evaluation.estimators.results import to_data
from tests.samples import samples

SPEC = RDSpec("y", "x", cluster="group")


def members(
    seed: int = 0, *, groups: int = 12, effect: float = 0.0, spread: float = 1.0, slope: float = 0.0
) -> pd.DataFrame:
    """Groups of one to six members that share a score from -1 to 1 and much of the outcome."""
    chance = np.random.default_rng(seed)
    size = chance.integers(1, 7, groups)
    of = np.repeat(np.arange(groups), size)
    score = chance.permutation(np.linspace(-1, 1, groups))[of]
    above = score >= 0
    treated = (chance.uniform(size=len(of)) < np.where(above, 0.9, 0.1)).astype(float)
    noise = spread * chance.normal(size=groups)[of] + chance.normal(size=len(of))
    return pd.DataFrame(
        {
            "y": slope * score + effect * above + noise,
            "x": score,
            "t": treated,
            "z1": chance.normal(size=groups)[of],
            "z2": chance.normal(size=len(of)),
            "group": [f"alliance {each}" for each in of],
            "w": chance.uniform(0.5, 2, len(of)),
        }
    )


def answered(data: Any, spec: RDSpec = SPEC, **how: Any) -> LocalRandomisation:
    found = local_randomisation(data, spec, **({"window": 2.0} | how))
    assert isinstance(found, LocalRandomisation), found
    return found


# -- The plain way, for comparison -----------------------------------------------------------------
def by_hand(data: pd.DataFrame, column: str, weight: str | None, effect: float = 0.0) -> float:
    """The p-value of a constant effect, group by group and assignment by assignment."""
    groups = sorted(data["group"].unique())
    above = {each for each in groups if data.loc[data["group"] == each, "x"].iloc[0] >= 0}
    untreated = data[column] - effect * data["group"].isin(above)
    weights = pd.Series(1.0, data.index) if weight is None else data[weight]

    def difference(chosen: set[str]) -> float:
        inside = data["group"].isin(chosen)
        return abs(
            np.average(untreated[inside], weights=weights[inside])
            - np.average(untreated[~inside], weights=weights[~inside])
        )

    observed = difference(above)
    drawn = [difference(set(each)) for each in combinations(groups, len(above))]
    return sum(each >= observed - 1e-9 for each in drawn) / len(drawn)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("weight", [None, "w"])
def test_exact_p_is_that_of_every_assignment(seed: int, weight: str | None) -> None:
    data = members(seed, groups=7, effect=1.5)
    found = answered(data, replace(SPEC, weights=weight, treatment="t"))
    assert found.exact
    assert found.draws == math.comb(7, found.units[1])
    assert found.pv == pytest.approx(by_hand(data, "y", weight))
    assert found.pv_first_stage == pytest.approx(by_hand(data, "t", weight))


def test_whole_numbers_tie_as_they_should() -> None:
    data = members(2, groups=8).assign(y=lambda d: (d["y"] > 0).astype(float) / 10)
    assert answered(data).pv == pytest.approx(by_hand(data, "y", None))


def test_random_draws_come_near_the_exact_p() -> None:
    data = members(3, groups=12, effect=1.2)
    exact, drawn = answered(data), answered(data, draws=900)
    assert (exact.exact, exact.draws, drawn.exact, drawn.draws) == (True, 924, False, 900)
    assert drawn.pv == pytest.approx(exact.pv, abs=0.04)
    assert drawn.smallest_pv == 1 / 901
    assert drawn == answered(data, draws=900)
    assert drawn.pv != answered(data, draws=900, seed=1).pv


def test_draws_in_many_parts_keep_the_number_above(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assignments, "CHUNK", 100)
    lots = np.concatenate([*assignments.random_assignments(total=12, above=5, draws=999, seed=4)])
    assert lots.shape == (999, 12)
    assert (lots.sum(axis=1) == 5).all()
    assert lots.mean(axis=0) == pytest.approx(np.full(12, 5 / 12), abs=0.06)


def test_members_of_an_alliance_are_never_parted(monkeypatch: pytest.MonkeyPatch) -> None:
    # Twins of every member change nothing: were members drawn, p would fall.
    data = members(5, groups=10, effect=1.0)
    twice = pd.concat([data, data, data], ignore_index=True)
    one, three = answered(data), answered(twice)
    assert three.rows == tuple(3 * each for each in one.rows)
    assert (three.units, three.pv) == (one.units, one.pv)
    assert three.ci == pytest.approx(one.ci)
    assert answered(twice, RDSpec("y", "x")).pv < one.pv / 2


def test_an_alliance_on_both_sides_is_left_out() -> None:
    data = members(6, groups=10)
    moved = data.copy()
    first = moved.index[moved["group"].duplicated(keep=False)][0]
    moved.loc[first, "x"] *= -1
    without = data[data["group"] != data.loc[first, "group"]]
    found = answered(moved)
    assert (found.pv, found.effect) == pytest.approx(
        (answered(without).pv, answered(without).effect)
    )
    assert ("clusters", "1 on both sides") in found.dropped
    assert any("both sides" in words for words in found.warnings)


# -- Size ------------------------------------------------------------------------------------------
def drawn(seed: int, spec: RDSpec = SPEC, effect: float = 0.0) -> LocalRandomisation:
    """One sample with lots of its own: lots that samples share would err together."""
    return answered(members(seed, groups=20, effect=effect), spec, draws=199, seed=seed + 10**6)


def test_size_is_nominal_when_nothing_happens() -> None:
    """Alliances differ, members resemble each other, and 5 % of samples are significant."""
    draws = samples(600, usual=200)
    found = np.array([drawn(seed).pv for seed in range(draws)])
    for level in (0.05, 0.1, 0.5):
        assert np.mean(found <= level) == pytest.approx(level, abs=3 * sd(level, draws))
    alone = np.array([drawn(seed, RDSpec("y", "x")).pv for seed in range(draws // 3)])
    assert np.mean(alone <= 0.05) > 0.15  # what drawing members would do


def sd(share: float, draws: int) -> float:
    return math.sqrt(share * (1 - share) / draws)


def test_an_interval_holds_the_effect_as_often_as_it_says() -> None:
    spec = replace(SPEC, level=80)
    draws = samples(400, usual=150)
    found = [drawn(seed, spec, effect=2.0).ci for seed in range(draws)]
    held = np.mean([ci is not None and ci[0] <= 2.0 <= ci[1] for ci in found])
    assert held == pytest.approx(0.8, abs=3 * sd(0.8, draws))


# -- The interval ----------------------------------------------------------------------------------
@given(
    seed=st.integers(0, 10_000),
    groups=st.sampled_from([6, 7, 8, 11]),
    draws=st.sampled_from([60, 9999]),
    level=st.sampled_from([50.0, 80.0, 90.0, 95.0]),
    weight=st.sampled_from([None, "w"]),
    order=st.sampled_from([0, 0, 1]),
)
@settings(max_examples=samples(60, usual=30), derandomize=True)
def test_the_interval_holds_what_the_test_does_not_reject(
    seed: int, groups: int, draws: int, level: float, weight: str | None, order: int
) -> None:
    data = members(seed, groups=groups, effect=1.0)
    spec = replace(SPEC, weights=weight, level=level)
    found = answered(data, spec, draws=draws, order=order)
    alpha = 1 - level / 100

    def pv(effect: float) -> float:
        moved = data.assign(y=data["y"] - effect * (data["x"] >= 0))
        return answered(moved, spec, draws=draws, order=order).pv

    if found.ci is None:
        assert pv(found.effect + 1e6) > alpha
        return
    low, high = found.ci
    assert low < found.effect < high
    step = 1e-6 * (high - low)
    for inside in (low + step, high - step):
        assert pv(inside) > alpha - 1e-12
    for outside in (low - step, high + step):
        assert pv(outside) <= alpha + 1e-12


def test_too_few_units_reject_nothing_and_say_so() -> None:
    found = answered(members(1, groups=4, effect=50.0))
    assert (found.units, found.ci, found.smallest_pv, found.pv) == ((2, 2), None, 2 / 6, 2 / 6)
    assert any("significant" in words for words in found.warnings)
    assert any("fewer than 10" in words for words in found.warnings)


# -- What is estimated -----------------------------------------------------------------------------
def test_the_effect_is_the_difference_of_rows_and_the_ratio_of_two_effects() -> None:
    data = members(4, groups=10, effect=1.0)
    found = answered(data, replace(SPEC, treatment="t", weights="w"))
    above = data["x"] >= 0

    def difference(column: str) -> float:
        means = [
            np.average(data[column][side], weights=data["w"][side]) for side in (above, ~above)
        ]
        return float(means[0] - means[1])

    assert found.effect == pytest.approx(difference("y"))
    assert found.means[1] - found.means[0] == pytest.approx(found.effect)
    assert found.first_stage == pytest.approx(difference("t"))
    assert found.wald == pytest.approx(difference("y") / difference("t"))
    assert found.rows == (int((~above).sum()), int(above.sum()))
    assert answered(data).wald is None


def test_a_treatment_alike_on_both_sides_has_no_ratio() -> None:
    found = answered(members().assign(t=1.0), replace(SPEC, treatment="t"))
    assert isinstance(found.wald, NotEstimable)
    assert found.wald.reason == "no_first_stage"
    assert found.pv_first_stage == 1.0


def test_slopes_are_taken_out_by_side() -> None:
    data = members(7, groups=30, effect=2.0, spread=0.01, slope=5.0)
    data["y"] += 3 * data["x"].clip(lower=0)
    assert answered(data).effect > 5
    assert answered(data, order=1).effect == pytest.approx(2.0, abs=0.9)
    straight = data.assign(y=2.0 * (data["x"] >= 0) + 5 * data["x"] - 7 * data["x"].clip(lower=0))
    found = answered(straight, order=1)
    assert found.effect == pytest.approx(2.0)
    assert found.means == pytest.approx((0.0, 2.0))


# -- Windows ---------------------------------------------------------------------------------------
def test_a_window_holds_its_edges_and_nothing_beyond() -> None:
    data = members(1, groups=21)  # scores in tenths
    assert answered(data, window=0.3).units == (3, 4)
    assert answered(data, window=0.29).units == (2, 3)
    assert answered(data, window=(0.5, 0.2)).units == (5, 3)
    shifted = data.assign(x=data["x"] + 7.1)
    assert answered(shifted, replace(SPEC, cutoff=7.1), window=0.3).units == (3, 4)


def test_without_covariates_the_narrowest_window_with_enough_units() -> None:
    found = answered(members(1, groups=41), window=None, units_a_side=8)
    assert found.window == pytest.approx((0.4, 0.4))
    assert found.units == (8, 9)
    assert [each.pv_balance for each in found.tried] == [None]


def drifting(strength: float) -> pd.DataFrame:
    """z1 says nothing within half of the scores and gives the side away beyond."""
    data = members(4, groups=81)
    beyond = data["x"].abs() > 0.5
    return data.assign(z1=data["z2"] + strength * beyond * np.sign(data["x"]))


def test_with_covariates_the_widest_window_up_to_which_all_balance() -> None:
    spec = replace(SPEC, covariates=("z1", "z2"))
    found = answered(drifting(3.0), spec, window=None, units_a_side=6)
    *passed, failed = found.tried
    assert found.window[0] == passed[-1].width
    assert 0.45 <= found.window[0] < 0.7
    assert all(each.pv_balance is not None and each.pv_balance >= 0.15 for each in passed)
    assert failed.pv_balance is not None
    assert failed.pv_balance < 0.15
    widths = [each.width for each in found.tried]
    assert widths == sorted(set(widths))
    assert found.units == passed[-1].units


def test_the_balance_of_a_window_is_the_test_of_its_covariates() -> None:
    data = drifting(1.0)
    found = answered(data, replace(SPEC, covariates=("z1", "z2")), window=None, units_a_side=6)
    for each in found.tried:
        alone = [
            answered(data, RDSpec(z, "x", cluster="group"), window=each.width) for z in ("z1", "z2")
        ]
        assert each.pv_balance == min(one.pv for one in alone)
        assert each.units == alone[0].units


def test_no_window_where_even_the_narrowest_is_unlike() -> None:
    data = members(3, groups=41).assign(z1=lambda d: np.sign(d["x"] + 0.01) + 0.1 * d["z2"])
    found = local_randomisation(data, replace(SPEC, covariates=("z1",)))
    assert isinstance(found, NotEstimable)
    assert found.reason == "unbalanced"
    assert "covariate differs" in found.detail


# -- Data of every kind ----------------------------------------------------------------------------
@pytest.mark.parametrize(
    "kind",
    [
        lambda column: column.map(lambda value: Decimal(repr(value))),
        lambda column: column.astype("Float64"),
        lambda column: column.astype("category"),
    ],
)
def test_numbers_are_read_however_they_are_kept(kind: Any) -> None:
    data = members(2)
    as_kept = data.assign(
        y=kind(data["y"]), x=kind(data["x"]), group=data["group"].astype("category")
    )
    assert answered(as_kept) == answered(data)


def test_columns_may_be_numbered_rows_shuffled_and_a_sample_shared() -> None:
    data = members(2)
    numbered = data[["y", "x", "group"]].set_axis([0, 1, 2], axis=1)
    assert answered(numbered, RDSpec(0, 1, cluster=2)) == answered(data)
    assert answered(RDSample.of(data)) == answered(data)
    shuffled = answered(data.sample(frac=1, random_state=1))
    assert (shuffled.pv, shuffled.units) == (answered(data).pv, answered(data).units)


def test_rows_without_a_value_are_left_out_and_counted() -> None:
    data = members(2, groups=20)
    holed = data.astype({"y": object})
    holed.loc[holed.index[:5], "y"] = None
    found = answered(holed)
    assert found.dropped == (("rows", "5 without a value or a weight: y 5"),)
    assert found.effect == pytest.approx(answered(data.iloc[5:]).effect)


def test_rows_that_share_scores_without_a_cluster_are_warned_of() -> None:
    assert any("share scores" in words for words in answered(members(), RDSpec("y", "x")).warnings)
    assert not any("share scores" in words for words in answered(members()).warnings)


def test_the_result_is_json() -> None:
    found = answered(members(groups=30), replace(SPEC, treatment="t", covariates=("z2",)))
    assert json.loads(json.dumps(to_data(found)))["units"] == [15, 15]


@pytest.mark.parametrize(
    ("change", "how", "reason"),
    [
        ({"x": lambda d: d["x"].abs()}, {}, "one_side"),
        ({"x": lambda d: -d["x"].abs() - 1}, {}, "one_side"),
        ({}, {"window": 0.01}, "one_side"),
        ({}, {"window": (2.0, 0.1)}, "few_clusters"),
        ({}, {"window": None}, "few_clusters"),
        ({"group": 1}, {}, "one_side"),
        ({"group": lambda d: d["x"] >= 0}, {}, "few_clusters"),
        ({"y": 0.1}, {}, "constant_nearby"),
        ({"x": lambda d: np.sign(d["x"])}, {"order": 1}, "few_scores"),
        ({"y": "much"}, {}, "not_a_number"),
        ({"y": lambda d: d["y"] * 1e308}, {}, "out_of_range"),
        ({"y": None}, {}, "no_rows"),
        ({"w": -1.0}, {"spec": replace(SPEC, weights="w")}, "negative_weights"),
        ({}, {"spec": replace(SPEC, treatment="absent")}, "no_column"),
    ],
)
def test_what_carries_no_test_is_answered_with_its_reason(
    change: dict[str, Any], how: dict[str, Any], reason: str
) -> None:
    how = {"window": 2.0, "spec": SPEC} | how
    found = local_randomisation(members(3).assign(**change), how.pop("spec"), **how)
    assert isinstance(found, NotEstimable), found
    assert found.reason == reason
    assert found.detail.endswith(".")


def cells() -> Iterator[float]:
    yield from (-2.0, -1.0, -0.5, 0.0, 0.25, 1.0, 3.0, np.nan, 1e300)


@given(
    st.integers(0, 20).flatmap(
        lambda rows: st.lists(
            st.tuples(*[st.sampled_from([*cells()])] * 4), min_size=rows, max_size=rows
        )
    ),
    st.sampled_from([None, 1.0]),
    st.sampled_from([None, "g"]),
    st.sampled_from([0, 1]),
)
@settings(max_examples=samples(200, usual=60))
def test_a_handful_of_rows_never_breaks_it(
    rows: list[tuple[float, ...]], window: float | None, cluster: str | None, order: int
) -> None:
    data = pd.DataFrame(rows, columns=["y", "x", "t", "g"], dtype=float)
    spec = RDSpec("y", "x", treatment="t", cluster=cluster)
    how: dict[str, Any] = {"window": window, "units_a_side": 2, "draws": 99, "order": order}
    found = local_randomisation(data, spec, **how)
    if isinstance(found, NotEstimable):
        assert found.detail
        return
    to_data(found)  # raises for a number that is not finite
    assert found.smallest_pv - 1e-12 <= found.pv <= 1
    assume(found.ci is not None)
    assert found.ci is not None
    assert found.ci[0] <= found.effect <= found.ci[1]


@pytest.mark.parametrize(
    ("wrong", "spec"),
    [
        ({"window": 0.0}, SPEC),
        ({"window": (1.0, -1.0)}, SPEC),
        ({"units_a_side": 1}, SPEC),
        ({"draws": 0}, SPEC),
        ({"order": 5}, SPEC),
        ({}, replace(SPEC, deriv=1)),
    ],
)
def test_settings_without_meaning_are_refused(wrong: dict[str, Any], spec: RDSpec) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        local_randomisation(members(), spec, **wrong)


def test_three_outcomes_are_tested_in_a_moment() -> None:
    data = members(1, groups=60)
    began = process_time()
    for outcome in ("y", "z1", "z2"):
        answered(data, replace(SPEC, outcome=outcome))
    assert process_time() - began < 1.0
