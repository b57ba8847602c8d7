"""Whether the stored rows that a study reads are still those that an earlier run read.

Context: reading a million answers takes most of a run's time, and the next run of the same study
nearly always reads the same ones.
Decision: PostgreSQL writes on every version of a row the number of the transaction that wrote it
(``xmin``), and its place (``ctid``). A stamp is the count and the sum of hashes of (key, ``xmin``,
``ctid``) in every table that a study reads, taken before they are read: one row added, changed or
taken away gives another stamp, whoever did it, with or without an event, and no earlier stamp ever
comes back. Nothing of a row's content is read for it.
Consequence: a table that a reader joins must stand here; a test compares the SQL of the readers
with this list. Rows of the same calls that nobody surveyed count too: at worst rows are read again.
"""

import json
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

from django.db import connection
from django.db.models import BigIntegerField, Count, Model, QuerySet, Sum
from django.db.models.expressions import RawSQL

from alliances.models import (
    Agreement,
    Alliance,
    Call,
    EvaluationSnapshot,
    Event,
    Municipality,
    Organisation,
    Producer,
    ProduceSale,
)
from evaluation.studies.models import Study, StudyKind
from evaluation.surveys.models import Response, SurveyImport, Wave


def stamp_of_rows(study: Study) -> str:
    """Sixty-four digits that change with any stored row that the study reads."""
    rows = [*_rows_read(study)]
    if slug := study.specification.get("chaining_study"):
        other = Study.objects.filter(slug=slug)
        rows += [other, *_rows_read(other.get())]
    stamped = [_cluster(), *((query.model._meta.label, *_versions(query)) for query in rows)]
    return sha256(json.dumps(stamped, default=str).encode()).hexdigest()


def tables_of(kind: str) -> frozenset[str]:
    """The tables that the stamp of a kind of study covers."""
    return frozenset(query.model._meta.db_table for query in _rows_of(kind, Wave(pk=0), ()))


def _rows_read(study: Study) -> Iterator[QuerySet[Any]]:
    # The few calls are asked for once and named in each query, and not in one query of all four
    # tables: as long as nothing has counted fresh rows, PostgreSQL takes each table for a single
    # row and compares every producer with every answer, for every alliance and call.
    wave = study.required_wave
    answers = Response.objects.filter(wave=wave).order_by()
    answered = set(answers.values_list("producer__alliance", flat=True).distinct())
    alliances = Alliance.objects.order_by().values_list("pk", "call")
    calls = {call for alliance, call in alliances if alliance in answered}
    return _rows_of(study.kind, wave, tuple(sorted(calls)))


def _rows_of(kind: str, wave: Wave, calls: tuple[int, ...]) -> Iterator[QuerySet[Any]]:
    alliances = Alliance.objects.filter(call__in=calls)
    yield Call.objects.filter(pk__in=calls)
    yield SurveyImport.objects.filter(wave=wave)
    yield Response.objects.filter(wave=wave)
    yield Producer.objects.filter(alliance__call__in=calls)
    yield alliances
    yield Municipality.objects.all()
    yield Organisation.objects.filter(pk__in=alliances.values("organisation"))
    if kind != StudyKind.CHAINING:
        yield EvaluationSnapshot.objects.filter(alliance__call__in=calls)
    if kind == StudyKind.IMPACT:
        yield Event.objects.filter(alliance__in=alliances).exclude(to_status="")
    if kind == StudyKind.CHAINING:
        yield Agreement.objects.filter(alliance__in=alliances)
        yield ProduceSale.objects.filter(agreement__alliance__in=alliances)


def _versions(query: QuerySet[Model]) -> tuple[int, str]:
    """How many rows, and the sum of the hashes of their versions."""
    meta = query.model._meta
    parts = ", ' ', ".join(f'"{meta.db_table}".{name}' for name in (meta.pk.column, "xmin", "ctid"))
    hashed = RawSQL(f"hashtextextended(concat({parts}), 0)", (), output_field=BigIntegerField())
    row = query.order_by().aggregate(rows=Count("pk"), versions=Sum(hashed))
    return row["rows"], str(row["versions"] or 0)


def _cluster() -> str:
    """The server and database that number the transactions: another numbers others."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT system_identifier::text || '/' || oid FROM pg_control_system(), pg_database"
            " WHERE datname = current_database()"
        )
        return str(cursor.fetchone()[0])
