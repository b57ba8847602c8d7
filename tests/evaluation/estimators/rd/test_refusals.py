"""Whatever the data hold, the answer is an estimate, or the reason why there is none."""

import math
from dataclasses import asdict
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.estimators.rd import NotEstimable, RDEstimate, RDSpec, estimate_rd
from evaluation.estimators.rd.inference import anderson_rubin
from evaluation.estimators.rd.scores import read_scores
from tests.evaluation.estimators.rd.test_oracle import numbers, sample
from tests.samples import samples


def frame(rows: int = 600, **columns: Any) -> pd.DataFrame:
    return sample(11, rows, 2, shared=False).assign(**columns)


def estimated(data: pd.DataFrame, **settings: Any) -> RDEstimate:
    found = estimate_rd(data, RDSpec("y", "x", **settings))
    assert isinstance(found, RDEstimate), found
    return found


def refused(data: pd.DataFrame, **settings: Any) -> NotEstimable:
    found = estimate_rd(data, RDSpec("y", "x", **settings))
    assert isinstance(found, NotEstimable), found
    assert found.detail.endswith(".")
    return found


@pytest.mark.parametrize(
    "kind",
    [
        lambda column: column.map(lambda value: Decimal(repr(value))),
        lambda column: column.astype(object),
        lambda column: column.astype("Float64"),
        lambda column: column.astype("category"),
        lambda column: column.map(repr),
    ],
)
def test_numbers_are_read_however_they_are_kept(kind: Any) -> None:
    data = frame()
    as_kept = data.assign(y=kind(data["y"]), x=kind(data["x"]))
    assert numbers(estimated(as_kept)) == numbers(estimated(data))


def test_columns_may_be_numbered() -> None:
    data = frame()
    found = estimate_rd(data[["y", "x"]].set_axis([0, 1], axis=1), RDSpec(0, 1))
    assert isinstance(found, RDEstimate)
    assert numbers(found) == numbers(estimated(data))


@pytest.mark.parametrize("missing", [None, np.nan, pd.NA, np.inf, -np.inf])
def test_rows_with_a_missing_value_are_left_out_and_counted(missing: Any) -> None:
    data = frame()
    holed = data.astype({"y": object})
    holed.loc[holed.index[:7], "y"] = missing
    found = estimated(holed)
    assert numbers(found) == numbers(estimated(data.iloc[7:]))
    assert found.dropped == (("rows", "7 without a value or a weight: y 7"),)


def test_covariates_that_say_nothing_are_left_out_by_name() -> None:
    data = frame(constant=3.0)
    data["twice"] = 2 * data["z1"] - 5
    found = estimated(data, covariates=("z1", "constant", "twice", "z2"))
    assert numbers(found) == pytest.approx(numbers(estimated(data, covariates=("z1", "z2"))))
    assert [name for name, _why in found.dropped] == ["constant", "twice"]
    assert all(name in " ".join(found.warnings) for name in ("constant", "twice"))


def test_a_covariate_in_words_enters_as_its_levels() -> None:
    data = frame()
    data["crop"] = pd.Series(["cacao", "café", "mora"] * 200, index=data.index)
    dummies = data.assign(
        cafe=(data["crop"] == "café").astype(float), mora=(data["crop"] == "mora").astype(float)
    )
    expected = numbers(estimated(dummies, covariates=("cafe", "mora")))
    assert numbers(estimated(data, covariates=("crop",))) == pytest.approx(expected)


def test_covariates_count_the_same_in_any_unit() -> None:
    data = frame()
    scaled = data.assign(z1=data["z1"] * 1e9, z2=data["z2"] * 1e-9)
    both = ("z1", "z2")
    assert numbers(estimated(scaled, covariates=both)) == pytest.approx(
        numbers(estimated(data, covariates=both))
    )


@pytest.mark.parametrize(
    ("change", "settings", "reason"),
    [
        ({"x": lambda d: d["x"].abs()}, {}, "one_side"),
        ({"x": lambda d: -d["x"].abs() - 1}, {}, "one_side"),
        ({"x": lambda d: np.sign(d["x"])}, {}, "few_scores"),
        ({"y": 1.0}, {}, "constant_outcome"),
        ({"t": 1.0}, {"treatment": "t"}, "constant_treatment"),
        ({"y": lambda d: 1.0 * (d["x"] >= 0)}, {}, "no_noise"),
        ({"y": "much"}, {}, "not_a_number"),
        ({"w": -1.0}, {"weights": "w"}, "negative_weights"),
        ({"group": lambda d: d["x"] >= 0}, {"cluster": "group"}, "few_clusters"),
        ({"y": np.nan}, {}, "no_rows"),
        ({}, {"treatment": "absent"}, "no_column"),
    ],
)
def test_what_carries_no_estimate_is_answered_with_its_reason(
    change: dict[str, Any], settings: dict[str, Any], reason: str
) -> None:
    assert refused(frame().assign(**change), **settings).reason == reason


