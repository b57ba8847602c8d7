"""Writes about surveys: waves, their dictionary, and files taken whole or not at all."""

import csv
from collections import Counter
from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from alliances.lifecycle.acting import act_on
from alliances.people.models import Membership
from evaluation.access import can_evaluate
from evaluation.acting import evaluate
from evaluation.surveys.checking import HANDLING, check_mapping, guess_mapping, known_headings
from evaluation.surveys.models import Response, SurveyImport, Variable, Wave
from evaluation.surveys.selectors import (
    WITH_THEIR_WAVE,
    checked,
    digest_of_answers,
    fields_of,
    link_proposals,
    studies_that_hold,
    studies_that_read,
    table_of,
)
from evaluation.surveys.table import (
    ADD_VARIABLE,
    CREATE_WAVE,
    DISCARD_ANSWERS,
    DISCARD_WAVE,
    FORGET_ANSWERS,
    IMPORT_ANSWERS,
    LINK_ANSWERS,
    MAP_ANSWERS,
    PROCESS,
    RECEIVE_ANSWERS,
    REVISE_WAVE,
    WITHDRAW_ANSWERS,
    ImportStatus,
)
from kit.access import require
from kit.errors import Conflict, DomainError, InvalidFile, Overtaken
from kit.files.tables import Table, read_table
from kit.locks import take_turns
from kit.numbers import MARKS
from kit.staging import check_name, digest_of

STANDARD_DICTIONARY = Path(__file__).parent / "data" / "dictionary.csv"
BATCH = 2000
KEPT_FOR = timedelta(days=7)


def create_wave(
    *,
    code: str,
    title: str,
    collected_from: date,
    collected_until: date,
    acting: Membership,
    at: datetime,
    key: UUID | None = None,
) -> Wave:
    """A wave with the programme's standard dictionary. Raises NotAllowed, ValidationError."""
    wave = Wave(
        code=code,
        title=title,
        collected_from=collected_from,
        collected_until=collected_until,
        created_by=acting,
        created_at=at,
    )
    content = {"wave": code, "title": title, "days": (collected_from, collected_until)}
    with evaluate(CREATE_WAVE, acting=acting, at=at, key=key, content=content) as act:
        if act.earlier:
            return Wave.objects.get(code=code)
        take_turns(f"wave {code}")
        wave.full_clean()
        wave.save()
        Variable.objects.bulk_create(standard_dictionary(wave))
        act.data |= {"wave": code, "name": title}
        return wave


def revise_wave(
    *,
    wave_id: int,
    title: str,
    collected_from: date,
    collected_until: date,
    acting: Membership,
    at: datetime,
    seen: str | None = None,
    key: UUID | None = None,
) -> Wave:
    """Change title or dates of a wave until a frozen study reads it; its code stays.

    ``seen`` is the version that was read. Raises Overtaken when it was changed since, Conflict
    naming the studies that read it, NotAllowed, ValidationError.
    """
    content = {"wave": wave_id, "title": title, "days": (collected_from, collected_until)}
    with evaluate(REVISE_WAVE, acting=acting, at=at, key=key, content=content) as act:
        if act.earlier:
            return Wave.objects.get(pk=wave_id)
        wave = _unread(wave_id)
        if seen is not None and seen != wave.version:
            raise Overtaken(_("This wave was changed after you opened it: nothing was done."))
        wave.title = title
        wave.collected_from, wave.collected_until = collected_from, collected_until
        wave.full_clean()
        wave.save(update_fields=["title", "collected_from", "collected_until"])
        act.data |= {"wave": wave.code, "name": wave.title}
        return wave


def discard_wave(
    *,
    wave_id: int,
    acting: Membership,
    at: datetime,
    reason: str,
    reason_code: str,
    key: UUID | None = None,
) -> Wave:
    """Take a wave out of sight with its files and its open studies; its code stays taken.

    What was imported is withdrawn and stays stored, so that the audit can count it; a file that
    waits is forgotten. Raises Conflict naming the frozen studies that read it, NotAllowed.
    """
    with evaluate(
        DISCARD_WAVE,
        acting=acting,
        at=at,
        key=key,
        content={"wave": wave_id},
        reason=reason,
        reason_code=reason_code,
    ) as act:
        if act.earlier:
            return Wave.objects.get(pk=wave_id)
        wave = _unread(wave_id)
        imports = wave.imports.filter(status__in=WITH_THEIR_WAVE).select_for_update()
        ended = list(imports.defer("content").order_by("pk"))
        for survey_import in ended:
            _decide(survey_import, WITH_THEIR_WAVE[ImportStatus(survey_import.status)], acting, at)
        # Their room stands above this one: they are reached by the wave's own rows.
        studies = wave.studies.filter(discarded_at__isnull=True)
        named = list(studies.order_by("pk").values_list("pk", flat=True))
        studies.update(discarded_at=at)
        wave.discarded_at = at
        wave.save(update_fields=["discarded_at"])
        act.data |= {
            "wave": wave.code,
            "name": wave.title,
            "imports": [row.pk for row in ended],
            "studies": named,
        }
        return wave


