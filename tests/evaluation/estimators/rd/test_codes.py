"""Codes that are not what they seem: told, and mapped."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from evaluation.estimators.checks import covariate_balance, local_randomisation, rd_bins
from evaluation.estimators.rd import NotEstimable, RDEstimate, RDSample, RDSpec, estimate_rd
from tests.evaluation.estimators.rd.test_oracle import numbers, sample

SPEC = RDSpec("y", "x", treatment="t", vce="hc1")
DANE = {1: 1, 2: 0, 9: None}


def coded() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Who took part as 1 and 2, with 9 for no answer; and as 1, 0 and nothing."""
    plain = sample(5, 900, 12, shared=False)
    plain.loc[plain.index[::40], "t"] = np.nan
    return plain.assign(t=plain["t"].map({1.0: 1, 0.0: 2}).fillna(9)), plain


def answered(data: Any, spec: RDSpec) -> RDEstimate:
    found = estimate_rd(data, spec)
    assert isinstance(found, RDEstimate), found
    return found


def test_codes_that_turn_the_sign_are_warned_of() -> None:
    data, plain = coded()
    two = data[data["t"] < 9]
    found = answered(two, SPEC)
    assert found.coef_conventional == pytest.approx(-answered(plain, SPEC).coef_conventional)
    assert any("the treatment t is not 0 or 1 but 1, 2:" in words for words in found.warnings)
    assert any("the first stage is negative" in words for words in found.warnings)
    assert any("1, 2, 9" in words for words in answered(data, SPEC).warnings)


def test_a_share_between_is_no_code() -> None:
    _data, plain = coded()
    halves = plain.assign(t=plain["t"] * 0.5 + 0.25)
    assert not answered(halves, SPEC).warnings
    assert not answered(plain, SPEC).warnings


def test_a_kink_may_go_down() -> None:
    data = sample(5, 900, 12, shared=False)
    data["t"] = np.where(data["x"] < 0, 0.5, 0.5 - 0.1 * data["x"]) + 0.01 * data["z1"]
    found = answered(data, replace(SPEC, deriv=1, p=2))
    assert not any("negative" in words for words in found.warnings)


@pytest.mark.parametrize("kind", [float, "Int64", "category", str, object])
def test_mapped_codes_count_as_what_they_stand_for(kind: Any) -> None:
    data, plain = coded()
    kept = data.assign(t=data["t"].astype(int).astype(kind))
    found, expected = answered(kept, replace(SPEC, codes={"t": DANE})), answered(plain, SPEC)
    assert numbers(found) == numbers(expected)
    assert found.dropped == expected.dropped
    assert found.warnings == expected.warnings == ()


def test_words_are_codes_too_in_any_column() -> None:
    data, plain = coded()
    data["t"] = data["t"].map({1: "sí", 2: "no ", 9: "NS/NR"})
    data["y"] = plain["y"].round(1)
    data.loc[data["y"] == 2.0, "y"] = 99
    codes: Any = {"t": {"sí": 1, "no": 0, "NS/NR": None}, "y": {99: 2.0}}
    found = answered(data, replace(SPEC, codes=codes))
    expected = answered(plain.assign(y=plain["y"].round(1)), SPEC)
    assert numbers(found) == numbers(expected)


def test_one_sample_serves_many_codes() -> None:
    data, plain = coded()
    known = RDSample(data, groups=("group",))
    mapped, as_they_are = (
        answered(known, replace(SPEC, codes=codes)) for codes in ({"t": DANE}, {})
    )
    assert numbers(mapped) == numbers(answered(plain, SPEC))
    assert numbers(as_they_are) == numbers(answered(data, SPEC))


def test_checks_read_the_codes_too() -> None:
    data, plain = coded()
    data["z1"] = plain["z1"].mask(plain["z1"] > 2, 999)
    plain["z1"] = plain["z1"].mask(plain["z1"] > 2)
    spec = replace(SPEC, codes={"t": DANE, "z1": {999: None}})
    assert covariate_balance(data, spec, ["z1"]).rows == covariate_balance(plain, SPEC, ["z1"]).rows
    drawn = [
        local_randomisation(rows, replace(by, vce=None), window=0.5, draws=99)
        for rows, by in ((data, spec), (plain, SPEC))
    ]
    assert drawn[0] == drawn[1]
    sharp = replace(spec, treatment=None, covariates=("z1",))
    assert rd_bins(data, sharp) == rd_bins(plain, replace(sharp, codes={}))


def test_codes_of_an_absent_column_are_refused() -> None:
    found = estimate_rd(coded()[0], replace(SPEC, codes={"participo": DANE}))
    assert isinstance(found, NotEstimable)
    assert found.reason == "no_column"


@pytest.mark.parametrize(
    "codes",
    [{"t": {1: "yes"}}, {"t": {1: float("nan")}}, (("t", ((1, 0), (1, 1))),), (("t", ()),) * 2],
)
def test_codes_without_meaning_are_refused(codes: Any) -> None:
    with pytest.raises(ValueError, match="code"):
        replace(SPEC, codes=codes)
