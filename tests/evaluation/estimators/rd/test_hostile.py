"""What careless and hostile data have tried: each is an answer, and the right one."""

from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest

from evaluation.estimators.checks import covariate_balance, density_by, donut, leave_one_out
from evaluation.estimators.checks.density_spec import DensitySpec
from evaluation.estimators.rd import NotEstimable, RDEstimate, RDSpec
from tests.evaluation.estimators.rd.test_oracle import numbers, sample
from tests.evaluation.estimators.rd.test_refusals import estimated, refused

pytestmark = pytest.mark.filterwarnings("error::RuntimeWarning")
SPEC = RDSpec("y", "x")


@pytest.fixture
def data() -> pd.DataFrame:
    return sample(51, 600, 12, shared=False)


# -- Covariates ------------------------------------------------------------------------------------
@pytest.mark.parametrize("slope", [0.0, 2.0])
@pytest.mark.parametrize("cluster", [None, "group"])
def test_a_covariate_that_the_polynomials_explain_changes_nothing(
    data: pd.DataFrame, slope: float, cluster: str | None
) -> None:
    data["step"] = slope * data["x"] + (data["x"] >= 0)
    with_it = estimated(data, covariates=("step",), cluster=cluster)
    assert numbers(with_it) == pytest.approx(numbers(estimated(data, cluster=cluster)), rel=1e-7)


@pytest.mark.parametrize("level", [1e4, 1e6, 1e8])
def test_a_covariate_counts_the_same_from_any_origin(data: pd.DataFrame, level: float) -> None:
    near = estimated(data, covariates=("z1",))
    far = estimated(data.assign(z1=data["z1"] + level), covariates=("z1",))
    assert numbers(far) == pytest.approx(numbers(near), rel=1e-6)


def test_a_word_that_never_varies_is_left_out_by_name_and_its_gaps_counted(
    data: pd.DataFrame,
) -> None:
    data["crop"] = ["cacao"] * 500 + [None] * 100
    found = estimated(data, covariates=("crop",))
    assert found.dropped == (
        ("rows", "100 without a value or a weight: crop 100"),
        ("crop", "it does not vary"),
    )


# -- Treatment and weights -------------------------------------------------------------------------
@pytest.mark.parametrize("below", [-9.0, -1.5])
def test_full_compliance_is_the_sharp_estimate(data: pd.DataFrame, below: float) -> None:
    data["t"] = ((data["x"] >= 0) | (data["x"] < below)).astype(float)
    fuzzy = estimated(data, treatment="t", h=0.8, b=1.0)
    sharp = estimated(data, h=0.8, b=1.0)
    assert numbers(fuzzy) == pytest.approx(numbers(sharp))
    assert fuzzy.first_stage is not None
    assert (fuzzy.first_stage.f, fuzzy.first_stage.pv_robust) == (None, None)
    assert fuzzy.anderson_rubin is not None
    assert fuzzy.anderson_rubin.low == pytest.approx(fuzzy.ci_robust[0])


def test_endless_weights_are_left_out(data: pd.DataFrame) -> None:
    weighted = data.assign(w=1.0)
    weighted.loc[weighted.index[0], "w"] = np.inf
    found = estimated(weighted, weights="w")
    assert numbers(found) == pytest.approx(numbers(estimated(data.iloc[1:])))
    assert found.dropped == (("rows", "1 without a value or a weight: w 1"),)


# -- What is no number -----------------------------------------------------------------------------
@pytest.mark.parametrize(
    "kind",
    [
        lambda y: pd.to_datetime("2026-01-01") + pd.to_timedelta(y, unit="D"),
        lambda y: pd.to_timedelta(y, unit="D"),
        lambda y: y + 1j,
        lambda y: [10**400] * len(y),
        lambda y: [[1]] * len(y),
    ],
)
def test_what_is_no_measure_is_refused(data: pd.DataFrame, kind: Any) -> None:
    assert refused(data.assign(y=kind(data["y"]))).reason == "not_a_number"


def test_numbers_beyond_all_measure_are_told_from_words(data: pd.DataFrame) -> None:
    assert refused(data.assign(y=data["y"] * 1e200)).reason == "out_of_range"


def test_a_category_of_numbers_may_have_gaps(data: pd.DataFrame) -> None:
    data["y"] = np.round(data["y"])
    data.loc[data.index[:9], "y"] = np.nan
    kept = data.assign(y=data["y"].astype("Int64").astype("category"))
    assert numbers(estimated(kept)) == numbers(estimated(data))