def lock_wave(wave_id: int) -> Wave:
    """The wave, locked: what is added to it comes one by one. Raises Conflict if discarded."""
    wave = Wave.objects.select_for_update().get(pk=wave_id)
    if wave.discarded_at:
        raise Conflict(_("This wave was discarded: nothing is added to it or changed in it."))
    return wave


def _unread(wave_id: int) -> Wave:
    """The wave and its studies, locked. Raises Conflict naming those that read it for good."""
    wave = lock_wave(wave_id)
    list(wave.studies.select_for_update().values_list("pk"))  # whoever freezes one waits for this
    if titles := studies_that_hold(wave):
        raise Conflict(
            _("It stays as it is for %(studies)s: frozen, or with excerpts beside it.")
            % {"studies": ", ".join(f"«{title}»" for title in titles)}
        )
    return wave


def standard_dictionary(wave: Wave) -> list[Variable]:
    """Unsaved variables that the programme's methods read, from the reference file."""
    with STANDARD_DICTIONARY.open(encoding="utf-8", newline="") as file:
        return [
            Variable(
                wave=wave,
                name=row["name"],
                label=row["label"],
                label_en=row["label_en"],
                kind=row["kind"],
                unit=row["unit"],
                minimum=_decimal(row["minimum"]),
                maximum=_decimal(row["maximum"]),
                value_labels=_labels(row["value_labels"]),
                value_labels_en=_labels(row["value_labels_en"]),
                missing_codes=row["missing_codes"].split(),
                is_personal=row["is_personal"] == "1",
                measured=row["measured"],
                role=row["role"],
                position=position,
            )
            for position, row in enumerate(csv.DictReader(file), start=1)
        ]


def _decimal(text: str) -> Decimal | None:
    return Decimal(text) if text else None


def _labels(text: str) -> dict[str, str]:
    pairs = (pair.partition("=") for pair in text.split("|") if pair)
    return {code: label for code, _mark, label in pairs}


def add_variable(
    *, wave_id: int, acting: Membership, at: datetime, key: UUID | None = None, **values: Any
) -> Variable:
    """A further line of the dictionary, at its end. Raises NotAllowed, ValidationError."""
    content = {"wave": wave_id, "variable": values}
    with evaluate(ADD_VARIABLE, acting=acting, at=at, key=key, content=content) as act:
        if act.earlier:
            return Variable.objects.get(wave=wave_id, name=values["name"])
        wave = lock_wave(wave_id)
        variable = Variable(wave=wave, position=wave.variables.count() + 1, **values)
        variable.full_clean()
        variable.save()
        act.data |= {"wave": wave.code, "name": variable.name}
        return variable


def receive_file(
    *,
    wave_id: int,
    file_name: str,
    content: bytes,
    acting: Membership,
    at: datetime,
    delimiter: str = "",
    encoding: str = "",
    sheet: str = "",
) -> SurveyImport:
    """Keep a readable file until its columns are mapped; sent again while it waits, it is the same.

    Raises NotAllowed, InvalidFile, and DomainError for a file that was already imported.
    """
    require(can_evaluate(acting))
    check_name(file_name)
    table = read_table(
        file_name,
        content,
        delimiter=delimiter,
        encoding=encoding,
        sheet=sheet,
        known=known_headings(fields_of(Wave.objects.get(pk=wave_id))),
    )
    with evaluate(RECEIVE_ANSWERS, acting=acting, at=at) as act:
        wave = lock_wave(wave_id)
        sha256 = digest_of(content)
        _refuse_same_file(wave, sha256)
        read_as = {
            "sha256": sha256,
            "delimiter": delimiter,
            "encoding": encoding,
            "sheet": table.sheet,
        }
        waiting = wave.imports.filter(
            status=SurveyImport.Status.PENDING, received_by=acting, **read_as
        )
        if same := waiting.first():
            act.skip()
            return same
        survey_import = SurveyImport.objects.create(
            wave=wave,
            file_name=file_name,
            rows=len(table.rows),
            content=content,
            **read_as,
            mapping=guess_mapping(table.columns, fields_of(wave)),
            received_by=acting,
            received_at=at,
        )
        act.data |= _told_of(survey_import)
        return survey_import


