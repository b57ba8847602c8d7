"""One pass over the rows answers many questions, each as a pass of its own would."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.estimators.rd import NotEstimable, RDEstimate, RDSample, RDSpec, estimate_rd
from tests.evaluation.estimators.rd.test_oracle import numbers, sample

SPEC = RDSpec("y", "x", treatment="t", covariates=("z1",), cluster="group", vce="cr3")


def shuffled(shared: bool) -> pd.DataFrame:
    """Rows in no order, with an outcome of fewer rows and a department of several groups."""
    data = sample(21, 900, 2, shared).sample(frac=1, random_state=3, ignore_index=True)
    data["other"] = data["y"].where(data.index % 7 != 0) + data["z2"]
    return data.assign(department=data["group"] % 5)


@pytest.mark.parametrize("shared", [True, False])
@pytest.mark.parametrize("vce", ["nn", "hc2", "cr1", "cr3"])
def test_a_sample_answers_as_the_data_do(shared: bool, vce: str) -> None:
    data = shuffled(shared)
    known = RDSample(data, groups=("department",))
    spec = replace(SPEC, vce=vce, cluster="group" if vce.startswith("cr") else None)
    for outcome in ("y", "other"):
        for cutoff in (0.0, 0.1):
            for h in (None, 0.7):
                asked = replace(spec, outcome=outcome, cutoff=cutoff, h=h)
                ours, apart = known.estimate(asked), estimate_rd(data, asked)
                assert isinstance(ours, RDEstimate)
                assert isinstance(apart, RDEstimate)
                assert numbers(ours) == pytest.approx(numbers(apart), rel=1e-9)
                assert (ours.n, ours.clusters, ours.dropped) == (
                    apart.n,
                    apart.clusters,
                    apart.dropped,
                )


@given(shared=st.booleans(), gone=st.integers(0, 4))
@settings(max_examples=10)
def test_a_group_left_out_is_as_if_its_rows_were_not_there(shared: bool, gone: int) -> None:
    data = shuffled(shared)
    known = RDSample(data, groups=("department",))
    codes = known.prepared(SPEC).groups["department"]
    code = pd.factorize(data["department"])[1].get_loc(gone)
    left = known.estimate(SPEC, mask=codes != code)
    apart = estimate_rd(data[data["department"] != gone], SPEC)
    assert isinstance(left, RDEstimate)
    assert isinstance(apart, RDEstimate)
    assert numbers(left) == pytest.approx(numbers(apart), rel=1e-9)
    assert left.n == apart.n


def test_groups_may_part_the_members_of_a_cell() -> None:
    data = shuffled(shared=True).assign(sex=lambda d: np.arange(len(d)) % 2)
    known = RDSample(data, groups=("sex",))
    left = known.estimate(SPEC, mask=known.prepared(SPEC).groups["sex"] != 0)
    apart = estimate_rd(data[data["sex"] != 0], SPEC)
    assert isinstance(left, RDEstimate)
    assert isinstance(apart, RDEstimate)
    assert numbers(left) == pytest.approx(numbers(apart), rel=1e-9)


def test_what_the_data_do_not_hold_is_answered_not_raised() -> None:
    found = RDSample(shuffled(shared=True)).estimate(replace(SPEC, outcome="absent"))
    assert isinstance(found, NotEstimable)
    assert found.reason == "no_column"
