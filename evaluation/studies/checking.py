"""Whether a study asks for what is there: variables of its wave in time, calls, places."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from alliances.lifecycle.duties import REGIMES
from alliances.models import Call, Department
from evaluation.estimators.chaining.spec import ALLY_ITEMS, MILESTONE_ITEMS, ChainingSpec
from evaluation.studies.covariates import IMPACT_COVARIATES, PROFILE_COVARIATES
from evaluation.studies.follow_up_spec import FollowUpSpec
from evaluation.studies.impact_spec import ImpactSpec
from evaluation.studies.models import Study, StudyKind
from evaluation.studies.operations_spec import OperationsSpec
from evaluation.studies.perception_spec import PerceptionSpec
from evaluation.surveys.models import Measured, Variable, VariableKind, Wave
from kit.errors import DomainError

if TYPE_CHECKING:
    from evaluation.studies.specs import Specification

CHAINING_ITEMS = frozenset((*MILESTONE_ITEMS, *ALLY_ITEMS))
WITH_ANSWERS = frozenset({VariableKind.CHOICE, VariableKind.YES_NO})
NUMERIC = frozenset({VariableKind.INTEGER, VariableKind.NUMBER, VariableKind.YES_NO})

_NO_COVARIATE = gettext_lazy("«%(name)s» cannot be a covariate.")
_TOO_LATE = gettext_lazy("«%(name)s» is not settled before selection: it cannot be a covariate.")
_NO_OUTCOME = gettext_lazy("«%(name)s» is no number of this wave: it cannot be an outcome.")
_NO_TREATMENT = gettext_lazy("«%(name)s» is no yes-or-no variable of this wave.")
_NO_SCORE = gettext_lazy("«%(name)s» is no number of this wave: it cannot be the score.")
_NO_CALL = gettext_lazy("There is no call with the code «%(name)s».")
_NO_REGIME = gettext_lazy("There is no regime «%(name)s».")
_NO_QUESTION = gettext_lazy("«%(name)s» is no question with a list of answers of this wave.")
_NO_WEIGHT = gettext_lazy("«%(name)s» is no number of this wave: it cannot be a weight.")
_NO_CHAINING = gettext_lazy("«%(name)s» is no chaining study of these data that has been run.")
_NO_PRACTICE = gettext_lazy("«%(name)s» is no yes-or-no variable of the wave.")
_NO_DEPARTMENT = gettext_lazy("There is no department with the code «%(name)s».")


def check_specification(wave: Wave | None, specification: "Specification") -> None:
    """Raise DomainError, naming the first variable that cannot be what it is asked to be.

    Also for a wave that the kind does not read, and for none where it needs one.
    """
    if isinstance(specification, OperationsSpec):
        if wave:
            raise DomainError(_("A study of this kind reads the stored rows, and no survey wave."))
        _check_operations(specification)
    elif isinstance(specification, FollowUpSpec):
        _check_follow_up(wave, specification)
    elif wave is None:
        raise DomainError(_("A study of this kind reads a survey wave: choose one."))
    elif isinstance(specification, ChainingSpec):
        _refuse(specification.covariates, [*PROFILE_COVARIATES, *_numeric(wave)], _NO_COVARIATE)
    elif isinstance(specification, PerceptionSpec):
        _check_perception(wave, specification)
    else:
        _check_impact(wave, specification)


def outcomes_of(wave: Wave) -> list[Variable]:
    """Variables that an impact study may ask about: numbers that nobody can be known by."""
    return [row for row in _impersonal(wave) if row.kind in NUMERIC]


def covariates_of(wave: Wave) -> list[Variable]:
    """Numbers of the wave that were settled before selection."""
    return [row for row in outcomes_of(wave) if row.measured == Measured.BEFORE]


def questions_of(wave: Wave) -> list[Variable]:
    """What a perception study may ask about: questions with a list of answers, or yes or no.

    Those about the milestones and the tie with the ally are the chaining study's.
    """
    rows = [row for row in _impersonal(wave) if row.kind in WITH_ANSWERS]
    return [row for row in rows if row.name not in CHAINING_ITEMS]


def chaining_studies_of(wave: Wave | None = None) -> list[tuple[str, str]]:
    """Short name and title of the chaining studies (of a wave) that were run to their end."""
    ran = Study.objects.filter(kind=StudyKind.CHAINING, runs__status="succeeded")
    ran = ran.filter(wave=wave) if wave else ran
    return list(ran.order_by("slug").distinct().values_list("slug", "title"))


def _check_perception(wave: Wave, spec: PerceptionSpec) -> None:
    wanted = [row.name for row in _impersonal(wave) if row.kind in WITH_ANSWERS]
    _refuse(spec.questions, wanted, _NO_QUESTION)
    _refuse([spec.weight], _numeric(wave), _NO_WEIGHT)
    chaining = [slug for slug, _title in chaining_studies_of(wave)]
    _refuse([spec.chaining_study], chaining, _NO_CHAINING)


def practices_of(wave: Wave | None) -> list[Variable]:
    """Yes-or-no questions of a wave, one of which may tell whether practices are kept."""
    rows = _impersonal(wave) if wave else []
    return [row for row in rows if row.kind == VariableKind.YES_NO]


def _check_follow_up(wave: Wave | None, spec: FollowUpSpec) -> None:
    _refuse([spec.practice], [row.name for row in practices_of(wave)], _NO_PRACTICE)
    _refuse([spec.chaining_study], [slug for slug, _title in chaining_studies_of()], _NO_CHAINING)


def _check_impact(wave: Wave, spec: ImpactSpec) -> None:
    _refuse(spec.outcomes, _numeric(wave), _NO_OUTCOME)
    _refuse([spec.score_variable], _numeric(wave), _NO_SCORE)
    coded = {name for name, _codes in spec.codes}
    yes_no = [
        row.name
        for row in _impersonal(wave)
        if row.kind == VariableKind.YES_NO or (row.kind in NUMERIC and row.name in coded)
    ]
    _refuse([spec.treatment_variable], yes_no, _NO_TREATMENT)
    before = [*IMPACT_COVARIATES, *(row.name for row in covariates_of(wave))]
    _refuse(spec.covariates, [*before, *_numeric(wave)], _NO_COVARIATE)
    _refuse(spec.covariates, before, _TOO_LATE)
    _refuse(spec.excluded, Department.objects.values_list("code", flat=True), _NO_DEPARTMENT)


def _check_operations(spec: OperationsSpec) -> None:
    _refuse(spec.calls, Call.objects.values_list("code", flat=True), _NO_CALL)
    _refuse(spec.regimes, REGIMES, _NO_REGIME)
    _refuse(spec.departments, Department.objects.values_list("code", flat=True), _NO_DEPARTMENT)


def _refuse(wanted: Iterable[str], known: Iterable[str], message: Promise) -> None:
    there = {*known, ""}
    unknown = next((name for name in wanted if name not in there), None)
    if unknown:
        raise DomainError(str(message) % {"name": unknown})


def _numeric(wave: Wave) -> list[str]:
    return [row.name for row in outcomes_of(wave)]


def _impersonal(wave: Wave) -> list[Variable]:
    """Those that no fact of the profile is called like: there the profile is read."""
    rows = wave.variables.filter(is_personal=False).exclude(name__in=IMPACT_COVARIATES)
    return list(rows.order_by("position", "pk"))
