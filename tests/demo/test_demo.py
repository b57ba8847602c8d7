"""``manage.py demo`` as somebody at a terminal meets it, on data of its own."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Collection, Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from paap.celery import WORKER_ALIVE_SECONDS
from paap.navigation import DEMO_LOGINS
from paap.processes import SERVICES, command_of
from tests.paap.machine import ALL_WELL, ROOT, free_port, health, processes_of, wait_until

pytestmark = pytest.mark.drill
READY_SECONDS = 240


def words_of(process: psutil.Process) -> list[str]:
    """The command line; nothing of what has just ended."""
    try:
        return process.cmdline()
    except psutil.NoSuchProcess:
        return []


class Demo:
    """A demo in a home of its own, with what it said in a file."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.port = free_port()
        self.said = home.parent / "said"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, *, port: int | None = None) -> "subprocess.Popen[bytes]":
        self.port = port or self.port
        environment = {**os.environ, "ALIANZAS_HOME": str(self.home)}
        command = ["manage.py", "demo", "--port", str(self.port), "--scale", "0.02"]
        with open(self.said, "wb") as said:
            self.process = subprocess.Popen(
                [sys.executable, *command],
                cwd=ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                start_new_session=True,  # a terminal of its own, for Ctrl-C
            )
        return self.process

    def wait_until_ready(self) -> None:
        process = self.process
        assert process is not None
        wait_until(
            lambda: "is ready" in self.said.read_text() or process.poll() is not None,
            seconds=READY_SECONDS,
        )
        assert process.poll() is None, self.said.read_text()
        wait_until(lambda: health(self.port) == ALL_WELL, seconds=60)

    def wait_until_well(self) -> None:
        """Wait until all is well, and not by the last sign of life of a worker that died."""
        time.sleep(WORKER_ALIVE_SECONDS + 1)
        wait_until(lambda: health(self.port) == ALL_WELL, seconds=60)

    def service(self, name: str) -> psutil.Process:
        """The main process of web, worker or beat."""
        (main,) = self.services(name)
        return main

    def services(
        self, name: str, *, other_than: psutil.Process | None = None
    ) -> list[psutil.Process]:
        """The same; none between its end and its new start."""
        assert self.process is not None
        wanted = command_of(name)[-3:]
        children = psutil.Process(self.process.pid).children()
        return [
            child for child in children if words_of(child)[-3:] == wanted and child != other_than
        ]

    def server(
        self, program: str, *, other_than: Collection[psutil.Process] = ()
    ) -> psutil.Process | None:
        """PostgreSQL's, Redis's or the keeper's main process; None between end and new start."""
        found = [
            process
            for process in processes_of(self.home)
            if any(word.endswith(program) for word in " ".join(words_of(process)).split())
        ]
        pids = {process.pid for process in found}
        main = [process for process in found if process.ppid() not in pids]
        return main[0] if len(main) == 1 and main[0] not in other_than else None


@pytest.fixture(scope="module")
def demo() -> Iterator[Demo]:
    """One home for all tests of this module: the first start pays for the data."""
    folder = Path(tempfile.mkdtemp(prefix="demo-"))
    demo = Demo(folder / "home")
    yield demo
    for process in processes_of(demo.home):
        with suppress(psutil.NoSuchProcess):
            process.kill()
    shutil.rmtree(folder)


@pytest.fixture
def ready(demo: Demo) -> Demo:
    """A demo that serves: the one that the test before left running, or a new one."""
    if demo.process is None or demo.process.poll() is not None:
        demo.start()
    demo.wait_until_ready()
    return demo


def test_tests_that_start_together_with_it_on_one_home_disturb_nobody(demo: Demo) -> None:
    demo.start()
    tests = subprocess.run(
        [sys.executable, "-m", "pytest", "tests/paap/test_health.py", "tests/paap/test_cache.py"],
        cwd=ROOT,
        env={**os.environ, "ALIANZAS_HOME": str(demo.home)},
        capture_output=True,
        text=True,
    )

    assert tests.returncode == 0, tests.stdout
    demo.wait_until_ready()


def test_ctrl_c_leaves_no_process(ready: Demo) -> None:
    _end(ready, signal.SIGINT)


