"""The survey of phase 3, its studies, and a file of a later wave that waits to be read."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from time import monotonic
from typing import TYPE_CHECKING, Any

from alliances.lifecycle.table import Status
from alliances.models import PriceIndex
from alliances.people.models import Membership
from demo.ground.chance import BOGOTA, Dice
from demo.ground.outcomes import (
    Sample,
    simulate_chaining,
    simulate_impact,
    simulate_perception,
    simulate_support,
)
from demo.ground.plan import Profile
from demo.ground.shape import FOR_LIFE, PHASE_3, surveyed
from demo.ground.truth import TAMPERED_DEPARTMENTS
from demo.ground.words import document, geography
from demo.ground.writing import copy_in
from demo.world import FIRST_DAY, World
from evaluation.acting import evaluate
from evaluation.estimators.chaining.spec import ALLY_ITEMS, MILESTONE_ITEMS, ChainingSpec
from evaluation.qualitative.services import add_excerpt, link_excerpt, record_exercise
from evaluation.runs.services import claim_run, execute_run, request_run
from evaluation.studies.checking import questions_of
from evaluation.studies.follow_up_spec import FollowUpSpec
from evaluation.studies.impact_spec import Exclusion, ImpactSpec
from evaluation.studies.models import Study
from evaluation.studies.operations_spec import OperationsSpec
from evaluation.studies.perception_spec import PerceptionSpec
from evaluation.studies.services import create_study, freeze_study
from evaluation.studies.specs import Specification
from evaluation.surveys.models import Response, SurveyImport, Wave
from evaluation.surveys.selectors import digest_of_answers
from evaluation.surveys.services import create_wave, receive_file
from evaluation.surveys.table import IMPORT_ANSWERS

if TYPE_CHECKING:
    from numpy.random import Generator

RESPONSE = ("wave_id", "producer_id", "survey_import_id", "source_row", "answers")
COLLECTED = (date(2021, 8, 2), date(2021, 12, 10))
RECEIVED_AT = datetime(2022, 1, 20, 10, 30, tzinfo=BOGOTA)
#: Only alliances that were in execution for some months count as taking part.
IN_EXECUTION_BY = datetime(2021, 2, 1, tzinfo=BOGOTA)
#: Producers asked in each alliance, and the fewest alliances a survey visits. Few of many, because
#: those of one alliance share its score and its luck.
EACH, FEWEST_ALLIANCES = 4, 20
#: Only the commonest crops are visited, as many as hold this many times the alliances wanted: a
#: yield is measured against who did not take part in its crop, and one alliance is no measure.
CHOICE = 1.75
#: One of these is reached by every profile that the committee decided on.
DECIDED = frozenset({Status.SELECTED, Status.WAITLISTED, Status.NOT_SELECTED})
#: Alliances near the cut-off are asked more often: this many points away, half as likely.
NEARNESS = 7.0
#: Share of those asked who give a figure that can be used.
ANSWERED = {"productivity_kg_ha": 0.55, "sales_cop": 0.72, "profit_cop": 0.71}
SKIPPED = 0.03
#: Of the alliances, for intervals beside those of the models: the seed must not take long.
RESAMPLES = 199
WAITING_ROWS = 40
#: The study whose estimates are held against the known effects (``docs/demo-truth.md``).
IMPACT = ImpactSpec(
    outcomes=("productivity_kg_ha", "sales_cop", "profit_cop"),
    standardised=("productivity_kg_ha",),
    treatment="in_execution",
    treated_by=IN_EXECUTION_BY.date() - timedelta(days=1),
    covariates=(
        "is_woman",
        "age_years",
        "experience_years",
        "farm_area_ha",
        "monthly_income_cop",
        "organisation_age_years",
        "schooling_years",
    ),
    exclusions=tuple(
        Exclusion(
            department, "Los puntajes se amontonan justo por encima del corte: fueron alterados."
        )
        for department in TAMPERED_DEPARTMENTS
    ),
)


#: Kind, municipality, women, men, and what was said: theme, who said it, words. All invented.
SAID = (
    (
        "focus_group",
        "52001",
        5,
        4,
        (
            ("support", "producer", "El gerente aprendiz se fue cuando ya nadie le pagó."),
            ("market", "producer", "El aliado nos recibe todo, pero el precio cambia sin aviso."),
        ),
    ),
    (
        "semi_structured_interview",
        "19001",
        1,
        0,
        (("timing", "oga", "El insumo llegó después de la siembra, y ya no servía."),),
    ),
    (
        "workshop",
        "73001",
        8,
        11,
        (("fund", "organisation", "Al comienzo creíamos que el fondo no había que devolverlo."),),
    ),
)


def write_surveys(world: World) -> None:
    """The answers, then the studies of them, as the evaluator would have left them."""
    acting = Membership.objects.select_related("user", "organisation").get(
        pk=world.bodies.evaluator.staff[0].membership
    )
    wave = create_wave(
        code="seguimiento-2021",
        title="Línea de seguimiento, fase 3",
        collected_from=COLLECTED[0],
        collected_until=COLLECTED[1],
        acting=acting,
        at=RECEIVED_AT,
    )
    asked = sample_producers(world)
    answers = draw_answers(world, asked)
    _import(wave, asked, answers, acting)
    _write_studies(world, wave, acting)
    _receive_next_wave(world, acting)


# -- Who is asked ----------------------------------------------------------------------------------
def sample_producers(world: World) -> list[tuple[Profile, int]]:
    """Some producers of each alliance visited, by the id that they were given."""
    dice = world.dice("survey")
    total = surveyed(world.scale)
    alliances = max(FEWEST_ALLIANCES, round(total / EACH))
    common = _of_common_crops(_within_reach(world), CHOICE * alliances)
    visited = sorted(_nearest(common, alliances, dice), key=lambda row: row.pk)
    each, rest = divmod(total, len(visited))
    return [
        (row, producer)
        for place, row in enumerate(visited)
        for producer in sorted(dice.sample(row.producers, min(each + (place < rest), row.size)))
    ]


def decided_profiles(world: World) -> list[Profile]:
    """Profiles of phase 3 that the committee decided on: those with a snapshot."""
    return [
        row
        for row in world.profiles
        if row.share.call == PHASE_3 and not DECIDED.isdisjoint(row.reached)
    ]


def _within_reach(world: World) -> list[Profile]:
    """Decided profiles but for those who started too late to take part.

    Neither side of the cut-off has a quota: the density of the scores asked would jump there.
    """
    return [row for row in decided_profiles(world) if took_part(row) or not row.started_at]


def _of_common_crops(rows: Sequence[Profile], wanted: float) -> list[Profile]:
    """The rows of the commonest crops, as many crops as it takes to have ``wanted`` of them."""
    kept: list[Profile] = []
    for crop, _count in Counter(row.crop for row in rows).most_common():
        if len(kept) < wanted:
            kept += [row for row in rows if row.crop == crop]
    return kept


def took_part(profile: Profile) -> bool:
    """In execution long enough before the survey."""
    return bool(profile.started_at and profile.started_at < IN_EXECUTION_BY)


def _nearest(rows: Sequence[Profile], count: int, dice: Dice) -> list[Profile]:
    """Some of the rows, those near the cut-off more likely."""

    def luck(row: Profile) -> float:
        return dice.expovariate(1) * 2 ** (abs((row.score or 0) - row.cutoff) / NEARNESS)

    return [row for _luck, row in sorted(((luck(row), row) for row in rows), key=_first)[:count]]


def _first(pair: tuple[float, Profile]) -> float:
    return pair[0]


# -- What they answer ------------------------------------------------------------------------------
def draw_answers(world: World, asked: Sequence[tuple[Profile, int]]) -> list[dict[str, Any]]:
    """What each of those asked answered, by question."""
    import numpy as np

    chance = world.numbers("answers")
    sample = _sample([profile for profile, _producer in asked])
    impact, chaining = simulate_impact(sample, chance), simulate_chaining(sample, chance)
    school = np.clip(np.rint(chance.normal(6.2, 3, len(asked))), 0, 16)
    home = np.clip(chance.poisson(2.9, len(asked)) + 1, 1, 12)
    took = sample.took_part.astype(bool)
    mind = world.numbers("perception")
    thought, rated = simulate_perception(sample, mind), simulate_support(sample, mind)
    return [
        {
            **{
                name: round(float(figures[row]))
                for name, figures in impact.items()
                if chance.random() < ANSWERED[name]
            },
            **(_answered(chaining, row, chance) if took[row] else {}),
            **_answered(thought, row, mind),
            **(_answered(rated, row, mind) if took[row] else {}),
            "schooling_years": int(school[row]),
            "household_size": int(home[row]),
        }
        for row in range(len(asked))
    ]


def _answered(asked: dict[str, Any], row: int, chance: "Generator") -> dict[str, int]:
    """The answers to some questions, few of them skipped."""
    return {name: int(values[row]) for name, values in asked.items() if chance.random() >= SKIPPED}


def _sample(profiles: Sequence[Profile]) -> Sample:
    import numpy as np

    facts = geography()["crop_facts"]
    places = {pk: place for place, pk in enumerate(dict.fromkeys(row.pk for row in profiles))}
    return Sample(
        margin=np.array([(row.score or 0) - row.cutoff for row in profiles]),
        alliance=np.array([places[row.pk] for row in profiles]),
        took_part=np.array([float(took_part(row)) for row in profiles]),
        link=np.array([row.link for row in profiles]),
        crop_yield=np.array([facts.get(row.crop, facts["_default"])[0] for row in profiles], float),
    )


def _import(
    wave: Wave,
    asked: Sequence[tuple[Profile, int]],
    answers: Sequence[dict[str, Any]],
    acting: Membership,
) -> None:
    digest = hashlib.sha256(json.dumps(answers, sort_keys=True).encode()).hexdigest()
    survey_import = SurveyImport.objects.create(
        wave=wave,
        file_name="seguimiento_fase3.dta",
        sha256=digest,
        rows=len(asked),
        status=SurveyImport.Status.CONFIRMED,
        received_by=acting,
        received_at=RECEIVED_AT,
        decided_by=acting,
        decided_at=RECEIVED_AT + timedelta(minutes=25),
    )
    rows = (
        (wave.pk, producer, survey_import.pk, place, given)
        for place, ((_profile, producer), given) in enumerate(
            zip(asked, answers, strict=True), start=2
        )
    )
    copy_in(Response, RESPONSE, rows)
    told = {
        "import": survey_import.pk,
        "wave": wave.code,
        "name": survey_import.file_name,
        "sha256": digest,
        "rows": len(asked),
        "digest": digest_of_answers(survey_import.pk),
    }
    decided_at = RECEIVED_AT + timedelta(minutes=25)
    with evaluate(IMPORT_ANSWERS, acting=acting, at=decided_at, data=told):
        pass


# -- Studies ---------------------------------------------------------------------------------------
def _write_studies(world: World, wave: Wave, acting: Membership) -> None:
    """One of each kind, run once and ready to run again.

    One more waits for a worker, and one is still open. Perception and follow-up come after the run
    of chaining, whose levels they read.
    """
    at = world.now - timedelta(days=12)
    chaining = ChainingSpec(reference_on=COLLECTED[1], bootstrap_replicates=RESAMPLES)
    operations = OperationsSpec(from_on=FIRST_DAY, until_on=at.date() - timedelta(days=1))
    asked: dict[str, tuple[str, Specification]] = {
        "demo-impact": ("Impacto de participar, línea de seguimiento de la fase 3", IMPACT),
        "demo-chaining": ("Encadenamiento, línea de seguimiento de la fase 3", chaining),
        "demo-chaining-profile": (
            "Encadenamiento con características del perfil",
            replace(chaining, covariates=("is_woman", "experience_years", "schooling_years")),
        ),
        "demo-operations": ("Operación del programa desde 2016", operations),
    }
    for slug, (title, spec) in asked.items():
        _freeze(slug, title, spec, None if spec is operations else wave, acting, at)
    _run(world, "impact", acting, world.now - timedelta(days=10))
    _run(world, "chaining", acting, world.now - timedelta(days=10, hours=-1))
    _run(world, "operations", acting, world.now - timedelta(days=10, hours=-2))
    at = world.now - timedelta(days=9)
    perception = PerceptionSpec(
        questions=tuple(row.name for row in questions_of(wave)),
        groups=("selected", "sex", "chaining", "crop", "department"),
        chaining_study="demo-chaining",
    )
    follow_up = FollowUpSpec(
        reference_on=at.date(),
        pesos_of=PriceIndex.objects.latest("year").year,
        groups=("route", "chaining"),
        chaining_study="demo-chaining",
        practice="practice_kept",
    )
    title = "Percepción de los productores, línea de seguimiento de la fase 3"
    _freeze("demo-perception", title, perception, wave, acting, at)
    title = "Seguimiento a las alianzas que cerraron su ejecución"
    _freeze("demo-follow-up", title, follow_up, wave, acting, at)
    _run(world, "perception", acting, at + timedelta(hours=2))
    _run(world, "follow-up", acting, at + timedelta(hours=3))
    _write_what_was_said(acting, at + timedelta(hours=4))
    waiting = Study.objects.get(slug="demo-chaining-profile")
    key = world.dice("run").key()
    request_run(study_id=waiting.pk, acting=acting, at=world.now, key=key)
    create_study(
        title="Encadenamiento con pesos iguales (borrador)",
        wave_id=wave.pk,
        specification=replace(chaining, behaviour_weight=0.25),
        acting=acting,
        at=world.now - timedelta(days=2),
    )


def _write_what_was_said(acting: Membership, at: datetime) -> None:
    """A handful of exercises and excerpts, invented, which their titles say."""
    study = Study.objects.get(slug="demo-chaining")
    for number, (kind, place, women, men, lines) in enumerate(SAID):
        exercise = record_exercise(
            kind=kind,
            title=f"Ejercicio inventado {number + 1} (demostración)",
            held_on=at.date() - timedelta(days=20 + number),
            municipality_id=place,
            women=women,
            men=men,
            has_consent=True,
            held_by="Equipo inventado de la demostración",
            acting=acting,
            at=at,
        )
        for theme, actor, text in lines:
            excerpt = add_excerpt(
                exercise_id=exercise.pk,
                text=f"(Inventado) {text}",
                theme=theme,
                actor=actor,
                is_quotable=True,
                acting=acting,
                at=at,
            )
            link_excerpt(excerpt_id=excerpt.pk, study_id=study.pk, acting=acting, at=at)


def _freeze(
    slug: str, title: str, spec: Specification, wave: Wave | None, acting: Membership, at: datetime
) -> None:
    study = create_study(
        title=title,
        wave_id=wave.pk if wave else None,
        specification=spec,
        acting=acting,
        at=at,
        slug=slug,
    )
    freeze_study(study_id=study.pk, acting=acting, at=at + timedelta(hours=1))


def _run(world: World, name: str, acting: Membership, asked_at: datetime) -> None:
    """A run of some days ago, worked on here as a worker would."""
    begun = monotonic()

    def clock() -> datetime:
        return asked_at + timedelta(seconds=monotonic() - begun)

    study = Study.objects.get(slug=f"demo-{name}")
    key = world.dice(name).key()
    request_run(study_id=study.pk, acting=acting, at=asked_at, key=key)
    claimed = claim_run(at=clock())
    if claimed and claimed.claim_token:
        execute_run(run_id=claimed.pk, token=claimed.claim_token, clock=clock)


# -- A file that waits -----------------------------------------------------------------------------
def _receive_next_wave(world: World, acting: Membership) -> None:
    wave = create_wave(
        code=f"linea-base-{world.today.year}",
        title="Línea base, alianzas en ejecución",
        collected_from=world.today - timedelta(days=60),
        collected_until=world.today - timedelta(days=8),
        acting=acting,
        at=world.now - timedelta(days=61),
    )
    lines = "\n".join(_lines(world))
    receive_file(
        wave_id=wave.pk,
        file_name=f"linea_base_{world.today.year}.csv",
        content=lines.encode(),
        acting=acting,
        at=world.now - timedelta(days=1),
    )


def _lines(world: World) -> Iterator[str]:
    """A file as it comes from the field: semicolons, the respondent's document, whole answers."""
    items = [*MILESTONE_ITEMS[:4], *ALLY_ITEMS]
    yield ";".join(["documento", *items, "schooling_years", "household_size"])
    dice = world.dice("next wave")
    executing = [
        row
        for row in world.profiles
        if row.share.call == FOR_LIFE and row.status == Status.EXECUTING
    ]
    for place in range(WAITING_ROWS):
        profile = executing[place % len(executing)]
        producer = profile.producers[place // len(executing)]
        given = [str(dice.randrange(5)) for _ in items]
        yield ";".join(
            [document(producer), *given, str(dice.randrange(12)), str(dice.randrange(1, 8))]
        )
