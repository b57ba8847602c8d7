"""The chaining estimate: hand tables, recovery of a known truth, and what must not move it."""

import json
import warnings
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.estimators.chaining.estimating import estimate_chaining
from evaluation.estimators.chaining.index import levels_of, prepare, with_indices
from evaluation.estimators.chaining.models import comparisons, differences
from evaluation.estimators.chaining.results import ChainingResult, Dimension
from evaluation.estimators.chaining.spec import (
    ALLY_ITEMS,
    BEHAVIOUR,
    MILESTONE_ITEMS,
    ChainingSpec,
    Thresholds,
)
from evaluation.estimators.results import Estimate, Interval, NotEstimable
from tests.evaluation.estimators.synthetic import (
    TRUE_LOG_ODDS,
    TRUE_PESOS,
    chaining_rows,
    chaining_spec,
)
from tests.samples import is_plausible, samples


def dimension(result: ChainingResult, name: str) -> Dimension:
    return next(found for found in result.dimensions if found.name == name)


def bytes_of(result: ChainingResult) -> str:
    return json.dumps(result.to_data(), allow_nan=False)


def row(**values: float) -> pd.DataFrame:
    """One producer with everything at 2 (shares at 0.5) except what is given."""
    items = dict.fromkeys([*MILESTONE_ITEMS, *ALLY_ITEMS], 2.0) | dict.fromkeys(BEHAVIOUR, 0.5)
    outcomes = {"income_improved": 1.0, "income_change_cop": 0.0, "wellbeing": 4.0}
    keys = {"producer": 1, "alliance": 1, "department": 5, "organisation_age_years": 3.0}
    return pd.DataFrame([keys | items | outcomes | values])


# -- Indices -----------------------------------------------------------------------------------


def test_producers_index_is_the_mean_of_the_milestones():
    answers = dict(zip(MILESTONE_ITEMS, [4, 2, 3, 3, 1, 1, 0, 2, 4, 4], strict=True))

    indexed, _funnel = with_indices(prepare(row(**answers), chaining_spec()), chaining_spec())

    assert indexed["producers_organisation"][0] == pytest.approx((3 + 3 + 1 + 1 + 4) / 5)


def test_ally_index_weighs_items_and_behaviour():
    spec = chaining_spec(behaviour_weight=0.25)
    values = dict(zip(BEHAVIOUR, [1.0, 0.5, 0.9, 1.0], strict=True))

    indexed, _funnel = with_indices(prepare(row(**values, ally_buys=4), spec), spec)

    assert indexed["organisation_ally"][0] == pytest.approx(0.75 * 2.5 + 0.25 * 4 * 0.85)


def test_unknown_behaviour_is_never_taken_as_good():
    spec = chaining_spec()
    unknown = dict.fromkeys(BEHAVIOUR[:3], np.nan)

    indexed, funnel = with_indices(prepare(row(**unknown, agreement_in_force=1), spec), spec)

    assert indexed.empty
    assert (funnel.surveyed, funnel.without_ally) == (1, 1)


def test_one_unanswered_milestone_is_allowed_and_two_are_not():
    spec = chaining_spec()
    one = dict.fromkeys(MILESTONE_ITEMS[:2], np.nan)
    two = dict.fromkeys(MILESTONE_ITEMS[:4], np.nan)

    kept, _funnel = with_indices(prepare(row(**one), spec), spec)
    dropped, funnel = with_indices(prepare(row(**two), spec), spec)

    assert kept["producers_organisation"][0] == 2
    assert dropped.empty
    assert funnel.without_milestones == 1


def test_a_threshold_belongs_to_the_higher_level():
    codes = levels_of(np.array([1.49, 1.5, 2.49, 2.5, 4.0]), Thresholds(1.5, 2.5))

    assert codes.tolist() == [0, 1, 1, 2, 2]


@pytest.mark.parametrize("low_high", [(2.5, 1.5), (0, 2), (1, 4.5), (2, 2)])
def test_impossible_thresholds_are_refused(low_high):
    with pytest.raises(ValueError, match="thresholds"):
        Thresholds(*low_high)


def test_a_specification_survives_json():
    spec = chaining_spec(covariates=("is_woman",), both=Thresholds(1.2, 3.1), alpha=0.1)

    again = ChainingSpec.from_data(json.loads(json.dumps(spec.to_data())))

    assert again == spec


