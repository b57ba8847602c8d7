"""Writes of this room, by noun: scoring a profile, deciding on it."""

from alliances.selection.services.deciding import decide
from alliances.selection.services.scoring import (
    LineDraft,
    save_score_lines,
    seal_score,
    start_score,
)

__all__ = [
    "LineDraft",
    "decide",
    "save_score_lines",
    "seal_score",
    "start_score",
]
