"""A table of answers checked whole against the dictionary and the producers. Pure.

Every mistake is a ``RowError`` with its row and column; a table with one mistake yields no rows
to store.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from evaluation.surveys.linking import Clues, name_key
from evaluation.surveys.rules import (
    NUMERIC,
    Answer,
    Field,
    answer_of,
    is_blank,
    readable,
    text_of,
)
from kit.cells import Unreadable
from kit.errors import DomainError, RowError
from kit.files.grid import Cell
from kit.files.headings import last_part, plain
from kit.files.tables import Table
from kit.identifiers import document, programme_id, telephone
from kit.numbers import Convention, Mark, convention_of

DOCUMENT = "@document"
PROGRAMME_ID = "@producer"
IDENTIFIERS = (DOCUMENT, PROGRAMME_ID)
#: Both together say who answered, where there is no column of IDENTIFIERS.
ALLIANCE, NAME = "@alliance", "@name"
NAMED = (ALLIANCE, NAME)
#: What else a row may say of who answered; it links nobody by itself (``linking``).
MUNICIPALITY, ORGANISATION = "@municipality", "@organisation"
CLUES = (MUNICIPALITY, ORGANISATION)
#: Personal variables of the programme's dictionary: never stored, and clues all the same.
RESPONDENT_NAME, RESPONDENT_PHONE = "respondent_name", "respondent_phone"
_READ: Mapping[str, Callable[[object], Any]] = {DOCUMENT: document, PROGRAMME_ID: programme_id}
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
    "municipio": MUNICIPALITY,
    "municipality": MUNICIPALITY,
    "organizacion": ORGANISATION,
    "asociacion": ORGANISATION,
    "organisation": ORGANISATION,
}

_METADATA = frozenset(
    {"start", "end", "today", "deviceid", "username", "instanceid", "submissiondate", "key"}
)


@dataclass(frozen=True)
class Answered:
    """Where the answers of a producer stand already: an import and a row of its file."""

    import_id: int
    file_name: str
    row: int


@dataclass(frozen=True)
class Known:
    """What the database knows: producers by document and by id, and who already answered."""

    by_document: Mapping[str, Sequence[int]]
    ids: frozenset[int]
    answered: Mapping[int, Answered]


@dataclass(frozen=True)
class CheckedRow:
    """A row ready to be stored."""

    number: int
    producer_id: int
    answers: dict[str, Answer]


#: What can be done with rows of each trouble; the first is what is done unless somebody chooses.
REFUSE, LEAVE_OUT, KEEP = "refuse", "leave_out", "keep"
UNLINKED, REPEATED, ALIKE, NO_CONSENT = "unlinked", "repeated", "alike", "no_consent"
HANDLING: Mapping[str, tuple[str, ...]] = {
    UNLINKED: (REFUSE, LEAVE_OUT),
    REPEATED: (REFUSE, LEAVE_OUT),
    ALIKE: (KEEP, LEAVE_OUT),
}
#: Two producers may well give the same few answers; the same of so many are one row copied.
ALIKE_FROM = 10


@dataclass(frozen=True)
class SetAside:
    """A row that is not stored (or, of ALIKE, is told): its trouble, the row it repeats, why."""

    row: int
    trouble: str
    message: str
    other: int | None = None


@dataclass(frozen=True)
class CheckedColumn:
    """A column given to a variable, read whole: the answer of each row, None for none.

    ``errors`` are its mistakes by place of the row.
    """

    name: str
    variable: Field
    convention: Convention
    answers: Sequence[Answer]
    errors: Mapping[int, str]


@dataclass
class Checked:
    """Rows ready to be stored, and what is wrong; the rows count only when nothing is.

    ``answered`` are the answers that stand already of producers of this file. ``set_aside`` are
    rows that are not stored, and ``alike`` those with all the answers of an earlier row.
    ``unlinked`` are places of rows that agree to answer and name nobody exactly.
    """

    columns: list[CheckedColumn] = field(default_factory=list)
    rows: list[CheckedRow] = field(default_factory=list)
    errors: list[RowError] = field(default_factory=list)
    answered: Sequence[Answered] = ()
    set_aside: list[SetAside] = field(default_factory=list)
    alike: list[SetAside] = field(default_factory=list)
    unlinked: list[int] = field(default_factory=list)


def known_headings(fields: Sequence[Field]) -> dict[str, str]:
    """Every heading that is understood (plain), and the variable or identifier it stands for."""
    targets = {plain(heading): target for heading, target in _IDENTIFIER_HEADINGS.items()}
    for item in fields:
        targets |= {plain(item.label): item.name, plain(item.name): item.name}
    return targets


def guess_mapping(columns: Sequence[str], fields: Sequence[Field]) -> dict[str, str]:
    """Columns whose heading is a variable's name or label, or a usual name of an identifier.

    Of a heading with groups, as «hogar/ventas», the last part is taken where no other column has
    the same: of two, somebody must say which.
    """
    targets = known_headings(fields)
    whole = {column: targets.get(plain(column), "") for column in columns}
    rivals = _by_last_part(columns, targets)
    guessed: dict[str, str] = {}
    for column in sorted(columns, key=lambda column: not whole[column]):
        target = whole[column] or targets.get(plain(last_part(column)), "")
        is_doubtful = not whole[column] and len(rivals.get(target, ())) > 1
        taken = target in guessed.values() or (
            target in IDENTIFIERS and any(used in IDENTIFIERS for used in guessed.values())
        )
        guessed[column] = "" if taken or is_doubtful else target
    return {column: guessed[column] for column in columns}


def is_metadata(column: str, columns: Sequence[str], mapping: Mapping[str, str]) -> bool:
    """What ODK and Kobo add to the answers, not an answer: «_id», «start», «formhub/uuid».

    Of a question with several answers, the column that lists them, when each has its own.
    """
    name = column.casefold()
    if name.startswith("_") or name in _METADATA or name.startswith(("meta/", "formhub/")):
        return True
    parts = [other for other in columns if other.startswith(f"{column}/")]
    return bool(parts) and all(mapping.get(part) for part in parts)


def doubtful_columns(
    columns: Sequence[str], fields: Sequence[Field], mapping: Mapping[str, str]
) -> dict[str, tuple[str, ...]]:
    """Targets that were given to no column, though the last part of two or more names them."""
    rivals = _by_last_part(columns, known_headings(fields))
    given = set(mapping.values())
    return {
        target: tuple(names)
        for target, names in rivals.items()
        if len(names) > 1 and target not in given
    }


def _by_last_part(columns: Sequence[str], targets: Mapping[str, str]) -> dict[str, list[str]]:
    """The grouped columns whose last part is a known heading, by what it stands for."""
    grouped: dict[str, list[str]] = defaultdict(list)
    for column in columns:
        target = targets.get(plain(last_part(column)))
        if target and plain(column) not in targets:
            grouped[target].append(column)
    return grouped


def check_mapping(mapping: Mapping[str, str], fields: Sequence[Field]) -> None:
    """Raise DomainError unless one column identifies the producer and no target repeats."""
    chosen = [target for target in mapping.values() if target]
    identifiers = [target for target in chosen if target in IDENTIFIERS]
    named = {target for target in chosen if target in NAMED}
    if len(identifiers) != (0 if named else 1) or len(named) == 1:
        raise DomainError(
            _(
                "Choose one column, and only one, that identifies the producer: document or id; or "
                "two, the code of the alliance and the name."
            )
        )
    names = {item.name: item for item in fields}
    unknown = [target for target in chosen if target not in {*names, *IDENTIFIERS, *NAMED, *CLUES}]
    if unknown:
        raise DomainError(_("Unknown variable: %(name)s.") % {"name": unknown[0]})
    repeated = next((target for target in chosen if chosen.count(target) > 1), None)
    if repeated:
        raise DomainError(_("Two columns were given to %(name)s.") % {"name": repeated})
    if not any(target in names and not names[target].is_personal for target in chosen):
        raise DomainError(_("No column was given to a variable that can be stored."))


def identifiers_in(table: Table, mapping: Mapping[str, str]) -> tuple[str, list[str | Unreadable]]:
    """The kind of identifier chosen and each row's: canonical, empty, or why it cannot be read."""
    column, kind = _who(mapping)
    place = table.columns.index(column)
    if kind == NAME:
        code = table.columns.index(next(name for name, to in mapping.items() if to == ALLIANCE))
        return kind, [_name_in(row[code], row[place]) for row in table.rows]
    return kind, [_identifier(row[place], _READ[kind]) for row in table.rows]