def test_an_unknown_setting_is_refused():
    with pytest.raises(ValueError, match="bandwidth"):
        ChainingSpec.from_data({"reference_on": "2021-06-30", "bandwidth": 3})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"ally_buys": 5.0}, "ally_buys"),
        ({"paid_on_time": -0.1}, "paid_on_time"),
        ({"income_improved": 2.0}, "income_improved"),
    ],
)
def test_values_off_the_scale_break_the_contract(change, message):
    with pytest.raises(ValueError, match=message):
        prepare(row(**change), chaining_spec())


def test_an_absent_column_breaks_the_contract():
    with pytest.raises(ValueError, match="wellbeing"):
        prepare(row().drop(columns="wellbeing"), chaining_spec())


# -- Tables ------------------------------------------------------------------------------------


def hand_made() -> pd.DataFrame:
    """Ten alliances of two; the first member of 1-4 is high, all others are low."""
    rows = []
    for alliance in range(1, 11):
        for member in (0, 1):
            high = alliance <= 4 and member == 0
            levels = dict.fromkeys(MILESTONE_ITEMS, 4.0 if high else 0.0)
            outcomes = {"income_improved": float(alliance != 1), "wellbeing": 5.0 if high else 2.0}
            rows.append(
                row(**levels, **outcomes, income_change_cop=1000.0 * alliance).assign(
                    producer=10 * alliance + member, alliance=alliance
                )
            )
    return pd.concat(rows)


def test_level_table_equals_the_hand_count():
    result = estimate_chaining(hand_made(), chaining_spec(minimum_clusters=4))

    low, medium, high = dimension(result, "producers_organisation").levels
    assert [(level.n, level.alliances) for level in (low, medium, high)] == [
        (16, 10),
        (0, 0),
        (4, 4),
    ]
    assert isinstance(high.share, Estimate)
    assert high.share.value == pytest.approx(0.2)
    # Residual sums: 4 alliances with 0.8 - 0.2 = 0.6, 6 with -0.4; (4 x .36 + 6 x .16) = 2.4
    assert high.share.standard_error == pytest.approx((10 / 9 * 2.4) ** 0.5 / 20)
    assert isinstance(high.income_improved, Estimate)
    assert high.income_improved.value == pytest.approx(0.75)
    assert isinstance(high.income_change_cop, Estimate)
    assert high.income_change_cop.value == pytest.approx(2500)
    assert high.wellbeing_answers == {"5": 4}
    assert medium.income_improved == NotEstimable("empty_level")


def test_cross_table_adds_up():
    result = estimate_chaining(chaining_rows(), chaining_spec())

    ally = {level.level: level.n for level in dimension(result, "organisation_ally").levels}
    assert sum(cell.n for cell in result.cross) == result.funnel.analysed == 800
    for name, count in ally.items():
        assert sum(cell.n for cell in result.cross if cell.organisation_ally == name) == count


# -- Truth -------------------------------------------------------------------------------------


def test_adjusted_differences_cover_the_truth():
    covered, values = 0, []
    draws = samples(200, usual=60)
    for seed in range(draws):
        spec = chaining_spec(minimum_clusters=5)
        frame, _funnel = with_indices(prepare(chaining_rows(seed=seed, alliances=40), spec), spec)
        money = next(
            found
            for found in comparisons(frame, spec, "producers_organisation")
            if found.outcome == "income_change_cop" and not found.department_effects
        )
        high = next(item for item in differences(money, 0) if item.comparison == "high_vs_low")
        assert isinstance(high.estimate, Estimate)
        assert isinstance(high.estimate.interval, Interval)
        values.append(high.estimate.value)
        covered += high.estimate.interval.low <= 2 * TRUE_PESOS <= high.estimate.interval.high
    error = np.std(values) / len(values) ** 0.5
    assert abs(np.mean(values) - 2 * TRUE_PESOS) < 4 * error
    assert is_plausible(covered, draws, 0.95)


