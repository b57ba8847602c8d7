"""What the density test answers, and why it answers nothing."""

import math
from dataclasses import replace
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.estimators.checks.density import DensitySpec, NotEstimable, density_test
from evaluation.estimators.discontinuity import DensityTest
from evaluation.estimators.results import to_data
from tests.samples import samples

REASONS = {"no_rows", "one_side", "few_scores", "like_scores", "no_density"}


def alliances(units: int = 300, decimals: int = 2, seed: int = 3) -> pd.DataFrame:
    """Five members each, who share the score of their alliance."""
    chance = np.random.default_rng(seed)
    scores = chance.normal(2, 10, units).round(decimals)
    return pd.DataFrame({"score": scores, "alliance": np.arange(units)}).loc[
        np.repeat(np.arange(units), 5)
    ]


def answer_of(data: pd.DataFrame, **settings: Any) -> DensityTest:
    found = density_test(data, DensitySpec("score", **settings))
    assert isinstance(found, DensityTest), found
    return found


def refused(data: pd.DataFrame, **settings: Any) -> NotEstimable:
    found = density_test(data, DensitySpec("score", **settings))
    assert isinstance(found, NotEstimable), found
    assert found.detail.endswith(".")
    return found


# -- Units -----------------------------------------------------------------------------------------
def test_rows_of_a_unit_count_once() -> None:
    members = alliances()
    by_hand = members.drop_duplicates("alliance")
    found = answer_of(members.sample(frac=1, random_state=1), unit="alliance")
    assert found == replace(answer_of(by_hand), rows=len(members))
    assert sum(found.n) == 300
    assert not found.warnings


def test_members_without_a_unit_are_warned_of() -> None:
    found = answer_of(alliances())
    assert any("share scores" in words for words in found.warnings)
    assert not answer_of(alliances().drop_duplicates("alliance")).warnings


def test_members_taken_for_units_reject_where_nothing_happened() -> None:
    drawn = [alliances(60, 12, seed) for seed in range(60)]
    by_row = [answer_of(each).pv < 0.05 for each in drawn]
    by_unit = [answer_of(each, unit="alliance").pv < 0.05 for each in drawn]
    assert sum(by_row) > 15
    assert sum(by_unit) < 8


def test_units_whose_rows_differ_in_score_are_left_out_and_said() -> None:
    members = alliances()
    torn = members.copy()
    torn.iloc[[0, 7], 0] += 1.0  # one member each of the first two alliances
    found = answer_of(torn, unit="alliance")
    without = answer_of(members[members["alliance"] > 1], unit="alliance")
    assert (found.t, found.n) == (without.t, without.n)
    assert found.dropped == (("units", "2 whose rows differ in score"),)
    assert any("2 units left out" in words for words in found.warnings)


@pytest.mark.parametrize("decimals", [1, 16])
def test_scores_that_sums_have_blurred_are_those_of_one_unit(decimals: int) -> None:
    members = alliances(decimals=decimals)
    blurred = members.assign(score=members["score"] + 1e-15 * np.arange(len(members)))
    found, exact = (answer_of(each, unit="alliance") for each in (blurred, members))
    assert found.t == pytest.approx(exact.t, rel=1e-9)
    assert found.n == exact.n


@pytest.mark.parametrize("missing", [None, np.nan, pd.NA, np.inf])
def test_rows_without_a_score_or_a_unit_are_left_out_and_counted(missing: Any) -> None:
    members = alliances()
    holed = members.reset_index(drop=True).astype({"score": object, "alliance": object})
    holed.loc[0, "score"] = missing  # its alliance is known from four others
    holed.loc[5:9, "alliance"] = None
    found = answer_of(holed, unit="alliance")
    assert found.t == answer_of(members[members["alliance"] != 1], unit="alliance").t
    assert found.dropped == (("rows", "6 without a score or a unit"),)


