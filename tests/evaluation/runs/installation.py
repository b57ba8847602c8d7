"""An installation of its own: embedded servers, web, worker and beat as in production.

It lives in a folder that is thrown away, apart from the database of the tests.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
import redis
from psycopg.rows import dict_row

from paap.processes import CHECKOUT, ProcessGroup

HOLDER = (
    "import sys; from paap import embedded;"
    "print(embedded.database_url(), embedded.redis_url(), flush=True); sys.stdin.read()"
)
PATIENCE_SECONDS = 240


@dataclass
class Installation:
    """Servers and processes of one private installation."""

    home: Path
    environment: dict[str, str]
    database_url: str
    redis_url: str
    group: ProcessGroup

    def python(self, *words: str) -> str:
        """What a Python command prints in this installation."""
        return subprocess.run(
            [sys.executable, *words],
            cwd=CHECKOUT,
            env=self.environment | {"AS_OWNER": "1"},  # it is the operator who writes people
            check=True,
            capture_output=True,
            text=True,
        ).stdout

    def launch(self, kind: str = "chaining") -> int:
        """Launch the scene's study of a kind; the number of the run."""
        return int(self.python("-m", "tests.evaluation.runs.scene", kind))

    def forget_the_worker(self, pk: int) -> None:
        """Let the silence after which a worker is given up be over, instead of waiting for it."""
        with psycopg.connect(self.database_url) as connection:
            connection.execute(
                "UPDATE evaluation_run SET heartbeat_at = heartbeat_at - interval '1 minute' "
                "WHERE id = %s AND status = 'running'",
                [pk],
            )

    def left_by(self, pk: int) -> tuple[Any, ...]:
        """The parts and charts of a run, in the order in which they were stored."""
        query = """
            SELECT (SELECT json_agg(json_build_array(name, data) ORDER BY id)::text
                      FROM evaluation_runpart WHERE run_id = %(run)s),
                   (SELECT string_agg(name || language || theme || md5(svg), ' ' ORDER BY id)
                      FROM evaluation_rundrawing WHERE run_id = %(run)s)
        """
        with psycopg.connect(self.database_url) as connection:
            row = connection.execute(query, {"run": pk}).fetchone()
        assert row
        assert all(row)
        return row

    def run(self, pk: int) -> dict[str, Any]:
        """The row of a run, with the number of its charts."""
        query = """
            SELECT status, percent, attempt, fingerprint, failure_reason,
                   (SELECT jsonb_object_agg(name, data)::text
                      FROM evaluation_runpart WHERE run_id = r.id) AS result,
                   (SELECT count(*) FROM evaluation_rundrawing WHERE run_id = r.id) AS figures
            FROM evaluation_run r WHERE id = %s
        """
        with psycopg.connect(self.database_url, row_factory=dict_row) as connection:
            row = connection.execute(query, [pk]).fetchone()
        assert row
        return row

    def wait(self, pk: int, until: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The row as soon as it satisfies ``until``; the server may be away meanwhile."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        row: dict[str, Any] = {}
        while time.monotonic() < deadline:
            with suppress(psycopg.OperationalError):
                row = self.run(pk)
                if until(row):
                    return row
            time.sleep(0.2)
        worker = self.group.running.get("worker")
        pytest.fail(f"{row}\n{worker.last_lines(40) if worker else 'no worker'}")

    def restart_postgres(self) -> None:
        """End the server's process; its keeper starts it again."""
        pid = int((self.home / "postgres" / "postmaster.pid").read_text().splitlines()[0])
        os.kill(pid, signal.SIGQUIT)

    def empty_redis(self) -> None:
        with redis.from_url(self.redis_url) as client:
            client.flushall()


@contextmanager
def installed() -> Iterator[Installation]:
    """An installation with its servers up and its database migrated."""
    folder = Path(tempfile.mkdtemp(prefix="alianzas-drill-"))
    home = folder / "home"
    environment = {**os.environ, "ALIANZAS_HOME": str(home)}
    for name in ("DATABASE_URL", "REDIS_URL", "TEST_DATABASE_NAME", "DJANGO_SETTINGS_MODULE"):
        environment.pop(name, None)
    environment["DJANGO_SETTINGS_MODULE"] = "paap.settings"
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER],
        cwd=CHECKOUT,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdout
    database_url, redis_url = holder.stdout.readline().split()
    group = ProcessGroup(environment={"ALIANZAS_HOME": str(home)}, logs=folder)
    for name in ("DATABASE_URL", "REDIS_URL", "TEST_DATABASE_NAME"):
        group.environment.pop(name, None)
    made = Installation(home, environment, database_url, redis_url, group)
    made.python("manage.py", "migrate", "--verbosity=0")
    try:
        yield made
    finally:
        group.stop()
        holder.communicate("", timeout=60)
        shutil.rmtree(folder, ignore_errors=True)
