"""Loading the reference data: the only thing that writes the tables of this room."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import connection, transaction
from django.db.models import Model

from alliances.territory.models import Department
from alliances.territory.reference import ReferenceTable, read_reference

DATA = Path(__file__).parent / "data"


@dataclass(frozen=True)
class TableCount:
    """What loading did to one table."""

    table: str
    created: int
    updated: int
    removed: int
    unchanged: int


@transaction.atomic
def load_reference(
    *, directory: Path = DATA, except_for: Collection[str] = ()
) -> tuple[TableCount, ...]:
    """Make the reference tables say what the files say; again changes nothing.

    Rows that a file no longer has stay, because other records point to them, except crop
    windows and shocks: a date that was corrected must not live on beside its correction.
    ``except_for`` names the files whose tables stay as they are, because people keep them.
    Raises InvalidFile naming row and column, and then nothing is loaded.
    """
    tables = read_reference(directory)
    _wait_for_other_loads()
    return tuple(store(table) for table in tables if table.filename not in except_for)


def _wait_for_other_loads() -> None:
    """Two processes that start together would both insert the rows they do not see yet."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"LOCK TABLE {connection.ops.quote_name(Department._meta.db_table)}"
            " IN SHARE ROW EXCLUSIVE MODE"
        )


def store(table: ReferenceTable) -> TableCount:
    """Insert, update and (from complete tables) remove rows until table and file agree."""
    manager = table.model._default_manager
    stored = {table.key_of(row): row for row in manager.all()}
    fields = [f for f in table.model._meta.concrete_fields if not f.primary_key]
    created: list[Model] = []
    updated: list[Model] = []
    for row in table.rows:
        known = stored.pop(table.key_of(row), None)
        if known is None:
            created.append(row)
        elif _values(row, fields) != _values(known, fields):
            row.pk = known.pk
            updated.append(row)
    manager.bulk_create(created)
    if updated:
        manager.bulk_update(updated, [f.name for f in fields])
    gone = [row.pk for row in stored.values()] if table.is_complete else []
    manager.filter(pk__in=gone).delete()
    return TableCount(
        table=table.filename,
        created=len(created),
        updated=len(updated),
        removed=len(gone),
        unchanged=len(table.rows) - len(created) - len(updated),
    )


def _values(row: Model, fields: list[Any]) -> tuple[Any, ...]:
    return tuple(getattr(row, f.attname) for f in fields)
