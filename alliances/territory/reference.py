"""Reads the reference CSV files into unsaved rows, or says what is wrong with them, cell by cell.

Writes nothing: ``services.load_reference`` does.
"""

import csv
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from io import StringIO
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
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
    PriceIndex,
)
from kit.errors import InvalidFile, RowError

Cells = dict[str, str]
Known = Mapping[str, Set[str]]
"""For a column that names a row of an earlier file: the values it may have."""


@dataclass(frozen=True)
class ReferenceTable:
    """One file, the model its rows become, and what tells two rows apart.

    Headings are the model's field names; ``place`` alone is translated (see ``_place``).
    """

    filename: str
    model: type[Model]
    columns: tuple[str, ...]
    key: tuple[str, ...]
    is_complete: bool = False  # rows that the file no longer has are to be removed
    rows: tuple[Model, ...] = ()

    def key_of(self, row: Model) -> tuple[Any, ...]:
        """What identifies the row, in the file and in the database."""
        return tuple(getattr(row, attname) for attname in self.key)


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
    ("code", "name_es", "name_en", "kind", "cycle", "cycle_months", "productive_years"),
    key=("code",),
)
CROP_WINDOWS = ReferenceTable(
    "crop_windows.csv",
    CropWindow,
    ("crop", "place", "operation", "starts", "ends", "source", "confidence"),
    key=("crop_id", "department_id", "natural_region", "operation", "starts"),
    is_complete=True,
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
)


def read_reference(directory: Path) -> tuple[ReferenceTable, ...]:
    """All tables with their rows, parents first. Raises InvalidFile at the first bad file."""
    departments = _read(directory, DEPARTMENTS)
    crops = _read(directory, CROPS)
    codes = {row.name: row.code for row in departments.rows if isinstance(row, Department)}
    known = {
        "department": set(codes.values()),
        "crop": {row.pk for row in crops.rows},
    }
    return (
        departments,
        _read(directory, MUNICIPALITIES, known=known),
        crops,
        _read(directory, CROP_WINDOWS, known=known, department_codes=codes),
        _read(directory, MINIMUM_WAGES),
        _read(directory, PRICE_INDEX),
        _read(directory, EXTERNAL_SHOCKS, known={"departments": known["department"]}),
    )


def read_one(table: ReferenceTable, content: bytes) -> ReferenceTable:
    """One table from the bytes of its file; what it names is what is stored. Raises InvalidFile."""
    codes = dict(Department.objects.values_list("name", "code"))
    known: dict[str, Set[str]] = {"departments": set(codes.values())}
    if "crop" in table.columns:
        known["crop"] = set(Crop.objects.values_list("code", flat=True))
    return _read_text(_decoded(content, table.filename), table, known=known, department_codes=codes)


def _read(
    directory: Path,
    table: ReferenceTable,
    *,
    known: Known | None = None,
    department_codes: Mapping[str, str] | None = None,
) -> ReferenceTable:
    text = _text_of(directory / table.filename)
    return _read_text(text, table, known=known, department_codes=department_codes)


def _read_text(
    text: str,
    table: ReferenceTable,
    *,
    known: Known | None,
    department_codes: Mapping[str, str] | None,
) -> ReferenceTable:
    """The table with its rows; every mistake of the file is collected before it is refused."""
    errors: list[RowError] = []
    rows: list[Model] = []
    seen: dict[tuple[Any, ...], int] = {}
    for number, cells in _records(text, table):
        mistakes = _unknown_parents(cells, known or {})
        row, more = _build(table, cells, department_codes or {})
        mistakes.update(more)
        if not mistakes:
            earlier = seen.setdefault(table.key_of(row), number)
            if earlier != number:
                mistakes[table.columns[0]] = _("Row %(row)d already says this.") % {"row": earlier}
        errors += [RowError(table.filename, number, *mistake) for mistake in mistakes.items()]
        rows.append(row)
    if errors:
        raise _refusal(table.filename, errors)
    if not rows:
        raise _refusal(table.filename, [RowError(table.filename, 1, "", _("There are no rows."))])
    return replace(table, rows=tuple(rows))


