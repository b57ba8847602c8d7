"""The migrated database that every test database is a copy of.

Migrating takes ten seconds, in each worker of each run; copying what one of them migrated takes
one. The template is named by what migrations say, so that a changed one makes another.

Tests connect as ``TEST_ROLE``: it has the rights of the application, may besides write people and
places (which operators do in a real installation), load history of other days, and let triggers
sleep while its rows are thrown away.
"""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import django
import psycopg
from django.apps import apps
from django.conf import settings
from django.db import connection

from paap import rights, roles

TEST_ROLE = "alianzas_tests"
#: Besides the tables that the application only reads.
OPERATED = (
    "alliances.Alliance",
    "alliances.Appointment",
    "alliances.CallRegion",
    "alliances.Credential",
    "alliances.Criterion",
    "alliances.Crop",
    "alliances.MinimumWage",
    "alliances.Practice",
    "alliances.PriceIndex",
    "alliances.Membership",
    "alliances.Organisation",
    "alliances.Organisation_departments",
    "alliances.SisterProgramme",
    "alliances.User",
)
#: Any number that nobody else locks in the database of the server itself.
LOCK = 20_160_825


def template() -> str:
    """The name of the template, made by whoever asks first; the others wait for it."""
    name = f"template_{_fingerprint()}"
    with connection._nodb_cursor() as cursor:
        cursor.execute("SET lock_timeout = 0")  # migrating takes longer than a person waits
        cursor.execute("SET statement_timeout = 0")
        cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        cursor.execute(r"SELECT datname FROM pg_database WHERE datname LIKE 'template\_%%'")
        found = {row[0] for row in cursor.fetchall()}
        if name not in found:
            for outdated in found:
                cursor.execute(f'DROP DATABASE "{outdated}"')
            draft = name.replace("template", "template_draft")
            cursor.execute(f'DROP DATABASE IF EXISTS "{draft}"')
            cursor.execute(f'CREATE DATABASE "{draft}"')
            _migrate(draft)
            _let_tests_in(draft)
            cursor.execute(f'ALTER DATABASE "{draft}" RENAME TO "{name}"')
    return name


def _fingerprint() -> str:
    digest = hashlib.sha256(django.__version__.encode())
    for config in sorted(apps.get_app_configs(), key=lambda each: each.label):
        for path in sorted(Path(config.path, "migrations").rglob("*.py")):
            digest.update(path.read_bytes())
    for module in (rights, roles):
        digest.update(Path(module.__file__).read_bytes())
    digest.update(Path(__file__).read_bytes())
    return digest.hexdigest()[:16]


def _migrate(database: str) -> None:
    """In a process of its own: this one is about to work on another database."""
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "--verbosity=0"],
        cwd=settings.BASE_DIR,
        env=os.environ
        | {
            variable: address_of(database, getattr(settings, variable))
            for variable in ("DATABASE_URL", "OWNER_DATABASE_URL")
        },
        check=True,
    )


def address_of(database: str, url: str) -> str:
    """The same server and user, another database."""
    server, _slash, rest = url.rpartition("/")
    _name, mark, options = rest.partition("?")
    return f"{server}/{database}{mark}{options}"


def _let_tests_in(database: str) -> None:
    """As the embedded server's superuser: nobody else gives away membership in the owner."""
    user = psycopg.conninfo.conninfo_to_dict(settings.OWNER_DATABASE_URL)["user"]
    url = address_of(database, settings.OWNER_DATABASE_URL).replace(f"//{user}@", "//postgres@")
    with psycopg.connect(url) as superuser:
        if not superuser.execute(
            "SELECT 1 FROM pg_roles WHERE rolname = %s", [TEST_ROLE]
        ).fetchone():
            superuser.execute(f"CREATE ROLE {TEST_ROLE} LOGIN")
        superuser.execute(f"GRANT {rights.APPLICATION_ROLE} TO {TEST_ROLE}")
        superuser.execute(f"GRANT {user} TO {TEST_ROLE} WITH INHERIT FALSE")
        superuser.execute(f"GRANT SET ON PARAMETER session_replication_role TO {TEST_ROLE}")
        for label, model in rights.tables().items():
            if not rights.RIGHTS[label].insert or label in OPERATED:
                table = model._meta.db_table
                superuser.execute(f"GRANT INSERT, UPDATE, DELETE ON {table} TO {TEST_ROLE}")
        superuser.execute(f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {TEST_ROLE}")
