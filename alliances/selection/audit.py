"""What the audit compares of this room: sealed scores give their seal again, and their event's."""

from collections.abc import Iterator

from alliances.lifecycle.audit import Difference, reconciles
from alliances.lifecycle.models import Event
from alliances.selection.models import Score
from alliances.selection.rules import Answer, seal_of

SEALING = ("score", "seal_verification")


@reconciles
def scores(chain: int | None) -> Iterator[Difference]:
    """The seal of every sealed score, recomputed from its lines, and what its event told."""
    in_events = {
        row["data__score"]: row["data__seal"]
        for row in Event.objects.filter(verb__in=SEALING, data__has_key="seal").values(
            "data__score", "data__seal"
        )
    }
    sealed = (
        Score.objects.filter(sealed_at__isnull=False)
        .select_related("alliance__call")
        .prefetch_related("lines__criterion", "lines__option")
        .order_by("pk")
    )
    if chain is not None:
        sealed = sealed.filter(alliance=chain)
    for score in sealed:
        where = f"score {score.pk} of {score.alliance.code}"
        if _seal(score) != score.seal:
            yield Difference(where, "it is not what was sealed")
        elif in_events.get(score.pk) != score.seal:
            yield Difference(where, "its seal is not that of an event")


def _seal(score: Score) -> str | None:
    if score.total is None or score.sealed_at is None:
        return None
    return seal_of(
        alliance=score.alliance.code,
        rules_hash=score.alliance.call.rules_hash,
        kind=score.kind,
        scorer_id=score.scorer_id,
        answers=[
            Answer(row.criterion.position, row.criterion.weight, row.option.points, row.comment)
            for row in score.lines.all()
        ],
        total=score.total,
        sealed_at=score.sealed_at,
    )
