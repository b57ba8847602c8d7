"""Rows in numbers that no factory makes one by one."""

from django.db import connection

from alliances.lifecycle.models import Alliance


def many_alliances(like: Alliance, count: int) -> None:
    """So many more of the same, in one statement."""
    columns = [
        field.column
        for field in Alliance._meta.concrete_fields
        if not field.generated and field.name not in ("id", "code", "key")
    ]
    names = ", ".join(columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO alliances_alliance (code, {names}) SELECT 'M-' || n, {names}"
            " FROM alliances_alliance, generate_series(1, %s) AS n WHERE id = %s",
            [count, like.pk],
        )
