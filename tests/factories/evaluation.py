"""Minimal valid objects of the evaluation app."""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from itertools import count
from typing import Any
from uuid import uuid4

import pandas as pd

from alliances.models import Alliance, Membership, Producer
from evaluation.models import Response, Run, Study, SurveyImport, Wave
from evaluation.runs.services import request_run
from evaluation.studies.services import create_study, freeze_study
from evaluation.surveys.services import create_wave
from tests.evaluation.estimators.synthetic import chaining_rows, chaining_spec
from tests.factories.alliances import make_alliance, make_call, make_organisation, make_producer

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


def make_import(wave: Wave, evaluator: Membership) -> SurveyImport:
    """A confirmed import without a file behind it, for answers made by hand."""
    return SurveyImport.objects.create(
        wave=wave,
        file_name="a mano.csv",
        sha256=f"{next(_numbers):064x}",
        rows=1,
        status="confirmed",
        received_by=evaluator,
        received_at=AT,
        decided_by=evaluator,
        decided_at=AT,
    )


def make_executing_alliances(number: int) -> list[Alliance]:
    """Alliances in execution, of one call and one ally."""
    call, ally = make_call(), make_organisation("ally")
    return [
        make_alliance(
            "executing",
            call=call,
            ally=ally,
            organisation=make_organisation("producer", founded_on=date(2010, 1, 1)),
        )
        for _ in range(number)
    ]


def make_surveyed(
    wave: Wave, evaluator: Membership, *, alliances: int = 12, members: int = 6
) -> list[Producer]:
    """Producers of executing alliances who answered, with a known association in their answers."""
    rows = chaining_rows(alliances=alliances, members=members).sort_values("producer")
    survey_import = make_import(wave, evaluator)
    groups = make_executing_alliances(alliances)
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
    """A chaining study that asks for one kind of behaviour only: the agreement, always known."""
    spec = {"minimum_behaviour": 1, **spec}
    study = create_study(
        title=f"Encadenamiento {next(_numbers)}",
        wave_id=(wave or make_wave(evaluator)).pk,
        specification=chaining_spec(**spec),
        acting=evaluator,
        at=AT,
    )
    return freeze_study(study_id=study.pk, acting=evaluator, at=AT) if frozen else study


def make_run(evaluator: Membership, study: Study | None = None) -> Run:
    return request_run(
        study_id=(study or make_study(evaluator)).pk, acting=evaluator, at=AT, client_key=uuid4()
    )
