"""Reads about waves and their files: dictionary, answers counted, a pending file checked."""

from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from alliances.people.models import Producer
from evaluation.surveys.checking import (
    DOCUMENT,
    Checked,
    CheckedColumn,
    Known,
    check_mapping,
    check_rows,
    identifiers_in,
)
from evaluation.surveys.models import Response, SurveyImport, Variable, Wave
from evaluation.surveys.rules import CODED, NUMERIC, Answer, Field, text_of
from kit.cells import Unreadable
from kit.errors import DomainError, RowError
from kit.files.tables import Table, read_table
from kit.numbers import COMMA, POINT, grouped, number_of, ungrouped

SAMPLE_ROWS = 5
ERRORS_SHOWN = 100
HIDDEN = "•••"


def waves() -> QuerySet[Wave]:
    """Every wave, newest first, with how many answered."""
    answered = Response.objects.filter(wave=OuterRef("pk")).order_by().values("wave")
    counted = Subquery(answered.annotate(total=Count("pk")).values("total"))
    return Wave.objects.annotate(response_count=Coalesce(counted, 0)).order_by(
        "-collected_from", "pk"
    )


def dictionary(wave: Wave) -> QuerySet[Variable]:
    """The variables of a wave in order."""
    return wave.variables.order_by("position", "pk")


def imports_of(wave: Wave) -> QuerySet[SurveyImport]:
    """The files of a wave, newest first, without their content."""
    return (
        wave.imports.exclude(status=SurveyImport.Status.DISCARDED)
        .defer("content")
        .select_related("received_by__user")
        .order_by("-received_at", "pk")
    )


def fields_of(wave: Wave) -> list[Field]:
    """The dictionary as the checker reads it."""
    return [
        Field(
            name=row.name,
            label=row.label,
            kind=row.kind,
            minimum=row.minimum,
            maximum=row.maximum,
            labels=row.value_labels,
            missing_codes=frozenset(map(str, row.missing_codes)),
            is_personal=row.is_personal,
        )
        for row in dictionary(wave)
    ]


def table_of(survey_import: SurveyImport) -> Table:
    """The table in a pending file. Raises InvalidFile, LostUpload."""
    return read_table(
        survey_import.file_name,
        survey_import.stored_bytes,
        delimiter=survey_import.delimiter,
        encoding=survey_import.encoding,
    )


def checked(survey_import: SurveyImport, table: Table) -> Checked:
    """Every row of a pending file whose columns were mapped, and every mistake in it."""
    mapping = survey_import.mapping
    known = _known(survey_import.wave_id, *identifiers_in(table, mapping))
    return check_rows(
        table,
        mapping,
        fields_of(survey_import.wave),
        known,
        marks=survey_import.decimal_marks,
    )


def _known(wave_id: int, kind: str, identifiers: Iterable[str | Unreadable]) -> Known:
    wanted = {
        identifier for identifier in identifiers if identifier and isinstance(identifier, str)
    }
    by_document: dict[str, list[int]] = defaultdict(list)
    condition = Q(document_number__in=wanted) if kind == DOCUMENT else Q(pk__in=map(int, wanted))
    producers = (
        Producer.objects.filter(condition).values_list("document_number", "pk").order_by("pk")
    )
    for document, pk in producers:
        by_document[document].append(pk)
    ids = frozenset(pk for keys in by_document.values() for pk in keys)
    answered = Response.objects.filter(wave=wave_id, producer__in=ids)
    return Known(by_document, ids, frozenset(answered.values_list("producer", flat=True)))


@dataclass(frozen=True)
class Doubt:
    """A number of a column that can be read in two ways, and the mark somebody chose for it."""

    text: str
    comma: str
    point: str
    chosen: str


@dataclass(frozen=True)
class ColumnPreview:
    """A column of a pending file: where it goes, its first cells, what must be asked of it."""

    name: str
    target: str
    sample: tuple[str, ...]
    doubt: Doubt | None = None


