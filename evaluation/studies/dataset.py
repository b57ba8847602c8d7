"""The only bridge from stored rows to data frames: one row per producer, no personal field.

A chaining study reads stored behaviour as it stood on its reference day: promises due, sales
delivered and payments owed until then. An impact study reads the frozen snapshot and what the
alliance had reached by its day. Queries do not grow with the rows.
"""

import hashlib
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pandas as pd
from django.db.models import QuerySet
from django.db.models.fields.json import KeyTransform
from django.utils.timezone import localtime, make_aware

from alliances.lifecycle.table import STAGES, Stage, Status
from alliances.models import Alliance, EvaluationSnapshot, Event, Producer
from alliances.trade.selectors import trade_behaviour
from evaluation.estimators.chaining.index import levels_of, prepare, with_indices
from evaluation.estimators.chaining.spec import (
    ALLY_ITEMS,
    BEHAVIOUR,
    LEVELS,
    MILESTONE_ITEMS,
    OUTCOMES,
    ChainingSpec,
)
from evaluation.studies.covariates import IMPACT_COVARIATES, PROFILE_COVARIATES
from evaluation.studies.impact_spec import DATED, ImpactSpec
from evaluation.studies.models import Study
from evaluation.studies.perception_spec import PerceptionSpec
from evaluation.surveys.models import Response, Wave
from evaluation.surveys.selectors import not_withdrawn

#: Alliances whose producers lived through all five milestones, whatever came after.
REACHED_EXECUTION = [
    status for stage in (Stage.EXECUTION, Stage.FUND) for path in STAGES[stage] for status in path
]
DAYS_PER_YEAR = 365.25
#: The columns of an impact frame that are no variable; no variable's name begins like them.
SCORE, TREATED, ALLIANCE, DEPARTMENT, CROP = (
    "@score",
    "@treated",
    "@alliance",
    "@department",
    "@crop",
)
#: How many people each answer of a perception frame stands for.
WEIGHT = "@weight"
#: The status that an alliance had to reach to count as treated.
REACHED = {"in_execution": Status.EXECUTING, "trust_constituted": Status.TRUST_CONSTITUTED}


def chaining_rows(wave: Wave, spec: ChainingSpec) -> pd.DataFrame:
    """Answers of producers whose alliance reached execution, with profile and behaviour."""
    frame = _answers(wave, spec)
    alliances = sorted(frame["alliance"].unique().tolist())
    behaviour = _behaviour(alliances, spec.reference_on)
    return frame.join(behaviour, on="alliance").sort_values(
        ["alliance", "producer"], ignore_index=True
    )


def impact_rows(wave: Wave, spec: ImpactSpec) -> pd.DataFrame:
    """Everybody who answered, selected or not, with score, treatment, outcomes and covariates.

    The columns above, then the variables that the study names, as numbers; ``@score`` is 0 at the
    cut-off. Whoever has no frozen snapshot (or no score among the answers, where it comes from
    there) has an empty score. Departments that the study leaves out are in.
    """
    frame = _answered(wave, spec).join(_profiles(wave), on="producer")
    frame = frame.join(_alliances(wave, spec), on=ALLIANCE)
    if spec.treatment == "answer":
        frame[TREATED] = frame[spec.treatment_variable]
    if spec.score_variable:
        frame[SCORE] = [_centred(score, spec.cutoff) for score in frame[spec.score_variable]]
    frame["age_years"] = _years(frame.pop("@born_on"), frame["@decided_on"])
    founded_on, decided_on = frame.pop("@founded_on"), frame.pop("@decided_on")
    frame["organisation_age_years"] = _years(founded_on, decided_on)
    named = [*spec.outcomes, *spec.covariates]
    columns = ["producer", ALLIANCE, DEPARTMENT, CROP, SCORE, TREATED, *named]
    numbers = dict.fromkeys([SCORE, TREATED, *named], float)
    return frame[columns].astype(numbers).sort_values([ALLIANCE, "producer"], ignore_index=True)


def decided_scores(wave: Wave, spec: ImpactSpec) -> pd.DataFrame | None:
    """Every profile decided in the calls of the alliances surveyed: whether scores were bent is
    asked of all of them, not only of those whom the survey visited. None where the score is an
    answer: then nobody else has one.
    """
    if spec.score_variable:
        return None
    calls = Alliance.objects.filter(not_withdrawn(wave, "producers__responses__")).values("call")
    decided = (
        EvaluationSnapshot.objects.filter(alliance__call__in=calls)
        .order_by("alliance")
        .values_list("alliance", "alliance__municipality__department", "score", "cutoff")
    )
    rows = [(pk, place, float(score - cutoff)) for pk, place, score, cutoff in decided]
    return pd.DataFrame(rows, columns=[ALLIANCE, DEPARTMENT, SCORE])


