"""Reads about scores, the scoring sheet and rankings, by noun."""

from alliances.selection.selectors.rankings import ranking_around, ranking_in
from alliances.selection.selectors.scores import (
    binding_score_of,
    score_by,
    scores_visible_to,
    scoring_right,
)

__all__ = [
    "binding_score_of",
    "ranking_around",
    "ranking_in",
    "score_by",
    "scores_visible_to",
    "scoring_right",
]
