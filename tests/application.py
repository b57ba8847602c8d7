"""Working as the strict role of web, worker and beat, which tests otherwise are more than."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from django.conf import settings
from django.db import connection, transaction

from paap.rights import APPLICATION_ROLE
from tests.template import address_of


@contextmanager
def as_application() -> Iterator[None]:
    """The strict role of web, worker and beat, its deferred checks done at the end of the block."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
        cursor.execute(f"SET LOCAL ROLE {APPLICATION_ROLE}")
        yield
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
        cursor.execute("RESET ROLE")


def session_of_the_application() -> "psycopg.Connection[object]":
    """A connection that nobody but the application could have opened, to the test database."""
    url = address_of(connection.settings_dict["NAME"], settings.DATABASE_URL)
    return psycopg.connect(url)