def fingerprint(*frames: pd.DataFrame) -> str:
    """SHA-256 of frames as canonical CSV: the same rows give the same sixty-four digits."""
    canonical = "\n".join(frame.to_csv(index=False, lineterminator="\n") for frame in frames)
    return hashlib.sha256(canonical.encode()).hexdigest()


def _answers(wave: Wave, spec: ChainingSpec) -> pd.DataFrame:
    names = [*MILESTONE_ITEMS, *ALLY_ITEMS, *OUTCOMES]
    names += [name for name in spec.covariates if name not in (*names, *PROFILE_COVARIATES)]
    rows: list[dict[str, Any]] = []
    for pk, alliance, department, sex, experience, founded_on, answers in (
        _responses(wave)
        .values_list(
            "producer",
            "producer__alliance",
            "producer__alliance__municipality__department",
            "producer__sex",
            "producer__experience_years",
            "producer__alliance__organisation__founded_on",
            "answers",
        )
        .order_by("producer")
        .iterator()
    ):
        profile = {
            "producer": pk,
            "alliance": alliance,
            "department": department,
            "is_woman": int(sex == "f"),
            "experience_years": experience,
            "organisation_age_years": _age(founded_on, spec.reference_on),
        }
        rows.append(profile | {name: answers.get(name) for name in names})
    keys = ["producer", "alliance", "department"]
    frame = pd.DataFrame(rows, columns=[*keys, *PROFILE_COVARIATES, *names])
    measures = [name for name in frame.columns if name not in keys]
    return frame.astype(dict.fromkeys(measures, float))


def _responses(wave: Wave) -> QuerySet[Response]:
    return Response.objects.filter(
        not_withdrawn(wave), producer__alliance__status__in=REACHED_EXECUTION
    )


def _age(founded_on: date | None, on: date) -> float | None:
    return (on - founded_on).days / DAYS_PER_YEAR if founded_on else None


def _behaviour(alliance_ids: list[int], on: date) -> pd.DataFrame:
    """Shares between 0 and 1 by alliance; empty where nothing was due, promised or signed."""
    behaviour = trade_behaviour(alliance_ids, on)
    rows = [
        (
            behaviour[pk].deliveries_honoured,
            behaviour[pk].price_in_range,
            behaviour[pk].paid_on_time,
            behaviour[pk].agreement_current,
        )
        for pk in alliance_ids
    ]
    index = pd.Index(alliance_ids, dtype="int64", name="alliance")
    return pd.DataFrame(rows, columns=list(BEHAVIOUR), index=index, dtype=float)


# -- Impact ---------------------------------------------------------------------------------------
def _answered(wave: Wave, spec: ImpactSpec) -> pd.DataFrame:
    """The answers that the study reads; PostgreSQL takes them out of what was stored."""
    wanted = {*spec.outcomes, spec.treatment_variable, spec.score_variable, *spec.covariates}
    names = sorted(wanted - {"", *IMPACT_COVARIATES})
    rows = Response.objects.filter(not_withdrawn(wave)).values_list(
        "producer", *(KeyTransform(name, "answers") for name in names)
    )
    return pd.DataFrame(list(rows), columns=["producer", *names])


def _profiles(wave: Wave) -> pd.DataFrame:
    columns = {
        "pk": "producer",
        "alliance": ALLIANCE,
        "sex": "is_woman",
        "born_on": "@born_on",
        "experience_years": "experience_years",
        "farm_area_ha": "farm_area_ha",
        "monthly_income_cop": "monthly_income_cop",
    }
    rows = Producer.objects.filter(not_withdrawn(wave, "responses__")).values_list(*columns)
    frame = pd.DataFrame(list(rows), columns=list(columns.values())).set_index("producer")
    frame["is_woman"] = (frame["is_woman"] == Producer.Sex.FEMALE).astype(float)
    return frame


