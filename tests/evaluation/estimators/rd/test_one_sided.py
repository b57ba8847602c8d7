"""The ordinary fuzzy design: a treatment that does not vary on a side of the cut-off."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from evaluation.estimators.rd import NotEstimable, RDEstimate, RDSpec, estimate_rd
from tests.evaluation.estimators.rd.test_oracle import SELECTORS, SHORT, numbers, oracles, sample

pytestmark = pytest.mark.filterwarnings("error::RuntimeWarning")
SPEC = RDSpec("y", "x", treatment="t", bandwidth_on="fuzzy", vce="hc1")
BELOW, ABOVE, BOTH = "below it", "at or above it", "on either side"

#: Who is treated, and the sides on which that does not vary.
KINDS: dict[str, tuple[Callable[[pd.DataFrame], Any], str]] = {
    "nobody below": (lambda d: d["t"] * (d["x"] >= 0), BELOW),
    "everybody below": (lambda d: d["t"].where(d["x"] >= 0, 1.0), BELOW),
    "everybody above": (lambda d: d["t"].where(d["x"] < 0, 1.0), ABOVE),
    "full compliance": (lambda d: 1.0 * (d["x"] >= 0), BOTH),
}
SETTINGS: list[dict[str, Any]] = [
    {"vce": "nn"},
    {"vce": "cr3", "cluster": "group", "covariates": ("z1", "z2")},
    {"vce": "hc3", "p": 2, "masspoints": "off"},
    {"vce": "cr1", "cluster": "group", "p": 0},
    {"vce": "hc2", "covariates": ("z1", "z2"), "weights": "w"},
    {"vce": "cr2", "cluster": "group", "regularisation": 0.0},
    {"vce": "hc0", "p": 2, "deriv": 1},
]


def told(found: RDEstimate) -> list[str]:
    return [warning for warning in found.warnings if "reduced form" in warning]


def unmoved(where: str) -> list[str]:
    return [
        f"near the cut-off the treatment does not vary by itself {where}: "
        "the bandwidth was chosen on the reduced form"
    ]


def answered(data: pd.DataFrame, spec: RDSpec) -> RDEstimate:
    found = estimate_rd(data, spec)
    assert isinstance(found, RDEstimate), found
    return found


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(14))
def test_it_is_estimated_at_the_bandwidth_of_the_reduced_form(kind: str, seed: int) -> None:
    """56 samples, all of which the other library answers."""
    treat, where = KINDS[kind]
    shared = seed % 4 == 1
    data = sample(seed, 1500, 3 if shared else 2, shared).assign(t=treat)
    kernel, selector = sorted(SHORT)[seed % 3], SELECTORS[seed % 10]
    spec = replace(SPEC, kernel=kernel, bwselect=selector, **SETTINGS[seed % 7])
    if kind == "full compliance":  # it has no kink
        spec = replace(spec, deriv=0)
    found, theirs = answered(data, spec), oracles(data, spec)
    stage = found.first_stage
    assert stage is not None
    coef, se, first, of_first = (
        part.to_numpy().ravel() for part in (theirs.coef, theirs.se, theirs.tau_T, theirs.se_T)
    )
    expected = [*coef[:2], *se[[0, 2]], *theirs.bws.to_numpy().ravel(), *first[:2]]
    ours = [*numbers(found), stage.coef, stage.coef_bias_corrected]
    assert ours == pytest.approx(expected, rel=1e-8)
    assert (*found.n, *found.n_effective) == (*theirs.N, *theirs.N_h)
    assert told(found) == unmoved(where)
    if where == BOTH:
        assert (stage.se, stage.se_robust, stage.f, stage.pv_robust) == (0.0, 0.0, None, None)
    else:
        assert [stage.se, stage.se_robust] == pytest.approx(of_first[[0, 2]], rel=1e-8)


# -- Not on the whole side, or only but for rounding -----------------------------------------------


@pytest.mark.parametrize("bwselect", SELECTORS)
@pytest.mark.parametrize("settings", SETTINGS)
@pytest.mark.parametrize(
    ("treat", "where"),
    [
        (lambda d: d["t"].where((d["x"] >= 0) | (d["x"] < -1.3), 0.0), BELOW),
        (lambda d: d["t"].where((d["x"] < 0) | (d["x"] > 1.3), 1.0), ABOVE),
        (lambda d: d["t"].where(d["x"] >= 0, 1e-17 * d["t"]), BELOW),
        (lambda d: d["t"].where(d["x"] < 0, 1 + 1e-16 * d["z1"]), ABOVE),
        (lambda d: d["t"].where(d["x"] < 0, 2 + 0.3 * d["x"]), ABOVE),
    ],
)
def test_rounding_chooses_no_bandwidth(
    treat: Any, where: str, settings: dict[str, Any], bwselect: Any
) -> None:
    data = sample(5, 600, 12, shared=False).assign(t=treat)
    asked = replace(SPEC, bwselect=bwselect, **settings)
    found = answered(data, asked)
    expected = answered(data, replace(asked, bandwidth_on="reduced_form"))
    assert replace(found, warnings=()) == replace(expected, warnings=())
    assert told(found) == unmoved(where)
    assert not told(expected)


@pytest.mark.parametrize("p", [1, 6])
def test_a_constant_is_one_beside_a_covariate_that_the_score_all_but_says(p: int) -> None:
    data = sample(5, 900, 12, shared=False).assign(t=KINDS["everybody above"][0])
    data["z1"] = data["x"] + data["x"] ** 2 + 3e-4 * data["z1"]
    assert told(answered(data, replace(SPEC, p=p, covariates=("z1", "z2")))) == unmoved(ABOVE)


@pytest.mark.parametrize("below", ["t", "cube"])  # which the first pilot takes for the score's
def test_a_treatment_that_the_covariates_say_on_a_side_does_not_vary_by_itself(below: str) -> None:
    data = sample(5, 900, 12, shared=False)
    data["cube"] = data["x"] ** 3
    data["t"] = data["t"].where(data["x"] >= 0, data[below])
    data["z1"] = data["z1"].where(data["x"] >= 0, 3 * data["t"] + 1)
    assert told(answered(data, replace(SPEC, covariates=("z1", "z2")))) == unmoved(BELOW)


@pytest.mark.parametrize("settings", SETTINGS)
def test_nothing_is_said_where_the_treatment_varies(settings: dict[str, Any]) -> None:
    data = sample(5, 900, 12, shared=False)
    spec = replace(SPEC, **settings)
    found, expected = answered(data, spec), oracles(data, spec).bws.to_numpy().ravel()
    assert [*found.h, *found.b] == pytest.approx(expected, rel=1e-8)
    assert not told(found)


def test_nothing_is_said_where_no_bandwidth_was_chosen_on_the_ratio() -> None:
    data = sample(5, 900, 12, shared=False).assign(t=KINDS["nobody below"][0])
    for spec in (replace(SPEC, h=0.8), replace(SPEC, bandwidth_on="reduced_form")):
        assert not told(answered(data, spec))


# -- No first stage at all -------------------------------------------------------------------------
@pytest.mark.parametrize("bandwidth_on", ["fuzzy", "reduced_form"])
@pytest.mark.parametrize(
    ("treat", "settings"),
    [
        (lambda d: d["t"].where(d["x"].abs() > 1.3, 1.0), {}),
        (lambda d: d["t"].where(d["x"].abs() > 1.3, 0.1), {"covariates": ("z1", "z2")}),
        (lambda d: 1.0 * (d["x"] >= 0), {"p": 2, "deriv": 1}),
        (lambda d: 1.0 + d["x"], {}),
        (lambda d: 2.0 * d["z1"] + 1, {"covariates": ("z1", "z2")}),
    ],
)
def test_a_jump_of_rounding_is_no_first_stage(
    treat: Any, settings: dict[str, Any], bandwidth_on: Any
) -> None:
    data = sample(5, 600, 12, shared=False).assign(t=treat)
    found = estimate_rd(data, replace(SPEC, bandwidth_on=bandwidth_on, **settings))
    assert isinstance(found, NotEstimable)
    assert found.reason == "no_first_stage"


@pytest.mark.parametrize("shift", [0.0, 1e-16])
@pytest.mark.parametrize("vce", ["nn", "hc0", "hc3", "cr1", "cr2", "cr3", "nn_cluster"])
def test_full_compliance_has_a_first_stage_without_error_given_covariates(
    vce: Any, shift: float
) -> None:
    data = sample(5, 900, 12, shared=False)
    data["t"] = (data["x"] >= 0) + shift * data["t"]
    cluster = "group" if vce.startswith("cr") or vce == "nn_cluster" else None
    spec = replace(SPEC, vce=vce, cluster=cluster, covariates=("z1", "z2"))
    found = answered(data, spec)
    assert found.first_stage is not None
    assert (found.first_stage.f, found.first_stage.pv_robust) == (None, None)
    assert found.anderson_rubin is not None
    interval = found.anderson_rubin.low, found.anderson_rubin.high
    assert interval == pytest.approx(found.ci_robust, rel=1e-6)
