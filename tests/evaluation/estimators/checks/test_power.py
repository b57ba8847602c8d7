"""The minimum detectable effect is found as often as it says, in formula and in simulation."""

import math
from statistics import NormalDist
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.estimators.checks.power import (
    Detectable,
    detectable,
    minimum_detectable_effect,
    power_at,
)
from evaluation.estimators.rd import RDEstimate, RDSpec, estimate_rd
from tests.evaluation.estimators.rd.test_oracle import sample

errors = st.floats(1e-6, 1e9)
levels = st.sampled_from([50.0, 80.0, 90.0, 95.0, 99.0])


@given(se=errors, power=st.floats(0.51, 0.999999), level=levels)
def test_power_at_the_minimum_detectable_effect_is_what_was_asked(
    se: float, power: float, level: float
) -> None:
    effect = minimum_detectable_effect(se, power=power, level=level)
    assert power_at(effect, se, level=level) == pytest.approx(power, abs=1e-10)


def test_the_textbook_figure() -> None:
    assert minimum_detectable_effect(1.0) == pytest.approx(2.8016, abs=1e-4)


@given(se=errors, times=st.floats(-5, 5), level=levels)
def test_power_is_that_of_both_tails(se: float, times: float, level: float) -> None:
    normal, z = NormalDist(times, 1), NormalDist().inv_cdf(0.5 + level / 200)
    expected = 1 - (normal.cdf(z) - normal.cdf(-z))
    assert power_at(times * se, se, level=level) == pytest.approx(expected, abs=1e-9)


@given(se=errors, times=st.floats(0.01, 4), more=st.floats(0.05, 2))
def test_power_grows_with_the_effect_whatever_its_sign(
    se: float, times: float, more: float
) -> None:
    assert power_at((times + more) * se, se) > power_at(times * se, se)
    assert power_at(-times * se, se) == pytest.approx(power_at(times * se, se))


def test_no_effect_is_found_as_often_as_the_test_errs() -> None:
    assert power_at(0.0, 3.0, level=90) == pytest.approx(0.1)


@pytest.mark.parametrize("times", [0.7, 1.6, 2.8])
def test_power_is_how_often_a_simulated_estimate_is_significant(times: float) -> None:
    estimates = np.random.default_rng(8).normal(times, 1, 200_000)
    found = np.mean(np.abs(estimates) > 1.959964)
    assert found == pytest.approx(power_at(2 * times, 2.0), abs=0.004)


def test_two_tails_matter_where_power_is_low() -> None:
    one_tail = NormalDist().inv_cdf(0.975) + NormalDist().inv_cdf(0.06)
    assert minimum_detectable_effect(1.0, power=0.06) < one_tail


@pytest.mark.parametrize(
    "wrong",
    [
        *[{"se": 0.0}, {"se": -1.0}, {"se": math.nan}, {"se": math.inf}],
        *[{"power": 0.05}, {"power": 1.0}, {"level": 0.0}, {"level": 100.0}],
    ],
)
def test_what_has_no_answer_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        minimum_detectable_effect(**({"se": 1.0} | wrong))


# -- Of an estimate --------------------------------------------------------------------------------
def estimated(**settings: Any) -> RDEstimate:
    found = estimate_rd(sample(6, 900, 12, shared=True), RDSpec("y", "x", **settings))
    assert isinstance(found, RDEstimate)
    return found


def test_units_are_alliances_where_there_are_any() -> None:
    clustered, plain = estimated(cluster="group"), estimated(vce="hc1")
    assert detectable(clustered).units == sum(clustered.clusters)
    assert detectable(plain).units == sum(plain.n_effective)
    assert detectable(plain) == Detectable(
        minimum_detectable_effect(plain.se_robust),
        plain.se_robust,
        0.8,
        95.0,
        sum(plain.n_effective),
    )


@given(share=st.floats(0.1, 3))
def test_the_units_needed_bring_the_power_asked_for(share: float) -> None:
    estimate = estimated(cluster="group")
    effect = detectable(estimate).effect
    found = detectable(estimate, wanted=-share * effect)
    assert found.units_needed is not None
    assert found.power_at_wanted == pytest.approx(power_at(share * effect, estimate.se_robust))

    def power_with(units: int) -> float:
        return power_at(share * effect, estimate.se_robust * math.sqrt(found.units / units))

    assert power_with(found.units_needed) >= 0.8 - 1e-9
    if found.units_needed > 1:
        assert power_with(found.units_needed - 1) < 0.8 + 1e-9


def test_part_of_the_effect_needs_the_square_of_the_units_and_not_one_more() -> None:
    estimate = estimated(cluster="group")
    effect = detectable(estimate).effect
    for part in range(1, 50):
        found = detectable(estimate, wanted=effect / part)
        assert found.units_needed == part**2 * found.units


@pytest.mark.parametrize("wanted", [0.0, math.nan, math.inf])
def test_a_wanted_effect_is_a_number_other_than_zero(wanted: float) -> None:
    with pytest.raises(ValueError, match="wanted"):
        detectable(estimated(), wanted=wanted)