# -- The figures -----------------------------------------------------------------------------------
def test_a_bent_score_is_found_and_on_which_side() -> None:
    chance = np.random.default_rng(8)
    score = chance.normal(0, 10, 2000)
    bent = (score < 0) & (score > -3) & (chance.uniform(size=2000) < 0.7)
    found = answer_of(pd.DataFrame({"score": np.where(bent, -score, score)}))
    assert found.pv < 1e-3
    assert found.difference > 0
    assert found.ci[0] > 0
    left, right = found.density
    assert found.difference == pytest.approx(right - left)
    assert left < 0.0399 < right  # of a normal with that deviation, at its mean


def test_interval_test_and_level_agree() -> None:
    found, wider = answer_of(alliances()), answer_of(alliances(), level=99.0)
    for each, z in ((found, 1.959964), (wider, 2.575829)):
        assert each.ci[1] - each.difference == pytest.approx(z * each.se_difference, rel=1e-6)
    assert found.t == pytest.approx(found.difference / found.se_difference)
    assert found.se_difference == pytest.approx(math.hypot(*found.se))


def test_the_unit_of_the_score_does_not_matter() -> None:
    data = alliances(decimals=12).drop_duplicates()
    found = answer_of(data)
    for factor in (1e-200, 1e-3, 1e6, 1e200):
        scaled = answer_of(data.assign(score=data["score"] * factor))
        assert scaled.t == pytest.approx(found.t, rel=1e-8)
        assert scaled.h == pytest.approx([h * factor for h in found.h], rel=1e-8)
        assert scaled.density == pytest.approx([f / factor for f in found.density], rel=1e-8)


def test_a_thin_side_is_warned_of() -> None:
    data = alliances(400).drop_duplicates()
    few = pd.concat([data[data["score"] >= 0], data[data["score"] < 0].head(15)])
    assert any("fewer than 20 units" in words for words in answer_of(few).warnings)


def test_conventional_test_is_that_of_order_p() -> None:
    found = answer_of(alliances(), unit="alliance", h=12.0)
    low = answer_of(alliances(), unit="alliance", h=12.0, q=2)
    assert found.t_conventional == low.t == low.t_conventional
    assert found.pv_conventional == low.pv
    assert found.t != low.t


def test_the_answer_becomes_data() -> None:
    found = answer_of(alliances(), unit="alliance")
    assert to_data(found)["n"] == list(found.n)


# -- How numbers are kept --------------------------------------------------------------------------
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
    data = alliances()
    as_kept = data.assign(score=kind(data["score"]), alliance=data["alliance"].astype("category"))
    assert answer_of(as_kept, unit="alliance") == answer_of(data, unit="alliance")


def test_columns_may_be_numbered() -> None:
    data = alliances()
    numbered = density_test(data.set_axis([0, 1], axis=1), DensitySpec(0, unit=1))
    assert numbered == answer_of(data, unit="alliance")


def test_the_cut_off_itself_is_above_and_may_be_a_decimal() -> None:
    data = alliances(decimals=1)
    found = answer_of(data.assign(score=data["score"] + 60.1), cutoff=Decimal("60.1"))
    assert (
        found.n
        == answer_of(data).n
        == (
            int((data["score"] < 0).sum()),
            int((data["score"] >= 0).sum()),
        )
    )


# -- Refusals --------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("change", "settings", "reason"),
    [
        ({"score": lambda d: d["score"].abs()}, {}, "one_side"),
        ({"score": lambda d: -d["score"].abs() - 1}, {}, "one_side"),
        ({"score": 4.0}, {}, "one_side"),
        ({"score": lambda d: np.sign(d["score"])}, {}, "few_scores"),
        ({}, {"h": 0.05}, "few_scores"),
        ({}, {"h": 1e9, "unit": "alliance"}, None),
        ({"score": "high"}, {}, "not_a_number"),
        ({"score": np.nan}, {}, "no_rows"),
        ({"alliance": None}, {"unit": "alliance"}, "no_rows"),
        ({"alliance": 1}, {"unit": "alliance"}, "no_rows"),
        ({}, {"unit": "absent"}, "no_column"),
    ],
)
def test_what_cannot_be_tested_is_answered_with_its_reason(
    change: dict[str, Any], settings: dict[str, Any], reason: str | None
) -> None:
    data = alliances().assign(**change)
    if reason is None:
        assert answer_of(data, **settings).n == answer_of(data, **(settings | {"h": None})).n
    else:
        assert refused(data, **settings).reason == reason


