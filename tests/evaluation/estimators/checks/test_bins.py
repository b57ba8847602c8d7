"""Bins and curves are those of an independent implementation, and refusals have their reason."""

import contextlib
import io
import json
import warnings
from dataclasses import replace
from decimal import Decimal
from functools import partial
from typing import Any
from unittest import mock

import numpy as np
import pandas as pd
import pytest
from hypothesis import Phase, assume, given, settings
from hypothesis import strategies as st

from evaluation.estimators.checks.bins import rd_bins
from evaluation.estimators.discontinuity import Bin, RDBins
from evaluation.estimators.rd import NotEstimable, RDSample, RDSpec
from evaluation.estimators.results import to_data
from tests.evaluation.estimators.rd.test_oracle import SHORT, sample
from tests.samples import samples

#: The other implementation's names for spacing, rule and estimator.
NAMES = {
    (spacing, rule, estimator): spacing[0].replace("e", "es").replace("q", "qs") + end
    for spacing in ("even", "quantile")
    for (rule, estimator), end in {
        ("imse", "spacings"): "",
        ("imse", "polynomial"): "pr",
        ("mimicking", "spacings"): "mv",
        ("mimicking", "polynomial"): "mvpr",
    }.items()
}
COLUMNS = ["min_bin", "max_bin", "mean_x", "mean_y", "N", "se_y", "ci_l", "ci_r"]


def oracle(data: pd.DataFrame, spec: RDSpec, how: dict[str, Any]) -> Any:
    from rdrobust import rdplot

    chosen = (how["spacing"], how["rule"], how["estimator"])
    options: dict[str, Any] = {"binselect": NAMES[chosen], "nbins": how["number"]}
    options |= {"scale": how["scale"], "p": how["p"], "kernel": SHORT[how["kernel"]]}
    options |= {"h": how["h"], "ci": spec.level, "masspoints": spec.masspoints}
    if spec.weights:
        options["weights"] = data["w"].to_numpy()
    if spec.covariates:
        options["covs"] = data[list(spec.covariates)].to_numpy()
    # Rows that share a score stay as they came: the default sort leaves that to the processor.
    stable = mock.patch("numpy.argsort", partial(np.argsort, kind="stable"))
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings(), stable:
        warnings.simplefilter("ignore")
        y, x = data["y"].to_numpy(), data["x"].to_numpy()
        return rdplot(y, x, c=spec.cutoff, hide=True, **options)


def dots(found: RDBins) -> np.ndarray:
    """A bin of one row has no error here and an error of nought there."""

    def row(dot: Bin) -> list[float]:
        edge = dot.ci or (dot.mean_outcome, dot.mean_outcome)
        return [dot.low, dot.high, dot.mean_score, dot.mean_outcome, dot.n, dot.se or 0.0, *edge]

    return np.array([row(dot) for dot in found.bins])


def binned(data: pd.DataFrame, spec: RDSpec | None = None, **how: Any) -> RDBins:
    found = rd_bins(data, spec or RDSpec("y", "x"), **how)
    assert isinstance(found, RDBins), found
    return found


def curve_numbers(found: RDBins) -> np.ndarray:
    return np.concatenate([curve.outcome for curve in found.curves])


