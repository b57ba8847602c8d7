"""Minimal valid objects of the evaluation app."""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import count
from typing import Any
from uuid import uuid4

import pandas as pd

from alliances.models import (
    Agreement,
    Alliance,
    EvaluationSnapshot,
    Membership,
    Producer,
    ProduceSale,
)
from evaluation.models import Excerpt, Exercise, Response, Run, Study, SurveyImport, Wave
from evaluation.qualitative.services import add_excerpt, record_exercise
from evaluation.runs.services import request_run
from evaluation.studies.impact_spec import ImpactSpec
from evaluation.studies.operations_spec import OperationsSpec
from evaluation.studies.services import create_study, freeze_study
from evaluation.surveys.services import create_wave
from tests.evaluation.estimators.synthetic import chaining_rows, chaining_spec
from tests.factories.alliances import (
    make_alliance,
    make_call,
    make_municipality,
    make_organisation,
    make_producer,
)

_numbers = count(1)
AT = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
ANSWERED = [
    name
    for name in chaining_rows(alliances=1, members=1).columns
    if name.startswith(
        ("presentation", "approval", "preinvestment", "execution", "manager", "ally")
    )
] + ["income_improved", "income_change_cop", "wellbeing"]


def make_wave(evaluator: Membership, **fields: Any) -> Wave:
    defaults: dict[str, Any] = {
        "code": f"ola-{next(_numbers)}",
        "title": "Línea de seguimiento",
        "collected_from": date(2021, 3, 1),
        "collected_until": date(2021, 6, 30),
        "acting": evaluator,
        "at": AT,
    }
    return create_wave(**(defaults | fields))


def make_import(wave: Wave, evaluator: Membership, rows: int = 1) -> SurveyImport:
    """A confirmed import without a file behind it, for answers made by hand."""
    return SurveyImport.objects.create(
        wave=wave,
        file_name="a mano.csv",
        sha256=f"{next(_numbers):064x}",
        rows=rows,
        status="confirmed",
        received_by=evaluator,
        received_at=AT,
        decided_by=evaluator,
        decided_at=AT,
    )


def sign(alliance: Alliance, signer: Membership, **fields: Any) -> Agreement:
    """An agreement of 2020 to 2022 that both parties signed."""
    defaults: dict[str, Any] = {
        "product": "papa",
        "quality": "primera",
        "quantity_kg_per_month": Decimal(1000),
        "delivery_place": "Pasto",
        "starts_on": date(2020, 1, 1),
        "ends_on": date(2022, 12, 31),
        "price_rule": "range",
        "price_floor_cop": Decimal(800),
        "price_ceiling_cop": Decimal(1200),
        "payment_days": 30,
        "payment_means": "transferencia",
        "signed_by_organisation_at": AT.replace(year=2020),
        "signed_by_organisation": signer,
        "signed_by_ally_at": AT.replace(year=2020),
        "signed_by_ally": signer,
    }
    return Agreement.objects.create(alliance=alliance, ally=alliance.ally, **(defaults | fields))


def sell(
    agreement: Agreement,
    *,
    promised: float,
    delivered: float,
    price: float,
    promised_on: date,
    paid_on: date | None = None,
) -> ProduceSale:
    """A sale delivered on the day it was promised for."""
    return ProduceSale.objects.create(
        agreement=agreement,
        key=uuid4(),
        promised_on=promised_on,
        promised_kg=promised,
        delivered_on=promised_on,
        delivered_kg=delivered,
        price_cop=price,
        paid_on=paid_on,
    )


def make_snapshot(
    alliance: Alliance, score: str | Decimal, *, cutoff: str = "70", at: datetime = AT
) -> EvaluationSnapshot:
    """What the committee's decision froze: selected at the cut-off or above."""
    return EvaluationSnapshot.objects.create(
        alliance=alliance,
        score=Decimal(score),
        cutoff=Decimal(cutoff),
        was_offered=Decimal(score) >= Decimal(cutoff),
        rules_hash="0" * 64,
        call_region="Sur",
        producers=30,
        taken_at=at,
    )


def make_executing_alliances(number: int, signer: Membership) -> list[Alliance]:
    """Alliances in execution, of one call and one ally, that kept their word in varied degrees."""
    call, ally = make_call(), make_organisation("ally")
    made = []
    for place in range(number):
        organisation = make_organisation("producer", founded_on=date(2000 + place % 15, 1, 1))
        alliance = make_alliance("executing", call=call, ally=ally, organisation=organisation)
        kept = 20 + 80 * (place % 5) / 4
        may = date(2021, 5, 1)
        agreement = sign(alliance, signer)
        sell(agreement, promised=100, delivered=kept, price=1000, promised_on=may, paid_on=may)
        made.append(alliance)
    return made


