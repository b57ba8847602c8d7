"""Reference rows as files say them: read into unsaved rows or refused cell by cell, and told.

Writes nothing: ``services.load_reference`` does.
"""

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from decimal import Decimal
from io import StringIO
from itertools import pairwise
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Model
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from alliances.territory.models import (
    Crop,
    CropWindow,
    Department,
    ExternalShock,
    MinimumWage,
    Municipality,
    NaturalRegion,
    Practice,
    PriceIndex,
    SisterProgramme,
)
from kit import amounts
from kit.cells import Unreadable
from kit.days import OLDEST_LIFE
from kit.errors import InvalidFile, RowError
from kit.files.parsers import day, yes_no

Cells = dict[str, str]
Names = Mapping[str, Mapping[str, Mapping[str, Any]]]
"""For a column that names a row of another table: each name, and the fields that it stands for."""


@dataclass(frozen=True)
class ReferenceTable:
    """One file, the model its rows become, and what tells two rows apart.

    Headings are the model's field names, but for columns of ``names``, which hold the names of
    rows of other tables, as they are stored now.
    """

    filename: str
    model: type[Model]
    columns: tuple[str, ...]
    key: tuple[str, ...]
    is_complete: bool = False  # rows that the file no longer has are to be removed
    ends_by_date: bool = False  # people end a row by its last day, and take none out
    together: Callable[[Mapping[int, Model]], Iterator[tuple[int, str]]] | None = None
    """What is wrong with all rows of a complete table (by their numbers): each row, and why."""
    fixed: tuple[str, ...] = ()  # columns of a row that nothing changes once it stands
    faults: Callable[[Mapping[int, Model]], Iterator[tuple[int, str]]] | None = None
    """What is wrong with new rows (by their numbers) taken together: each row, and why."""
    names: Callable[[], Names] = dict
    rows: tuple[Model, ...] = ()
    numbers: tuple[int, ...] = ()  # of the rows, as a spreadsheet counts them

    def key_of(self, row: Model) -> tuple[Any, ...]:
        """What identifies the row, in the file and in the database."""
        return tuple(getattr(row, attname) for attname in self.key)


def _names_of_windows() -> Names:
    crops = Crop.objects.values_list("code", flat=True)
    return {"crop": _crops(crops), "place": _places(Department.objects.values_list("name", "code"))}


def _names_of_shocks() -> Names:
    return {"departments": {code: {} for code in Department.objects.values_list("code", flat=True)}}


def _windows_at_once(rows: Mapping[int, Model]) -> Iterator[tuple[int, str]]:
    """Two windows that begin on one day of the year are never in force on the same day."""
    alike: dict[tuple[object, ...], list[tuple[int, CropWindow]]] = {}
    for number, row in rows.items():
        if isinstance(row, CropWindow):
            where = (row.crop_id, row.department_id, row.natural_region)
            alike.setdefault((*where, row.operation, row.starts), []).append((number, row))
    for windows in alike.values():
        windows.sort(key=lambda pair: pair[1].valid_from)
        for (earlier, one), (number, other) in pairwise(windows):
            if one.valid_until is None or one.valid_until >= other.valid_from:
                message = _("Row %(row)d is still in force then: give it a last day before it.")
                yield number, message % {"row": earlier}


def _crops(codes: Iterable[str]) -> dict[str, dict[str, Any]]:
    return {code: {"crop_id": code} for code in codes}


def _places(departments: Iterable[tuple[str, str]]) -> dict[str, dict[str, Any]]:
    """What a place stands for: a department by its name, or a natural region."""
    regions = {
        region: {"department_id": None, "natural_region": region} for region in NaturalRegion.values
    }
    return regions | {
        name: {"department_id": code, "natural_region": ""} for name, code in departments
    }


DEPARTMENTS = ReferenceTable(
    "departments.csv",
    Department,
    ("code", "name", "natural_region", "agro_region", "call_region", "iso_code"),
    key=("code",),
)
MUNICIPALITIES = ReferenceTable(
    "municipalities.csv",
    Municipality,
    ("code", "name", "department", "kind", "agro_region", "source"),
    key=("code",),
)
CROPS = ReferenceTable(
    "crops.csv",
    Crop,
    (
        "code",
        "name_es",
        "name_en",
        "kind",
        "cycle",
        "cycle_months",
        "productive_years",
        "source",
        "confidence",
        "valid_from",
        "valid_until",
    ),
    key=("code",),
)
CROP_WINDOWS = ReferenceTable(
    "crop_windows.csv",
    CropWindow,
    (
        "crop",
        "place",
        "operation",
        "starts",
        "ends",
        "source",
        "confidence",
        "valid_from",
        "valid_until",
    ),
    key=("crop_id", "department_id", "natural_region", "operation", "starts", "valid_from"),
    is_complete=True,
    ends_by_date=True,
    together=_windows_at_once,
    names=_names_of_windows,
)
MINIMUM_WAGES = ReferenceTable(
    "minimum_wages.csv",
    MinimumWage,
    ("year", "monthly_cop", "source", "confidence"),
    key=("year",),
)
PRICE_INDEX = ReferenceTable(
    "price_index.csv",
    PriceIndex,
    ("year", "annual_variation_pct", "source", "confidence"),
    key=("year",),
)
EXTERNAL_SHOCKS = ReferenceTable(
    "external_shocks.csv",
    ExternalShock,
    (
        "code",
        "name_es",
        "name_en",
        "kind",
        "starts_on",
        "ends_on",
        "departments",
        "source",
        "url",
        "confidence",
    ),
    key=("code",),
    is_complete=True,
    names=_names_of_shocks,
)


