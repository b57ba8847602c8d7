"""Controls who all answered the same have no standard deviation, and nothing is measured in it."""

import numpy as np
import pytest

from evaluation.runs.impact.estimate import Design
from evaluation.studies.dataset import CROP, TREATED
from tests.evaluation.runs.impact.rows import OUTCOMES, impact_rows, impact_spec


@pytest.mark.parametrize("answer", [0.0, 0.1, 12_000.0])
def test_a_crop_whose_controls_answered_alike_standardises_nobody(answer):
    rows = impact_rows()
    rows.loc[rows.index % 2 == 0, CROP] = "mora"
    rows.loc[(rows[CROP] == "mora") & (rows[TREATED] == 0), OUTCOMES[0]] = answer
    design = Design(rows, impact_spec(), seed=1)

    standardised = design.rows[OUTCOMES[0]]

    assert standardised[design.rows[CROP] == "mora"].isna().all()
    assert np.abs(standardised.dropna()).max() < 100
    [funnel] = [each for each in design.funnel()["outcomes"] if each["outcome"] == OUTCOMES[0]]
    assert funnel["crops_without_controls"] == ["mora"]


def test_an_effect_is_told_in_no_deviations_of_controls_who_answered_alike():
    rows = impact_rows()
    rows.loc[rows[TREATED] == 0, OUTCOMES[1]] = 0.1
    design = Design(rows, impact_spec(standardised=()), seed=1)

    effects = {row["outcome"]: row["control_sd"] for row in design.headline()["rows"]}

    assert effects[OUTCOMES[1]] is None
    assert effects[OUTCOMES[2]] > 1000
