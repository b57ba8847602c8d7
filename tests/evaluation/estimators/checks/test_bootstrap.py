"""Draws of clusters: what they are, and that they judge several questions together."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from evaluation.estimators.checks.balance import covariate_balance
from evaluation.estimators.checks.bootstrap import (
    Bootstrap,
    WildBootstrapSide,
    bootstrap,
    t_statistics,
)
from evaluation.estimators.multiplicity import benjamini_hochberg
from evaluation.estimators.rd import NotEstimable, RDEstimate, RDSample, RDSpec, estimate_rd
from evaluation.estimators.rd.estimating import fit_local
from tests.evaluation.estimators.rd.test_oracle import numbers, sample
from tests.samples import is_plausible, samples

SPEC = RDSpec("y", "x", cluster="group", vce="cr3")


def frame(seed: int = 41, shared: bool = True) -> pd.DataFrame:
    return sample(seed, 600, 12, shared)


def left_out(data: pd.DataFrame, b: float, order: int) -> pd.Series:
    """Residual of each row within b from the weighted polynomial of its side without its group."""
    near = data[data["x"].abs() < b]
    found = pd.Series(0.0, data.index)
    for _group, rows in near.groupby(["group", near["x"] >= 0]):
        above = rows["x"].iloc[0] >= 0
        rest = near[((near["x"] >= 0) == above) & (near["group"] != rows["group"].iloc[0])]
        weight = np.sqrt(1 - rest["x"].abs() / b)
        fit = np.polynomial.Polynomial.fit(rest["x"], rest["y"], order, w=weight)
        found[rows.index] = rows["y"] - fit(rows["x"])
    return found


@pytest.mark.parametrize("shared", [True, False])
def test_a_draw_is_the_estimate_of_turned_residuals(shared: bool) -> None:
    data, spec = frame(shared=shared), replace(SPEC, h=0.9, b=1.3)
    groups = data["group"].nunique()
    codes = pd.factorize(data["group"])[0]
    signs = np.random.default_rng(2).choice([-1.0, 1.0], (2, 3, groups))
    local = fit_local(RDSample(data).prepared(spec).cells, spec)
    drawn = t_statistics([WildBootstrapSide.of(half, local) for half in local.halves], signs)
    residual, side = left_out(data, 1.3, 2), (data["x"] >= 0).astype(int)
    for draw, z in enumerate(drawn):
        star = residual * signs[side, draw, codes]
        apart = estimate_rd(data.assign(y=star), spec)
        assert isinstance(apart, RDEstimate)
        assert z == pytest.approx(apart.z_robust, rel=1e-6)


@pytest.mark.parametrize("treatment", [None, "t"])
def test_the_statistic_is_by_cr3_at_the_bandwidths_asked_for(
    treatment: str | None,
) -> None:
    data = frame()
    spec = replace(SPEC, vce="cr1", treatment=treatment, covariates=("z1",))
    asked, found = estimate_rd(data, spec), bootstrap(data, [spec], 9)
    assert isinstance(asked, RDEstimate)
    main = estimate_rd(data, replace(spec, vce="cr3", h=asked.h, b=asked.b))
    assert isinstance(main, RDEstimate)
    assert isinstance(found, Bootstrap)
    assert found.statistics[0] == pytest.approx(main.z_robust)


def test_estimates_of_one_draw_move_as_those_of_the_data_do() -> None:
    data = frame()
    data["near"] = data["y"] + 0.1 * data["z1"]
    specs = [replace(SPEC, outcome=name) for name in ("y", "near", "z2")]
    found = bootstrap(data, specs, 1999)
    assert isinstance(found, Bootstrap)
    assert found.draws.mean(axis=0) == pytest.approx([0, 0, 0], abs=0.1)
    assert (found.draws.std(axis=0) > 0.8).all()
    assert (found.draws.std(axis=0) < 1.3).all()
    together = np.corrcoef(found.draws.T)
    assert together[0, 1] > 0.95
    assert abs(together[0, 2]) < 0.6


def test_the_same_seed_gives_the_same_draws() -> None:
    one, two, other = (bootstrap(frame(), [SPEC], 19, seed) for seed in (3, 3, 4))
    assert isinstance(one, Bootstrap)
    assert isinstance(two, Bootstrap)
    assert isinstance(other, Bootstrap)
    assert one.draws.tolist() == two.draws.tolist() != other.draws.tolist()


def test_a_jump_is_found_among_many_that_are_none() -> None:
    data = frame(42)
    data["real"] = data["z1"] + 2.0 * (data["x"] >= 0)
    specs = [replace(SPEC, outcome=name) for name in ("real", "z1", "z2")]
    found = bootstrap(data, specs, 199)
    assert isinstance(found, Bootstrap)
    assert found.joint == found.adjusted[0] < 0.05
    assert min(found.adjusted[1:]) > 0.05


def test_what_cannot_be_estimated_or_drawn_is_answered() -> None:
    absent = bootstrap(frame(), [SPEC, replace(SPEC, outcome="absent")], 9)
    assert isinstance(absent, NotEstimable)
    assert absent.reason == "no_column"
    with pytest.raises(ValueError, match="clusters"):
        bootstrap(frame(), [replace(SPEC, cluster=None, vce="nn")])
    with pytest.raises(ValueError, match="clusters"):
        bootstrap(frame(), [SPEC, replace(SPEC, cluster="other")])


# -- Balance ---------------------------------------------------------------------------------------
def test_balance_is_the_sharp_jump_of_each_covariate() -> None:
    data = frame(43)
    spec = replace(SPEC, treatment="t", covariates=("z1", "z2"))
    found = covariate_balance(data, spec)
    assert [row.covariate for row in found.rows] == ["z1", "z2"]
    p_values = []
    for row in found.rows:
        apart = estimate_rd(data, replace(SPEC, outcome=row.covariate))
        assert isinstance(apart, RDEstimate)
        assert isinstance(row.found, RDEstimate)
        assert numbers(row.found) == pytest.approx(numbers(apart))
        deviation = data.loc[data["x"] < 0, row.covariate].std(ddof=0)
        assert row.standardised == pytest.approx(apart.coef_conventional / deviation)
        p_values.append(row.found.pv_robust)
    assert [row.q_value for row in found.rows] == pytest.approx(benjamini_hochberg(p_values))
    assert isinstance(found.joint, NotEstimable)


def test_words_are_balanced_level_by_level_and_reasons_stay() -> None:
    data = frame(44)
    data["crop"] = np.random.default_rng(1).choice(["cacao", "café", "mora"], len(data))
    data["same"] = 1.0
    found = covariate_balance(data, SPEC, ["z1", "crop", "same", "absent"], draws=49)
    by_name = {row.covariate: row for row in found.rows}
    assert [*by_name] == ["z1", "crop=café", "crop=mora", "same", "absent"]
    apart = estimate_rd(
        data.assign(mora=(data["crop"] == "mora").astype(float)), replace(SPEC, outcome="mora")
    )
    assert isinstance(apart, RDEstimate)
    mora = by_name["crop=mora"].found
    assert isinstance(mora, RDEstimate)
    assert numbers(mora) == pytest.approx(numbers(apart))
    for name, reason in {"same": "constant_outcome", "absent": "no_column"}.items():
        why = by_name[name].found
        assert isinstance(why, NotEstimable)
        assert why.reason == reason
        assert by_name[name].q_value is None
    assert isinstance(found.joint, float)


def test_the_joint_test_sees_an_imbalance() -> None:
    data = frame(45)
    data["z2"] += 2.0 * (data["x"] >= 0)
    found = covariate_balance(data, SPEC, ["z1", "z2"], draws=99)
    assert found.joint == pytest.approx(0.01)


def test_the_joint_test_holds_its_size_with_few_alliances() -> None:
    rejected, draws = 0, samples(80, usual=40)
    for seed in range(draws):
        chance = np.random.default_rng([6, seed])
        group = np.repeat(np.arange(57), 8)
        data = pd.DataFrame({"x": chance.normal(size=57)[group], "group": group})
        names = [f"z{number}" for number in range(8)]
        for name in names:
            data[name] = 0.4 * chance.normal(size=57)[group] + chance.normal(size=len(group))
        joint = covariate_balance(data, SPEC, names, draws=99, seed=seed).joint
        rejected += isinstance(joint, float) and joint <= 0.05
    assert is_plausible(rejected, draws, 0.05)