def test_wellbeing_difference_is_near_the_truth():
    spec = chaining_spec()
    rows = chaining_rows(alliances=3000, members=4, seed=3)
    frame, _funnel = with_indices(prepare(rows, spec), spec)
    wellbeing = next(
        found
        for found in comparisons(frame, spec, "producers_organisation")
        if found.outcome == "wellbeing" and not found.department_effects
    )

    found = next(row for row in differences(wellbeing, 0) if row.comparison == "high_vs_low")

    rng = np.random.default_rng(0)  # the same latent answer, many times
    noise = 0.4 * rng.normal(size=2_000_000) + rng.logistic(size=2_000_000)
    truth = (2 * TRUE_LOG_ODDS + noise > 1).mean() - (noise > 1).mean()
    assert isinstance(found.estimate, Estimate)
    assert found.estimate.value == pytest.approx(truth, abs=0.04)


# -- What must not move the result --------------------------------------------------------------


@settings(max_examples=5)
@given(seed=st.integers(0, 10_000))
def test_the_order_of_rows_changes_no_digit(seed):
    rows = chaining_rows(alliances=20, members=5)
    spec = chaining_spec(bootstrap_replicates=20)

    shuffled = estimate_chaining(rows.sample(frac=1, random_state=seed), spec, seed=9)

    assert bytes_of(shuffled) == bytes_of(estimate_chaining(rows, spec, seed=9))


def test_duplicated_producers_leave_levels_and_intervals():
    rows = chaining_rows(alliances=30, members=5)

    once = estimate_chaining(rows, chaining_spec())
    twice = estimate_chaining(pd.concat([rows, rows]), chaining_spec())

    for before, after in zip(once.dimensions[0].levels, twice.dimensions[0].levels, strict=True):
        assert isinstance(before.share, Estimate)
        assert isinstance(after.share, Estimate)
        assert after.n == 2 * before.n
        assert after.share.value == pytest.approx(before.share.value)
        assert after.share.standard_error == pytest.approx(before.share.standard_error)


def test_pesos_scale_with_their_unit():
    rows = chaining_rows(alliances=30, members=5)
    thousands = rows.assign(income_change_cop=rows["income_change_cop"] / 1000)

    pesos = estimate_chaining(rows, chaining_spec()).dimensions[0].differences
    scaled = estimate_chaining(thousands, chaining_spec()).dimensions[0].differences

    for before, after in zip(pesos, scaled, strict=True):
        if before.outcome != "income_change_cop":
            assert after == before
        elif isinstance(before.estimate, Estimate):
            assert isinstance(after.estimate, Estimate)
            assert after.estimate.value == pytest.approx(before.estimate.value / 1000)


def test_the_seed_moves_only_the_bootstrap():
    rows = chaining_rows(alliances=60, members=5)
    spec = chaining_spec(bootstrap_replicates=50)

    one, two = estimate_chaining(rows, spec, seed=1), estimate_chaining(rows, spec, seed=2)

    pairs = list(zip(one.dimensions[0].differences, two.dimensions[0].differences, strict=True))
    assert all(before.estimate == after.estimate for before, after in pairs)
    assert any(before.bootstrap != after.bootstrap for before, after in pairs)


# -- What cannot be computed ---------------------------------------------------------------------


@pytest.mark.parametrize("count", [0, 1, 3])
def test_almost_no_rows_give_reasons_and_no_exception(count):
    result = estimate_chaining(chaining_rows().head(count), chaining_spec(bootstrap_replicates=20))

    assert result.funnel.analysed == count
    assert "not_estimable" in bytes_of(result)
    assert all(
        isinstance(item.estimate, NotEstimable)
        for found in result.dimensions
        for item in found.differences
    )


def test_few_alliances_have_shares_but_no_differences():
    result = estimate_chaining(chaining_rows(alliances=9), chaining_spec())

    first = result.dimensions[0]
    assert isinstance(first.levels[1].share, Estimate)
    assert first.levels[1].share.interval == NotEstimable("few_clusters", 9)
    assert {item.estimate for item in first.differences} == {NotEstimable("few_clusters", 9)}


def test_an_empty_low_level_leaves_high_against_the_rest():
    rows = chaining_rows()
    for item in MILESTONE_ITEMS:
        rows[item] = rows[item].clip(lower=2)

    found = dimension(estimate_chaining(rows, chaining_spec()), "producers_organisation")

    chosen = [item for item in found.differences if item.outcome == "income_change_cop"]
    for item in chosen:
        if item.comparison == "high_vs_rest":
            assert isinstance(item.estimate, Estimate)
        else:
            assert item.estimate == NotEstimable("empty_level")