def map_columns(
    *,
    import_id: int,
    mapping: Mapping[str, str],
    acting: Membership,
    at: datetime,
    marks: Mapping[str, str] | None = None,
    handling: Mapping[str, str] | None = None,
    seen: str | None = None,
) -> SurveyImport:
    """Say which column is which variable, and the decimal mark of those that do not show it.

    ``handling`` says what is done with rows of a trouble, by ``checking.HANDLING``.

    Raises Overtaken when somebody changed them after ``seen``, NotAllowed, Conflict, DomainError.
    """
    with evaluate(MAP_ANSWERS, acting=acting, at=at) as act:
        survey_import = _pending(import_id)
        if seen is not None and seen != survey_import.version:
            raise Overtaken(_("The columns of this file were changed after you opened it."))
        chosen = {name: mapping.get(name, "") for name in survey_import.mapping}
        check_mapping(chosen, fields_of(survey_import.wave))
        chosen_marks = {
            name: mark for name, mark in (marks or {}).items() if name in chosen and mark in MARKS
        }
        ways = {
            trouble: way
            for trouble, way in (handling or {}).items()
            if way in HANDLING.get(trouble, ())[1:]  # the first is what is done anyway
        }
        choice: dict[str, Any] = {
            "mapping": chosen,
            "decimal_marks": chosen_marks,
            "handling": ways,
        }
        if chosen != survey_import.mapping:  # what was proposed rests on the columns
            choice |= {"links": {}, "declined": []}
        if choice == {name: getattr(survey_import, name) for name in choice}:
            act.skip()
            return survey_import
        for name, value in choice.items():
            setattr(survey_import, name, value)
        survey_import.save(update_fields=list(choice))
        act.data |= _told_of(survey_import) | {"mapping": chosen}
        return survey_import


def link_rows(
    *,
    import_id: int,
    accepted: Collection[int],
    acting: Membership,
    at: datetime,
    seen: str,
    key: UUID | None = None,
) -> SurveyImport:
    """Link these rows to the producers proposed for them; the other proposals are declined.

    Raises NotAllowed, Conflict when the file was changed after ``seen``, and DomainError for a row
    for which nobody is proposed. Row, producer and kinds of evidence are kept, no word of the file.
    """
    require(can_evaluate(acting))
    waiting = SurveyImport.objects.select_related("wave").get(pk=import_id)
    table = table_of(waiting) if waiting.is_pending else None
    content = {"import": import_id, "rows": sorted(accepted)}
    with evaluate(LINK_ANSWERS, acting=acting, at=at, key=key, content=content) as act:
        if act.earlier:
            return SurveyImport.objects.get(pk=import_id)
        survey_import = _pending(import_id)
        if seen != survey_import.version:
            raise Conflict(
                _("The columns of this file were changed after you opened it: nothing was linked.")
            )
        assert table  # it still waits, so it waited when it was read
        rows = link_proposals(survey_import, table, checked(survey_import, table))
        if unknown := set(accepted) - {row.row for row in rows}:
            raise DomainError(_("Nobody is proposed for row %(row)d.") % {"row": min(unknown)})
        links = [row for row in rows if row.row in accepted]
        declined = [row for row in rows if row.row not in accepted]
        survey_import.links = {str(row.row): [row.producer_id, list(row.evidence)] for row in links}
        survey_import.declined = [[row.row, row.producer_id] for row in declined]
        survey_import.save(update_fields=["links", "declined"])
        evidence = Counter("+".join(row.evidence) for row in links)
        act.data |= _told_of(survey_import) | {
            "linked": dict(evidence),
            "declined": len(declined),
        }
        return survey_import


def confirm_import(
    *,
    import_id: int,
    acting: Membership,
    at: datetime,
    seen: str | None = None,
    key: UUID | None = None,
) -> SurveyImport:
    """Store every answer of the file and forget the file; with one mistake, store nothing.

    ``seen`` is the version of the preview that was read. The file is read before anything is
    locked. Raises NotAllowed, Conflict, and InvalidFile with every mistake by row and column.
    """
    require(can_evaluate(acting))
    table = _waiting_table(import_id)
    content = {"import": import_id}
    with evaluate(IMPORT_ANSWERS, acting=acting, at=at, key=key, content=content) as act:
        if act.earlier:
            return SurveyImport.objects.get(pk=import_id)
        survey_import = _pending(import_id)
        if seen is not None and seen != survey_import.version:
            raise Conflict(
                _(
                    "The columns of this file were changed after you opened it: nothing was "
                    "imported. Look at what would be stored now."
                )
            )
        assert table  # it still waits, so it waited when it was read
        _refuse_same_file(survey_import.wave, survey_import.sha256)
        check_mapping(survey_import.mapping, fields_of(survey_import.wave))
        checked_rows = checked(survey_import, table)
        if checked_rows.errors:
            raise InvalidFile(
                _("The file has mistakes: nothing was imported."), checked_rows.errors
            )
        if not checked_rows.rows:
            raise DomainError(_("No row of the file would be stored: nothing was imported."))
        Response.objects.bulk_create(
            (
                Response(
                    wave=survey_import.wave,
                    producer_id=row.producer_id,
                    survey_import=survey_import,
                    source_row=row.number,
                    answers=row.answers,
                )
                for row in checked_rows.rows
            ),
            batch_size=BATCH,
        )
        survey_import.set_aside = [
            [row.row, row.trouble, row.other] for row in checked_rows.set_aside
        ]
        counts = Counter(row.trouble for row in checked_rows.set_aside)
        act.data |= _told_of(survey_import) | {
            "digest": digest_of_answers(import_id),
            "set_aside": dict(counts),
        }
        return _decide(survey_import, "confirm", acting, at)


