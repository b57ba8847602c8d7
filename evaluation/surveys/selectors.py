"""Reads about waves and their files: dictionary, answers counted, a pending file checked."""

from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import compress
from typing import Any

from django.db import connection
from django.db.models import F, Func, IntegerField, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from alliances.people.models import Organisation, Producer
from alliances.territory.models import Municipality
from evaluation.surveys.checking import (
    ALIKE,
    DOCUMENT,
    IDENTIFIERS,
    NAME,
    NO_CONSENT,
    REPEATED,
    UNLINKED,
    Answered,
    Checked,
    CheckedColumn,
    Known,
    SetAside,
    check_mapping,
    check_rows,
    clues_in,
    doubtful_columns,
    identifiers_in,
    is_metadata,
    known_headings,
    named,
)
from evaluation.surveys.linking import Candidate, Clues, Proposal, name_key, proposals
from evaluation.surveys.models import Response, SurveyImport, Variable, Wave
from evaluation.surveys.needs import Need, needs
from evaluation.surveys.rules import CODED, NUMERIC, Answer, Field, text_of
from evaluation.surveys.table import ImportStatus
from kit.cells import Unreadable
from kit.errors import DomainError, RowError
from kit.files.headings import plain
from kit.files.tables import Table, read_table
from kit.names import sort_key
from kit.numbers import COMMA, POINT, grouped, number_of, ungrouped
from kit.text import shortened

SAMPLE_ROWS = 5
ERRORS_SHOWN = 100
HIDDEN = "•••"
#: How each file of a discarded wave ends: what waits is forgotten, what was taken is withdrawn.
WITH_THEIR_WAVE = {
    ImportStatus.PENDING: "discard",
    ImportStatus.CONFIRMED: "withdraw",
}
#: SHA-256 of the rows ``answer`` of one import, in the order in which they were stored.
DIGEST = """encode(sha256(convert_to(string_agg(encode(sha256(convert_to(
    concat_ws('|', answer.wave_id, answer.producer_id, answer.source_row, answer.answers),
    'UTF8')), 'hex'), '' ORDER BY answer.id), 'UTF8')), 'hex')"""


def digest_of_answers(import_id: int) -> str | None:
    """The digest of the answers that an import stored; None when it stored none."""
    query = f"SELECT {DIGEST} FROM evaluation_response answer WHERE survey_import_id = %s"
    with connection.cursor() as cursor:
        cursor.execute(query, [import_id])
        digest: str | None = cursor.fetchone()[0]
    return digest


def not_withdrawn(wave: Wave | int | OuterRef, path: str = "") -> Q:
    """Answers of a wave that were not withdrawn; ``path`` leads to them from another row."""
    is_standing = {f"{path}survey_import__status": SurveyImport.Status.CONFIRMED}
    return Q(**{f"{path}wave": wave}, **is_standing)


def waves() -> QuerySet[Wave]:
    """Every wave that was not discarded, newest first, with how many answered."""
    # Said by each import, as ``stored_rows`` does: to count a million answers takes half a second.
    imported = SurveyImport.objects.filter(
        wave=OuterRef("pk"), status=SurveyImport.Status.CONFIRMED
    ).order_by()
    set_aside = Func("set_aside", function="jsonb_array_length", output_field=IntegerField())
    stored = Sum(F("rows") - set_aside)
    counted = Subquery(imported.values("wave").annotate(total=stored).values("total"))
    rows = Wave.objects.filter(discarded_at__isnull=True)
    return rows.annotate(response_count=Coalesce(counted, 0)).order_by("-collected_from", "pk")


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
            role=row.role,
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
        sheet=survey_import.sheet,
        known=known_headings(fields_of(survey_import.wave)),
    )


