"""Reads for a perception run: what its codes are called in the language that is active."""

from collections.abc import Mapping
from dataclasses import dataclass

from alliances.models import Crop, Department, Producer
from evaluation.runs.chaining.words import LEVELS
from evaluation.runs.models import Run
from evaluation.studies.perception_spec import PerceptionSpec
from evaluation.studies.reading.perception import selected_words
from evaluation.surveys.models import Variable, VariableKind, Wave
from kit.figures import short_language


@dataclass(frozen=True)
class Wording:
    """A question as the wave's dictionary has it."""

    name: str
    label: str
    answers: Mapping[str, str]
    is_yes_no: bool


@dataclass(frozen=True)
class PerceptionNames:
    """Questions in the order of the study, and the groups of each way of telling people apart."""

    questions: Mapping[str, Wording]
    groups: Mapping[str, Mapping[str, str]]


def answer_codes(wave: Wave, spec: PerceptionSpec) -> dict[str, tuple[str, ...]]:
    """The codes of each question's answers, in order."""
    variables = wave.variables.filter(name__in=spec.questions)
    return {row.name: tuple(_ordered(row)) for row in variables}


def names_of(run: Run, spec: PerceptionSpec) -> PerceptionNames:
    """What the codes of a result are called."""
    variables = {
        row.name: row for row in run.study.required_wave.variables.filter(name__in=spec.questions)
    }
    crop = f"name_{short_language()}"
    return PerceptionNames(
        questions={
            name: Wording(
                name,
                variables[name].question,
                _ordered(variables[name]),
                variables[name].kind == VariableKind.YES_NO,
            )
            for name in spec.questions
        },
        groups={
            "selected": selected_words(),
            "sex": {str(code): str(label) for code, label in Producer.Sex.choices},
            "chaining": {code: str(label) for code, label in LEVELS.items()},
            "crop": dict(Crop.objects.values_list("code", crop)) if "crop" in spec.groups else {},
            "department": dict(Department.objects.values_list("code", "name"))
            if "department" in spec.groups
            else {},
        },
    )


def _ordered(variable: Variable) -> dict[str, str]:
    """Answers by code: numbers by size (PostgreSQL keeps no order), «yes» before «no»."""
    if variable.kind == VariableKind.YES_NO:
        return variable.answer_labels
    return dict(sorted(variable.answer_labels.items(), key=lambda pair: _place(pair[0])))


def _place(code: str) -> tuple[float, str]:
    try:
        return (float(code), code)
    except ValueError:
        return (float("inf"), code)
