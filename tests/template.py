"""The migrated database that every test database is a copy of.

Migrating takes ten seconds, in each worker of each run; copying what one of them migrated takes
one. The template is named by what migrations say, so that a changed one makes another.
"""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import django
from django.apps import apps
from django.conf import settings
from django.db import connection

#: Any number that nobody else locks in the database of the server itself.
LOCK = 20_160_825


def template() -> str:
    """The name of the template, made by whoever asks first; the others wait for it."""
    name = f"template_{_fingerprint()}"
    with connection._nodb_cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        cursor.execute(r"SELECT datname FROM pg_database WHERE datname LIKE 'template\_%%'")
        found = {row[0] for row in cursor.fetchall()}
        if name not in found:
            for outdated in found:
                cursor.execute(f'DROP DATABASE "{outdated}"')
            draft = name.replace("template", "template_draft")
            cursor.execute(f'CREATE DATABASE "{draft}"')
            _migrate(draft)
            cursor.execute(f'ALTER DATABASE "{draft}" RENAME TO "{name}"')
    return name


def _fingerprint() -> str:
    digest = hashlib.sha256(django.__version__.encode())
    for config in sorted(apps.get_app_configs(), key=lambda each: each.label):
        for path in sorted(Path(config.path, "migrations").rglob("*.py")):
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _migrate(database: str) -> None:
    """In a process of its own: this one is about to work on another database."""
    server, _slash, rest = settings.DATABASE_URL.rpartition("/")
    _name, mark, options = rest.partition("?")
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "--verbosity=0"],
        cwd=settings.BASE_DIR,
        env={**os.environ, "DATABASE_URL": f"{server}/{database}{mark}{options}"},
        check=True,
    )