PRACTICES = ReferenceTable(
    "practices.csv",
    Practice,
    ("code", "name_es", "name_en", "source", "confidence", "valid_from", "valid_until"),
    key=("code",),
)
SISTER_PROGRAMMES = ReferenceTable(
    "sister_programmes.csv",
    SisterProgramme,
    (
        "code",
        "name_es",
        "name_en",
        "entity",
        "offers_es",
        "offers_en",
        "for_whom_es",
        "for_whom_en",
        "source",
        "url",
        "confidence",
        "valid_from",
        "valid_until",
    ),
    key=("code",),
)


def read_reference(directory: Path) -> tuple[ReferenceTable, ...]:
    """All tables with their rows, parents first. Raises InvalidFile at the first bad file."""
    departments = read_file(directory, DEPARTMENTS)
    crops = read_file(directory, CROPS)
    codes = [(row.name, row.code) for row in departments.rows if isinstance(row, Department)]
    department = {code: {"department_id": code} for _name, code in codes}
    windows = {"crop": _crops(row.pk for row in crops.rows), "place": _places(codes)}
    return (
        departments,
        read_file(directory, MUNICIPALITIES, {"department": department}),
        crops,
        read_file(directory, CROP_WINDOWS, windows),
        read_file(directory, MINIMUM_WAGES),
        read_file(directory, PRICE_INDEX),
        read_file(directory, EXTERNAL_SHOCKS, {"departments": {code: {} for code in department}}),
        read_file(directory, PRACTICES),
        read_file(directory, SISTER_PROGRAMMES),
    )


def read_file(directory: Path, table: ReferenceTable, names: Names | None = None) -> ReferenceTable:
    """The table with the rows of its file in a folder. Raises InvalidFile."""
    records = _records(_text_of(directory / table.filename), table)
    read, errors = read_records(table, records, names or {})
    if errors:
        raise refusal(table.filename, errors)
    return read


def read_records(
    table: ReferenceTable, records: Iterable[tuple[int, Cells]], names: Names
) -> tuple[ReferenceTable, list[RowError]]:
    """The table with the rows that can be taken, and every mistake of the others."""
    errors: list[RowError] = []
    rows: dict[int, Model] = {}
    seen: dict[tuple[Any, ...], int] = {}
    is_empty = True
    for number, cells in records:
        is_empty = False
        row, mistakes = _build(table, cells, names)
        if not mistakes:
            earlier = seen.setdefault(table.key_of(row), number)
            if earlier != number:
                mistakes[table.columns[0]] = _("Row %(row)d already says this.") % {"row": earlier}
        errors += [RowError(table.filename, number, *mistake) for mistake in mistakes.items()]
        if not mistakes:
            rows[number] = row
    if is_empty:
        errors.append(RowError(table.filename, 1, "", _("There are no rows.")))
    return replace(table, rows=tuple(rows.values()), numbers=tuple(rows)), errors


def _records(text: str, table: ReferenceTable) -> Iterator[tuple[int, Cells]]:
    """Each row by the number a spreadsheet gives it. Raises InvalidFile on the file's shape."""
    filename = table.filename
    lines = csv.reader(StringIO(text, newline=""), strict=True)
    try:
        check_headings(filename, headings := next(lines, []), table.columns)
        for number, values in enumerate(lines, start=2):
            if not any(value.strip() for value in values):
                continue
            if len(values) != len(headings):
                message = _("The row has %(found)d cells where there should be %(expected)d.") % {
                    "found": len(values),
                    "expected": len(headings),
                }
                raise refusal(filename, [RowError(filename, number, "", message)])
            yield number, {h: v.strip() for h, v in zip(headings, values, strict=True)}
    except csv.Error as error:
        mistake = RowError(filename, lines.line_num, "", str(error))
        raise refusal(filename, [mistake]) from error


def _text_of(path: Path) -> str:
    try:
        return _decoded(path.read_bytes(), path.name)
    except FileNotFoundError as error:
        message = _("The file is missing.")
        raise refusal(path.name, [RowError(path.name, 0, "", message)]) from error