def make_surveyed(
    wave: Wave, evaluator: Membership, *, alliances: int = 12, members: int = 6
) -> list[Producer]:
    """Producers of executing alliances who answered, with a known association in their answers."""
    rows = chaining_rows(alliances=alliances, members=members).sort_values("producer")
    survey_import = make_import(wave, evaluator)
    groups = make_executing_alliances(alliances, evaluator)
    producers = [make_producer(groups[int(row["alliance"])]) for _, row in rows.iterrows()]
    answers: Iterable[dict[str, Any]] = rows[ANSWERED].to_dict("records")
    Response.objects.bulk_create(
        Response(
            wave=wave,
            producer=producer,
            survey_import=survey_import,
            source_row=place,
            answers={name: float(value) for name, value in answer.items() if pd.notna(value)},
        )
        for place, (producer, answer) in enumerate(zip(producers, answers, strict=True), start=2)
    )
    return producers


def make_study(
    evaluator: Membership, wave: Wave | None = None, *, frozen: bool = True, **spec: Any
) -> Study:
    """A chaining study, frozen unless told otherwise; ``spec`` changes its specification."""
    study = create_study(
        title=f"Encadenamiento {next(_numbers)}",
        wave_id=(wave or make_wave(evaluator)).pk,
        specification=chaining_spec(**spec),
        acting=evaluator,
        at=AT,
    )
    return freeze_study(study_id=study.pk, acting=evaluator, at=AT) if frozen else study


def make_impact_study(
    evaluator: Membership, wave: Wave | None = None, *, frozen: bool = True, **spec: Any
) -> Study:
    """An impact study, frozen unless told otherwise; ``spec`` changes its specification."""
    asked: dict[str, Any] = {"outcomes": ("sales_cop",), "treatment": "selected"}
    study = create_study(
        title=f"Impacto {next(_numbers)}",
        wave_id=(wave or make_wave(evaluator)).pk,
        specification=ImpactSpec(**(asked | spec)),
        acting=evaluator,
        at=AT,
    )
    return freeze_study(study_id=study.pk, acting=evaluator, at=AT) if frozen else study


def make_operations_study(evaluator: Membership, *, frozen: bool = True, **spec: Any) -> Study:
    """A study of operations, frozen unless told otherwise; ``spec`` changes its specification."""
    asked: dict[str, Any] = {"from_on": date(2021, 1, 1), "until_on": date(2026, 12, 31)}
    study = create_study(
        title=f"Operación {next(_numbers)}",
        wave_id=None,
        specification=OperationsSpec(**(asked | spec)),
        acting=evaluator,
        at=AT,
    )
    return freeze_study(study_id=study.pk, acting=evaluator, at=AT) if frozen else study


def make_run(evaluator: Membership, study: Study | None = None) -> Run:
    return request_run(
        study_id=(study or make_study(evaluator)).pk, acting=evaluator, at=AT, key=uuid4()
    )


#: What somebody says in an excerpt.
SAID = "El gerente aprendiz se fue porque nadie le pagó"


def make_exercise(evaluator: Membership, **fields: Any) -> Exercise:
    """A focus group in Pasto, consented."""
    defaults: dict[str, Any] = {
        "kind": "focus_group",
        "title": "Grupo focal de papa",
        "held_on": date(2021, 8, 20),
        "municipality_id": make_municipality().pk,
        "women": 5,
        "men": 4,
        "has_consent": True,
        "held_by": "Equipo de campo",
        "acting": evaluator,
        "at": datetime(2021, 9, 1, 15, tzinfo=UTC),
    }
    return record_exercise(**(defaults | fields))


def make_excerpt(evaluator: Membership, exercise: Exercise, **fields: Any) -> Excerpt:
    """A quotable excerpt of an exercise."""
    defaults: dict[str, Any] = {
        "text": SAID,
        "theme": "support",
        "actor": "producer",
        "is_quotable": True,
        "acting": evaluator,
        "at": datetime(2021, 9, 1, 15, tzinfo=UTC),
    }
    return add_excerpt(exercise_id=exercise.pk, **(defaults | fields))
