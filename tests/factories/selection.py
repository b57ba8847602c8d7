"""Scores and decisions, as small as they can be and still be valid."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from alliances.lifecycle.models import Alliance
from alliances.models import CommitteeDecision, Criterion, Membership, Score
from alliances.selection.services import LineDraft, save_score_lines, start_score
from tests.factories.alliances import AT, make_alliance, make_membership


def make_score(
    alliance: Alliance,
    total: int | str = "80",
    *,
    scorer: Membership | None = None,
    kind: str = "binding",
    at: datetime = AT,
    **fields: Any,
) -> Score:
    """A sealed score with this total and no lines (as loaded history may be)."""
    return Score.objects.create(
        alliance=alliance,
        kind=kind,
        scorer=scorer or make_membership("scorer"),
        started_at=at,
        sealed_at=at,
        total=Decimal(total),
        seal="0" * 64,
        **fields,
    )


def make_decision(
    alliance: Alliance, outcome: str = "selected", **fields: Any
) -> CommitteeDecision:
    """A decision five to nothing on the latest binding score."""
    defaults: dict[str, Any] = {
        "session_on": AT.date(),
        "votes_for": 5,
        "votes_against": 0,
        "cutoff": Decimal(70),
        "departs_from_ranking": False,
        "decided_at": AT,
    }
    for name, make in (
        ("score", lambda: alliance.scores.order_by("-pk")[0]),
        ("decided_by", lambda: make_membership("cir")),
    ):
        if name not in fields:
            fields[name] = make()
    return CommitteeDecision.objects.create(
        alliance=alliance, outcome=outcome, **(defaults | fields)
    )


def make_ranked(total: int | str, outcome: str = "", **fields: Any) -> Alliance:
    """A profile with a sealed binding score, decided when an outcome is given."""
    alliance = make_alliance("scored", **fields)
    make_score(alliance, total)
    if outcome:
        make_decision(alliance, outcome)
    return alliance


def answers_for(alliance: Alliance, points: int, comment: str = "") -> list[LineDraft]:
    """The option worth ``points`` for every criterion of the alliance's call."""
    return [
        LineDraft(criterion.pk, criterion.options.get(points=points).pk, comment)
        for criterion in Criterion.objects.filter(call=alliance.call).order_by("position")
    ]


def make_answered_sheet(
    alliance: Alliance, scorer: Membership, points: int = 50, comment: str = "Visto en campo"
) -> Score:
    """A sheet begun and answered by the scorer, not sealed."""
    score = start_score(alliance_id=alliance.pk, acting=scorer, at=AT + timedelta(hours=1))
    save_score_lines(
        score_id=score.pk,
        lines=answers_for(alliance, points, comment),
        acting=scorer,
    )
    return score