def _alliances(wave: Wave, spec: ImpactSpec) -> pd.DataFrame:
    """Department, crop, centred score, treatment, and the days that ages are reckoned between."""
    treated = _reached(wave, spec)
    rows = [
        (
            pk,
            department,
            crop,
            None if score is None else float(score - cutoff),
            _treated(was_offered) if spec.treatment == "selected" else float(pk in treated),
            founded_on,
            taken_at and localtime(taken_at).date(),
        )
        for pk, department, crop, founded_on, score, cutoff, was_offered, taken_at in (
            Alliance.objects.filter(not_withdrawn(wave, "producers__responses__"))
            .distinct()
            .values_list(
                "pk",
                "municipality__department",
                "crop",
                "organisation__founded_on",
                "snapshot__score",
                "snapshot__cutoff",
                "snapshot__was_offered",
                "snapshot__taken_at",
            )
        )
    ]
    columns = [ALLIANCE, DEPARTMENT, CROP, SCORE, TREATED, "@founded_on", "@decided_on"]
    return pd.DataFrame(rows, columns=columns).set_index(ALLIANCE)


def _treated(was_offered: bool | None) -> float | None:
    """None for a profile that nobody decided on."""
    return None if was_offered is None else float(was_offered)


def _reached(wave: Wave, spec: ImpactSpec) -> frozenset[int]:
    """Alliances that had reached the study's status by its day, whatever came after."""
    if spec.treatment not in DATED or spec.treated_by is None:
        return frozenset()
    next_day = make_aware(datetime.combine(spec.treated_by + timedelta(days=1), time()))
    return frozenset(
        Event.objects.filter(
            not_withdrawn(wave, "alliance__producers__responses__"),
            to_status=REACHED[spec.treatment],
            at__lt=next_day,
        )
        .distinct()
        .values_list("alliance", flat=True)
    )


def _centred(score: Any, cutoff: float) -> float | None:
    """Score less cut-off as they are written: 70.4 - 70 is 0.4, not a little more."""
    return None if score is None else float(Decimal(str(score)) - Decimal(str(cutoff)))


def _years(since: pd.Series, until: pd.Series) -> list[float | None]:
    return [
        (end - start).days / DAYS_PER_YEAR if pd.notna(start) and pd.notna(end) else None
        for start, end in zip(since, until, strict=True)
    ]


# -- Perception -----------------------------------------------------------------------------------
def perception_rows(wave: Wave, spec: PerceptionSpec) -> pd.DataFrame:
    """Everybody who answered: the codes of their answers, their weight and what they are told by.

    Columns ``@selected`` (1, 0, or empty where nobody decided), ``@sex``, ``@chaining``, ``@crop``
    and ``@department`` hold text; ``@weight`` is 1 for all where the study names no weight.
    """
    names = [name for name in (*spec.questions, spec.weight) if name]
    keys = {
        "producer": "producer",
        "producer__alliance": ALLIANCE,
        "producer__alliance__snapshot__was_offered": "@selected",
        "producer__sex": "@sex",
        "producer__alliance__crop": CROP,
        "producer__alliance__municipality__department": DEPARTMENT,
    }
    rows = Response.objects.filter(not_withdrawn(wave)).values_list(
        *keys, *(KeyTransform(name, "answers") for name in names)
    )
    frame = pd.DataFrame(list(rows), columns=[*keys.values(), *names])
    frame[WEIGHT] = frame[spec.weight].astype(float) if spec.weight else 1.0
    for name in ("@selected", *spec.questions):
        frame[name] = pd.Series([_code(value) for value in frame[name]], dtype=object)
    levels = chaining_levels(spec.chaining_study) if spec.chaining_study else {}
    frame["@chaining"] = [levels.get(producer) for producer in frame["producer"]]
    columns = [*keys.values(), "@chaining", WEIGHT, *spec.questions]
    return frame[columns].sort_values([ALLIANCE, "producer"], ignore_index=True)


def chaining_levels(slug: str) -> dict[int, str]:
    """Level of each producer (both links together), by the specification of a chaining study."""
    study = Study.objects.select_related("wave").get(slug=slug)
    spec = ChainingSpec.from_data(study.specification)
    answers = prepare(chaining_rows(study.required_wave, spec), spec)
    rows, _funnel = with_indices(answers, spec)
    codes = levels_of(rows["both"].to_numpy(), spec.both)
    return {pk: LEVELS[code] for pk, code in zip(rows["producer"], codes, strict=True)}


def _code(value: Any) -> str | None:
    """An answer as the dictionary writes its code."""
    if pd.isna(value):
        return None
    return value if isinstance(value, str) else f"{value:g}"
