"""Data sets whose numbers are known, from a file through wave, study and run to what is stored."""

from collections.abc import Iterator
from typing import Any

import pytest

from alliances.models import Membership
from evaluation.models import Run, Wave
from evaluation.runs.selectors import parts_of
from tests.evaluation.estimators.rd.test_expected import CASES, half_a_unit, table
from tests.evaluation.runs.impact.columns import COVARIATES, OUTCOMES
from tests.evaluation.runs.impact.files import (
    found_by,
    run_of,
    senate_wave,
    synthetic_wave,
)
from tests.evaluation.runs.impact.scene import undrawn
from tests.factories.alliances import make_membership

pytestmark = pytest.mark.django_db
BY_NAME = {case["name"]: case for case in CASES}


def assert_as_expected(found: dict[str, Any], name: str) -> None:
    """Numbers to 1e-6 (p-values to 1e-4), counts exactly."""
    expected, by_normal = BY_NAME[name]["expected"], not name.endswith("cr2")
    numbers = ["coef_conventional", "se_conventional", "coef_bias_corrected", "se_robust"]
    for key in [*numbers, "z_robust", "h", "b", *(["ci_robust"] if by_normal else [])]:
        assert found[key] == pytest.approx(expected[key], rel=1e-6), key
    if by_normal:
        assert found["pv_robust"] == pytest.approx(expected["pv_robust"], rel=1e-4)
    else:  # cr2 is read from Student's t, which is wider
        assert found["pv_robust"] > expected["pv_robust"]
    assert found["n"] == expected["N"]
    assert found["n_effective"] == [expected["n_left"], expected["n_right"]]
    if "clusters" in expected:
        assert found["clusters"] == expected["clusters"]


@pytest.fixture(scope="module")
def evaluator(module_rows: None) -> Membership:
    return make_membership("evaluator")


@pytest.fixture(scope="module", autouse=True)
def no_charts() -> Iterator[None]:
    with undrawn():
        yield


@pytest.fixture(scope="module")
def synthetic(evaluator) -> Wave:
    return synthetic_wave(evaluator, table("alianzas_sintetico.csv"))


def study_of(variance: str) -> dict[str, Any]:
    """What the expected numbers were asked for."""
    return {
        "outcomes": OUTCOMES,
        "treatment": "answer",
        "treatment_variable": "participo",
        "covariates": COVARIATES,
        "cluster": "none" if variance == "nn" else "alliance",
        "vce": variance,
        "bandwidth_on": "fuzzy",
        "balance_draws": 0,
        "placebos": 4,
    }


@pytest.mark.parametrize("variance", ["nn", "cr1", "cr2", "cr3"])
def test_the_synthetic_survey_gives_its_expected_numbers(evaluator, synthetic, variance):
    run = run_of(evaluator, synthetic, **study_of(variance))

    for outcome in OUTCOMES:
        found = found_by(run)(outcome)["found"]
        assert_as_expected(found, f"alianzas_{outcome}_{variance}")
    if variance == "cr3":
        assert_covariates_and_reduced_form(run)


def assert_covariates_and_reduced_form(run: Run) -> None:
    for row in parts_of(run)["corrected"]:
        assert_as_expected(row["inside"], f"alianzas_{row['outcome']}_cr3_covs")
    reduced = found_by(run)("ventas_cop")["intention_to_treat"]
    assert_as_expected(reduced, "alianzas_reduced_form")


def test_the_senate_gives_its_published_numbers(evaluator):
    wave = senate_wave(evaluator, table("senate.csv"))

    run = run_of(
        evaluator,
        wave,
        outcomes=("vote",),
        treatment="none",
        score_variable="margin",
        cluster="none",
        vce="nn",
        masspoints="off",
    )

    found = found_by(run)("vote")["found"]
    assert_as_expected(found, "senate_default")
    published = BY_NAME["senate_default"]["published"]
    for name, ours in {
        "coef": found["coef_conventional"],
        "se": found["se_conventional"],
        "z_robust": found["z_robust"],
        "h": found["h"][0],
        "b": found["b"][0],
    }.items():
        assert ours == pytest.approx(published[name], abs=half_a_unit(published[name])), name
    density = parts_of(run)["density"]["analysed"]
    assert density["pv"] == pytest.approx(0.38142537, rel=1e-4)