def _decoded(content: bytes, filename: str) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = error.object.count(b"\n", 0, error.start) + 1
        message = _("The file is not written in UTF-8.")
        raise refusal(filename, [RowError(filename, row, "", message)]) from error


def check_headings(filename: str, headings: Sequence[str], expected: Sequence[str]) -> None:
    """Raise InvalidFile unless the headings are exactly the expected ones, in any order."""
    errors = [
        RowError(filename, 1, heading, _("This column is missing."))
        for heading in expected
        if heading not in headings
    ]
    errors += [
        RowError(filename, 1, heading, _("This column is unknown or repeated."))
        for position, heading in enumerate(headings)
        if heading not in expected or heading in headings[:position]
    ]
    if errors:
        raise refusal(filename, errors)


def _build(table: ReferenceTable, cells: Cells, names: Names) -> tuple[Model, dict[str, str]]:
    """The unsaved row and its mistakes by column, without asking the database anything."""
    values: dict[str, Any] = {}
    mistakes: dict[str, str] = {}
    for column, text in cells.items():
        try:
            values.update(_values_of(table, column, text, names))
        except Unreadable as problem:
            mistakes[column] = str(problem)
    row = table.model(**values)
    mistakes = _field_mistakes(row, cells, set(mistakes)) | mistakes
    if isinstance(row, Municipality) and not row.code.startswith(row.department_id or ""):
        mistakes.setdefault("code", _("The code must begin with that of its department."))
    return row, mistakes


def _values_of(table: ReferenceTable, column: str, text: str, names: Names) -> Mapping[str, Any]:
    """The fields that a cell gives. Raises Unreadable."""
    known = names.get(column)
    if known is not None and not known.keys() >= _named(column, text):
        raise Unreadable(_unknown(column, known) % {"value": text})
    if known is not None and (stands_for := known.get(text)):
        return stands_for
    field: Any = table.model._meta.get_field(column)
    return {field.attname: _value(field, text)}


def _named(column: str, text: str) -> set[str]:
    """The rows that a cell names: one, or those of a list."""
    return {*text.split()} if column == "departments" else {text}


#: So many names are offered in place of one that is not known.
OFFERED = 12


def _unknown(column: str, known: Mapping[str, Any]) -> str:
    if column == "place":
        return _("“%(value)s” is neither a department nor a natural region.")
    if len(known) <= OFFERED:
        offered = ", ".join(known).replace("%", "%%")
        return _("«%(value)s» is not one of: %(offered)s.").replace("%(offered)s", offered)
    return _("“%(value)s” is not in the file it refers to.")


def _value(field: Any, text: str) -> Any:
    """A cell as its field takes it: numbers and days as people write them. Raises Unreadable."""
    if text == "":
        return None if field.null else ""
    if isinstance(field, models.DecimalField):
        most = Decimal(10) ** (field.max_digits - field.decimal_places)
        return amounts.number(-most, most, places=field.decimal_places)(text)
    if isinstance(field, models.DateField):
        return day(OLDEST_LIFE)(text)
    if isinstance(field, models.BooleanField):
        return yes_no(text)
    return text


def as_cells(table: ReferenceTable, rows: Iterable[Model], names: Names) -> list[list[str]]:
    """The rows as their file says them."""
    by_fields = {
        column: {tuple(sorted(fields.items())): name for name, fields in known.items()}
        for column, known in names.items()
        if any(known.values())
    }
    return [
        [_as_cell(row, column, by_fields.get(column)) for column in table.columns] for row in rows
    ]


def _as_cell(row: Model, column: str, by_fields: Mapping[tuple[Any, ...], str] | None) -> str:
    if by_fields:
        fields = [name for name, _value in next(iter(by_fields))]
        return by_fields[tuple((name, getattr(row, name)) for name in fields)]
    field: Any = row._meta.get_field(column)
    value = getattr(row, field.attname)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)


def _field_mistakes(row: Model, cells: Cells, unread: Set[str]) -> dict[str, str]:
    """What the fields themselves refuse; relations are checked against the other tables."""
    relations = [f.name for f in row._meta.concrete_fields if f.is_relation]
    primary_key = [] if row._meta.pk.name in cells else [row._meta.pk.name]
    try:
        row.clean_fields(exclude=[*relations, *primary_key, *unread])
    except ValidationError as error:
        return {name: " ".join(messages) for name, messages in error.message_dict.items()}
    return {}


def refusal(filename: str, errors: Sequence[RowError]) -> InvalidFile:
    message = ngettext(
        "%(file)s was refused: it has %(count)d mistake.",
        "%(file)s was refused: it has %(count)d mistakes.",
        len(errors),
    ) % {"file": filename, "count": len(errors)}
    return InvalidFile(message, errors)
