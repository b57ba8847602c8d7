"""Taking turns where there is no row to lock yet: a name that must stay the only one."""

from django.db import connection


def take_turns(name: str) -> None:
    """Let the transactions that say the same ``name`` come one by one, each until its end."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [name])
