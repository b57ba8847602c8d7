"""Loading the reference data: the only thing that writes the tables of this room."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from django.db import connection, transaction

from alliances.territory.comparing import compare
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
    compared = compare(table)
    manager.bulk_create(line.row for line in compared.created)
    if compared.changed:
        fields = [f.name for f in table.model._meta.concrete_fields if not f.primary_key]
        manager.bulk_update([line.row for line in compared.changed], fields)
    manager.filter(pk__in=[line.row.pk for line in compared.removed]).delete()
    return TableCount(
        table=table.filename,
        created=len(compared.created),
        updated=len(compared.changed),
        removed=len(compared.removed),
        unchanged=compared.unchanged,
    )