def studies_that_read(wave: Wave) -> list[str]:
    """Titles of the studies of a wave whose runs have read its answers, or are about to.

    The rooms of studies and runs stand above this one: they are reached by the wave's own rows.
    """
    has_read = Q(runs__status__in=["queued", "running", "succeeded"]) | Q(runs__fingerprint__gt="")
    titles = wave.studies.filter(has_read).values_list("title", flat=True)
    return sorted(set(titles), key=sort_key)


def studies_that_hold(wave: Wave) -> list[str]:
    """Titles of the studies for which a wave stays as it is: frozen, or with excerpts beside."""
    holds = Q(frozen_at__isnull=False) | Q(excerpts__isnull=False)
    return sorted(set(wave.studies.filter(holds).values_list("title", flat=True)), key=sort_key)


@dataclass(frozen=True)
class GoesAlong:
    """What is out of sight with a wave: files that stand, their answers, studies still open."""

    imports: int
    answers: int
    studies: tuple[str, ...]


def goes_along(wave: Wave) -> GoesAlong:
    """What discarding a wave takes with it."""
    imports = wave.imports.filter(status__in=WITH_THEIR_WAVE)
    stored = wave.imports.filter(status=SurveyImport.Status.CONFIRMED)
    titles = wave.studies.filter(discarded_at__isnull=True).values_list("title", flat=True)
    return GoesAlong(
        imports=imports.count(),
        answers=Response.objects.filter(survey_import__in=stored).count(),
        studies=tuple(sorted(titles, key=sort_key)),
    )


def checked(survey_import: SurveyImport, table: Table) -> Checked:
    """Every row of a pending file whose columns were mapped, and every mistake in it."""
    mapping = survey_import.mapping
    links = links_of(survey_import)
    known = _known(survey_import.wave_id, *identifiers_in(table, mapping), linked=links.values())
    return check_rows(
        table,
        mapping,
        fields_of(survey_import.wave),
        known,
        marks=survey_import.decimal_marks,
        handling=survey_import.handling,
        links=links,
    )


def links_of(survey_import: SurveyImport) -> dict[int, int]:
    """The producers whom somebody accepted for rows that name nobody exactly, by row."""
    return {int(row): producer for row, (producer, _evidence) in survey_import.links.items()}


def link_proposals(
    survey_import: SurveyImport, table: Table, checked_rows: Checked
) -> list[Proposal]:
    """Who may have given the answers of each row that names nobody exactly, accepted or not."""
    clues = clues_in(table, survey_import.mapping, checked_rows.unlinked)
    if not clues:
        return []
    links = links_of(survey_import)
    exact = {row.producer_id for row in checked_rows.rows if row.number not in links}
    people = _candidates(clues)
    answered = Response.objects.filter(
        not_withdrawn(survey_import.wave_id), producer__in=[row.producer_id for row in people]
    )
    taken = exact | {*answered.values_list("producer", flat=True)}
    return proposals(clues, people, taken)


def _candidates(clues: Sequence[Clues]) -> list[Candidate]:
    """Producers whom any clue may point to: by document, telephone, alliance or place."""
    wanted: dict[str, set[Any]] = {
        "document_number__in": {near for row in clues for near in row.near_documents},
        "phone__in": {row.phone for row in clues},
        "alliance__code__in": {row.alliance for row in clues},
    }
    places = {row.municipality for row in clues if row.name} - {""}
    if places:
        wanted["alliance__municipality__in"] = {
            code
            for code, name in Municipality.objects.values_list("code", "name")
            if places & {code, plain(name)}
        }
    bodies = {row.organisation for row in clues if row.name} - {""}
    if bodies:
        wanted["alliance__organisation__in"] = {
            pk
            for pk, name in Organisation.objects.values_list("pk", "name")
            if plain(name) in bodies
        }
    condition = Q(pk__in=[])
    for lookup, values in wanted.items():
        condition |= Q(**{lookup: values - {""}})
    rows = (
        Producer.objects.filter(condition)
        .order_by("pk")
        .values_list(
            "pk",
            "document_number",
            "given_names",
            "surnames",
            "phone",
            "alliance__municipality",
            "alliance__municipality__name",
            "alliance__organisation__name",
            "alliance__code",
        )
    )
    return [
        Candidate(
            producer_id=pk,
            document=document,
            name=name_key(f"{given} {surnames}"),
            phone=phone,
            municipality=frozenset({code, plain(place)}),
            organisation=plain(organisation),
            alliance=alliance,
        )
        for pk, document, given, surnames, phone, code, place, organisation, alliance in rows
    ]