def discard_import(
    *, import_id: int, acting: Membership, at: datetime, key: UUID | None = None
) -> SurveyImport:
    """Forget a file that was not imported. Raises NotAllowed, Conflict."""
    content = {"import": import_id}
    with evaluate(DISCARD_ANSWERS, acting=acting, at=at, key=key, content=content) as act:
        if act.earlier:
            return SurveyImport.objects.get(pk=import_id)
        survey_import = _pending(import_id)
        act.data |= _told_of(survey_import)
        return _decide(survey_import, "discard", acting, at)


def withdraw_import(
    *,
    import_id: int,
    acting: Membership,
    at: datetime,
    reason: str,
    reason_code: str,
    key: UUID | None = None,
) -> SurveyImport:
    """Take the answers of an import out of every dataset; other files may bring them again.

    They stay stored, so that the audit can count them. Raises NotAllowed, Conflict, and DomainError
    naming the study that has read them: its result would no longer be that of its rows.
    """
    with evaluate(
        WITHDRAW_ANSWERS,
        acting=acting,
        at=at,
        key=key,
        content={"import": import_id},
        reason=reason,
        reason_code=reason_code,
    ) as act:
        survey_import = _locked(import_id)
        if act.earlier:
            return survey_import
        wave = survey_import.wave
        list(wave.studies.select_for_update().values_list("pk"))  # a new run waits for this
        if titles := studies_that_read(wave):
            raise Conflict(
                _("These answers were read by %(studies)s: they can no longer be withdrawn.")
                % {"studies": ", ".join(f"«{title}»" for title in titles)}
            )
        if survey_import.status == SurveyImport.Status.WITHDRAWN:
            raise Conflict(_("These answers were already withdrawn."))
        _decide(survey_import, "withdraw", acting, at)
        act.data |= _told_of(survey_import) | {"answers": survey_import.responses.count()}
        return survey_import


def forget_waiting_files(*, at: datetime) -> int:
    """Discard files that nobody decided on in time: they hold document numbers.

    Nobody did it: neither the files nor their events name a person. Answers how many.
    """
    with transaction.atomic():
        waiting = SurveyImport.objects.select_for_update(skip_locked=True).filter(
            status=SurveyImport.Status.PENDING, received_at__lte=at - KEPT_FOR
        )
        forgotten = list(waiting.select_related("wave").defer("content").order_by("pk"))
        for survey_import in forgotten:
            data = _told_of(survey_import)
            with act_on(None, FORGET_ANSWERS, acting=None, at=at, data=data):
                _decide(survey_import, "discard", None, at)
    return len(forgotten)


def _waiting_table(import_id: int) -> Table | None:
    """The table of a file that waits; None for one that was decided on, which has none."""
    survey_import = SurveyImport.objects.select_related("wave").get(pk=import_id)
    return table_of(survey_import) if survey_import.is_pending else None


def _locked(import_id: int) -> SurveyImport:
    """The file and its wave, both locked: two decisions on one wave come one by one."""
    Wave.objects.select_for_update().get(imports=import_id)  # first, as whoever discards it does
    return SurveyImport.objects.select_for_update().select_related("wave").get(pk=import_id)


def _pending(import_id: int) -> SurveyImport:
    """The file that waits and its wave, both locked."""
    survey_import = _locked(import_id)
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


def _told_of(survey_import: SurveyImport) -> dict[str, Any]:
    """What every event about a file of answers says of it."""
    return {
        "import": survey_import.pk,
        "wave": survey_import.wave.code,
        "name": survey_import.file_name,
        "sha256": survey_import.sha256,
        "rows": survey_import.rows,
        "decimal_marks": survey_import.decimal_marks,
        "handling": survey_import.handling,
    }


def _decide(
    survey_import: SurveyImport, verb: str, acting: Membership | None, at: datetime
) -> SurveyImport:
    survey_import.status = PROCESS.target(verb, survey_import.status)
    if verb == "withdraw":  # who imported it, and when, stays
        survey_import.save(update_fields=["status"])
        return survey_import
    survey_import.content = None
    survey_import.decided_by = acting
    survey_import.decided_at = at
    survey_import.save(update_fields=["status", "content", "decided_by", "decided_at", "set_aside"])
    return survey_import
