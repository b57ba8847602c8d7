"""A table of answers checked whole against the dictionary and the producers. Pure.

Every mistake is a ``RowError`` with its row and column; a table with one mistake yields no rows
to store.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from evaluation.surveys.readers import Cell, Table
from evaluation.surveys.rules import (
    Answer,
    BadCell,
    Field,
    answer_of,
    plain,
    text_of,
    uses_decimal_comma,
)
from kit.errors import DomainError, RowError

DOCUMENT = "@document"
PROGRAMME_ID = "@producer"
IDENTIFIERS = (DOCUMENT, PROGRAMME_ID)
_IDENTIFIER_HEADINGS = {
    "documento": DOCUMENT,
    "cedula": DOCUMENT,
    "numero_documento": DOCUMENT,
    "numero de documento": DOCUMENT,
    "document_number": DOCUMENT,
    "id_productor": PROGRAMME_ID,
    "id_programa": PROGRAMME_ID,
    "producer_id": PROGRAMME_ID,
    "programme_id": PROGRAMME_ID,
}


@dataclass(frozen=True)
class Known:
    """What the database knows: producers by document and by id, and who already answered."""

    by_document: Mapping[str, Sequence[int]]
    ids: frozenset[int]
    answered: frozenset[int]


@dataclass(frozen=True)
class CheckedRow:
    """A row ready to be stored."""

    number: int
    producer_id: int
    answers: dict[str, Answer]


@dataclass
class Checked:
    """Rows ready to be stored, and what is wrong; the rows count only when nothing is."""

    rows: list[CheckedRow] = field(default_factory=list)
    errors: list[RowError] = field(default_factory=list)


def guess_mapping(columns: Sequence[str], fields: Sequence[Field]) -> dict[str, str]:
    """Columns whose heading is a variable's name or label, or a usual name of an identifier."""
    targets = dict(_IDENTIFIER_HEADINGS)
    for item in fields:
        targets |= {plain(item.label): item.name, plain(item.name): item.name}
    guessed: dict[str, str] = {}
    for column in columns:
        target = targets.get(plain(column), "")
        taken = target in guessed.values() or (
            target in IDENTIFIERS and any(used in IDENTIFIERS for used in guessed.values())
        )
        guessed[column] = "" if taken else target
    return guessed


def check_mapping(mapping: Mapping[str, str], fields: Sequence[Field]) -> None:
    """Raise DomainError unless one column identifies the producer and no target repeats."""
    chosen = [target for target in mapping.values() if target]
    identifiers = [target for target in chosen if target in IDENTIFIERS]
    if len(identifiers) != 1:
        raise DomainError(
            _("Choose one column, and only one, that identifies the producer: document or id.")
        )
    names = {item.name: item for item in fields}
    unknown = [target for target in chosen if target not in names and target not in IDENTIFIERS]
    if unknown:
        raise DomainError(_("Unknown variable: %(name)s.") % {"name": unknown[0]})
    repeated = next((target for target in chosen if chosen.count(target) > 1), None)
    if repeated:
        raise DomainError(_("Two columns were given to %(name)s.") % {"name": repeated})
    if not any(target in names and not names[target].is_personal for target in chosen):
        raise DomainError(_("No column was given to a variable that can be stored."))


def identifiers_in(table: Table, mapping: Mapping[str, str]) -> tuple[str, list[str]]:
    """The kind of identifier chosen and its value in every row, as text without separators."""
    column, kind = next((name, to) for name, to in mapping.items() if to in IDENTIFIERS)
    place = table.columns.index(column)
    return kind, [re.sub(r"[.\s,]", "", text_of(row[place])) for row in table.rows]


def check_rows(
    table: Table, mapping: Mapping[str, str], fields: Sequence[Field], known: Known
) -> Checked:
    """Every row against the dictionary and the producers; ``mapping`` must have been checked."""
    checked = Checked()
    readers = _column_readers(table, mapping, fields)
    kind, identifiers = identifiers_in(table, mapping)
    column = next(name for name, to in mapping.items() if to in IDENTIFIERS)
    first_row: dict[int, int] = {}
    for number, identifier, row in zip(table.numbers, identifiers, table.rows, strict=True):
        answers = _answers(table, number, row, readers, checked.errors)
        try:
            producer_id = _producer(kind, identifier, known)
            _once(producer_id, number, first_row, known)
        except BadCell as error:
            checked.errors.append(RowError(table.sheet, number, column, str(error)))
        else:
            checked.rows.append(CheckedRow(number, producer_id, answers))
    return checked


@dataclass(frozen=True)
class _Reader:
    """How one column is read."""

    place: int
    column: str
    variable: Field
    decimal_comma: bool
    labels: Mapping[str, str]


def _column_readers(
    table: Table, mapping: Mapping[str, str], fields: Sequence[Field]
) -> list[_Reader]:
    names = {item.name: item for item in fields if not item.is_personal}
    readers = []
    for place, column in enumerate(table.columns):
        variable = names.get(mapping.get(column, ""))
        if variable:
            texts = [row[place] for row in table.rows]
            comma = uses_decimal_comma(
                (text.strip() for text in texts if isinstance(text, str)),
                default=table.decimal_comma,
            )
            labels = table.labels.get(column, {})
            readers.append(_Reader(place, column, variable, comma, labels))
    return readers


def _answers(
    table: Table,
    number: int,
    row: Sequence[Cell],
    readers: Sequence[_Reader],
    errors: list[RowError],
) -> dict[str, Answer]:
    answers: dict[str, Answer] = {}
    for reader in readers:
        try:
            answer = answer_of(
                row[reader.place],
                reader.variable,
                decimal_comma=reader.decimal_comma,
                file_labels=reader.labels,
            )
        except BadCell as error:
            errors.append(RowError(table.sheet, number, reader.column, str(error)))
        else:
            if answer is not None:
                answers[reader.variable.name] = answer
    return answers


def _producer(kind: str, identifier: str, known: Known) -> int:
    if not identifier:
        raise BadCell(_("The row does not say which producer answered."))
    if kind == PROGRAMME_ID:
        if identifier.isdecimal() and int(identifier) in known.ids:
            return int(identifier)
        raise BadCell(_("No producer has the programme id %(id)s.") % {"id": identifier[:20]})
    found = known.by_document.get(identifier, ())
    if len(found) > 1:
        raise BadCell(_("This document is in more than one profile: use the programme id."))
    if not found:
        raise BadCell(_("No producer of the programme has this document."))
    return found[0]


def _once(producer_id: int, number: int, first_row: dict[int, int], known: Known) -> None:
    if producer_id in first_row:
        raise BadCell(
            _("The same producer is already in row %(row)s.") % {"row": first_row[producer_id]}
        )
    first_row[producer_id] = number
    if producer_id in known.answered:
        raise BadCell(_("This producer already answered in this wave."))