def _records(text: str, table: ReferenceTable) -> Iterator[tuple[int, Cells]]:
    """Each row by the number a spreadsheet gives it. Raises InvalidFile on the file's shape."""
    filename = table.filename
    lines = csv.reader(StringIO(text, newline=""), strict=True)
    try:
        _check_headings(filename, headings := next(lines, []), table.columns)
        for number, values in enumerate(lines, start=2):
            if not any(value.strip() for value in values):
                continue
            if len(values) != len(headings):
                message = _("The row has %(found)d cells where there should be %(expected)d.") % {
                    "found": len(values),
                    "expected": len(headings),
                }
                raise _refusal(filename, [RowError(filename, number, "", message)])
            yield number, {h: v.strip() for h, v in zip(headings, values, strict=True)}
    except csv.Error as error:
        mistake = RowError(filename, lines.line_num, "", str(error))
        raise _refusal(filename, [mistake]) from error


def _text_of(path: Path) -> str:
    try:
        return _decoded(path.read_bytes(), path.name)
    except FileNotFoundError as error:
        message = _("The file is missing.")
        raise _refusal(path.name, [RowError(path.name, 0, "", message)]) from error


def _decoded(content: bytes, filename: str) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = error.object.count(b"\n", 0, error.start) + 1
        message = _("The file is not written in UTF-8.")
        raise _refusal(filename, [RowError(filename, row, "", message)]) from error


def _check_headings(filename: str, headings: Sequence[str], expected: Sequence[str]) -> None:
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
        raise _refusal(filename, errors)


def _unknown_parents(cells: Cells, known: Known) -> dict[str, str]:
    """Columns that name a row which no earlier file has, each with what to say about it."""
    return {
        column: _("“%(value)s” is not in the file it refers to.") % {"value": cells[column]}
        for column, values in known.items()
        if column in cells and not values >= _named(column, cells[column])
    }


def _named(column: str, text: str) -> set[str]:
    """The rows that a cell names: one, or those of a list."""
    return {*text.split()} if column == "departments" else {text}


def _build(
    table: ReferenceTable, cells: Cells, department_codes: Mapping[str, str]
) -> tuple[Model, dict[str, str]]:
    """The unsaved row and its mistakes by column, without asking the database anything."""
    values: dict[str, Any] = {}
    mistakes: dict[str, str] = {}
    for column, text in cells.items():
        if column == "place":
            place = _place(text, department_codes)
            values.update(place)
            if not place:
                mistakes[column] = _(
                    "“%(value)s” is neither a department nor a natural region."
                ) % {"value": text}
            continue
        model_field: Any = table.model._meta.get_field(column)
        values[model_field.attname] = None if text == "" and model_field.null else text
    row = table.model(**values)
    mistakes.update(_field_mistakes(row, cells))
    if isinstance(row, Municipality) and not row.code.startswith(row.department_id):
        mistakes.setdefault("code", _("The code must begin with that of its department."))
    return row, mistakes


def _field_mistakes(row: Model, cells: Cells) -> dict[str, str]:
    """What the fields themselves refuse; relations are checked against the earlier files."""
    relations = [f.name for f in row._meta.concrete_fields if f.is_relation]
    primary_key = [] if row._meta.pk.name in cells else [row._meta.pk.name]
    try:
        row.clean_fields(exclude=[*relations, *primary_key])
    except ValidationError as error:
        return {name: " ".join(messages) for name, messages in error.message_dict.items()}
    return {}


def _place(text: str, department_codes: Mapping[str, str]) -> dict[str, str | None]:
    """The fields that hold a place given by name; empty when there is no such place."""
    if text in department_codes:
        return {"department_id": department_codes[text], "natural_region": ""}
    if text in NaturalRegion.values:
        return {"department_id": None, "natural_region": text}
    return {}


def _refusal(filename: str, errors: Sequence[RowError]) -> InvalidFile:
    message = ngettext(
        "%(file)s was refused: it has %(count)d mistake.",
        "%(file)s was refused: it has %(count)d mistakes.",
        len(errors),
    ) % {"file": filename, "count": len(errors)}
    return InvalidFile(message, errors)