def _known(
    wave_id: int,
    kind: str,
    identifiers: Iterable[str | Unreadable],
    *,
    linked: Iterable[int] = (),
) -> Known:
    wanted = {
        identifier for identifier in identifiers if identifier and isinstance(identifier, str)
    }
    by_document: dict[str, list[int]] = defaultdict(list)
    if kind == NAME:
        codes = {identifier.partition(" ")[0] for identifier in wanted}
        people = Producer.objects.filter(alliance__code__in=codes).order_by("pk")
        for row in people.values_list("alliance__code", "given_names", "surnames", "pk"):
            if (name := named(row[0], f"{row[1]} {row[2]}")) in wanted:
                by_document[name].append(row[3])
        return _with_answers(wave_id, by_document, linked)
    condition = Q(document_number__in=wanted) if kind == DOCUMENT else Q(pk__in=map(int, wanted))
    producers = (
        Producer.objects.filter(condition).values_list("document_number", "pk").order_by("pk")
    )
    for document, pk in producers:
        by_document[document].append(pk)
    return _with_answers(wave_id, by_document, linked)


def _with_answers(
    wave_id: int, by_document: Mapping[str, Sequence[int]], linked: Iterable[int]
) -> Known:
    """The producers found, by what the file calls them, and the answers that they have.

    ``linked`` may have answers too: they are of this file by somebody's word.
    """
    ids = frozenset(pk for keys in by_document.values() for pk in keys)
    answered = Response.objects.filter(
        not_withdrawn(wave_id), producer__in=ids | {*linked}
    ).values_list("producer", "survey_import", "survey_import__file_name", "source_row")
    places = {pk: Answered(file, name, row) for pk, file, name, row in answered}
    return Known(by_document, ids, places)


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
    is_blank: bool = False


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
class Earlier:
    """An import that stands already and has answers of ``producers`` of this file."""

    import_id: int
    file_name: str
    producers: int


