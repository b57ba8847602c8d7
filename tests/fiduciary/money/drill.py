"""Kills what serves while people work: web, worker, PostgreSQL, one of its connections, Redis."""

import json
import os
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import psutil
import psycopg
from celery import Celery
from django.utils.timezone import localdate
from kombu.exceptions import OperationalError

from tests.evaluation.runs.installation import Installation
from tests.fiduciary.money.desk import Act, Desk
from tests.paap.machine import free_port, health, processes_of, wait_until

ALLIANCES, PRODUCERS = 2, 3
VICTIMS = ("postgres", "connection", "redis", "web", "worker")
#: What the worker does meanwhile, on the same rows as the acts.
NIGHTLY = "fiduciary.disbursements.tasks.refresh_all_clocks"
PATIENCE_SECONDS = 120


@dataclass
class Drill:
    """An installation under load, and what was killed of it."""

    installation: Installation
    chance: random.Random
    port: int = field(default_factory=free_port)
    killed: Counter[str] = field(default_factory=Counter)
    stop: threading.Event = field(default_factory=threading.Event)
    desks: list[Desk] = field(default_factory=list)

    @property
    def acts(self) -> list[Act]:
        return [act for desk in self.desks for act in desk.acts]

    def run(self, kills: int) -> None:
        """Let people work, kill so often, and let them finish. Raises what a desk complains of."""
        with ThreadPoolExecutor(1 + len(self.desks)) as threads:
            over = threading.Event()
            keeping = threads.submit(self._keep_alive, over)
            working = [threads.submit(desk.work) for desk in self.desks]
            try:
                self._kill_again_and_again(kills)
            finally:
                self.stop.set()
                try:
                    for future in working:
                        future.result()
                finally:
                    over.set()
            keeping.result()

    def look(
        self, query: str, values: Sequence[Any] | dict[str, Any] = ()
    ) -> list[tuple[Any, ...]]:
        """Rows of the database, as soon as it is there."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                with psycopg.connect(self.installation.database_url) as connection:
                    return connection.execute(query, values).fetchall()
            except psycopg.OperationalError:
                assert time.monotonic() < deadline
                time.sleep(0.2)

    def open(self) -> None:
        """Start the processes and seat people at their desks."""
        scene = ("-m", "tests.fiduciary.money.scene", str(ALLIANCES), str(PRODUCERS))
        places = json.loads(self.installation.python(*scene))
        group = self.installation.group
        group.environment |= {
            "GUNICORN_CMD_ARGS": f"--bind=127.0.0.1:{self.port}",
            "LOG_LEVEL": "ERROR",
            "SECOND_FACTOR": "false",  # of money, not of signing in
        }
        for service in ("web", "worker"):
            group.start(service)
        wait_until(self._serves, seconds=PATIENCE_SECONDS)
        address, today = f"http://127.0.0.1:{self.port}", localdate()
        self.desks = [
            Desk(address, place, today, self.look, random.Random(number), self.stop)
            for number, place in enumerate(places)
        ]

    def _keep_alive(self, over: threading.Event) -> None:
        """Start again what ended, as ``docker compose`` does, and give the worker its work."""
        queue = Celery(broker=self.installation.redis_url)
        while not over.wait(0.3):
            for service in self.installation.group.ended():
                self.installation.group.start(service)
            with suppress(OperationalError):
                queue.send_task(NIGHTLY, retry=False)

    def _kill_again_and_again(self, kills: int) -> None:
        """At random moments: mostly in full swing, one time in four while all starts again."""
        for number in range(kills):
            if number % len(VICTIMS) == 0:
                victims = self.chance.sample(VICTIMS, len(VICTIMS))
            if self.chance.random() < 0.75:
                self._wait_for_full_swing()
            self.stop.wait(self.chance.uniform(0, 1.5))
            if self.stop.is_set():
                return
            victim = victims[number % len(VICTIMS)]
            wait_until(lambda victim=victim: self._kill(victim), seconds=PATIENCE_SECONDS)
        self._wait_for_full_swing()

    def _wait_for_full_swing(self) -> None:
        """Until it serves and some acts were done since."""
        wait_until(lambda: self.stop.is_set() or self._serves(), seconds=PATIENCE_SECONDS)
        done = self._count_done()
        wait_until(
            lambda: self.stop.is_set() or self._count_done() >= done + len(self.desks),
            seconds=PATIENCE_SECONDS,
        )

    def _serves(self) -> bool:
        return health(self.port).get("database") == "ok"

    def _count_done(self) -> int:
        return sum(act.is_done for act in self.acts)

    def _kill(self, victim: str) -> bool:
        """End it at once, web and worker with all their processes; whether it was there."""
        running = self.installation.group.running
        try:
            if victim in running:
                os.killpg(running[victim].process.pid, signal.SIGKILL)
            else:
                self._server(victim).kill()
        except (psutil.NoSuchProcess, ProcessLookupError, LookupError, StopIteration):
            return False
        self.killed[victim] += 1
        return True

    def _server(self, victim: str) -> psutil.Process:
        """Redis, PostgreSQL, or the process of one of its connections. Raises LookupError."""
        program = "redis-server" if victim == "redis" else "postgres"
        found = [one for one in processes_of(self.installation.home) if one.name() == program]
        pids = {one.pid for one in found}
        if victim == "connection":
            return self.chance.choice([one for one in found if " alianzas_app " in _title(one)])
        return next(one for one in found if one.ppid() not in pids)


def _title(process: psutil.Process) -> str:
    """What a process calls itself: PostgreSQL's say for whom they work."""
    return f" {' '.join(process.cmdline())} "
