"""What each kind of study asks: its specification, a frozen dataclass, and how that reads.

Services know this table; the forms stand apart, in ``kinds``, for pages alone.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from evaluation.estimators.chaining.spec import (
    ALLY_ITEMS,
    MILESTONE_ITEMS,
    OUTCOMES,
    ChainingSpec,
)
from evaluation.studies.covariates import IMPACT_COVARIATES
from evaluation.studies.follow_up_spec import FollowUpSpec
from evaluation.studies.impact_spec import ImpactSpec
from evaluation.studies.models import Study, StudyKind
from evaluation.studies.operations_spec import OperationsSpec
from evaluation.studies.perception_spec import PerceptionSpec
from evaluation.studies.reading.chaining import chaining_pairs
from evaluation.studies.reading.follow_up import follow_up_pairs
from evaluation.studies.reading.impact import impact_pairs
from evaluation.studies.reading.operations import operations_pairs
from evaluation.studies.reading.perception import perception_pairs
from evaluation.studies.reading.words import Pair

Specification = ChainingSpec | FollowUpSpec | ImpactSpec | OperationsSpec | PerceptionSpec


@dataclass(frozen=True)
class KindSpec:
    """The specification of a kind of study, and what such a study asks as pairs to read."""

    spec: type[Specification]
    pairs: Callable[[Study], list[Pair]]


SPECS: dict[str, KindSpec] = {
    StudyKind.CHAINING: KindSpec(ChainingSpec, chaining_pairs),
    StudyKind.FOLLOW_UP: KindSpec(FollowUpSpec, follow_up_pairs),
    StudyKind.IMPACT: KindSpec(ImpactSpec, impact_pairs),
    StudyKind.OPERATIONS: KindSpec(OperationsSpec, operations_pairs),
    StudyKind.PERCEPTION: KindSpec(PerceptionSpec, perception_pairs),
}


def kind_of(specification: Specification) -> StudyKind:
    """The kind of study that asks this."""
    return StudyKind(next(kind for kind, row in SPECS.items() if type(specification) is row.spec))


def specification_of(kind: str, data: Mapping[str, Any]) -> Specification:
    """What a stored study asks. Raises ValueError on unknown names or wrong values."""
    return SPECS[kind].spec.from_data(data)


def asked_of_wave(kind: str, data: Mapping[str, Any]) -> frozenset[str]:
    """Names that a stored study reads of its wave, if the wave has them."""
    spec = specification_of(kind, data)
    names: list[str] = []
    if isinstance(spec, ImpactSpec):
        names = [*spec.outcomes, *spec.covariates, spec.treatment_variable, spec.score_variable]
    elif isinstance(spec, ChainingSpec):
        names = [*MILESTONE_ITEMS, *ALLY_ITEMS, *OUTCOMES, *spec.covariates]
    elif isinstance(spec, PerceptionSpec):
        names = [*spec.questions, spec.weight]
    elif isinstance(spec, FollowUpSpec):
        names = [spec.practice]
    return frozenset(names) - {"", *IMPACT_COVARIATES}


def differences(study: Study) -> list[tuple[str, str, str]]:
    """What an amendment asks otherwise: of what, what stood, what stands. [] if it amends none."""
    if study.amends is None:
        return []
    pairs = SPECS[study.kind].pairs
    before, now = dict(pairs(study.amends)), dict(pairs(study))
    return [
        (name, before.get(name, "—"), now.get(name, "—"))
        for name in {**now, **before}
        if before.get(name) != now.get(name)
    ]
