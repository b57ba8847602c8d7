"""Whole data sets through the product: a wave with its dictionary, a file imported, a run."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from alliances.models import Alliance, Department, Membership, Municipality, Producer
from evaluation.models import Run, Wave
from evaluation.runs.selectors import parts_of
from evaluation.runs.services import claim_run, execute_run
from evaluation.surveys.services import add_variable, confirm_import, map_columns, receive_file
from tests.evaluation.runs.impact.columns import COVARIATES, OUTCOMES
from tests.factories.alliances import (
    make_alliance,
    make_call,
    make_municipality,
    make_organisation,
    make_producer,
)
from tests.factories.evaluation import AT, make_impact_study, make_run, make_snapshot, make_wave

#: Columns of the synthetic survey: kind, and whether they were measured after selection.
SYNTHETIC = {
    **dict.fromkeys(OUTCOMES, ("number", "after")),
    **dict.fromkeys(COVARIATES, ("number", "before")),
    "participo": ("yes_no", "after"),
}


def synthetic_wave(evaluator: Membership, rows: pd.DataFrame) -> Wave:
    """The synthetic survey: 96 alliances with a frozen score, and 1,126 producers who answered."""
    return imported_wave(evaluator, rows, SYNTHETIC, surveyed_producers(rows))


def surveyed_producers(rows: pd.DataFrame) -> list[int]:
    """A producer for each row of the synthetic survey, in alliances that were scored."""
    alliances = _scored_alliances(rows)
    return _producers([alliances[number] for number in rows["alianza"]])


def senate_wave(evaluator: Membership, rows: pd.DataFrame) -> Wave:
    """Elections to the United States Senate, each an answer of its own with a score of its own."""
    producers = _producers([make_alliance()] * len(rows))
    columns = {"vote": ("number", "after"), "margin": ("number", "after")}
    return imported_wave(evaluator, rows, columns, producers)


def run_of(evaluator: Membership, wave: Wave, **spec: Any) -> Run:
    """A study of the wave, written, frozen, launched and worked on to its end."""
    run = make_run(evaluator, make_impact_study(evaluator, wave, **spec))
    claimed = claim_run(at=AT)
    assert claimed == run
    execute_run(run_id=run.pk, token=claimed.claim_token, clock=lambda: AT)
    run.refresh_from_db()
    assert run.status == "succeeded", (run.failure_reason, run.failure_detail)
    return run


def found_by(run: Run) -> Callable[[str], dict[str, Any]]:
    """The row of an outcome in the headline, as it is stored."""
    rows = parts_of(run)["headline"]["rows"]
    return lambda outcome: next(row for row in rows if row["outcome"] == outcome)


def _scored_alliances(rows: pd.DataFrame) -> dict[int, Alliance]:
    call, organisation, ally = make_call(), make_organisation(), make_organisation("ally")
    made = {}
    for number, department, score in (
        rows[["alianza", "departamento", "puntaje"]]
        .drop_duplicates("alianza")
        .itertuples(index=False)
    ):
        made[number] = make_alliance(
            call=call,
            organisation=organisation,
            ally=ally,
            municipality=_municipality(int(department)),
        )
        make_snapshot(made[number], str(score))
    return made


def _municipality(number: int) -> Municipality:
    code, name = f"{number:02d}", f"Departamento {number}"
    Department.objects.get_or_create(
        code=code,
        defaults={
            "name": name,
            "natural_region": "Andina",
            "call_region": "Central",
            "iso_code": f"CO-{code}",
        },
    )
    return make_municipality(f"{code}001", name)


def _producers(alliances: Iterable[Alliance]) -> list[int]:
    """One producer an entry, as the first of them is."""
    first, *others = alliances
    model = make_producer(first)
    values = {
        field.attname: getattr(model, field.attname)
        for field in Producer._meta.concrete_fields
        if not field.primary_key and not field.generated
    }
    number = int(model.document_number)
    made = Producer.objects.bulk_create(
        Producer(
            **values
            | {
                "alliance_id": alliance.pk,
                "document_number": str(number + place),
                "household_key": f"S{place}",
            }
        )
        for place, alliance in enumerate(others, start=1)
    )
    return [model.pk, *(row.pk for row in made)]


def imported_wave(
    evaluator: Membership,
    rows: pd.DataFrame,
    columns: Mapping[str, tuple[str, str]],
    producers: Sequence[int],
) -> Wave:
    """A wave of its own whose answers are these rows: kind and time of each column, by name."""
    wave = make_wave(evaluator)
    for name, (kind, measured) in columns.items():
        add_variable(
            wave_id=wave.pk,
            at=AT,
            acting=evaluator,
            name=name,
            label=name,
            kind=kind,
            measured=measured,
        )
    table = rows[list(columns)].assign(id_productor=producers)
    received = receive_file(
        wave_id=wave.pk,
        file_name="encuesta.csv",
        content=table.to_csv(index=False).encode(),
        acting=evaluator,
        at=AT,
    )
    mapping = {name: name for name in columns} | {"id_productor": "@producer"}
    map_columns(import_id=received.pk, mapping=mapping, acting=evaluator, at=AT)
    confirm_import(import_id=received.pk, acting=evaluator, at=AT)
    return wave