@pytest.mark.parametrize("distinct", [4, 5])
def test_a_polynomial_needs_two_scores_more_than_its_order(distinct: int) -> None:
    some = np.arange(1, distinct + 1.0)
    data = pd.DataFrame({"score": np.repeat([*-some, *some, 9.0, -9.0], 10)})
    found = density_test(data, DensitySpec("score", h=8.0))
    if distinct == 5:
        assert isinstance(found, DensityTest)
    else:
        assert isinstance(found, NotEstimable)
        assert (found.reason, found.count) == ("few_scores", 4)


@pytest.mark.parametrize("apart", [1e-6, 1e-10, 1e-14])
def test_scores_that_hardly_differ_carry_no_polynomial(apart: float) -> None:
    close = 1 + apart * np.arange(30)
    assert refused(pd.DataFrame({"score": [*-close, *close]}), h=2.0).reason == "like_scores"


@given(
    st.lists(
        st.sampled_from([-2.0, -1.0, -0.5, -1e-9, 0.0, 0.25, 1.0, 3.0, np.nan, 1e300, -1.7e308]),
        max_size=20,
    )
    | st.lists(st.floats(-1, 1), max_size=20),
    st.sampled_from(["unrestricted", "restricted"]),
    st.sampled_from(["jackknife", "plugin"]),
    st.sampled_from([None, 0.7, 5.0]),
    st.sampled_from([1, 2]),
    st.booleans(),
    st.booleans(),
)
@settings(max_examples=samples(400, usual=120))
def test_a_handful_of_scores_never_breaks_it(
    scores: list[float], fit: Any, vce: Any, h: float | None, p: int, regular: bool, adjust: bool
) -> None:
    masspoints: Any = "adjust" if adjust else "off"
    spec = DensitySpec(
        "score", fit=fit, vce=vce, h=h, p=p, regularise=regular, masspoints=masspoints
    )
    found = density_test(pd.DataFrame({"score": scores}, dtype=float), spec)
    if isinstance(found, NotEstimable):
        assert found.reason in {*REASONS, "out_of_range"}
        assert found.detail
    else:
        to_data(found)  # raises where a number is not finite
        assert found.se_difference > 0


@pytest.mark.parametrize("units", range(21))
def test_small_cells_are_refused_or_warned_of(units: int) -> None:
    found = density_test(alliances(units), DensitySpec("score", unit="alliance"))
    if isinstance(found, DensityTest):
        assert found.warnings
    else:
        assert found.reason == ("no_rows" if not units else found.reason)
        assert found.reason in REASONS
    assert units > 11 or isinstance(found, NotEstimable)


@pytest.mark.parametrize(
    "wrong",
    [
        {"p": 0},
        {"p": 4},
        {"q": 1},
        {"h": -1.0},
        {"h": (1.0, 0.0)},
        {"h": (1.0, 1.0, 1.0)},
        {"h": math.inf},
        {"fit": "restricted", "h": (1.0, 2.0)},
        {"fit": "restricted", "bwselect": "each"},
        {"fit": "loose"},
        {"kernel": "gaussian"},
        {"vce": "cr3"},
        {"bwselect": "best"},
        {"masspoints": "check"},
        {"n_local_min": -1},
        {"level": 100},
        {"cutoff": math.nan},
    ],
)
def test_settings_that_contradict_each_other_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        DensitySpec("score", **wrong)