def clues_in(table: Table, mapping: Mapping[str, str], places: Sequence[int]) -> list[Clues]:
    """What rows say of who answered, by the columns given to it; those that say nothing are out.

    A document that cannot be read in one way only is no clue, nor is such a telephone.
    """
    targets = {target: table.columns.index(name) for name, target in mapping.items() if target}
    columns = [(_READS_CLUE[to], at) for to, at in targets.items() if to in _READS_CLUE]
    rows = []
    for place in places:
        read = {clue: _clue(table.rows[place][at], reader) for (clue, reader), at in columns}
        if any(read.values()):
            rows.append(Clues(row=table.numbers[place], **read))
    return rows


def _clue(cell: Cell, read: Callable[[object], str]) -> str:
    text = _identifier(cell, read)
    return "" if isinstance(text, Unreadable) else text


#: The clue that a column gives, by what it was given to, and how its cells are read.
_READS_CLUE: Mapping[str, tuple[str, Callable[[Any], str]]] = {
    DOCUMENT: ("document", document),
    RESPONDENT_NAME: ("name", lambda cell: name_key(text_of(cell))),
    NAME: ("name", lambda cell: name_key(text_of(cell))),
    RESPONDENT_PHONE: ("phone", telephone),
    MUNICIPALITY: ("municipality", lambda cell: plain(text_of(cell))),
    ORGANISATION: ("organisation", lambda cell: plain(text_of(cell))),
    ALLIANCE: ("alliance", lambda cell: text_of(cell).strip().upper()),
}


