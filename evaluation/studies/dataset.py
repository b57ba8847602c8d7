"""The only bridge from stored rows to data frames: one row per producer, no personal field.

Stored behaviour is read as it stood on the study's reference day: promises due, sales delivered
and payments owed until then. Queries do not grow with the rows.
"""

import hashlib
from datetime import date
from typing import Any

import pandas as pd
from django.db.models import QuerySet

from alliances.lifecycle.table import STAGES, Stage
from alliances.trade.selectors import trade_behaviour
from evaluation.estimators.chaining_spec import (
    ALLY_ITEMS,
    BEHAVIOUR,
    MILESTONE_ITEMS,
    OUTCOMES,
    ChainingSpec,
)
from evaluation.studies.rules import PROFILE_COVARIATES
from evaluation.surveys.models import Response, Wave

#: Alliances whose producers lived through all five milestones, whatever came after.
REACHED_EXECUTION = [
    status for stage in (Stage.EXECUTION, Stage.FUND) for path in STAGES[stage] for status in path
]
DAYS_PER_YEAR = 365.25


def chaining_rows(wave: Wave, spec: ChainingSpec) -> pd.DataFrame:
    """Answers of producers whose alliance reached execution, with profile and behaviour."""
    frame = _answers(wave, spec)
    alliances = sorted(frame["alliance"].unique().tolist())
    behaviour = _behaviour(alliances, spec.reference_on)
    return frame.join(behaviour, on="alliance").sort_values(
        ["alliance", "producer"], ignore_index=True
    )


def fingerprint(frame: pd.DataFrame) -> str:
    """SHA-256 of the frame as canonical CSV: the same rows give the same sixty-four digits."""
    canonical = frame.to_csv(index=False, lineterminator="\n")
    return hashlib.sha256(canonical.encode()).hexdigest()


def _answers(wave: Wave, spec: ChainingSpec) -> pd.DataFrame:
    asked = [*MILESTONE_ITEMS, *ALLY_ITEMS, *OUTCOMES]
    asked += [name for name in spec.covariates if name not in (*asked, *PROFILE_COVARIATES)]
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
        rows.append(profile | {name: answers.get(name) for name in asked})
    keys = ["producer", "alliance", "department"]
    frame = pd.DataFrame(rows, columns=[*keys, *PROFILE_COVARIATES, *asked])
    measures = [name for name in frame.columns if name not in keys]
    return frame.astype(dict.fromkeys(measures, float))


def _responses(wave: Wave) -> QuerySet[Response]:
    return Response.objects.filter(wave=wave, producer__alliance__status__in=REACHED_EXECUTION)


def _age(founded_on: date | None, on: date) -> float | None:
    return (on - founded_on).days / DAYS_PER_YEAR if founded_on else None


def _behaviour(alliance_ids: list[int], on: date) -> pd.DataFrame:
    """Shares between 0 and 1 by alliance; empty where nothing was due, promised or signed."""
    kept = trade_behaviour(alliance_ids, on)
    rows = [
        (
            kept[pk].deliveries_honoured,
            kept[pk].price_in_range,
            kept[pk].paid_on_time,
            kept[pk].agreement_current,
        )
        for pk in alliance_ids
    ]
    index = pd.Index(alliance_ids, dtype="int64", name="alliance")
    return pd.DataFrame(rows, columns=list(BEHAVIOUR), index=index, dtype=float)