@given(
    seed=st.integers(0, 10_000),
    rows=st.sampled_from([60, 400, 900]),
    decimals=st.sampled_from([1, 2, 3, 12]),
    spec=st.builds(
        RDSpec,
        outcome=st.just("y"),
        score=st.just("x"),
        cutoff=st.sampled_from([0.0, 0.0, -0.5, 0.3]),
        covariates=st.sampled_from([(), (), ("z1",), ("z1", "z2")]),
        weights=st.sampled_from([None, None, "w"]),
        masspoints=st.sampled_from(["adjust", "adjust", "check", "off"]),
        level=st.sampled_from([80.0, 95.0]),
    ),
    how=st.fixed_dictionaries(
        {
            "spacing": st.sampled_from(["even", "quantile"]),
            "rule": st.sampled_from(["imse", "mimicking"]),
            "estimator": st.sampled_from(["spacings", "polynomial"]),
            "number": st.sampled_from([None, None, 7, (5, 12)]),
            "scale": st.sampled_from([1.0, 1.0, 0.6, 2.5]),
            "p": st.sampled_from([0, 1, 2, 4, 4]),
            "kernel": st.sampled_from(sorted(SHORT)),
            "h": st.sampled_from([None, None, 1.1, (1.2, 0.9)]),
        }
    ),
)
@settings(max_examples=samples(120, usual=40), derandomize=True, phases=[Phase.generate])
def test_every_option_is_the_oracles(
    seed: int, rows: int, decimals: int, spec: RDSpec, how: dict[str, Any]
) -> None:
    data = sample(seed, rows, decimals, shared=False)
    found = rd_bins(data, spec, points=500, **how)
    # With fewer scores than powers the other solves a singular system; ours says so.
    assume(isinstance(found, RDBins))
    assert isinstance(found, RDBins)
    # With covariates the other cannot draw a side of one bin.
    assume(not spec.covariates or min(found.number) > 1)
    theirs = oracle(data, spec, how)
    assert [found.number, found.imse, found.mimicking] == [
        tuple(int(each) for each in pair) for pair in (theirs.J, theirs.J_IMSE, theirs.J_MV)
    ]
    assert [found.n, found.n_curve] == [tuple(theirs.N), tuple(theirs.N_h)]
    table = theirs.vars_bins[[f"rdplot_{name}" for name in COLUMNS]].to_numpy(float)
    assert dots(found) == pytest.approx(table, rel=1e-8, abs=1e-10)
    line = theirs.vars_poly["rdplot_y"].to_numpy()
    size = np.abs(line).max()
    assert curve_numbers(found) == pytest.approx(line, rel=1e-8, abs=1e-8 * size)
    shift = 0.0
    if spec.covariates:  # their constant leaves the covariates at zero, ours at their means
        shift = (data[list(spec.covariates)].mean().to_numpy() @ theirs.coef_covs).item()
    for curve, side in zip(found.curves, ("Left", "Right"), strict=True):
        coefficients = theirs.coef[side].to_numpy(copy=True)
        coefficients[0] += shift
        size = np.abs(coefficients).max()
        assert curve.coefficients == pytest.approx(coefficients, rel=1e-8, abs=1e-8 * size)


def test_scale_multiplies_each_side() -> None:
    data = sample(4, 900, 12, shared=False)
    plain, more = binned(data), binned(data, scale=(1.5, 0.01))
    assert more.number == (int(1.5 * plain.number[0]), 1)
    assert more.mimicking == plain.mimicking


def test_a_million_rows_are_binned_in_a_moment() -> None:
    from time import process_time

    chance = np.random.default_rng(1)
    score = chance.normal(size=1_000_000)
    data = pd.DataFrame({"x": score, "y": score + chance.normal(size=len(score))})
    began = process_time()
    found = binned(data)
    assert process_time() - began < 2.0
    assert sum(dot.n for dot in found.bins) == len(data)


# -- Data of every kind ----------------------------------------------------------------------------
def frame(**columns: Any) -> pd.DataFrame:
    return sample(11, 600, 2, shared=False).assign(**columns)


@pytest.mark.parametrize(
    "kind",
    [
        lambda column: column.map(lambda value: Decimal(repr(value))),
        lambda column: column.astype("Float64"),
        lambda column: column.astype("category"),
    ],
)
def test_numbers_are_read_however_they_are_kept(kind: Any) -> None:
    data = frame()
    assert binned(data.assign(y=kind(data["y"]), x=kind(data["x"]))) == binned(data)


def test_columns_may_be_numbered_and_a_sample_may_be_shared() -> None:
    data = frame()
    assert binned(data[["y", "x"]].set_axis([0, 1], axis=1), RDSpec(0, 1)) == binned(data)
    assert rd_bins(RDSample.of(data), RDSpec("y", "x")) == binned(data)


def test_rows_without_a_value_are_left_out_and_counted() -> None:
    data = frame()
    holed = data.astype({"y": object})
    holed.loc[holed.index[:7], "y"] = None
    found = binned(holed)
    assert found.dropped == (("rows", "7 without a value or a weight: y 7"),)
    assert replace(found, dropped=()) == binned(data.iloc[7:])


def test_the_treatment_of_a_fuzzy_design_is_no_covariate() -> None:
    data = frame()
    fuzzy, sharp = RDSpec("y", "x", treatment="t", covariates=("z1",)), RDSpec("y", "x")
    assert binned(data, fuzzy) == binned(data, replace(sharp, covariates=("z1",)))


def test_repeated_scores_turn_to_polynomials_and_say_so() -> None:
    data = sample(3, 900, 1, shared=False)
    found = binned(data)
    assert found.estimator == "polynomial"
    assert any("scores repeat" in words for words in found.warnings)
    assert found.number == binned(data, estimator="polynomial").number
    assert binned(data, RDSpec("y", "x", masspoints="off")).estimator == "spacings"


