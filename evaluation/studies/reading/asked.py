"""What a study of each kind asks, as pairs to read, and what an amendment asks otherwise."""

from collections.abc import Callable

from evaluation.studies.models import Study, StudyKind
from evaluation.studies.reading.chaining import chaining_pairs
from evaluation.studies.reading.follow_up import follow_up_pairs
from evaluation.studies.reading.impact import impact_pairs
from evaluation.studies.reading.operations import operations_pairs
from evaluation.studies.reading.perception import perception_pairs
from evaluation.studies.reading.words import Pair

PAIRS: dict[str, Callable[[Study], list[Pair]]] = {
    StudyKind.IMPACT: impact_pairs,
    StudyKind.CHAINING: chaining_pairs,
    StudyKind.OPERATIONS: operations_pairs,
    StudyKind.PERCEPTION: perception_pairs,
    StudyKind.FOLLOW_UP: follow_up_pairs,
}


def differences(study: Study) -> list[tuple[str, str, str]]:
    """What an amendment asks otherwise: of what, what stood, what stands. [] if it amends none."""
    if study.amends is None:
        return []
    pairs = PAIRS[study.kind]
    before, now = dict(pairs(study.amends)), dict(pairs(study))
    return [
        (name, before.get(name, "—"), now.get(name, "—"))
        for name in {**now, **before}
        if before.get(name) != now.get(name)
    ]
