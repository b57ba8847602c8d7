"""A term that does not vary on one side: an estimate, or a reason whose sentence is true."""

import math
from collections.abc import Callable
from functools import cache
from typing import Any, get_args

import numpy as np
import pandas as pd
import pytest

from evaluation.estimators.checks import covariate_balance, local_randomisation, rd_bins
from evaluation.estimators.rd import NotEstimable, RDEstimate, RDSpec, estimate_rd
from evaluation.estimators.rd.spec import BY_CLUSTER, Variance
from tests.evaluation.estimators.rd.test_oracle import SELECTORS, numbers, sample

pytestmark = pytest.mark.filterwarnings("error::RuntimeWarning")

#: Rows on which a column is set to one value. "near" reaches beyond every window that is chosen.
SIDES: dict[str, Callable[[pd.DataFrame], Any]] = {
    "below": lambda d: d["x"] < 0,
    "above": lambda d: d["x"] >= 0,
    "near, below": lambda d: (d["x"] < 0) & (d["x"] > -2),
    "near, above": lambda d: (d["x"] >= 0) & (d["x"] < 2),
    "far below": lambda d: d["x"] < -0.5,
    "far above": lambda d: d["x"] > 0.5,
    "both": lambda d: d["x"] == d["x"],
}
#: Where a column of one value leaves no estimate, the only reason that is true.
REASONS = {
    ("y", "both"): "constant_outcome",
    ("t", "both"): "constant_treatment",
    ("group", "below"): "few_clusters",
    ("group", "above"): "few_clusters",
    ("group", "near, below"): "few_clusters",
    ("group", "near, above"): "few_clusters",
    ("group", "both"): "few_clusters",
    ("w", "below"): "one_side",
    ("w", "above"): "one_side",
    ("w", "near, below"): "few_scores",
    ("w", "near, above"): "few_scores",
    ("w", "both"): "no_rows",
    ("x", "below"): "few_scores",
    ("x", "above"): "few_scores",
    ("x", "both"): "one_side",
}
VALUES = {"y": 0.1, "t": 1.0, "z1": 0.1, "group": 7, "w": 0.0, "x": 0.0}
USES: dict[str, dict[str, Any]] = {
    "y": {},
    "t": {"treatment": "t", "bandwidth_on": "fuzzy"},
    "z1": {"covariates": ("z1",)},
    "group": {},
    "w": {"weights": "w"},
}


@cache
def constant(column: str, side: str) -> pd.DataFrame:
    data = sample(5, 900, 12, shared=False)
    where = SIDES[side](data)
    if column == "x":  # one score on the side: that of its first row
        return data.assign(x=data["x"].mask(where, data.loc[where, "x"].iloc[0]))
    data.loc[where, column] = VALUES[column]
    return data


def spec_of(column: str, vce: Any, **settings: Any) -> RDSpec:
    by_cluster = vce in BY_CLUSTER
    return RDSpec(
        "y", "x", vce=vce, cluster="group" if by_cluster else None, **USES[column], **settings
    )


@pytest.mark.parametrize("bwselect", SELECTORS)
@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("column", USES)
@pytest.mark.parametrize("vce", ["nn", "hc3", "cr3", "nn_cluster"])
def test_every_column_side_and_selector_has_an_answer(
    column: str, side: str, bwselect: Any, vce: Any
) -> None:
    if column == "group" and vce not in BY_CLUSTER:
        return
    found = estimate_rd(constant(column, side), spec_of(column, vce, bwselect=bwselect))
    if (column, side) in REASONS:
        assert isinstance(found, NotEstimable)
        assert found.reason == REASONS[column, side]
        return
    assert isinstance(found, RDEstimate), found
    spread = float(np.ptp(sample(5, 900, 12, shared=False)["y"]))
    assert 1e-6 * spread < found.se_robust < 1e3 * spread
    assert 0.01 < min(found.h) <= max(found.h) < 10


@pytest.mark.parametrize("side", ["below", "above", "near, below", "near, above"])
@pytest.mark.parametrize("bwselect", SELECTORS)
def test_where_one_side_has_no_noise_both_have_one_bandwidth(side: str, bwselect: Any) -> None:
    found = estimate_rd(constant("y", side), RDSpec("y", "x", bwselect=bwselect))
    assert isinstance(found, RDEstimate)
    where = "below it" if side.endswith("below") else "at or above it"
    told = [words for words in found.warnings if "one bandwidth" in words]
    if bwselect[3:] in ("two", "comb2"):
        assert len(told) == 1
        assert where in told[0]
        assert found.h[0] == found.h[1]
    else:
        assert not told
    if bwselect[3:] == "two":
        common = estimate_rd(constant("y", side), RDSpec("y", "x", bwselect=f"{bwselect[:3]}rd"))
        assert isinstance(common, RDEstimate)
        assert numbers(found) == numbers(common)


