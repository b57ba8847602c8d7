"""What a table of reference rows would become: each row new, changed, gone or as it stands."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db.models import Model
from django.utils.translation import gettext as _

from alliances.territory.reference import Names, ReferenceTable, as_cells
from kit.errors import RowError


@dataclass(frozen=True)
class CellChange:
    """One cell: what stands, and what the file says."""

    column: str
    before: str
    after: str


@dataclass(frozen=True)
class ComparedRow:
    """A row that does not stay as it is; ``number`` is its row in the file, 0 of one that goes."""

    row: Model
    name: str
    number: int = 0
    changes: tuple[CellChange, ...] = ()


@dataclass(frozen=True)
class Comparison:
    """A table as read beside the table as stored."""

    table: ReferenceTable
    created: tuple[ComparedRow, ...]
    changed: tuple[ComparedRow, ...]
    removed: tuple[ComparedRow, ...]
    unchanged: int


def compare(table: ReferenceTable) -> Comparison:
    """Every row of the file against the stored one of the same key."""
    stored = {table.key_of(row): row for row in table.model._default_manager.order_by(*table.key)}
    fields = [f.attname for f in table.model._meta.concrete_fields if not f.primary_key]
    created: list[tuple[int, Model]] = []
    changed: list[tuple[int, Model, Model]] = []
    for number, row in zip(table.numbers, table.rows, strict=True):
        known = stored.pop(table.key_of(row), None)
        if known is None:
            created.append((number, row))
        elif any(getattr(row, name) != getattr(known, name) for name in fields):
            row.pk, row._state.adding = known.pk, False
            changed.append((number, known, row))
    gone = list(stored.values()) if table.is_complete else []
    names = table.names()
    return Comparison(
        table=table,
        created=_lines(table, names, [(number, None, row) for number, row in created]),
        changed=_lines(table, names, changed),
        removed=_lines(table, names, [(0, row, row) for row in gone]),
        unchanged=len(table.rows) - len(created) - len(changed),
    )


def _lines(
    table: ReferenceTable, names: Names, rows: Sequence[tuple[int, Model | None, Model]]
) -> tuple[ComparedRow, ...]:
    """Each row, with what it says now and what it would say, where that differs."""
    stored = [known for _number, known, _row in rows if known]
    before = as_cells(table, stored, names) or [[""] * len(table.columns)] * len(rows)
    after = as_cells(table, [row for _number, _known, row in rows], names)
    return tuple(
        ComparedRow(
            row=row,
            name=_name(table, names, cells),
            number=number,
            changes=tuple(
                CellChange(column, old, new)
                for column, old, new in zip(table.columns, old_cells, cells, strict=True)
                if old != new
            ),
        )
        for (number, _known, row), old_cells, cells in zip(rows, before, after, strict=True)
    )


def _name(table: ReferenceTable, names: Names, cells: Sequence[str]) -> str:
    """What tells the row apart, as its file says it."""
    telling = {*table.key, *names}
    pairs = zip(table.columns, cells, strict=True)
    return " · ".join(text for column, text in pairs if text and column in telling)


def mistakes_of(comparison: Comparison) -> Iterator[RowError]:
    """What the database would refuse of rows that are new or changed, each at its row."""
    table = comparison.table
    for line in comparison.changed:
        for change in line.changes:
            if change.column in table.fixed:
                message = _("What stands is kept, «%(value)s»: write a new row instead.")
                value = {"value": change.before}
                yield RowError(table.filename, line.number, change.column, message % value)
    for line in (*comparison.created, *comparison.changed):
        yield from _refused_by_constraints(table, line)
    if table.ends_by_date:
        for line in comparison.removed:
            message = _("«%(row)s» is not in the file: it is not taken out, give it its last day.")
            yield RowError(table.filename, 0, "valid_until", message % {"row": line.name})
    if table.together:
        for number, message in table.together(dict(zip(table.numbers, table.rows, strict=True))):
            yield RowError(table.filename, number, "valid_from", message)
    if table.faults:
        for number, message in table.faults({line.number: line.row for line in comparison.created}):
            yield RowError(table.filename, number, "", message)


def _refused_by_constraints(table: ReferenceTable, line: ComparedRow) -> Iterator[RowError]:
    for constraint in table.model._meta.constraints:
        try:
            constraint.validate(table.model, line.row)
        except ValidationError as error:
            fields = [name for name in getattr(constraint, "fields", ()) if name in table.columns]
            column = fields[0] if fields else ""
            yield RowError(table.filename, line.number, column, " ".join(error.messages))
