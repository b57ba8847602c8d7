"""What ``Design`` makes of rows that are not as they should be."""

import pytest

from evaluation.runs.impact.estimate import Design
from evaluation.studies.dataset import DEPARTMENT, SCORE
from tests.evaluation.runs.impact.rows import impact_rows, impact_spec


def test_one_wrong_score_does_not_turn_members_into_profiles():
    rows = impact_rows(alliances=57)
    rows.loc[rows.index[0], SCORE] += 1
    design = Design(rows, impact_spec(), seed=1)

    assert design.shared_score
    assert max(design.density()["analysed"]["n"]) < 57


def test_scores_of_their_own_are_known():
    rows = impact_rows(alliances=57)
    rows[SCORE] += [place / 1e4 for place in range(len(rows))]

    assert not Design(rows, impact_spec(), seed=1).shared_score


def test_bars_hold_every_profile():
    rows = impact_rows(alliances=57)
    for farthest in (0.9, 1.8, 3.6, 7.2, 12.3):
        scaled = rows.assign(**{SCORE: rows[SCORE] / rows[SCORE].abs().max() * farthest})
        design = Design(scaled, impact_spec(exclusions=()), seed=1)
        assert sum(bar["profiles"] for bar in design.density()["bars"]) == 57


def test_no_dot_of_the_figure_stands_for_a_few_people():
    for seed in range(4):
        design = Design(impact_rows(alliances=200, seed=seed), impact_spec(), seed=1)
        for plot in design.plots():
            bins = plot["bins"]["bins"]
            assert min(each["n"] for each in bins) >= 5
            assert sum(each["n"] for each in bins) == sum(plot["bins"]["n"])


def test_a_figure_of_many_scores_has_as_many_dots_as_can_be_seen(monkeypatch):
    monkeypatch.setattr("evaluation.runs.impact.estimate.MOST_DOTS", 7)
    rows = impact_rows(alliances=300)

    for plot in Design(rows, impact_spec(), seed=1).plots():
        bins = plot["bins"]["bins"]
        sides = [[each for each in bins if (each["mean_score"] < 0) == below] for below in (1, 0)]
        assert all(3 < len(side) <= 7 for side in sides)
        assert sum(each["n"] for each in bins) == sum(plot["bins"]["n"])
        assert bins == sorted(bins, key=lambda each: each["mean_score"])


def test_leaving_a_department_out_equals_deleting_its_rows():
    rows, spec = impact_rows(alliances=120), impact_spec()
    code = sorted(set(rows[DEPARTMENT]) - {*spec.excluded})[0]
    whole = Design(rows, spec, seed=1).departments()
    deleted = Design(rows[rows[DEPARTMENT] != code], spec, seed=1).headline()["rows"]

    for name, row in zip(spec.outcomes, deleted, strict=True):
        (path,) = [each for each in whole if each["outcome"] == name]
        (point,) = [each for each in path["left_out"] if each["at"] == code]
        for number in ("coef_conventional", "se_robust", "h"):
            assert point["found"][number] == pytest.approx(row["found"][number], rel=1e-9)
