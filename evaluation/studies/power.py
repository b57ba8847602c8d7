"""Power before data: what an impact study could see, and what would change if it were another.

Nothing here reads an outcome of the study's wave. Pages import it when asked
(``evaluation.studies.forms.power``), for it needs numpy.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.utils.translation import gettext as _

from evaluation.estimators.checks.planned_power import (
    Assumptions,
    Planned,
    PlannedSample,
    Unplannable,
    guessed_bandwidth,
    planned,
)
from evaluation.studies.impact_spec import ImpactSpec
from evaluation.studies.models import Study
from evaluation.studies.power_rows import earlier_spreads, planned_sample
from kit.figures import number


@dataclass(frozen=True)
class Scenario:
    """What is tried and what it sees; ``planned`` None with too few ``scores`` on a side."""

    code: str
    label: str
    planned: Planned | None
    scores: int = 0

    @property
    def people(self) -> float | None:
        """Within the bandwidth, on both sides."""
        return sum(self.planned.people) if self.planned else None


@dataclass(frozen=True)
class OutcomePower:
    """The effect seen, in the unit of an outcome; ``spread`` None where nothing tells it."""

    name: str
    label: str
    unit: str
    spread: float | None
    effect: float | None


@dataclass(frozen=True)
class PowerAnswer:
    """What page and API tell. ``has_answers``: the sample is who answered, not who could."""

    scenarios: tuple[Scenario, ...]
    outcomes: tuple[OutcomePower, ...]
    bandwidth: float
    first_stage: float
    icc: float
    alliances: tuple[int, int]
    people: tuple[float, float]
    has_answers: bool

    def data(self) -> dict[str, Any]:
        """The answer as data, for programs. Effects are in standard deviations."""
        return {
            "bandwidth": self.bandwidth,
            "first_stage": self.first_stage,
            "icc": self.icc,
            "alliances": list(self.alliances),
            "people": list(self.people),
            "has_answers": self.has_answers,
            "scenarios": [
                {
                    "code": row.code,
                    "label": row.label,
                    "effect": row.planned and row.planned.effect,
                    "intention_to_treat": row.planned and row.planned.intention,
                    "se": row.planned and row.planned.se,
                    "clusters": row.planned and list(row.planned.clusters),
                    "people": row.planned and list(row.planned.people),
                    "design_effect": row.planned and row.planned.design_effect,
                    "too_few_scores": None if row.planned else row.scores,
                }
                for row in self.scenarios
            ],
            "outcomes": [
                {"name": row.name, "unit": row.unit, "sd": row.spread, "effect": row.effect}
                for row in self.outcomes
            ],
        }


def power_of(study: Study, assumptions: Mapping[str, Any]) -> PowerAnswer:
    """The answer for an impact study, under what is expected (``PowerForm.asked``)."""
    spec, wave = ImpactSpec.from_data(study.specification), study.required_wave
    sample, has_answers = planned_sample(wave, spec, per_alliance=assumptions.get("per_alliance"))
    first_stage = 1.0 if spec.treatment == "none" else assumptions["first_stage"]
    icc = 0.0 if spec.cluster == "none" else assumptions["icc"]
    bandwidth = assumptions.get("bandwidth") or guessed_bandwidth(sample, spec.kernel)
    expected = Assumptions(
        h=bandwidth,
        icc=icc,
        first_stage=first_stage,
        kernel=spec.kernel,
        p=spec.p,
        level=spec.level,
    )
    scenarios = tuple(_scenarios(sample, expected, assumptions))
    sides = (sample.score < 0, sample.score >= 0)
    return PowerAnswer(
        scenarios=scenarios,
        outcomes=tuple(_outcomes(study, spec, scenarios[0].planned, assumptions.get("spread"))),
        bandwidth=bandwidth,
        first_stage=first_stage,
        icc=icc,
        alliances=(len({*sample.cluster[sides[0]]}), len({*sample.cluster[sides[1]]})),
        people=(float(sample.people[sides[0]].sum()), float(sample.people[sides[1]].sum())),
        has_answers=has_answers,
    )


def _scenarios(
    sample: PlannedSample, expected: Assumptions, assumptions: Mapping[str, Any]
) -> Iterator[Scenario]:
    extra, shift, wider = assumptions["extra"], assumptions["shift"], assumptions["wider"]
    total = sample.total or 1.0
    surveys = {"n": number(extra)}
    tried: list[tuple[str, str, PlannedSample, Assumptions]] = [
        ("now", _("As it stands"), sample, expected),
        (
            "more_same",
            _("%(n)s more surveys in the same alliances") % surveys,
            sample.with_more_people(extra) if sample.total else sample,
            expected,
        ),
        (
            "more_new",
            _("%(n)s more surveys in other alliances like these") % surveys,
            sample.with_more_clusters(1 + extra / total),
            expected,
        ),
        (
            "cutoff",
            _("Cut-off moved by %(points)s points") % {"points": number(shift, 1)},
            sample.moved(shift),
            expected,
        ),
        (
            "wider",
            _("A call with %(times)s times as many alliances") % {"times": number(wider, 2)},
            sample.with_more_clusters(wider),
            expected,
        ),
        *(
            (
                f"bandwidth_{share}",
                _("Bandwidth of %(points)s points") % {"points": number(expected.h * share, 1)},
                sample,
                replace(expected, h=expected.h * share),
            )
            for share in (0.75, 1.25)
        ),
    ]
    for code, label, tried_sample, tried_expected in tried:
        try:
            yield Scenario(code, label, planned(tried_sample, tried_expected))
        except Unplannable as refused:
            yield Scenario(code, label, None, refused.scores)


def _outcomes(
    study: Study, spec: ImpactSpec, now: Planned | None, given: float | None
) -> Iterator[OutcomePower]:
    wave = study.required_wave
    spreads = earlier_spreads(wave, spec.outcomes) | dict.fromkeys(spec.standardised, 1.0)
    if given:
        spreads[spec.outcomes[0]] = given
    rows = {row.name: row for row in wave.variables.filter(name__in=spec.outcomes)}
    for name in spec.outcomes:
        variable, spread = rows.get(name), spreads.get(name)
        unit = variable.unit if variable else ""
        yield OutcomePower(
            name=name,
            label=variable.question if variable else name,
            unit=_("standard deviations of the crop") if name in spec.standardised else unit,
            spread=spread,
            effect=now.effect * spread if now and spread else None,
        )