def test_second_start_uses_the_same_data_and_says_who_can_log_in(ready: Demo) -> None:
    said = ready.said.read_text()

    assert "Seeding" not in said
    assert f"http://127.0.0.1:{ready.port}/" in said
    assert "alianzas-demo-2026" in said
    assert all(login.username in said for login in DEMO_LOGINS)


def test_it_has_the_mailbox_that_only_it_has(ready: Demo) -> None:
    """With the mail of the day, which the demo writes when it starts."""
    mailbox = f"http://127.0.0.1:{ready.port}/demostracion/correo/"

    def page() -> str:
        with urllib.request.urlopen(mailbox, timeout=10) as answer:
            return str(answer.read().decode())

    wait_until(lambda: "oga@alianzas.example" in page(), seconds=60)
    assert f"http://127.0.0.1:{ready.port}/cuenta/mensajes/" in page()


@pytest.mark.parametrize("name", SERVICES)
def test_service_that_dies_twice_within_ten_seconds_is_started_again(
    ready: Demo, name: str
) -> None:
    begun = time.monotonic()
    for time_it_died in (1, 2):
        victim = ready.service(name)
        victim.kill()
        wait_until(
            lambda times=time_it_died: ready.said.read_text().count(f"{name} ended") == times,
            seconds=5,
        )
        wait_until(lambda gone=victim: ready.services(name, other_than=gone), seconds=10)
    assert time.monotonic() - begun < 10

    ready.wait_until_well()
    assert f"{name} ended (exit code -9); starting it again" in ready.said.read_text()


@pytest.mark.parametrize("program", ["postgres", "redis-server", "paap.keeper"])
def test_server_that_dies_twice_within_ten_seconds_is_started_again(
    ready: Demo, program: str
) -> None:
    # The worker usually reconnects too; when its library fails at that, it is started again.
    before = {name: ready.service(name).pid for name in ("web", "beat")}
    begun = time.monotonic()
    first = wait_until(lambda: ready.server(program), seconds=8)
    first.kill()
    # Killed is what the wait found: a look later, a backend may stand beside it for a moment.
    second = wait_until(lambda: ready.server(program, other_than=[first]), seconds=8)
    second.kill()
    assert time.monotonic() - begun < 10

    wait_until(lambda: ready.server(program, other_than=[first, second]), seconds=20)
    ready.wait_until_well()
    assert {name: ready.service(name).pid for name in before} == before
    if program == "postgres":
        assert "was not properly shut down" in (ready.home / "run/postgres.log").read_text()


def test_the_log_of_a_crash_is_kept(ready: Demo) -> None:
    log = ready.home / "run/worker.log"
    last_words = log.read_text()
    victim = ready.service("worker")

    victim.kill()
    wait_until(lambda: ready.services("worker", other_than=victim), seconds=30)
    wait_until(lambda: log.read_text().count("ready.") > last_words.count("ready."), seconds=60)

    assert last_words
    assert log.read_text().startswith(last_words)


def test_second_demo_on_the_same_data_is_refused(ready: Demo) -> None:
    again = subprocess.run(
        [sys.executable, "manage.py", "demo", "--port", str(free_port())],
        cwd=ROOT,
        env={**os.environ, "ALIANZAS_HOME": str(ready.home)},
        capture_output=True,
        text=True,
    )

    assert again.returncode != 0
    assert "already runs" in again.stderr
    assert health(ready.port) == ALL_WELL


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGHUP])
def test_every_other_ending_leaves_no_process(ready: Demo, ending: signal.Signals) -> None:
    _end(ready, ending)


def test_taken_port_is_named_before_anything_starts(demo: Demo) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        process = demo.start(port=taken.getsockname()[1])

        assert process.wait(60) != 0

    assert f"Port {demo.port} is taken" in demo.said.read_text()
    assert processes_of(demo.home) == []


def _end(ready: Demo, ending: signal.Signals) -> None:
    assert ready.process is not None

    os.killpg(ready.process.pid, ending)

    assert ready.process.wait(60) == 0
    assert processes_of(ready.home) == []
    assert health(ready.port) == {}
