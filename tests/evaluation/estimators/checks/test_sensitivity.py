"""Every change is the estimate of changed data, and none that cannot be made is lost."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from evaluation.estimators.checks.sensitivity import (
    Placebo,
    bandwidth_path,
    donut,
    leave_one_out,
    placebo_cutoffs,
)
from evaluation.estimators.discontinuity import SensitivityPoint
from evaluation.estimators.rd import NotEstimable, RDEstimate, RDSample, RDSpec, estimate_rd
from tests.evaluation.estimators.rd.test_oracle import numbers, sample

SPEC = RDSpec("y", "x", treatment="t", cluster="group")


@pytest.fixture(scope="module")
def data() -> pd.DataFrame:
    return sample(31, 1200, 3, shared=True).assign(department=lambda d: d["group"] % 4)


def same(point: SensitivityPoint, apart: RDEstimate | NotEstimable) -> bool:
    assert isinstance(point.found, RDEstimate)
    assert isinstance(apart, RDEstimate)
    return numbers(point.found) == pytest.approx(numbers(apart), rel=1e-9)


def test_each_department_is_left_out_in_turn(data: pd.DataFrame) -> None:
    points = leave_one_out(data, SPEC, by="department")
    assert not isinstance(points, NotEstimable)
    assert [point.at for point in points] == [0, 1, 2, 3]
    for point in points:
        assert same(point, estimate_rd(data[data["department"] != point.at], SPEC))


def test_each_alliance_is_left_out_in_turn(data: pd.DataFrame) -> None:
    points = leave_one_out(data, SPEC, by="group")
    assert not isinstance(points, NotEstimable)
    assert len(points) == data["group"].nunique()
    assert same(points[0], estimate_rd(data[data["group"] != points[0].at], SPEC))


def test_rows_of_no_department_are_never_left_out(data: pd.DataFrame) -> None:
    some = data.assign(department=data["department"].where(data["department"] > 0))
    points = leave_one_out(some, SPEC, by="department")
    assert not isinstance(points, NotEstimable)
    assert [point.at for point in points] == [1, 2, 3]
    assert same(points[0], estimate_rd(data[data["department"] != 1], SPEC))


def test_a_department_without_which_nothing_is_left_keeps_its_reason(data: pd.DataFrame) -> None:
    one = data.assign(department=np.where(data["x"] < 0, "below", "above"))
    points = leave_one_out(one, SPEC, by="department")
    assert not isinstance(points, NotEstimable)
    assert [(point.at, point.found.reason) for point in points] == [  # type: ignore[union-attr]
        ("above", "one_side"),
        ("below", "one_side"),
    ]


def test_both_bandwidths_move_together(data: pd.DataFrame) -> None:
    main = estimate_rd(data, SPEC)
    points = bandwidth_path(RDSample(data), SPEC, (0.75, 1.0, 2.0))
    assert isinstance(main, RDEstimate)
    assert not isinstance(points, NotEstimable)
    assert same(points[1], main)
    for point in points:
        assert isinstance(point.found, RDEstimate)
        assert point.found.h == pytest.approx([point.at * side for side in main.h])
        assert point.found.b == pytest.approx([point.at * side for side in main.b])


def test_a_fixed_ratio_of_bandwidths_stays(data: pd.DataFrame) -> None:
    points = bandwidth_path(data, replace(SPEC, rho=0.8), (1.0, 1.5))
    assert not isinstance(points, NotEstimable)
    for point in points:
        assert isinstance(point.found, RDEstimate)
        assert point.found.h[0] / point.found.b[0] == pytest.approx(0.8)


def test_a_donut_is_the_data_without_its_hole(data: pd.DataFrame) -> None:
    points = donut(data, SPEC, [0.0, 0.05, 0.1])
    assert not isinstance(points, NotEstimable)
    for point in points:
        assert same(point, estimate_rd(data[data["x"].abs() >= point.at], SPEC))


def test_a_donut_is_a_part_of_the_bandwidth_unless_said(data: pd.DataFrame) -> None:
    main, points = estimate_rd(data, SPEC), donut(data, SPEC)
    assert isinstance(main, RDEstimate)
    assert not isinstance(points, NotEstimable)
    assert [point.at for point in points] == pytest.approx(
        [share * max(main.h) for share in (0.05, 0.1, 0.15, 0.2, 0.25)]
    )


def test_placebo_cutoffs_see_one_side_and_no_treatment(data: pd.DataFrame) -> None:
    found = placebo_cutoffs(data, SPEC, number=6)
    assert isinstance(found, Placebo)
    reduced = replace(SPEC, treatment=None)
    for point in found.points:
        side = data[(data["x"] < 0) == (point.at < 0)]
        apart = estimate_rd(side, replace(reduced, cutoff=point.at))
        if isinstance(apart, RDEstimate):
            assert same(point, apart)
        else:
            assert point.found == apart
    assert sum(point.at < 0 for point in found.points) == 3
    assert found.actual == estimate_rd(data, reduced)


def test_a_jump_that_is_there_ranks_first_among_placebos() -> None:
    data = sample(32, 4000, 12, shared=False)
    data["y"] += 3 * (data["x"] >= 0)
    found = placebo_cutoffs(data, RDSpec("y", "x"), number=10)
    assert isinstance(found, Placebo)
    assert (found.rank, found.p_value) == (1, pytest.approx(1 / 11))
    still = placebo_cutoffs(data.assign(x=data["x"] + 1), RDSpec("y", "x"), [0.5, 1.0])
    assert isinstance(still, Placebo)
    assert still.rank > 1  # the jump is now at one of the placebos


@pytest.mark.parametrize(
    "check",
    [
        lambda data, spec: leave_one_out(data, spec, "department"),
        bandwidth_path,
        donut,
        lambda data, spec: donut(data, spec, [0.1]),
        placebo_cutoffs,
    ],
)
def test_without_an_estimate_there_is_a_reason(check, data: pd.DataFrame) -> None:  # type: ignore[no-untyped-def]
    found = check(data, replace(SPEC, outcome="absent"))
    assert isinstance(found, NotEstimable)
    assert found.reason == "no_column"


def test_a_group_that_is_no_column_is_answered(data: pd.DataFrame) -> None:
    found = leave_one_out(data, SPEC, by="absent")
    assert isinstance(found, NotEstimable)
    assert found.reason == "no_column"