def _who(mapping: Mapping[str, str]) -> tuple[str, str]:
    """The column that says who answered, and as what: one of IDENTIFIERS, or NAME."""
    return next((name, to) for name, to in mapping.items() if to in (*IDENTIFIERS, NAME))


def _name_in(alliance: Cell, name: Cell) -> str | Unreadable:
    try:
        code, written = readable(alliance), readable(name)
        return named(code, written) if code and written else ""
    except Unreadable as problem:
        return problem


def named(alliance: str, name: str) -> str:
    """Who a name is within an alliance: case, accents and the order of the words aside."""
    return f"{alliance.strip().upper()} {name_key(name)}"


def _identifier(cell: Cell, read: Callable[[object], Any]) -> str | Unreadable:
    try:
        return str(read(cell)) if readable(cell) else ""
    except Unreadable as problem:
        return problem


def check_rows(
    table: Table,
    mapping: Mapping[str, str],
    fields: Sequence[Field],
    known: Known,
    *,
    marks: Mapping[str, Mark] | None = None,
    handling: Mapping[str, str] | None = None,
    links: Mapping[int, int] | None = None,
) -> Checked:
    """Every row against the dictionary and the producers; ``mapping`` must have been checked.

    ``marks`` are the decimal marks that somebody chose for columns that do not show their own, and
    ``handling`` what they chose to do with rows of each trouble. ``links``: producers whom somebody
    accepted for rows that name nobody exactly. Mistakes of a row that is set aside are none.
    """
    columns = _read_columns(table, mapping, fields, marks or {})
    chosen = {trouble: ways[0] for trouble, ways in HANDLING.items()} | dict(handling or {})
    producers, errors, aside, unlinked = _producers(
        table, mapping, known, _consenting(table, columns), chosen, links or {}
    )
    checked = Checked(columns, answered=tuple(known.answered.values()), set_aside=aside)
    checked.unlinked = unlinked
    names = [column.variable.name for column in columns]
    rows = zip(*(column.answers for column in columns), strict=True)
    first: dict[tuple[Answer, ...], int] = {}
    for number, producer_id, row in zip(table.numbers, producers, rows, strict=True):
        if producer_id is None:
            continue
        pairs = zip(names, row, strict=True)
        answers = {name: answer for name, answer in pairs if answer is not None}
        if len(answers) >= ALIKE_FROM and (other := first.setdefault(row, number)) != number:
            message = _("All its answers are those of row %(row)d.") % {"row": other}
            checked.alike.append(SetAside(number, ALIKE, message, other))
            if chosen[ALIKE] == LEAVE_OUT:
                aside.append(checked.alike[-1])
                continue
        checked.rows.append(CheckedRow(number, producer_id, answers))
    aside.sort(key=_row)
    left_out = {row.row for row in aside}
    of_cells = (error for error in _errors_of(table, columns) if error.row not in left_out)
    checked.errors = sorted([*errors, *of_cells], key=_row)
    return checked