@pytest.mark.parametrize("vce", get_args(Variance))
@pytest.mark.parametrize("bwselect", ["mserd", "msetwo", "cercomb2"])
def test_without_noise_on_either_side_there_is_no_error(vce: Any, bwselect: Any) -> None:
    data = sample(5, 900, 12, shared=False)
    data["y"] = data["y"].mask(data["x"].abs() < 2, 1.0 * (data["x"] >= 0))
    found = estimate_rd(data, spec_of("y", vce, bwselect=bwselect))
    assert isinstance(found, NotEstimable)
    assert found.reason == "no_noise"
    assert ("neighbours" in found.detail) == vce.startswith("nn")


def test_neighbours_of_one_cluster_tell_no_error() -> None:
    data = sample(5, 900, 3, shared=True)  # ten members share a score, so three are neighbours
    found = estimate_rd(data, RDSpec("y", "x", cluster="group", vce="nn_cluster"))
    assert isinstance(found, NotEstimable)
    assert found.reason == "no_noise"
    assert "within clusters" in found.detail


def test_a_treatment_without_a_jump_nearby_is_no_first_stage() -> None:
    data = sample(5, 900, 12, shared=False)
    data["t"] = data["t"].mask(data["x"].abs() < 2, 1.0)
    for bwselect in SELECTORS:
        found = estimate_rd(data, spec_of("t", "hc1", bwselect=bwselect))
        assert isinstance(found, NotEstimable)
        assert found.reason == "no_first_stage"


def test_one_cluster_that_decides_alone_is_told_from_too_few() -> None:
    data = sample(5, 900, 12, shared=False)
    above = data.loc[data["x"] >= 0, "x"]
    data["group"] = data["group"].mask(data["x"] > above.min(), 7)  # without it, one score is left
    for vce in ("cr2", "cr3"):
        found = estimate_rd(data, spec_of("y", vce, h=1.0))
        assert isinstance(found, NotEstimable)
        assert found.reason == "dominant_cluster"


def test_a_window_names_its_side() -> None:
    for side, words in (("near, below", "below the cut-off"), ("near, above", "at or above it")):
        found = estimate_rd(constant("w", side), spec_of("w", "nn"))
        assert isinstance(found, NotEstimable)
        assert f"distinct scores {words}" in found.detail


def test_an_estimate_that_covariates_explain_to_the_last_digit_has_no_error() -> None:
    data = sample(5, 900, 12, shared=False)
    data["y"] = 3 * data["z1"] - 0.1 + data["x"]
    for vce in ("nn", "hc1"):
        found = estimate_rd(data, RDSpec("y", "x", covariates=("z1",), vce=vce))
        assert isinstance(found, RDEstimate) == (vce == "nn")  # neighbours differ by the slope
        if isinstance(found, NotEstimable):
            assert found.reason == "no_noise"


# -- The checks ------------------------------------------------------------------------------------
@pytest.mark.parametrize("side", SIDES)
def test_a_covariate_without_spread_below_has_no_standardised_jump(side: str) -> None:
    (row,) = covariate_balance(constant("z1", side), RDSpec("y", "x"), ["z1"]).rows
    if side == "both":
        assert isinstance(row.found, NotEstimable)
    else:
        assert (row.standardised is None) == (side == "below")
        assert row.standardised is None or abs(row.standardised) < 100


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("column", ["y", "t", "z1", "group", "w"])
def test_the_other_estimates_have_an_answer_too(column: str, side: str) -> None:
    data = constant(column, side)
    spec = RDSpec("y", "x", cluster="group", **USES[column])
    drawn = local_randomisation(data, spec, window=0.5, draws=99)
    if isinstance(drawn, NotEstimable):
        assert drawn.reason in {*REASONS.values(), "constant_nearby"}
        assert drawn.reason != "no_noise"
    else:
        assert math.isfinite(drawn.effect)
    binned = rd_bins(data, RDSpec("y", "x", weights="w" if column == "w" else None))
    if isinstance(binned, NotEstimable):
        assert binned.reason == REASONS[column, side]