@pytest.mark.parametrize("name", ["y", "z1", "group"])
def test_a_column_that_is_there_twice_is_refused(data: pd.DataFrame, name: str) -> None:
    twice = pd.concat([data, data[[name]]], axis=1)
    assert refused(twice, covariates=("z1",), cluster="group").reason == "no_column"


def test_lists_name_no_group(data: pd.DataFrame) -> None:
    listed = data.assign(group=[[1]] * len(data))
    assert refused(listed, cluster="group").reason == "no_group"
    found = density_by(listed, DensitySpec("x"), by="group")
    assert isinstance(found, NotEstimable)


def test_groups_of_any_kind_are_told_apart(data: pd.DataFrame) -> None:
    data["department"] = [(1, "Cauca", 2.5)[row % 3] for row in range(len(data))]
    points = leave_one_out(data, SPEC, by="department")
    assert not isinstance(points, NotEstimable)
    assert [point.at for point in points] == [1, 2.5, "Cauca"]
    found = density_by(data, DensitySpec("x"), by="department")
    assert not isinstance(found, NotEstimable)
    assert [each.at for each in found.groups] == [1, 2.5, "Cauca"]


def test_a_constant_in_cells_of_many_rows_is_a_constant() -> None:
    data = sample(52, 600, 1, shared=True).assign(y=0.1)
    assert refused(data, cluster="group").reason == "constant_outcome"


# -- Edges -----------------------------------------------------------------------------------------
def tenths() -> pd.DataFrame:
    chance = np.random.default_rng(3)
    score = np.repeat(np.round(np.arange(57, 63.05, 0.1), 1), 5)
    return pd.DataFrame({"x": score, "y": chance.normal(size=len(score))})


def test_a_score_at_the_edge_is_within_however_binary_writes_it() -> None:
    for h, rows in ((1.1, (55, 60)), (1.2, (60, 65))):
        assert estimated(tenths(), cutoff=60, h=h, kernel="uniform").n_effective == rows
    points = donut(tenths(), RDSpec("y", "x", cutoff=60, h=2.5), [0.3])
    assert not isinstance(points, NotEstimable)
    assert isinstance(points[0].found, RDEstimate)
    assert points[0].found.n == (140, 140)


def test_a_cutoff_is_read_as_it_was_written() -> None:
    assert RDSpec("y", "x", cutoff=0.1 * 3).cutoff == 0.3
    assert DensitySpec("x", cutoff=0.1 * 3).cutoff == 0.3
    assert RDSpec("y", "x", cutoff=Decimal("0.3")).cutoff == 0.3  # type: ignore[arg-type]
    assert RDSpec("y", "x", cutoff=1 / 3).cutoff == 1 / 3


def test_nobody_is_moved_across_the_cutoff() -> None:
    chance = np.random.default_rng(8)
    score = np.round(chance.normal(60, 5, 300), 1) - 1e-6 * chance.random(300)
    data = pd.DataFrame({"x": score, "y": chance.normal(size=300)})
    assert estimated(data, cutoff=60).n == (int((score < 60).sum()), int((score >= 60).sum()))


# -- Settings --------------------------------------------------------------------------------------
@pytest.mark.parametrize("vce", ["cr1", "cr2", "cr3", "nn"])
def test_a_constant_on_each_side_can_be_asked_for(data: pd.DataFrame, vce: Any) -> None:
    assert estimated(data, p=0, cluster="group", vce=vce).se_robust > 0


def test_bandwidths_are_answered_as_decimal_numbers(data: pd.DataFrame) -> None:
    found = estimated(data, h=1, b=Decimal("1.5"))
    assert [type(each) for each in (*found.h, *found.b)] == [float] * 4


@pytest.mark.parametrize(
    "wrong",
    [
        {"p": 1.5},
        {"q": 30},
        {"nn_matches": 2.5},
        {"h": (1, 2, 3)},
        {"h": (1,)},
        {"kernel": "gaussian"},
        {"h": float("inf")},
        {"cutoff": float("nan")},
        {"covariates": "xy"},
        {"covariates": ("y",)},
        {"covariates": ("z1", "z1")},
    ],
)
def test_settings_without_meaning_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        RDSpec("y", "x", **wrong)


def test_balance_of_a_word_that_never_varies_says_so(data: pd.DataFrame) -> None:
    (row,) = covariate_balance(data.assign(crop="cacao"), SPEC, ["crop"]).rows
    assert isinstance(row.found, NotEstimable)
