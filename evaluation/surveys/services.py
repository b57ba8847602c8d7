"""Writes about surveys: waves, their dictionary, and files taken whole or not at all."""

import csv
import hashlib
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from alliances.lifecycle.process import record_apart
from alliances.people.models import Membership
from evaluation.access import can_evaluate
from evaluation.surveys.checking import check_mapping, guess_mapping
from evaluation.surveys.models import Response, SurveyImport, Variable, Wave
from evaluation.surveys.readers import read_table
from evaluation.surveys.selectors import checked, fields_of, table_of
from kit.access import require
from kit.errors import Conflict, DomainError, InvalidFile
from kit.numbers import MARKS

STANDARD_DICTIONARY = Path(__file__).parent / "data" / "dictionary.csv"
BATCH = 2000
KEPT_FOR = timedelta(days=7)


@transaction.atomic
def create_wave(
    *,
    code: str,
    title: str,
    collected_from: date,
    collected_until: date,
    acting: Membership,
    at: datetime,
) -> Wave:
    """A wave with the programme's standard dictionary. Raises NotAllowed, ValidationError."""
    require(can_evaluate(acting))
    wave = Wave(
        code=code,
        title=title,
        collected_from=collected_from,
        collected_until=collected_until,
        created_by=acting,
        created_at=at,
    )
    wave.full_clean()
    wave.save()
    Variable.objects.bulk_create(standard_dictionary(wave))
    return wave


def standard_dictionary(wave: Wave) -> list[Variable]:
    """Unsaved variables that the programme's methods read, from the reference file."""
    with STANDARD_DICTIONARY.open(encoding="utf-8", newline="") as file:
        return [
            Variable(
                wave=wave,
                name=row["name"],
                label=row["label"],
                kind=row["kind"],
                unit=row["unit"],
                minimum=_decimal(row["minimum"]),
                maximum=_decimal(row["maximum"]),
                value_labels=_labels(row["value_labels"]),
                missing_codes=row["missing_codes"].split(),
                is_personal=row["is_personal"] == "1",
                measured=row["measured"],
                position=position,
            )
            for position, row in enumerate(csv.DictReader(file), start=1)
        ]


def _decimal(text: str) -> Decimal | None:
    return Decimal(text) if text else None


def _labels(text: str) -> dict[str, str]:
    pairs = (pair.partition("=") for pair in text.split("|") if pair)
    return {code: label for code, _mark, label in pairs}


@transaction.atomic
def add_variable(*, wave_id: int, acting: Membership, **values: Any) -> Variable:
    """A further line of the dictionary, at its end. Raises NotAllowed, ValidationError."""
    require(can_evaluate(acting))
    wave = Wave.objects.select_for_update().get(pk=wave_id)
    variable = Variable(wave=wave, position=wave.variables.count() + 1, **values)
    variable.full_clean()
    variable.save()
    return variable


@transaction.atomic
def receive_file(
    *,
    wave_id: int,
    file_name: str,
    content: bytes,
    acting: Membership,
    at: datetime,
    delimiter: str = "",
    encoding: str = "",
) -> SurveyImport:
    """Keep a readable file until its columns are mapped; sent again while it waits, it is the same.

    Raises NotAllowed, InvalidFile, and DomainError for a file that was already imported.
    """
    require(can_evaluate(acting))
    wave = Wave.objects.select_for_update().get(pk=wave_id)
    table = read_table(file_name, content, delimiter=delimiter, encoding=encoding)
    sha256 = hashlib.sha256(content).hexdigest()
    _refuse_same_file(wave, sha256)
    read_as = {"sha256": sha256, "delimiter": delimiter, "encoding": encoding}
    waiting = wave.imports.filter(status=SurveyImport.Status.PENDING, received_by=acting, **read_as)
    if same := waiting.first():
        return same
    return SurveyImport.objects.create(
        wave=wave,
        file_name=file_name[-200:],
        rows=len(table.rows),
        content=content,
        **read_as,
        mapping=guess_mapping(table.columns, fields_of(wave)),
        received_by=acting,
        received_at=at,
    )