@dataclass(frozen=True)
class StoredPreview:
    """What would be stored of one variable, each figure as the language writes it.

    ``first`` are the answers of the first rows; numbers have a minimum, a median and a maximum,
    answers of a list their counts.
    """

    variable: Field
    answered: int
    blank: int
    first: tuple[str, ...]
    minimum: str = ""
    median: str = ""
    maximum: str = ""
    counts: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class ImportPreview:
    """A pending file as its page shows it. ``problem`` says what keeps rows from being checked.

    ``stored`` is empty while there is a mistake: nothing would be. ``left_out`` counts the columns
    of which nothing is stored and that identify nobody.
    """

    columns: tuple[ColumnPreview, ...]
    rows: int
    ready: int
    errors: tuple[RowError, ...]
    left_out: int
    stored: tuple[StoredPreview, ...] = ()
    other_sheets: tuple[str, ...] = ()
    problem: str = ""

    @property
    def errors_shown(self) -> tuple[RowError, ...]:
        """The first mistakes; a person mends them in rounds."""
        return self.errors[:ERRORS_SHOWN]

    @property
    def unanswered(self) -> list[str]:
        """Columns whose decimal mark somebody must choose."""
        return [column.name for column in self.columns if column.doubt and not column.doubt.chosen]

    @property
    def can_be_confirmed(self) -> bool:
        """Everything was checked and nothing is wrong."""
        return not self.problem and not self.errors


def preview_of(survey_import: SurveyImport) -> ImportPreview:
    """First cells of each column, what would be stored, every mistake. Raises InvalidFile."""
    mapping, fields = survey_import.mapping, fields_of(survey_import.wave)
    table = table_of(survey_import)
    checked_rows, problem = Checked(), ""
    try:
        check_mapping(mapping, fields)
        checked_rows = checked(survey_import, table)
    except DomainError as error:
        problem = error.message
    doubts = dict(_doubts(checked_rows, survey_import.decimal_marks))
    hidden = {item.name for item in fields if item.is_personal}
    return ImportPreview(
        columns=tuple(_column_previews(mapping, table, hidden | {DOCUMENT}, doubts)),
        rows=len(table.rows),
        ready=len(checked_rows.rows),
        errors=tuple(checked_rows.errors),
        left_out=sum(mapping.get(name, "") in hidden | {""} for name in table.columns),
        stored=() if checked_rows.errors else tuple(map(_stored_preview, checked_rows.columns)),
        other_sheets=table.other_sheets,
        problem=problem,
    )


def _doubts(checked_rows: Checked, marks: Mapping[str, str]) -> Iterator[tuple[str, Doubt]]:
    for column in checked_rows.columns:
        if column.convention.must_be_asked:
            text = column.convention.doubtful or ""
            comma, point = (ungrouped(number_of(text, mark)) for mark in (COMMA, POINT))
            yield column.name, Doubt(text, comma, point, marks.get(column.name, ""))


def _column_previews(
    mapping: Mapping[str, str],
    table: Table,
    hidden: Container[str],
    doubts: Mapping[str, Doubt],
) -> Iterator[ColumnPreview]:
    """Columns with their first cells; documents and personal variables are hidden."""
    for place, name in enumerate(table.columns):
        target = mapping.get(name, "")
        cells = [row[place] for row in table.rows[:SAMPLE_ROWS]]
        shown = tuple(HIDDEN if target in hidden else text_of(cell)[:40] for cell in cells)
        yield ColumnPreview(name, target, shown, doubts.get(name))


def _stored_preview(column: CheckedColumn) -> StoredPreview:
    variable, answers = column.variable, [answer for answer in column.answers if answer is not None]
    numbers = [answer for answer in answers if not isinstance(answer, str)]
    low, middle, high = _summary(numbers) if variable.kind in NUMERIC else ("", "", "")
    return StoredPreview(
        variable=variable,
        answered=len(answers),
        blank=len(column.answers) - len(answers),
        first=tuple(_shown(answer, variable) for answer in column.answers[:SAMPLE_ROWS]),
        minimum=low,
        median=middle,
        maximum=high,
        counts=_counts(answers, variable) if variable.kind in CODED else (),
    )


def _summary(numbers: Sequence[int | float]) -> tuple[str, str, str]:
    """Minimum, median and maximum, exact; empty without numbers."""
    if not numbers:
        return "", "", ""
    ordered = sorted(numbers)
    lower, upper = ordered[(len(ordered) - 1) // 2], ordered[len(ordered) // 2]
    middle = (Decimal(repr(lower)) + Decimal(repr(upper))) / 2
    return _figure(ordered[0]), grouped(middle), _figure(ordered[-1])


def _counts(answers: Sequence[Answer], variable: Field) -> tuple[tuple[str, int], ...]:
    counts = sorted(Counter(answers).items(), key=lambda pair: str(pair[0]))
    return tuple((_shown(answer, variable), count) for answer, count in counts)


def _shown(answer: Answer, variable: Field) -> str:
    if answer is None:
        return "—"
    if variable.kind == "yes_no":
        return str(_("Yes") if answer else _("No"))
    if variable.kind == "choice":
        return variable.labels.get(str(answer), str(answer))
    return _figure(answer) if not isinstance(answer, str) else answer[:40]


def _figure(value: int | float) -> str:
    return grouped(Decimal(repr(value)))