@pytest.mark.parametrize(("share", "estimator"), [(0.15, "spacings"), (0.25, "polynomial")])
def test_a_fifth_of_repeated_scores_on_one_side_is_enough(share: float, estimator: str) -> None:
    data = sample(3, 400, 12, shared=False).sort_values("x", ignore_index=True)
    above = data.index[data["x"] >= 0]
    data.loc[above[: int(share * len(above))], "x"] = data.loc[above[-1], "x"]
    spec = RDSpec("y", "x")
    found = binned(data, spec, estimator="spacings")
    assert found.estimator == estimator
    how = {"spacing": "even", "rule": "mimicking", "estimator": "spacings", "number": None}
    theirs = oracle(data, spec, how | {"scale": 1.0, "p": 4, "kernel": "uniform", "h": None})
    assert found.number == tuple(theirs.J)


def test_a_bin_of_one_row_has_no_error() -> None:
    found = binned(frame(), number=200)
    alone = [dot for dot in found.bins if dot.n == 1]
    assert alone
    assert all(dot.se is None and dot.ci is None for dot in alone)
    assert all(dot.se is not None for dot in found.bins if dot.n > 1)


def test_an_outcome_that_does_not_vary_needs_one_bin() -> None:
    found = binned(frame(y=2.0))
    assert found.number == found.imse == found.mimicking == (1, 1)


def test_the_result_is_json() -> None:
    assert json.loads(json.dumps(to_data(binned(frame()))))["estimator"]


@pytest.mark.parametrize(
    ("change", "how", "reason"),
    [
        ({"x": lambda d: d["x"].abs()}, {}, "one_side"),
        ({"x": lambda d: -d["x"].abs() - 1}, {}, "one_side"),
        ({"x": lambda d: np.sign(d["x"])}, {}, "few_scores"),
        ({"x": lambda d: np.sign(d["x"])}, {"p": 0}, "few_scores"),
        ({}, {"h": 0.01}, "few_scores"),
        ({"y": "much"}, {}, "not_a_number"),
        ({"y": lambda d: d["y"] * 1e200}, {}, "out_of_range"),
        ({"y": np.nan}, {}, "no_rows"),
        ({"y": 1.0}, {"spec": RDSpec("y", "x", weights="w"), "w": -1.0}, "negative_weights"),
        ({}, {"spec": RDSpec("absent", "x")}, "no_column"),
    ],
)
def test_what_carries_no_figure_is_answered_with_its_reason(
    change: dict[str, Any], how: dict[str, Any], reason: str
) -> None:
    how = dict(how)
    data = frame(**change).assign(**({"w": how.pop("w")} if "w" in how else {}))
    found = rd_bins(data, how.pop("spec", RDSpec("y", "x")), **how)
    assert isinstance(found, NotEstimable), found
    assert found.reason == reason
    assert found.detail.endswith(".")


@given(
    st.integers(0, 20).flatmap(
        lambda rows: st.lists(
            st.tuples(
                *[st.sampled_from([-2.0, -1.0, -0.5, 0.0, 0.25, 1.0, 3.0, np.nan, 1e300])] * 2
            ),
            min_size=rows,
            max_size=rows,
        )
    ),
    st.sampled_from([0, 1, 4]),
    st.sampled_from(["even", "quantile"]),
    st.sampled_from(["spacings", "polynomial"]),
)
@settings(max_examples=samples(200, usual=60))
def test_a_handful_of_rows_never_breaks_it(
    rows: list[tuple[float, float]], p: int, spacing: Any, estimator: Any
) -> None:
    data = pd.DataFrame(rows, columns=["y", "x"], dtype=float)
    found = rd_bins(data, RDSpec("y", "x"), p=p, spacing=spacing, estimator=estimator)
    if isinstance(found, RDBins):
        to_data(found)  # raises for a number that is not finite
        assert sum(dot.n for dot in found.bins) == sum(found.n)
    else:
        assert found.detail


@pytest.mark.parametrize(
    "wrong",
    [
        {"spacing": "odd"},
        {"rule": "many"},
        {"estimator": "guess"},
        {"kernel": "gaussian"},
        {"p": -1},
        {"p": 9},
        {"number": 0},
        {"scale": -1.0},
        {"points": 1},
        {"h": 0.0},
    ],
)
def test_settings_without_meaning_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        rd_bins(frame(), RDSpec("y", "x"), **wrong)
