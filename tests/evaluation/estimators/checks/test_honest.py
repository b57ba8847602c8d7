"""Where few scores are left the interval still holds the jump, as often as it says."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from evaluation.estimators.checks import HonestInterval, honest_interval
from evaluation.estimators.checks.honest import critical_value
from evaluation.estimators.rd import NotEstimable, RDSpec, estimate_rd
from evaluation.estimators.results import to_data
from tests.samples import is_plausible, samples

JUMP, CURVATURE = 1.0, 0.4


def few_scores(seed: int, *, scores: int = 4, rows: int = 400, cluster: bool = False) -> Any:
    """A mean that bends as much as it may, in opposite directions on both sides."""
    chance = np.random.default_rng(seed)
    group = np.repeat(np.arange(rows // 5), 5) if cluster else np.arange(rows)
    x = chance.integers(-scores, scores, group.max() + 1)[group].astype(float)
    mean = JUMP * (x >= 0) + np.sign(x) * CURVATURE / 2 * x**2 + 0.3 * x
    shared = 0.4 * chance.normal(size=group.max() + 1)[group] if cluster else 0.0
    return pd.DataFrame({"x": x, "y": mean + chance.normal(size=rows) + shared, "g": group})


def answered(data: pd.DataFrame, spec: RDSpec, **settings: Any) -> HonestInterval:
    found = honest_interval(data, spec, **settings)
    assert isinstance(found, HonestInterval), found
    return found


@pytest.mark.parametrize(
    "spec",
    [
        RDSpec("y", "x", vce="nn"),
        RDSpec("y", "x", cluster="g", vce="cr3"),
        RDSpec("y", "x", vce="hc3", kernel="uniform"),
    ],
)
def test_it_holds_the_jump_as_often_as_it_says(spec: RDSpec) -> None:
    draws = samples(600, usual=150)
    held = 0
    for seed in range(draws):
        data = few_scores(seed, cluster=spec.cluster is not None)
        low, high = answered(data, spec, curvature=CURVATURE).ci
        held += low <= JUMP <= high
    assert held / draws > 0.95 or is_plausible(held, draws, 0.95)


def test_it_answers_where_the_estimate_does_not() -> None:
    data = few_scores(3, scores=3)
    refused = estimate_rd(data, RDSpec("y", "x"))
    assert isinstance(refused, NotEstimable)
    assert refused.reason == "few_scores"
    found = answered(data, RDSpec("y", "x"), curvature=CURVATURE)
    assert found.distinct_scores == (3, 3)
    assert found.given
    assert found.bias > 0
    to_data(found)


def test_the_largest_bias_is_that_of_a_parabola() -> None:
    data = few_scores(5)
    for kernel, h in (("triangular", 3.5), ("uniform", 3.0), ("epanechnikov", (3.2, 4.0))):
        spec = RDSpec("y", "x", kernel=kernel, h=h, vce="nn")  # type: ignore[arg-type]
        bent = data.assign(y=np.sign(data["x"]) * CURVATURE / 2 * data["x"] ** 2)
        noisy = answered(data, spec, curvature=CURVATURE)
        moved = answered(data.assign(y=data["y"] + bent["y"]), spec, curvature=CURVATURE)
        assert abs(moved.coef - noisy.coef) == pytest.approx(noisy.bias)


def test_without_bias_it_is_the_usual_interval() -> None:
    found = answered(few_scores(2), RDSpec("y", "x", h=3.5, level=90), curvature=0)
    margin = norm.ppf(0.95) * found.se
    assert found.ci == pytest.approx((found.coef - margin, found.coef + margin))


def test_a_rule_of_thumb_finds_the_curvature_of_a_parabola() -> None:
    data = few_scores(1, scores=9, rows=4000)
    data["y"] -= np.random.default_rng(1).normal(size=0).sum()
    data["y"] = JUMP * (data["x"] >= 0) + CURVATURE / 2 * data["x"] ** 2
    data["y"] += 1e-3 * np.random.default_rng(4).normal(size=len(data))
    found = answered(data, RDSpec("y", "x"))
    assert found.curvature == pytest.approx(CURVATURE, rel=0.05)
    assert not found.given


@pytest.mark.parametrize("t", [0.0, 0.3, 1.0, 4.0, 50.0])
def test_critical_values(t: float) -> None:
    value = critical_value(t, 95)
    assert norm.cdf(value - t) - norm.cdf(-value - t) == pytest.approx(0.95, abs=1e-8)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"x": lambda d: d["x"].clip(-2, 1)}, "few_scores"),
        ({"x": lambda d: d["x"].abs()}, "one_side"),
        ({"y": "much"}, "not_a_number"),
        ({"y": lambda d: d["y"] * 1e200}, "out_of_range"),
        ({"y": 1.0}, "no_noise"),
        ({"g": 1}, "few_clusters"),
    ],
)
def test_what_carries_no_interval_is_answered_with_its_reason(
    change: dict[str, Any], reason: str
) -> None:
    spec = RDSpec("y", "x", cluster="g", vce="cr1")
    found = honest_interval(few_scores(6).assign(**change), spec, curvature=1.0)
    assert isinstance(found, NotEstimable)
    assert found.reason == reason
    assert found.detail.endswith(".")


def test_settings_without_meaning_are_refused() -> None:
    with pytest.raises(ValueError, match="curvature"):
        honest_interval(few_scores(1), RDSpec("y", "x"), curvature=-1)
    with pytest.raises(ValueError, match="jump"):
        honest_interval(few_scores(1), replace(RDSpec("y", "x"), deriv=1))
