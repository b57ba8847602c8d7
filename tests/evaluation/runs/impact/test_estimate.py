"""What ``Design`` makes of rows that are not as they should be."""

from evaluation.runs.impact.estimate import Design
from evaluation.studies.dataset import SCORE
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
