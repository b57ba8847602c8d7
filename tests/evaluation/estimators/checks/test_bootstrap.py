"""Draws of clusters: what they are, and that they judge several questions together."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from evaluation.estimators.checks.balance import covariate_balance
from evaluation.estimators.checks.bootstrap import Bootstrap, bootstrap
from evaluation.estimators.multiplicity import benjamini_hochberg
from evaluation.estimators.rd import NotEstimable, RDEstimate, RDSpec, Sample, estimate_rd
from evaluation.estimators.rd.estimating import localised
from evaluation.estimators.rd.spec import Variance
from tests.evaluation.estimators.rd.test_oracle import numbers, sample

SPEC = RDSpec("y", "x", cluster="group", vce="cr3")


def frame(seed: int = 41, shared: bool = True) -> pd.DataFrame:
    return sample(seed, 600, 12, shared)


@pytest.mark.parametrize("shared", [True, False])
@pytest.mark.parametrize("vce", ["cr1", "cr3"])
@pytest.mark.parametrize("treatment", [None, "t"])
def test_what_clusters_add_makes_up_the_error(
    shared: bool, vce: Variance, treatment: str | None
) -> None:
    data = frame(shared=shared)
    spec = replace(SPEC, vce=vce, treatment=treatment, covariates=("z1",))
    main = estimate_rd(data, spec)
    local = localised(Sample(data).prepared(spec).cells, spec)
    errors = np.concatenate([of_clusters for _codes, of_clusters in local.errors()])
    assert isinstance(main, RDEstimate)
    assert main.se_robust == pytest.approx(
        np.linalg.norm(errors), rel=0.05 if vce == "cr1" else 1e-9
    )
    found = bootstrap(data, [spec], 9)
    assert isinstance(found, Bootstrap)
    assert found.statistics[0] == pytest.approx(main.z_robust)


def test_estimates_of_one_draw_move_as_those_of_the_data_do() -> None:
    data = frame()
    data["near"] = data["y"] + 0.1 * data["z1"]
    specs = [replace(SPEC, outcome=name) for name in ("y", "near", "z2")]
    found = bootstrap(data, specs, 1999)
    assert isinstance(found, Bootstrap)
    assert found.draws.mean(axis=0) == pytest.approx([0, 0, 0], abs=0.1)
    assert found.draws.std(axis=0) == pytest.approx([1, 1, 1], abs=0.05)
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
    assert found.joint == found.adjusted[0] == pytest.approx(1 / 200)
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
