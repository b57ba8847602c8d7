"""Every published and computed case of regression discontinuity, to its own tolerance."""

import json
import os
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from evaluation.estimators.rd import RDEstimate, RDSpec, estimate_rd

DATA = Path(__file__).parent / "data"
CASES = [
    case
    for case in json.loads((DATA / "expected.json").read_text())["cases"]
    if case["kind"] == "rdrobust"
]
KERNELS = {"triangular": "triangular", "uniform": "uniform", "epanechnikov": "epanechnikov"}
VARIANCES = {"nncluster": "nn_cluster"}


def table(name: str) -> pd.DataFrame:
    """Our own data, or a data set that may be read but not kept: skipped where it is absent."""
    if name == "senate.csv":
        package = find_spec("rdrobust")
        assert package is not None
        assert package.submodule_search_locations is not None
        found = Path(package.submodule_search_locations[0]) / "data" / "rdrobust_RDsenate.csv"
    elif (DATA / name).exists():
        found = DATA / name
    else:
        found = Path(os.environ.get("RD_CASES", "")) / name
        if not found.is_file():
            pytest.skip(f"{name} is not part of the repository: name its folder in RD_CASES")
    return pd.read_csv(found)


def spec_of(case: dict[str, Any]) -> RDSpec:
    options = dict(case["options"])
    options["vce"] = VARIANCES.get(options.get("vce"), options.get("vce"))
    if case["cluster"] is None and options["vce"] is None:
        options["vce"] = "nn"
    return RDSpec(
        outcome=case["y"],
        score=case["x"],
        cutoff=case["c"],
        treatment=case["fuzzy"],
        covariates=tuple(case["covs"] or ()),
        cluster=case["cluster"],
        bandwidth_on="fuzzy",
        **options,
    )


def fitted(case: dict[str, Any]) -> RDEstimate:
    data = table(case["csv"])
    absent = {case["y"], case["x"], *(case["covs"] or ())} - set(data.columns)
    if absent:
        pytest.skip(f"the copy at hand has no column {', '.join(sorted(absent))}")
    found = estimate_rd(data.query(case["subset"]) if case["subset"] else data, spec_of(case))
    assert isinstance(found, RDEstimate), found
    return found


NUMBERS = {
    "coef_conventional": lambda e: e.coef_conventional,
    "se_conventional": lambda e: e.se_conventional,
    "pv_conventional": lambda e: e.pv_conventional,
    "coef_bias_corrected": lambda e: e.coef_bias_corrected,
    "se_robust": lambda e: e.se_robust,
    "z_robust": lambda e: e.z_robust,
    "pv_robust": lambda e: e.pv_robust,
    "ci_robust": lambda e: e.ci_robust,
    "h": lambda e: e.h,
    "b": lambda e: e.b,
}
COUNTS = {
    "n_left": lambda e: e.n_effective[0],
    "n_right": lambda e: e.n_effective[1],
    "N": lambda e: list(e.n),
    "clusters": lambda e: list(e.clusters),
}


@pytest.mark.parametrize("case", [c for c in CASES if c["expected"]], ids=lambda c: c["name"])
def test_computed_case(case: dict[str, Any]) -> None:
    found, expected = fitted(case), case["expected"]
    for name, number in NUMBERS.items():
        if expected.get(name) is not None:
            # pv is a tail: its relative error is that of z times z
            tolerance = 1e-4 if name.startswith("pv") else 1e-6
            assert number(found) == pytest.approx(expected[name], rel=tolerance), name
    for name, count in COUNTS.items():
        if expected.get(name) is not None:
            assert count(found) == expected[name], name


PRINTED = {
    "coef": NUMBERS["coef_conventional"],
    "se": NUMBERS["se_conventional"],
    **{name: NUMBERS[name] for name in ("z_robust", "pv_robust", "ci_robust", "h", "b")},
    **{name: COUNTS[name] for name in ("n_left", "n_right")},
}


@pytest.mark.parametrize("case", [c for c in CASES if c["published"]], ids=lambda c: c["name"])
def test_published_case(case: dict[str, Any]) -> None:
    found = fitted(case)
    for name, printed in case["published"].items():
        ours = PRINTED[name](found)
        pairs = zip(printed, ours, strict=True) if isinstance(printed, list) else [(printed, None)]
        for one, other in pairs:
            value = other if other is not None else (ours[0] if isinstance(ours, tuple) else ours)
            assert value == pytest.approx(one, abs=half_a_unit(one)), name


def half_a_unit(printed: float) -> float:
    """Of the last digit that was printed."""
    digits = repr(printed).partition(".")[2]
    return 0.5000001 * 10 ** -len(digits) if digits else 0.5
