"""Reads for the report of an impact run."""

from alliances.models import Crop, Department, MinimumWage
from evaluation.runs.impact.words import Names, measure
from evaluation.runs.models import Run
from evaluation.studies.covariates import IMPACT_COVARIATES
from evaluation.studies.impact_spec import ImpactSpec
from kit.figures import short_language


def names_of(run: Run, spec: ImpactSpec) -> Names:
    """What the codes of a result are called: the wave's dictionary, departments and crops."""
    wave = run.study.required_wave
    dictionary = {
        name: (label, unit)
        for name, label, unit in wave.variables.values_list("name", "label", "unit")
    }
    wage = MinimumWage.objects.filter(year=wave.collected_from.year).first()
    return Names(
        outcomes={
            name: measure(
                name,
                *dictionary.get(name, (name, "")),
                is_standardised=name in spec.standardised,
                wage_cop=wage.monthly_cop if wage else None,
            )
            for name in spec.outcomes
        },
        departments=dict(Department.objects.values_list("code", "name")),
        crops=dict(Crop.objects.values_list("code", f"name_{short_language()}")),
        variables={name: label for name, (label, _unit) in dictionary.items()}
        | {name: str(label) for name, label in IMPACT_COVARIATES.items()},
        collected=(wave.collected_from, wave.collected_until),
    )