@transaction.atomic
def map_columns(
    *,
    import_id: int,
    mapping: Mapping[str, str],
    acting: Membership,
    marks: Mapping[str, str] | None = None,
) -> SurveyImport:
    """Say which column is which variable, and the decimal mark of those that do not show it.

    Raises NotAllowed, Conflict, DomainError.
    """
    require(can_evaluate(acting))
    survey_import = _pending(import_id)
    columns = table_of(survey_import).columns
    chosen = {name: mapping.get(name, "") for name in columns}
    check_mapping(chosen, fields_of(survey_import.wave))
    survey_import.mapping = chosen
    survey_import.decimal_marks = {
        name: mark for name, mark in (marks or {}).items() if name in chosen and mark in MARKS
    }
    survey_import.save(update_fields=["mapping", "decimal_marks"])
    return survey_import


@transaction.atomic
def confirm_import(*, import_id: int, acting: Membership, at: datetime) -> SurveyImport:
    """Store every answer of the file and forget the file; with one mistake, store nothing.

    Raises NotAllowed, Conflict, and InvalidFile with every mistake by row and column.
    """
    require(can_evaluate(acting))
    survey_import = _pending(import_id)
    _refuse_same_file(survey_import.wave, survey_import.sha256)
    check_mapping(survey_import.mapping, fields_of(survey_import.wave))
    found = checked(survey_import, table_of(survey_import))
    if found.errors:
        raise InvalidFile(_("The file has mistakes: nothing was imported."), found.errors)
    Response.objects.bulk_create(
        (
            Response(
                wave=survey_import.wave,
                producer_id=row.producer_id,
                survey_import=survey_import,
                source_row=row.number,
                answers=row.answers,
            )
            for row in found.rows
        ),
        batch_size=BATCH,
    )
    data = {
        "wave": survey_import.wave.code,
        "name": survey_import.file_name,
        "sha256": survey_import.sha256,
        "rows": survey_import.rows,
        "decimal_marks": survey_import.decimal_marks,
    }
    record_apart(verb="import_answers", acting=acting, at=at, data=data)
    return _decide(survey_import, SurveyImport.Status.CONFIRMED, acting, at)


@transaction.atomic
def discard_import(*, import_id: int, acting: Membership, at: datetime) -> SurveyImport:
    """Forget a file that was not imported. Raises NotAllowed, Conflict."""
    require(can_evaluate(acting))
    return _decide(_pending(import_id), SurveyImport.Status.DISCARDED, acting, at)


@transaction.atomic
def forget_waiting_files(*, at: datetime) -> int:
    """Discard files that nobody decided on in time: they hold document numbers.

    Each is discarded in the name of whoever sent it. Answers how many were forgotten.
    """
    waiting = SurveyImport.objects.select_for_update(skip_locked=True).filter(
        status=SurveyImport.Status.PENDING, received_at__lte=at - KEPT_FOR
    )
    forgotten = list(waiting.defer("content").order_by("pk"))
    for survey_import in forgotten:
        _decide(survey_import, SurveyImport.Status.DISCARDED, survey_import.received_by, at)
    return len(forgotten)


def _pending(import_id: int) -> SurveyImport:
    """The file and its wave, both locked: two confirmations of one wave come one by one."""
    survey_import = (
        SurveyImport.objects.select_for_update().select_related("wave").get(pk=import_id)
    )
    if not survey_import.is_pending:
        raise Conflict(
            _("This file was already decided on: %(status)s.")
            % {"status": survey_import.get_status_display()}
        )
    return survey_import


def _refuse_same_file(wave: Wave, sha256: str) -> None:
    earlier = wave.imports.filter(sha256=sha256, status=SurveyImport.Status.CONFIRMED).first()
    if earlier:
        raise DomainError(
            _("This very file was already imported in this wave («%(name)s»).")
            % {"name": earlier.file_name}
        )


def _decide(
    survey_import: SurveyImport, status: str, acting: Membership, at: datetime
) -> SurveyImport:
    survey_import.status = status
    survey_import.content = None
    survey_import.decided_by = acting
    survey_import.decided_at = at
    survey_import.save(update_fields=["status", "content", "decided_by", "decided_at"])
    return survey_import
