"""What every test shares. Tests run on the same real engines as the application."""

from collections.abc import Iterator

import pytest
from django.db.backends.postgresql.operations import DatabaseOperations


@pytest.fixture(scope="session", autouse=True)
def flush_past_the_triggers() -> Iterator[None]:
    """Let Django empty the tables after a test with real transactions.

    Append-only tables refuse TRUNCATE, so their owner switches the triggers off for that moment,
    as only the owner of a table can.
    """
    original = DatabaseOperations.sql_flush

    def sql_flush(self, style, tables, **options):  # type: ignore[no-untyped-def]
        quoted = [self.quote_name(table) for table in tables]
        return [
            *(f"ALTER TABLE {table} DISABLE TRIGGER USER;" for table in quoted),
            *original(self, style, tables, **options),
            *(f"ALTER TABLE {table} ENABLE TRIGGER USER;" for table in quoted),
        ]

    DatabaseOperations.sql_flush = sql_flush
    yield
    DatabaseOperations.sql_flush = original
