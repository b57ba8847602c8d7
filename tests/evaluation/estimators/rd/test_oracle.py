"""On random data and random settings the estimate is that of an independent implementation."""

import contextlib
import io
import warnings
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from linearmodels.iv import IV2SLS
from scipy import stats

from evaluation.estimators.rd import NotEstimable, RDEstimate, RDSpec, estimate_rd
from tests.samples import samples

SELECTORS = [
    "mserd",
    "msetwo",
    "msesum",
    "msecomb1",
    "msecomb2",
    "cerrd",
    "certwo",
    "cersum",
    "cercomb1",
    "cercomb2",
]
SHORT = {"triangular": "tri", "uniform": "uni", "epanechnikov": "epa"}


def sample(seed: int, rows: int, decimals: int, shared: bool) -> pd.DataFrame:
    """Members of groups, with scores of their own or their group's, often repeated."""
    chance = np.random.default_rng(seed)
    group = np.repeat(np.arange(rows // 10), 10)
    score = chance.normal(size=rows // 10)[group] if shared else chance.normal(size=len(group))
    score = np.round(score, decimals)
    treated = (chance.uniform(size=len(group)) < np.where(score >= 0, 0.8, 0.2)).astype(float)
    covariates = chance.normal(size=(len(group), 2)) + 0.2 * score[:, None]
    noise = chance.normal(size=len(group)) + 0.3 * chance.normal(size=rows // 10)[group]
    outcome = 1 + 0.5 * score - 0.3 * score**2 + 0.7 * treated + covariates @ [0.3, 0.2] + noise
    return pd.DataFrame(
        {
            "y": outcome,
            "x": score,
            "t": treated,
            "z1": covariates[:, 0],
            "z2": covariates[:, 1],
            "group": group if shared else chance.permutation(group),
            "w": chance.uniform(0.5, 2, len(group)),
        }
    )


def oracle(data: pd.DataFrame, spec: RDSpec) -> list[float]:
    """The same estimate by rdrobust: coefficients, errors, bandwidths."""
    found = oracles(data, spec)
    coef, se, bws = (part.to_numpy() for part in (found.coef, found.se, found.bws))
    return [coef[0, 0], coef[1, 0], se[0, 0], se[2, 0], *bws[0], *bws[1]]


def oracles(data: pd.DataFrame, spec: RDSpec) -> Any:
    """All that rdrobust answers. It raises Exception and ValueError where it answers nothing."""
    from rdrobust import rdrobust

    options: dict[str, Any] = {
        "c": spec.cutoff,
        "p": spec.p,
        "q": spec.bias_order,
        "deriv": spec.deriv,
        "kernel": SHORT[spec.kernel],
        "vce": spec.variance,
        "nnmatch": spec.nn_matches,
        "scaleregul": spec.regularisation,
        "sharpbw": spec.bandwidth_on == "reduced_form",
        "stdvars": False,
        "masspoints": spec.masspoints,
    }
    if spec.h is None:
        options["bwselect"] = spec.bwselect
    else:
        options |= {"h": spec.h, "b": spec.b}
    named = {"fuzzy": spec.treatment, "cluster": spec.cluster, "weights": spec.weights}
    options |= {name: data[column].to_numpy() for name, column in named.items() if column}
    if spec.covariates:
        options["covs"] = data[list(spec.covariates)].to_numpy()
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return rdrobust(data["y"].to_numpy(), data["x"].to_numpy(), **options)


def numbers(found: RDEstimate) -> list[float]:
    return [
        found.coef_conventional,
        found.coef_bias_corrected,
        found.se_conventional,
        found.se_robust,
        *found.h,
        *found.b,
    ]


specs = st.builds(
    RDSpec,
    outcome=st.just("y"),
    score=st.just("x"),
    treatment=st.sampled_from([None, "t"]),
    covariates=st.sampled_from([(), (), ("z1", "z2")]),
    weights=st.sampled_from([None, None, "w"]),
    kernel=st.sampled_from(sorted(SHORT)),
    p=st.sampled_from([1, 1, 2]),
    h=st.sampled_from([None, None, None, 0.8, (0.7, 0.8)]),
    bwselect=st.sampled_from(SELECTORS),
    bandwidth_on=st.sampled_from(["reduced_form", "fuzzy"]),
    vce=st.sampled_from(["nn", "hc0", "hc1", "hc2", "hc3"]),
    nn_matches=st.sampled_from([1, 3, 5]),
    masspoints=st.sampled_from(["adjust", "check", "off"]),
    regularisation=st.sampled_from([0.0, 0.5, 1.0]),
)


@given(
    seed=st.integers(0, 10_000),
    rows=st.sampled_from([400, 900]),
    decimals=st.sampled_from([1, 2, 3, 12]),
    shared=st.booleans(),
    spec=specs,
    by_cluster=st.sampled_from([None, None, "cr1", "cr2", "cr3"]),
    kink=st.booleans(),
)
@settings(
    max_examples=samples(60, usual=30),
    derandomize=True,  # two libraries differ by rounding alone in one ill-posed sample of thousands
    suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow],
)
def test_every_setting_is_the_oracles(
    seed: int, rows: int, decimals: int, shared: bool, spec: RDSpec, by_cluster: Any, kink: bool
) -> None:
    data = sample(seed, rows, decimals, shared)
    if by_cluster:
        spec = replace(spec, vce=by_cluster, cluster="group")
    if spec.h is not None:
        spec = replace(spec, b=(1.0, 0.9))
    if kink and spec.p == 2:
        spec = replace(spec, deriv=1)
    if shared:  # weights would part the members of a group, whom it has one score for
        spec = replace(spec, weights=None)
    found = estimate_rd(data, spec)
    # Where hardly any distinct score is within a window the other library solves a singular
    # system by a generalised inverse; ours says that it cannot be done.
    assume(isinstance(found, RDEstimate))
    assert isinstance(found, RDEstimate)
    # With a bias window inside the main one, rows without weight have residuals all the same; what
    # (I - H)^-1/2 means for them is a convention, and the two differ in the fourth digit.
    assume(spec.vce != "cr2" or all(b >= h for h, b in zip(found.h, found.b, strict=True)))
    # Coefficients to a part of their error, since one of them may be nearly zero; a kink is the
    # difference of two slopes, so it keeps two digits less.
    tolerance = 1e-6 if spec.deriv else 1e-8
    ours, theirs = numbers(found), oracle(data, spec)
    assert ours[:2] == pytest.approx(theirs[:2], rel=tolerance, abs=tolerance * theirs[3])
    assert ours[2:] == pytest.approx(theirs[2:], rel=tolerance)


@pytest.mark.parametrize("wider", [1e-14, 1e-12, 1e-10, 1e-8])
def test_gaps_between_scores_that_nearly_agree_are_equal(wider: float) -> None:
    data = sample(6, 400, 12, shared=False)
    data["x"] = np.arange(-200, 200) * np.pi / 200 + wider * np.arange(400) ** 1.5
    spec = RDSpec("y", "x", vce="nn", masspoints="off")
    found = estimate_rd(data, spec)
    assert isinstance(found, RDEstimate)
    assert numbers(found) == pytest.approx(oracle(data, spec), rel=1e-8)


@pytest.mark.parametrize("vce", ["nn", "hc1", "hc3", "cr1", "cr2", "cr3"])
@pytest.mark.parametrize("treatment", [None, "t"])
def test_collapsed_cells_are_the_rows_themselves(vce: str, treatment: str | None) -> None:
    data = sample(3, 900, 1, shared=True)
    spec = RDSpec("y", "x", treatment=treatment, cluster="group", vce="cr3")
    spec = replace(spec, vce=vce, cluster=spec.cluster if vce[0] == "c" else None)
    apart = data.assign(w=np.random.default_rng(1).uniform(1, 1 + 1e-13, len(data)))
    together, rows = estimate_rd(data, spec), estimate_rd(apart, replace(spec, weights="w"))
    assert isinstance(together, RDEstimate)
    assert isinstance(rows, RDEstimate)
    assert numbers(together) == pytest.approx(numbers(rows), rel=1e-9)
    assert together.n == rows.n


def test_fuzzy_estimate_is_weighted_two_stage_least_squares() -> None:
    data = sample(5, 900, 12, shared=False)
    found = estimate_rd(data, RDSpec("y", "x", treatment="t", h=0.8, vce="nn"))
    assert isinstance(found, RDEstimate)
    near = data[data["x"].abs() < 0.8]
    above, one = (near["x"] >= 0).astype(float), pd.Series(1.0, near.index)
    exogenous = pd.DataFrame({"one": one, "x": near["x"], "bent": near["x"] * above})
    fit = IV2SLS(
        near["y"], exogenous, near["t"], above.rename("above"), weights=1 - near["x"].abs() / 0.8
    ).fit()
    assert found.coef_conventional == pytest.approx(fit.params["t"], rel=1e-9)


def test_what_cannot_be_fitted_says_so() -> None:
    data = sample(1, 400, 1, shared=True)
    found = estimate_rd(data, RDSpec("y", "x", h=0.15, vce="nn"))
    assert isinstance(found, NotEstimable)
    assert found.reason == "few_scores"
    assert "order" in found.detail


def test_students_t_widens_the_interval_by_the_clusters_within_the_bandwidth() -> None:
    data = sample(7, 900, 3, shared=True)
    spec = RDSpec("y", "x", cluster="group", vce="cr2", h=0.6, level=90)
    normal, student = (
        estimate_rd(data, replace(spec, distribution=law)) for law in ("normal", "student")
    )
    assert isinstance(normal, RDEstimate)
    assert isinstance(student, RDEstimate)
    near = data[data["x"].abs() < 0.6]["group"].nunique()
    half = (student.ci_robust[1] - student.ci_robust[0]) / 2
    assert half == pytest.approx(stats.t.ppf(0.95, near - 4) * normal.se_robust)
    assert student.pv_robust == pytest.approx(2 * stats.t.sf(abs(normal.z_robust), near - 4))


def test_students_t_needs_more_clusters_than_coefficients() -> None:
    data = sample(7, 900, 3, shared=False)
    data["group"] = 2 * (data["x"] >= 0) + data["group"] % 2  # two on each side, four in all
    spec = RDSpec("y", "x", cluster="group", vce="cr1", distribution="student")
    found = estimate_rd(data, spec)
    assert isinstance(found, NotEstimable)
    assert (found.reason, found.count) == ("few_clusters", 4)