@dataclass(frozen=True)
class ImportPreview:
    """A pending file as its page shows it. ``problem`` says what keeps rows from being checked.

    ``stored`` is empty while there is a mistake: nothing would be. ``left_out`` are columns of
    which nothing is stored and that identify nobody; of those, ``personal`` never are, and
    ``unread`` hold data that are. ``empty`` counts rows without any answer. ``doubtful`` are
    columns of which somebody must say which one is meant.
    """

    columns: tuple[ColumnPreview, ...]
    rows: int
    ready: int
    errors: tuple[RowError, ...]
    left_out: int
    stored: tuple[StoredPreview, ...] = ()
    sheet: str = ""
    above: tuple[int, ...] = ()
    other_sheets: tuple[str, ...] = ()
    problem: str = ""
    personal: int = 0
    unread: tuple[str, ...] = ()
    empty: int = 0
    doubtful: tuple[tuple[str, ...], ...] = ()
    earlier: tuple[Earlier, ...] = ()
    needs: tuple[Need, ...] = ()
    set_aside: tuple[SetAside, ...] = ()
    alike: tuple[SetAside, ...] = ()
    proposals: tuple[Proposal, ...] = ()

    @property
    def aside_shown(self) -> tuple[SetAside, ...]:
        """The first rows that are not stored, or are told to repeat the answers of another."""
        return tuple(dict.fromkeys((*self.set_aside, *self.alike)))[:ERRORS_SHOWN]

    @property
    def taken(self) -> int:
        """How many columns are taken: stored, or to know who answered."""
        return len(self.columns) - self.left_out

    @property
    def is_whole(self) -> bool:
        """Nothing with data stays outside that could be stored."""
        return not (
            self.unread or self.doubtful or self.other_sheets or self.set_aside or self.alike
        )

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
        """Everything was checked, nothing is wrong and a row is left."""
        return bool(self.ready) and not self.problem and not self.errors


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
    columns = tuple(_column_previews(mapping, table, hidden | {DOCUMENT, NAME}, doubts))
    out = [column for column in columns if column.target in hidden | {""}]
    given = {column.target for column in columns}
    return ImportPreview(
        columns=columns,
        rows=len(table.rows),
        ready=len(checked_rows.rows),
        errors=tuple(checked_rows.errors),
        left_out=len(out),
        stored=() if checked_rows.errors else tuple(_stored_previews(checked_rows, table)),
        sheet=table.sheet,
        above=table.above,
        other_sheets=table.other_sheets,
        problem=problem,
        personal=sum(column.target in hidden for column in out),
        unread=tuple(
            row.name
            for row in out
            if not (row.target or row.is_blank or is_metadata(row.name, table.columns, mapping))
        ),
        empty=sum(not row.answers for row in checked_rows.rows),
        doubtful=tuple(_doubtful(table, fields, mapping)),
        earlier=tuple(_earlier(checked_rows.answered)),
        needs=needs([item for item in fields if item.name not in given and not item.is_personal]),
        set_aside=tuple(checked_rows.set_aside),
        alike=tuple(checked_rows.alike),
        proposals=tuple(() if problem else link_proposals(survey_import, table, checked_rows)),
    )


TROUBLES = {
    UNLINKED: gettext_lazy("Nobody of the programme was found."),
    REPEATED: gettext_lazy("The producer already answered."),
    ALIKE: gettext_lazy("All its answers are those of another row."),
    NO_CONSENT: gettext_lazy("There is no consent to answer."),
}


def set_aside_of(survey_import: SurveyImport) -> list[tuple[int, str, int | None]]:
    """Rows that were not stored, or would not be: number, why, the row that each repeats."""
    if survey_import.is_pending:
        rows = preview_of(survey_import).set_aside
        return [(row.row, row.message, row.other) for row in rows]
    return [(row, str(TROUBLES[code]), other) for row, code, other in survey_import.set_aside]


def _doubtful(
    table: Table, fields: Sequence[Field], mapping: Mapping[str, str]
) -> Iterator[tuple[str, ...]]:
    """Columns of which one may be meant, where nobody said which; those left out on purpose too."""
    for target, names in doubtful_columns(table.columns, fields, mapping).items():
        if target not in IDENTIFIERS or not set(IDENTIFIERS) & set(mapping.values()):
            yield names


def _earlier(answered: Sequence[Answered]) -> Iterator[Earlier]:
    counts = Counter((row.import_id, row.file_name) for row in answered)
    for (import_id, file_name), producers in sorted(counts.items()):
        yield Earlier(import_id, file_name, producers)


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
        shown = tuple(
            HIDDEN if target in hidden else shortened(text_of(cell), 40) for cell in cells
        )
        is_blank = all(row[place] is None for row in table.rows)
        yield ColumnPreview(name, target, shown, doubts.get(name), is_blank)


def _stored_previews(checked_rows: Checked, table: Table) -> Iterator[StoredPreview]:
    """What would be stored of each variable, without the rows that are set aside."""
    aside = {row.row for row in checked_rows.set_aside}
    stored = [number not in aside for number in table.numbers]
    for column in checked_rows.columns:
        yield _stored_preview(replace(column, answers=list(compress(column.answers, stored))))


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
    return _figure(answer) if not isinstance(answer, str) else shortened(answer, 40)


def _figure(value: int | float) -> str:
    return grouped(Decimal(repr(value)))
