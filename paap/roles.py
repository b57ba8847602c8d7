"""Two database roles: the *owner* makes and changes tables, the *application* works in them.

``DATABASE_URL`` is the application's address, ``OWNER_DATABASE_URL`` the owner's; only ``setup``
and what an operator does by hand know the second one.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import dj_database_url
import psycopg
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand
from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.backends.signals import connection_created
from psycopg import sql

from paap.rights import APPLICATION_ROLE


class UnsafeRole(ImproperlyConfigured):
    """This process would serve people as somebody who may rewrite history."""


def owner() -> dict[str, Any]:
    """The owner's settings of a connection. Raises ImproperlyConfigured if nobody said them."""
    if not settings.OWNER_DATABASE_URL:
        raise ImproperlyConfigured(
            "Tables are made and changed by their owner: set OWNER_DATABASE_URL"
            " (docs/deploy.md, Two database roles)."
        )
    return dict(dj_database_url.parse(settings.OWNER_DATABASE_URL))


@contextmanager
def as_owner() -> Iterator[None]:
    """The default connection of this thread is the owner's, until the end of the block.

    Inside a transaction (of a test) it goes on as the owner, if its user may become that.
    """
    known = owner()
    application: Any = connections[DEFAULT_DB_ALIAS]
    if application.in_atomic_block:
        with connection.cursor() as cursor:
            cursor.execute(sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(known["USER"])))
            yield
            if not application.needs_rollback:  # which takes the role back too
                cursor.execute("RESET ROLE")
        return
    options = {**application.settings_dict["OPTIONS"], "pool": None}
    login = {name: known[name] for name in ("USER", "PASSWORD")}
    connections[DEFAULT_DB_ALIAS] = type(application)(
        {**application.settings_dict, **login, "OPTIONS": options}, DEFAULT_DB_ALIAS
    )
    try:
        yield
    finally:
        connections[DEFAULT_DB_ALIAS].close()
        connections[DEFAULT_DB_ALIAS] = application


class OwnersCommand(BaseCommand):
    """A command that the owner of the tables does, from its first look at the database on."""

    def execute(self, *args: Any, **options: Any) -> Any:
        with as_owner():
            return super().execute(*args, **options)


def make_application_role() -> None:
    """The role of ``DATABASE_URL``, with the password that stands there. As the owner.

    Raises ImproperlyConfigured if that address is not the application's.
    """
    known = dj_database_url.parse(settings.DATABASE_URL)
    if known["USER"] != APPLICATION_ROLE:
        raise ImproperlyConfigured(
            f"DATABASE_URL is the application's: its user is {APPLICATION_ROLE},"
            f" not {known['USER'] or 'nobody'}."
        )
    role, password = sql.Identifier(APPLICATION_ROLE), known["PASSWORD"]
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [APPLICATION_ROLE])
        if not cursor.fetchone():
            cursor.execute(sql.SQL("CREATE ROLE {} LOGIN").format(role))
        if password:
            cursor.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(role, sql.Literal(password)))


def guard_role() -> None:
    """Refuse to serve people as owner or superuser: now, or as soon as the database answers.

    Raises UnsafeRole. While developing (``DEBUG``) any role will do.
    """
    if settings.DEBUG:
        return
    try:
        with psycopg.connect(settings.DATABASE_URL, connect_timeout=5) as opened:
            _refuse_unsafe(opened)
    except psycopg.OperationalError:
        connection_created.connect(_look_once)


def guard_celery(**_: Any) -> None:
    """``guard_role`` for Celery, whose signals swallow every other exception."""
    try:
        guard_role()
    except UnsafeRole as refusal:
        raise SystemExit(str(refusal)) from refusal


def _look_once(*, connection: Any, **_: Any) -> None:
    _refuse_unsafe(connection.connection)
    connection_created.disconnect(_look_once)


def _refuse_unsafe(opened: "psycopg.Connection[Any]") -> None:
    name, power = opened.execute(_POWERS).fetchone() or ("", None)
    if power:
        raise UnsafeRole(
            f"The database role {name} {power}, so it could rewrite history. Web, worker and beat"
            f" connect as {APPLICATION_ROLE}: run «manage.py setup» and correct DATABASE_URL."
        )


_POWERS = """
    SELECT session_user, CASE
        WHEN (SELECT rolsuper FROM pg_roles WHERE rolname = session_user) THEN 'is a superuser'
        WHEN EXISTS (SELECT FROM pg_class WHERE relnamespace = 'public'::regnamespace
                      AND relkind IN ('r', 'S') AND pg_has_role(session_user, relowner, 'MEMBER'))
            THEN 'owns tables'
        WHEN EXISTS (SELECT FROM pg_class WHERE oid = to_regclass('public.alliances_event')
                      AND has_table_privilege(session_user, oid, 'UPDATE, DELETE, TRUNCATE'))
            THEN 'may change the audit chain'
        WHEN has_database_privilege(session_user, current_database(), 'TEMPORARY, CREATE')
            THEN 'may make tables' END
"""
