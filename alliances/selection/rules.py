"""How a score is added up and sealed, and what the ranking asks of the committee. Pure.

Total = Σ weight × points ÷ 100 over the criteria, whose weights add up to 100; criteria of
affirmative action add theirs on top and the total stops at 100. It is rounded once, at the end,
to two places, halves up.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from django.utils.translation import gettext as _

from alliances.calls.rules import hash_of
from alliances.lifecycle.reasons import is_sentence

CENT = Decimal("0.01")
LOWEST, HIGHEST = Decimal(0), Decimal(100)


class Outcome(StrEnum):
    """What a committee may decide on a profile."""

    SELECTED = "selected"
    WAITLISTED = "waitlisted"
    DECLINED = "declined"


#: The verb of the transition table that carries each decision out.
VERBS = {Outcome.SELECTED: "select", Outcome.WAITLISTED: "waitlist", Outcome.DECLINED: "decline"}


def votes_problems(votes_for: int | None, votes_against: int | None) -> dict[str, str]:
    """What no vote can be, by field: a majority decides. Empty when it can, or is not known."""
    if votes_for is None or votes_against is None or votes_for > votes_against:
        return {}
    return {"votes_for": _("A decision needs more votes for than against.")}


@dataclass(frozen=True)
class Answer:
    """The option chosen for one criterion: its points (0 to 100) and what the criterion weighs."""

    position: int
    weight: Decimal
    points: Decimal
    comment: str = ""


def total_of(answers: Iterable[Answer]) -> Decimal:
    """The total from 0 to 100; criteria of affirmative action are added like the others."""
    added = sum((answer.weight * answer.points / HIGHEST for answer in answers), LOWEST)
    return min(added, HIGHEST).quantize(CENT, rounding=ROUND_HALF_UP)


def is_extreme(points: Decimal) -> bool:
    """The lowest and the highest option claim the most, so they need a reason in writing."""
    return points in (LOWEST, HIGHEST)


def lacks_comment(answer: Answer) -> bool:
    """True when an extreme option was chosen without a sentence that says why."""
    return is_extreme(answer.points) and not is_sentence(answer.comment)


def seal_of(
    *,
    alliance: str,
    rules_hash: str,
    kind: str,
    scorer_id: int,
    answers: Iterable[Answer],
    total: Decimal,
    sealed_at: datetime,
) -> str:
    """SHA-256 over all that the score says: change any of it and the seal is another."""
    document = {
        "alliance": alliance,
        "rules_hash": rules_hash,
        "kind": kind,
        "version": 1,  # of this document
        "scorer": scorer_id,
        "lines": [
            [answer.position, f"{answer.points:.2f}", answer.comment]
            for answer in sorted(answers, key=lambda answer: answer.position)
        ],
        "total": f"{total:.2f}",
        "sealed_at": sealed_at.astimezone(UTC).isoformat(timespec="microseconds"),
    }
    return hash_of(document)