def _consenting(table: Table, columns: Sequence[CheckedColumn]) -> list[bool]:
    """Of each row, whether it says yes wherever consent is asked."""
    consents = [column.answers for column in columns if column.variable.role == "consent"]
    return [all(answers[place] == 1 for answers in consents) for place in range(len(table.rows))]


def _row(error: RowError | SetAside) -> int:
    return error.row


def _errors_of(table: Table, columns: Sequence[CheckedColumn]) -> Iterator[RowError]:
    for column in columns:
        for place, message in column.errors.items():
            yield RowError(table.sheet, table.numbers[place], column.name, message)


# -- Answers, column by column --------------------------------------------------------------------
def _read_columns(
    table: Table,
    mapping: Mapping[str, str],
    fields: Sequence[Field],
    marks: Mapping[str, Mark],
) -> list[CheckedColumn]:
    names = {item.name: item for item in fields if not item.is_personal}
    return [
        _read_column(table, place, names[mapping[column]], marks.get(column))
        for place, column in enumerate(table.columns)
        if mapping.get(column) in names
    ]


def _read_column(table: Table, place: int, variable: Field, chosen: Mark | None) -> CheckedColumn:
    """Each answer of a column, its numbers by the one decimal mark that it shows or was given."""
    column = table.columns[place]
    cells = [row[place] for row in table.rows]
    convention = _convention(cells, variable) if variable.kind in NUMERIC else Convention()
    mark = chosen if convention.must_be_asked else convention.mark
    labels = table.labels.get(column, {})
    # A text or a number that repeats is read once; of each type, since 1 is True and 1.0 too.
    reads: dict[type, dict[Any, Answer | Unreadable]] = {str: {}, int: {}, float: {}}
    answers: list[Answer] = []
    errors: dict[int, str] = {}
    for cell in cells:
        read = reads.get(type(cell))
        if cell is None:
            answer: Answer | Unreadable = None
        elif read is None:
            answer = _answer(cell, variable, mark, labels)
        elif cell in read:
            answer = read[cell]
        else:
            answer = read[cell] = _answer(cell, variable, mark, labels)
        if isinstance(answer, Unreadable):
            errors[len(answers)] = str(answer)
            answer = None
        answers.append(answer)
    errors |= _contradiction(table, cells, convention)
    return CheckedColumn(column, variable, convention, answers, errors)


def _convention(cells: Sequence[Cell], variable: Field) -> Convention:
    texts = dict.fromkeys(cell for cell in cells if isinstance(cell, str))
    return convention_of(text for text in map(text_of, texts) if not is_blank(text, variable))


