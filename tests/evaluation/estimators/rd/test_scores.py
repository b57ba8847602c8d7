"""Scores count as they were written, whatever storage and centring made of them."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.estimators.checks import DensitySpec, density_by, density_test, donut, heaping
from evaluation.estimators.checks.heaping import Heaping
from evaluation.estimators.rd import NotEstimable, RDEstimate, RDSpec, estimate_rd
from evaluation.estimators.rd.scores import find_decimals, read_scores
from tests.evaluation.estimators.rd.test_oracle import numbers, oracle

CUTOFFS = [70.0, 70.1, 60.4, 55.3, 7.7, 0.3, 33.33, 250.05]
EFFECT = 0.888


def survey(cutoff: float) -> pd.DataFrame:
    """Scores of two decimals, a twentieth of them at the cut-off, where the outcome jumps."""
    chance = np.random.default_rng(17)
    written = np.round(cutoff + chance.normal(0, 6, 1500), 2)
    written[::20] = cutoff
    outcome = 0.05 * (written - cutoff) + EFFECT * (written >= cutoff) + chance.normal(0, 0.1, 1500)
    return pd.DataFrame({"x": written, "y": outcome, "d": np.arange(1500) % 3})


def single(values: Any) -> Any:
    return np.asarray(values, np.float32).astype(float)


#: What a file may hold of a score, and the cut-off that it is read at.
STORED: dict[str, Callable[[pd.Series, float], tuple[Any, float]]] = {
    "double": lambda x, c: (x, c),
    "single": lambda x, c: (single(x), c),
    "centred": lambda x, c: (x - c, 0.0),
    "single, centred in double": lambda x, c: (single(x) - c, 0.0),
    "single, centred in single": lambda x, c: (single(single(x) - c), 0.0),
    "single, centred by a single": lambda x, c: (single(single(x) - single(c)), 0.0),
}


@pytest.mark.parametrize("kind", STORED)
@pytest.mark.parametrize("cutoff", CUTOFFS)
def test_however_scores_were_stored_the_answers_are_those_of_what_was_written(
    kind: str, cutoff: float
) -> None:
    data = survey(cutoff)
    stored, at = STORED[kind](data["x"], cutoff)
    kept = data.assign(x=stored)
    exact = data.assign(x=np.round(data["x"] - cutoff, 2))

    found = estimate_rd(kept, RDSpec("y", "x", cutoff=at))
    expected = estimate_rd(exact, RDSpec("y", "x"))

    assert isinstance(found, RDEstimate)
    assert isinstance(expected, RDEstimate)
    assert found.decimals == 2
    assert (found.n, found.n_effective) == (expected.n, expected.n_effective)
    assert numbers(found) == pytest.approx(numbers(expected), rel=1e-9)
    assert found.coef_conventional == pytest.approx(EFFECT, abs=0.05)
    assert not [words for words in found.warnings if "noise" in words]
    _assert_checks_agree(kept, at, exact)


def _assert_checks_agree(kept: pd.DataFrame, at: float, exact: pd.DataFrame) -> None:
    density = density_test(kept, DensitySpec("x", cutoff=at))
    expected = density_test(exact, DensitySpec("x"))
    assert not isinstance(density, NotEstimable)
    assert not isinstance(expected, NotEstimable)
    assert (density.n, density.distinct_scores, density.decimals) == (
        expected.n,
        expected.distinct_scores,
        2,
    )
    assert density.t == pytest.approx(expected.t, rel=1e-9)
    rings = donut(kept, RDSpec("y", "x", cutoff=at), [0.01])
    assert not isinstance(rings, NotEstimable)
    assert isinstance(rings[0].found, RDEstimate)
    assert sum(rings[0].found.n) == int((exact["x"] != 0).sum())


@pytest.mark.parametrize("kind", STORED)
@pytest.mark.parametrize("cutoff", CUTOFFS)
def test_storage_is_no_tampering(kind: str, cutoff: float) -> None:
    chance = np.random.default_rng(23)
    written = pd.Series(np.round(cutoff + chance.uniform(-8, 8, 800), 2))
    stored, at = STORED[kind](written, cutoff)
    found = heaping(pd.DataFrame({"x": stored}), "x", at)
    assert isinstance(found, Heaping)
    assert (found.decimals, found.step) == (2, 0.01)
    assert found.at_cutoff is not None
    assert found.at_cutoff.p_adjusted > 0.05
    assert not found.heaps


def test_scores_taken_as_stored_match_a_program_that_rounds_nothing() -> None:
    data = survey(70.1)
    data["x"] = single(single(data["x"]) - 70.1)
    spec = RDSpec("y", "x", vce="nn", decimals="as_stored")
    found = estimate_rd(data, spec)
    assert isinstance(found, RDEstimate)
    assert found.decimals is None
    assert numbers(found) == pytest.approx(oracle(data, spec), rel=1e-8)
    as_written = estimate_rd(data, replace(spec, decimals="found"))
    assert isinstance(as_written, RDEstimate)
    assert abs(found.coef_conventional - as_written.coef_conventional) > 0.1
    assert any("noise of storage" in words for words in found.warnings)


def test_decimals_may_be_given() -> None:
    data = survey(70.1)
    data["x"] += np.random.default_rng(2).uniform(-1e-4, 1e-4, len(data))
    unread, read = (
        estimate_rd(data, RDSpec("y", "x", cutoff=70.1, decimals=decimals))  # type: ignore[arg-type]
        for decimals in ("found", 2)
    )
    exact = estimate_rd(survey(70.1), RDSpec("y", "x", cutoff=70.1))
    assert isinstance(unread, RDEstimate)
    assert isinstance(read, RDEstimate)
    assert isinstance(exact, RDEstimate)
    assert (unread.decimals, read.decimals) == (None, 2)
    assert numbers(read) == numbers(exact)


@pytest.mark.parametrize("decimals", [-1, 10, 1.5, "all", None, True])
def test_decimals_without_meaning_are_refused(decimals: Any) -> None:
    for ask in (
        lambda: RDSpec("y", "x", decimals=decimals),
        lambda: DensitySpec("x", decimals=decimals),
        lambda: heaping(survey(70.0), "x", 70.0, decimals=decimals),
    ):
        with pytest.raises(ValueError, match="decimals"):
            ask()


def test_rows_that_noise_moved_off_the_cut_off_are_warned_of() -> None:
    data = survey(60.0)
    data.loc[data["x"] == 60.0, "x"] -= 1e-6 * 0.7
    data["x"] += 1e-9 * np.random.default_rng(4).random(len(data))
    found = estimate_rd(data, RDSpec("y", "x", cutoff=60.0))
    assert isinstance(found, RDEstimate)
    assert found.decimals is None
    (told,) = [words for words in found.warnings if "noise of storage" in words]
    assert told.startswith("75 rows below the cut-off and 0 above")


@pytest.mark.parametrize("rows", [500, 200_000])
def test_scores_that_were_never_written_in_decimals_are_neither_moved_nor_warned_of(
    rows: int,
) -> None:
    chance = np.random.default_rng(6)
    for kind in (np.asarray, single):
        data = pd.DataFrame({"x": kind(chance.normal(size=rows)), "y": chance.normal(size=rows)})
        assert read_scores(data["x"].to_numpy()).decimals is None
        found = estimate_rd(data, RDSpec("y", "x", h=0.5))
        assert isinstance(found, RDEstimate)
        assert not found.warnings


def test_a_department_is_read_as_all_scores_are() -> None:
    data = survey(70.0)
    data["x"] = data["x"].where(data["d"] > 0, data["x"].round())
    found = density_by(data, DensitySpec("x", cutoff=70.0), "d")
    assert not isinstance(found, NotEstimable)
    read = [group.found for group in found.groups if not isinstance(group.found, NotEstimable)]
    assert {test.decimals for test in read} == {2}


@given(
    st.lists(st.integers(-9999, 9999), min_size=30, max_size=60, unique=True),
    st.integers(0, 2),
    st.integers(0, 9999),
)
def test_centring_in_single_precision_hides_no_decimals(
    units: list[int], decimals: int, cut: int
) -> None:
    step = 10.0**decimals
    written = np.array(units) / step
    stored = single(written) - cut / step
    exact = np.round((np.array(units) - cut) / step, decimals)
    assert read_scores(stored).values.tolist() == exact.tolist()
    assert find_decimals(stored) == find_decimals(exact)