def test_what_is_no_number_is_named_with_its_row() -> None:
    data = frame().astype({"y": object}).set_axis([f"r{row}" for row in range(600)])
    data.loc["r7", "y"] = "mil"
    assert "«mil» in row r7" in refused(data).detail


def test_rows_that_share_scores_without_a_cluster_are_warned_of() -> None:
    shared = sample(2, 900, 1, shared=True)
    assert any("share scores" in words for words in estimated(shared, vce="nn").warnings)
    assert not estimated(shared, cluster="group").warnings


@given(
    st.integers(0, 20).flatmap(
        lambda rows: st.tuples(
            *(
                st.lists(
                    st.sampled_from([-2.0, -1.0, -0.5, 0.0, 0.25, 1.0, 3.0, np.nan, 1e300]),
                    min_size=rows,
                    max_size=rows,
                )
                for _column in range(4)
            )
        )
    ),
    st.sampled_from(["nn", "hc3", "cr1", "cr2", "cr3", "nn_cluster"]),
    st.sampled_from([None, 1.0, 5.0]),
)
@settings(max_examples=samples(300, usual=100))
def test_a_handful_of_rows_never_breaks_it(
    columns: tuple[list[float], ...], vce: Any, h: float | None
) -> None:
    data = pd.DataFrame(dict(zip(("y", "x", "t", "g"), columns, strict=True)), dtype=float)
    cluster = "g" if vce[0] == "c" or vce == "nn_cluster" else None
    spec = RDSpec("y", "x", treatment="t", cluster=cluster, vce=vce, h=h)
    with np.errstate(all="ignore"):
        found = estimate_rd(data, spec)
    if isinstance(found, RDEstimate):
        plain = asdict(found)
        assert all(math.isfinite(plain[name]) for name in ("coef_conventional", "se_robust"))
    else:
        assert found.detail


@pytest.mark.parametrize(
    "wrong",
    [
        {"p": 1, "q": 1},
        {"h": -1.0},
        {"b": 1.0},
        {"vce": "cr3"},
        {"cluster": "g", "vce": "hc1"},
        {"kernel": "gaussian"},
        {"bwselect": "best"},
        {"level": 100},
    ],
)
def test_settings_that_contradict_each_other_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        RDSpec("y", "x", **wrong)


@given(
    st.floats(-5, 5), st.floats(-5, 5), st.floats(0.01, 4), st.floats(-0.9, 0.9), st.floats(0.01, 4)
)
def test_the_anderson_rubin_set_holds_what_is_not_rejected(
    outcome: float, treatment: float, own: float, share: float, of_treatment: float
) -> None:
    between = share * math.sqrt(own * of_treatment)
    found = anderson_rubin(outcome, treatment, own, between, of_treatment, critical_value=1.96)
    for effect in np.linspace(-20, 20, 81):
        variance = own - 2 * effect * between + effect**2 * of_treatment
        distance = abs(outcome - effect * treatment) / math.sqrt(variance)
        if abs(distance - 1.96) < 1e-6:
            continue
        if found.low is None or found.high is None:
            inside = found.shape == "line"
        else:
            inside = (found.low < effect < found.high) == (found.shape == "interval")
        assert inside == (distance < 1.96)


@pytest.mark.parametrize("decimals", [0, 1, 2, 3])
def test_a_score_in_single_precision_counts_as_it_was_written(decimals: int) -> None:
    data = frame()
    data["x"] = (data["x"] * 25 + 70).round(decimals)
    kept = data.assign(x=data["x"].astype(np.float32))
    spec = RDSpec("y", "x", cutoff=70.1, vce="nn")
    assert estimate_rd(kept, spec) == estimate_rd(data, spec)


@given(st.lists(st.integers(-(10**6), 10**6), min_size=1), st.integers(0, 6))
def test_a_score_that_sums_have_blurred_is_read_as_it_was_written(
    units: list[int], decimals: int
) -> None:
    written = np.array(units) / 10**decimals
    blurred = written * (1 + 1e-15 * np.resize([1, -1, 3], len(units)))
    assert (
        read_scores(blurred).values.tolist()
        == read_scores(written).values.tolist()
        == written.tolist()
    )


def test_a_score_with_no_end_of_decimals_stays_as_it_is() -> None:
    score = np.random.default_rng(4).normal(70, 10, 500)
    assert read_scores(score).values.tolist() == score.tolist()