def _answer(
    cell: Cell, variable: Field, mark: Mark | None, labels: Mapping[str, str]
) -> Answer | Unreadable:
    try:
        return answer_of(cell, variable, mark=mark, file_labels=labels)
    except Unreadable as problem:
        return problem


def _contradiction(table: Table, cells: Sequence[Cell], convention: Convention) -> dict[int, str]:
    """The mistake of a column that uses both marks, at the second of the cells that show it."""
    if not convention.is_contradictory:
        return {}
    texts = [cell.strip() if isinstance(cell, str) else None for cell in cells]
    first, second = sorted((texts.index(convention.comma), texts.index(convention.point)))
    message = _(
        "«%(value)s» and «%(other)s», in row %(row)d, have different decimal marks: write the "
        "whole column with one."
    )
    values = {"value": texts[second], "other": texts[first], "row": table.numbers[first]}
    return {second: message % values}


# -- Who answered ---------------------------------------------------------------------------------
def _producers(
    table: Table,
    mapping: Mapping[str, str],
    known: Known,
    consenting: Sequence[bool],
    handling: Mapping[str, str],
    links: Mapping[int, int],
) -> tuple[list[int | None], list[RowError], list[SetAside], list[int]]:
    """The producer of each row, None for one not to be stored; the mistakes; who is set aside; and
    the places of rows that agree to answer and name nobody exactly.
    """
    kind, identifiers = identifiers_in(table, mapping)
    column, _kind = _who(mapping)
    first_row: dict[int, int] = {}
    producers: list[int | None] = []
    errors: list[RowError] = []
    aside: list[SetAside] = []
    unlinked: list[int] = []
    rows = zip(table.numbers, identifiers, consenting, strict=True)
    for place, (number, identifier, agrees) in enumerate(rows):
        producer_id, trouble = None, UNLINKED
        try:
            if not agrees:
                aside.append(SetAside(number, NO_CONSENT, _("There is no consent to answer.")))
            else:
                try:
                    producer = _producer(kind, identifier, known)
                except Unreadable:
                    unlinked.append(place)
                    if number not in links:
                        raise
                    producer = links[number]
                trouble = REPEATED
                _once(producer, number, first_row, known)
                producer_id = producer
        except Unreadable as problem:
            if handling[trouble] == LEAVE_OUT:
                # an unlinked row ended before it knew a producer
                other = first_row[producer] if trouble == REPEATED else None
                other = None if other == number else other
                aside.append(SetAside(number, trouble, str(problem), other))
            else:
                errors.append(RowError(table.sheet, number, column, str(problem)))
        producers.append(producer_id)
    return producers, errors, aside, unlinked


def _producer(kind: str, identifier: str | Unreadable, known: Known) -> int:
    if isinstance(identifier, Unreadable):
        raise identifier
    if not identifier:
        raise Unreadable(_("The row does not say which producer answered."))
    if kind == PROGRAMME_ID:
        if int(identifier) in known.ids:
            return int(identifier)
        raise Unreadable(_("No producer has the programme id %(id)s.") % {"id": identifier})
    producers = known.by_document.get(identifier, ())
    if kind == NAME:
        if len(producers) > 1:
            raise Unreadable(_("More than one producer of this alliance has this name."))
        if not producers:
            raise Unreadable(_("No producer of this alliance has exactly this name."))
    if len(producers) > 1:
        raise Unreadable(_("This document is in more than one profile: use the programme id."))
    if not producers:
        raise Unreadable(_("No producer of the programme has this document."))
    return producers[0]


def _once(producer_id: int, number: int, first_row: dict[int, int], known: Known) -> None:
    if producer_id in first_row:
        raise Unreadable(
            _("The same producer is already in row %(row)s.") % {"row": first_row[producer_id]}
        )
    first_row[producer_id] = number
    if earlier := known.answered.get(producer_id):
        raise Unreadable(
            _("This producer already answered in this wave: row %(row)d of «%(file)s».")
            % {"row": earlier.row, "file": earlier.file_name}
        )
