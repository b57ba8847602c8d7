"""Reads about waves and their files: dictionary, answers counted, a pending file checked."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from alliances.people.models import Producer
from evaluation.surveys.checking import (
    DOCUMENT,
    Checked,
    Known,
    check_mapping,
    check_rows,
    identifiers_in,
)
from evaluation.surveys.models import Response, SurveyImport, Variable, Wave
from evaluation.surveys.readers import Table, read_table
from evaluation.surveys.rules import Field, text_of
from kit.errors import DomainError, RowError

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
    """The table in a pending file. Raises InvalidFile."""
    return read_table(
        survey_import.file_name,
        bytes(survey_import.content or b""),
        delimiter=survey_import.delimiter,
        encoding=survey_import.encoding,
    )


def checked(survey_import: SurveyImport, table: Table) -> Checked:
    """Every row of a pending file whose columns were mapped, and every mistake in it."""
    mapping = survey_import.mapping
    known = _known(survey_import.wave_id, *identifiers_in(table, mapping))
    return check_rows(table, mapping, fields_of(survey_import.wave), known)


def _known(wave_id: int, kind: str, identifiers: Iterable[str]) -> Known:
    asked = set(filter(None, identifiers))
    by_document: dict[str, list[int]] = defaultdict(list)
    if kind == DOCUMENT:
        condition = Q(document_number__in=asked)
    else:
        condition = Q(pk__in=[int(text) for text in asked if text.isdecimal() and len(text) < 18])
    found = Producer.objects.filter(condition).values_list("document_number", "pk").order_by("pk")
    for document, pk in found:
        by_document[document].append(pk)
    ids = frozenset(pk for keys in by_document.values() for pk in keys)
    answered = Response.objects.filter(wave=wave_id, producer__in=ids)
    return Known(by_document, ids, frozenset(answered.values_list("producer", flat=True)))


@dataclass(frozen=True)
class ColumnPreview:
    """A column of a pending file: where it goes and what its first cells look like."""

    name: str
    target: str
    sample: tuple[str, ...]


@dataclass(frozen=True)
class ImportPreview:
    """A pending file as its page shows it. ``problem`` says what keeps rows from being checked."""

    columns: tuple[ColumnPreview, ...]
    rows: int
    ready: int
    errors: tuple[RowError, ...]
    problem: str = ""

    @property
    def errors_shown(self) -> tuple[RowError, ...]:
        """The first mistakes; a person mends them in rounds."""
        return self.errors[:ERRORS_SHOWN]

    @property
    def can_be_confirmed(self) -> bool:
        """Everything was checked and nothing is wrong."""
        return not self.problem and not self.errors


def preview_of(survey_import: SurveyImport) -> ImportPreview:
    """First cells of each column, and every mistake in the file. Raises InvalidFile."""
    fields = fields_of(survey_import.wave)
    table = table_of(survey_import)
    columns = tuple(_column_previews(survey_import.mapping, table, fields))
    try:
        check_mapping(survey_import.mapping, fields)
    except DomainError as error:
        return ImportPreview(columns, len(table.rows), 0, (), error.message)
    found = checked(survey_import, table)
    return ImportPreview(columns, len(table.rows), len(found.rows), tuple(found.errors))


def _column_previews(
    mapping: Mapping[str, str], table: Table, fields: Iterable[Field]
) -> Iterator[ColumnPreview]:
    """Columns with their first cells; documents and personal variables are hidden."""
    hidden = {item.name for item in fields if item.is_personal} | {DOCUMENT}
    for place, name in enumerate(table.columns):
        target = mapping.get(name, "")
        cells = [row[place] for row in table.rows[:SAMPLE_ROWS]]
        shown = tuple(HIDDEN if target in hidden else text_of(cell)[:40] for cell in cells)
        yield ColumnPreview(name, target, shown)
