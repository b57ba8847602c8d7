"""The specification of each kind of study: what it asks, as a frozen dataclass. Pure."""

from collections.abc import Mapping
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
from evaluation.studies.models import StudyKind
from evaluation.studies.operations_spec import OperationsSpec
from evaluation.studies.perception_spec import PerceptionSpec

Specification = ChainingSpec | FollowUpSpec | ImpactSpec | OperationsSpec | PerceptionSpec

SPECS: dict[str, type[Specification]] = {
    StudyKind.CHAINING: ChainingSpec,
    StudyKind.FOLLOW_UP: FollowUpSpec,
    StudyKind.IMPACT: ImpactSpec,
    StudyKind.OPERATIONS: OperationsSpec,
    StudyKind.PERCEPTION: PerceptionSpec,
}


def kind_of(specification: Specification) -> StudyKind:
    """The kind of study that asks this."""
    return StudyKind(next(kind for kind, spec in SPECS.items() if type(specification) is spec))


def specification_of(kind: str, data: Mapping[str, Any]) -> Specification:
    """What a stored study asks. Raises ValueError on unknown names or wrong values."""
    return SPECS[kind].from_data(data)


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