def test_an_outcome_that_nobody_varies_is_said_to_be_constant():
    rows = chaining_rows().assign(income_improved=1.0)

    found = estimate_chaining(rows, chaining_spec()).dimensions[0]

    chosen = {item.estimate for item in found.differences if item.outcome == "income_improved"}
    assert chosen == {NotEstimable("constant_outcome")}


def test_perfect_prediction_is_said_to_be_separation():
    rows = chaining_rows()
    spec = chaining_spec()
    index = rows[list(MILESTONE_ITEMS)].mean(axis=1)
    rows["income_improved"] = (index >= spec.producers_organisation.low).astype(float)

    found = estimate_chaining(rows, spec).dimensions[0]

    chosen = [item for item in found.differences if item.outcome == "income_improved"]
    assert chosen[0].estimate == NotEstimable("separation")


@pytest.mark.parametrize("seed", range(3))
def test_hostile_rows_give_reasons_and_say_nothing_beside_them(seed, capfd):
    rng = np.random.default_rng(seed)
    rows = chaining_rows(alliances=14, members=4, seed=seed)
    rows["income_improved"] = (rows["presentation_participation"] >= 2).astype(float)
    rows["wellbeing"] = np.where(rng.random(len(rows)) < 0.05, 5.0, 1.0)
    rows["income_change_cop"] = np.where(rng.random(len(rows)) < 0.1, 1e12, 0.0)
    spec = chaining_spec(bootstrap_replicates=20, covariates=("is_woman",), minimum_clusters=2)
    with warnings.catch_warnings():
        warnings.simplefilter("error")

        result = estimate_chaining(rows, spec, seed=seed)

    assert "separation" in bytes_of(result)
    assert capfd.readouterr() == ("", "")


def test_progress_moves_forward_and_can_stop_the_run():
    heard: list[tuple[str, float]] = []

    estimate_chaining(
        chaining_rows(alliances=12),
        chaining_spec(),
        progress=lambda phase, done: heard.append((phase, done)),
    )

    assert [phase for phase, _done in heard][:3] == ["index", "shares", "models"]
    parts = [done for phase, done in heard if phase == "models"]
    assert parts == sorted(parts)
    assert parts[-1] == 1

    def stop(phase: str, done: float) -> None:
        raise InterruptedError(phase)

    with pytest.raises(InterruptedError):
        estimate_chaining(chaining_rows(alliances=12), chaining_spec(), progress=stop)


def test_the_reference_day_is_part_of_the_specification():
    assert chaining_spec().to_data()["reference_on"] == date(2021, 6, 30).isoformat()


def _intervals(result: Any) -> Iterator[tuple[int, str]]:
    """(alliances, whether there is an interval) of every estimate within a result."""
    if isinstance(result, Estimate):
        yield result.clusters, type(result.interval).__name__
    elif isinstance(result, tuple):
        for item in result:
            yield from _intervals(item)
    elif is_dataclass(result):
        for item in fields(result):
            yield from _intervals(getattr(result, item.name))


@pytest.mark.parametrize("minimum", [2, 10, 25])
def test_one_threshold_decides_on_every_interval(minimum: int) -> None:
    spec = chaining_spec(minimum_clusters=minimum)
    result = estimate_chaining(chaining_rows(alliances=40, members=5), spec)

    told = list(_intervals(result))

    assert len({alliances for alliances, _kind in told}) > 3
    assert {kind for alliances, kind in told if alliances < minimum} <= {"NotEstimable"}
    for dimension in result.dimensions:
        sizes = {row.level: row.alliances for row in dimension.levels}
        for item in dimension.differences:
            level, _vs, base = item.comparison.partition("_vs_")
            few = min(sizes[level], sizes.get(base, minimum)) < minimum
            assert not few or isinstance(item.estimate, NotEstimable)


def test_a_study_of_an_earlier_version_is_read() -> None:
    spec = chaining_spec(minimum_clusters=12)
    assert ChainingSpec.from_data(spec.to_data() | {"minimum_clusters_per_level": 5}) == spec
