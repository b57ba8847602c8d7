"""The density test within departments, and what is said of those too small for it."""

import numpy as np
import pandas as pd
import pytest

from evaluation.estimators.checks import DensitySpec, DensityTest, density_by, density_test
from evaluation.estimators.multiplicity import holm
from evaluation.estimators.rd import NotEstimable, RDSample

SPEC = DensitySpec("score", unit="alliance")


@pytest.fixture(scope="module")
def data() -> pd.DataFrame:
    """Departments of 1,500 alliances, one with most of those just below lifted, and one of 5."""
    chance = np.random.default_rng(9)
    score = chance.normal(size=4505)
    department = np.repeat(["Cauca", "Huila", "Nariño", "Vaupés"], [1500, 1500, 1500, 5])
    bent = (department == "Huila") & (score < 0) & (score > -0.4) & (chance.random(4505) < 0.8)
    score[bent] = 0.3 * chance.random(bent.sum())
    alliances = pd.DataFrame(
        {"score": score, "department": department, "alliance": np.arange(4505)}
    )
    return alliances.loc[alliances.index.repeat(4)].sample(frac=1, random_state=2)


def test_each_department_is_tested_on_its_own_alliances(data: pd.DataFrame) -> None:
    found = density_by(RDSample(data), SPEC, by="department")
    assert not isinstance(found, NotEstimable)
    assert [each.at for each in found.groups] == ["Cauca", "Huila", "Nariño", "Vaupés"]
    for each in found.groups:
        assert each.found == density_test(data[data["department"] == each.at], SPEC)
    tested = [each.found.pv for each in found.groups if isinstance(each.found, DensityTest)]
    assert [each.p_adjusted for each in found.groups] == [*holm(tested), None]


def test_the_bent_one_is_found_and_the_small_one_is_not_called_sound(data: pd.DataFrame) -> None:
    found = density_by(data, SPEC, by="department")
    assert not isinstance(found, NotEstimable)
    cauca, huila, narino, vaupes = found.groups
    assert huila.p_adjusted is not None
    assert huila.p_adjusted < 0.01
    assert isinstance(huila.found, DensityTest)
    assert huila.found.difference > 0
    assert min(cauca.p_adjusted or 0, narino.p_adjusted or 0) > 0.05
    assert isinstance(vaupes.found, NotEstimable)
    assert vaupes.found.reason in ("few_scores", "one_side")


def test_rows_of_no_department_are_in_none_and_counted(data: pd.DataFrame) -> None:
    some = data.assign(department=data["department"].where(data["department"] != "Vaupés"))
    found = density_by(some, SPEC, by="department")
    assert not isinstance(found, NotEstimable)
    assert [each.at for each in found.groups] == ["Cauca", "Huila", "Nariño"]
    assert found.dropped == (("rows", f"{some['department'].isna().sum()} without department"),)


def test_a_column_that_is_absent_is_answered(data: pd.DataFrame) -> None:
    found = density_by(data, SPEC, by="absent")
    assert isinstance(found, NotEstimable)
    assert found.reason == "no_column"
