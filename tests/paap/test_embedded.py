"""The embedded servers as several processes meet them, each test in a home of its own."""

import os
import pwd
import shutil
import stat
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import unquote, urlsplit

import psutil
import psycopg
import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from tests.paap.machine import ROOT, processes_of, wait_until

PACKAGES = sysconfig.get_path("purelib")
USE_SERVERS = """
import sys
from paap import embedded
print(embedded.owner_database_url(), embedded.redis_url(), embedded.secret_key(), flush=True)
sys.stdin.read()
"""
JOIN_AND_MEASURE = """
import time
from paap import embedded
start = time.perf_counter()
embedded.database_url(), embedded.redis_url(), embedded.secret_key()
print((time.perf_counter() - start) * 1000)
"""


class Home:
    """A home for embedded servers, and the processes that use them."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.users: list[subprocess.Popen[str]] = []
        self.addresses: list[str] = []  # of the servers, where somebody entered already

    def enter(self, *python: str) -> "subprocess.Popen[str]":
        """Start a process that asks for both servers and keeps them until its input closes."""
        user = subprocess.Popen(
            [*(python or [sys.executable]), "-c", USE_SERVERS],
            cwd=ROOT,
            env={**os.environ, "ALIANZAS_HOME": str(self.path), "PYTHONPATH": PACKAGES},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.users.append(user)
        return user

    def processes(self) -> list[psutil.Process]:
        """Every live process that was started for this home."""
        return processes_of(self.path)

    def server(self, program: str) -> psutil.Process:
        """The one server process: the keeper, the postmaster or redis-server."""
        wanted = [
            process
            for process in self.processes()
            if any(word.endswith(program) for word in _words(process))
        ]
        # A child that PostgreSQL has just forked still bears its parent's words.
        pids = {process.pid for process in wanted}
        wanted = [process for process in wanted if process.ppid() not in pids]
        assert len(wanted) == 1, wanted
        return wanted[0]


def _words(process: psutil.Process) -> list[str]:
    try:
        return " ".join(process.cmdline()).split()
    except psutil.NoSuchProcess:
        return []


def addresses(user: "subprocess.Popen[str]") -> list[str]:
    """Database URL, Redis URL and secret, once the servers answer."""
    assert user.stdout is not None
    line = user.stdout.readline()
    assert line, user.stderr and user.stderr.read()
    return line.split()


def finish(user: "subprocess.Popen[str]") -> None:
    user.communicate(timeout=40)
    assert user.returncode == 0


def answers(database_url: str, redis_url: str) -> bool:
    try:
        with psycopg.connect(database_url) as connection:
            connection.execute("SELECT 1")
        with redis.from_url(redis_url) as client:
            return bool(client.ping())
    except (psycopg.OperationalError, redis.RedisError):
        return False


@pytest.fixture
def home() -> Iterator[Home]:
    with _new_home() as home:
        yield home


@pytest.fixture(scope="module")
def shared() -> Iterator[Home]:
    """A home in use, for tests that leave its servers as they met them: the first start is long."""
    with _new_home() as home:
        home.addresses = addresses(home.enter())
        yield home


@contextmanager
def _new_home() -> Iterator[Home]:
    folder = Path(tempfile.mkdtemp(prefix="embedded-"))
    home = Home(folder / "home")
    yield home
    for process in home.processes():
        with suppress(psutil.NoSuchProcess):
            process.kill()
    for user in home.users:
        user.communicate()
    shutil.rmtree(folder)


@pytest.fixture
def nobody() -> tuple[str, ...]:
    """The start of a command line that runs Python as an unprivileged user."""
    if os.geteuid() != 0 or shutil.which("setpriv") is None:
        pytest.skip("needs root and setpriv to become another user")
    become = ("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups")
    probe = f"open({str(ROOT / 'paap/embedded.py')!r}); open({psutil.__file__!r})"
    for python in (os.path.realpath(sys.executable), "/usr/bin/python3.11"):
        run_again = f"import os; os.execv({python!r}, [{python!r}, '-c', {probe!r}])"
        if subprocess.run([*become, python, "-c", run_again], capture_output=True).returncode == 0:
            return (*become, python)
    pytest.skip("an unprivileged user cannot read this checkout or run its Python")


def test_first_process_starts_servers_and_last_one_leaves_no_process(home: Home) -> None:
    user = home.enter()

    database_url, redis_url, _ = addresses(user)

    assert answers(database_url, redis_url)
    finish(user)
    assert home.processes() == []


def test_server_is_utf8_and_the_role_is_no_superuser(shared: Home) -> None:
    database_url, *_ = shared.addresses

    with psycopg.connect(database_url) as connection:
        upper, encoding, is_superuser = connection.execute(
            "SELECT upper('ñandú'), current_setting('server_encoding'),"
            " current_setting('is_superuser')"
        ).fetchone() or ("", "", "")

    assert (upper, encoding, is_superuser) == ("ÑANDÚ", "UTF8", "off")


def test_racing_processes_share_one_pair_of_servers(home: Home) -> None:
    users = [home.enter() for _ in range(4)]

    seen = {tuple(addresses(user)) for user in users}

    assert len(seen) == 1
    assert home.server("postgres").is_running()
    assert home.server("redis-server").is_running()


def test_process_that_leaves_does_not_stop_servers_of_another(home: Home) -> None:
    first, second = home.enter(), home.enter()
    database_url, redis_url, _ = addresses(first)
    addresses(second)

    finish(first)
    time.sleep(1)

    assert answers(database_url, redis_url)
    finish(second)
    assert home.processes() == []


def test_killed_process_leaves_nothing_behind(home: Home) -> None:
    user = home.enter()
    addresses(user)

    user.kill()

    wait_until(lambda: home.processes() == [], seconds=60)


def test_process_that_comes_while_servers_stop_starts_them_again(home: Home) -> None:
    leaving = home.enter()
    addresses(leaving)
    for _ in range(5):
        leaving.kill()  # the keeper notices within a fifth of a second
        time.sleep(0.15)
        coming = home.enter()
        database_url, redis_url, _ = addresses(coming)
        assert answers(database_url, redis_url)
        leaving = coming


def test_data_survive_a_restart(home: Home) -> None:
    user = home.enter()
    database_url, redis_url, secret = addresses(user)
    with psycopg.connect(database_url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    with redis.from_url(redis_url) as client:
        client.set("kept", "42")
    finish(user)

    database_url, redis_url, secret_again = addresses(home.enter())

    with psycopg.connect(database_url) as connection:
        assert connection.execute("SELECT answer FROM kept").fetchone() == (42,)
    with redis.from_url(redis_url) as client:
        assert client.get("kept") == b"42"
    assert secret_again == secret


@pytest.mark.parametrize("program", ["postgres", "redis-server"])
def test_killed_server_comes_back_at_the_same_address(shared: Home, program: str) -> None:
    database_url, redis_url, _ = shared.addresses

    victim = shared.server(program)
    victim.kill()

    wait_until(lambda: not victim.is_running(), seconds=30)
    wait_until(lambda: answers(database_url, redis_url), seconds=60)


def test_killed_keeper_is_replaced_and_nothing_is_left(home: Home) -> None:
    first = home.enter()
    before = addresses(first)
    home.server("paap.keeper").kill()

    second = home.enter()

    assert addresses(second) == before
    assert answers(*before[:2])
    finish(first)
    finish(second)
    assert home.processes() == []


def test_deep_folder_with_capitals_spaces_and_accents_works(home: Home) -> None:
    home.path = home.path / "Año 2026" / ("Deep" * 30)

    database_url, redis_url, _ = addresses(home.enter())

    assert answers(database_url, redis_url)
    finish(home.users[-1])
    assert home.processes() == []
    socket_folder = unquote(urlsplit(database_url).netloc.partition("@")[2])
    assert socket_folder.startswith(tempfile.gettempdir())
    assert not Path(socket_folder).exists()


def test_private_umask_does_not_lock_the_servers_out(home: Home) -> None:
    privately = ("sh", "-c", 'umask 077; exec "$0" "$@"', sys.executable)

    database_url, redis_url, _ = addresses(home.enter(*privately))

    assert answers(database_url, redis_url)


def test_secrets_are_readable_by_their_owner_only(shared: Home) -> None:
    modes = {
        name: stat.S_IMODE((shared.path / name).stat().st_mode)
        for name in ("secret_key", "run/servers.json", "redis/redis.conf", "run/postgres")
    }

    assert modes == {
        "secret_key": 0o600,
        "run/servers.json": 0o600,
        "redis/redis.conf": 0o600,
        "run/postgres": 0o700,
    }


def test_redis_refuses_a_client_without_the_password(shared: Home) -> None:
    _, redis_url, _ = shared.addresses
    port = redis_url.rsplit(":", 1)[1].split("/")[0]

    at_once = Retry(NoBackoff(), retries=0)

    with (
        redis.Redis(port=int(port), retry=at_once) as stranger,
        pytest.raises(redis.AuthenticationError),
    ):
        stranger.ping()


def test_unprivileged_user_can_run_the_servers(home: Home, nobody: tuple[str, ...]) -> None:
    home.path.parent.chmod(0o755)
    home.path.mkdir()
    os.chown(home.path, pwd.getpwnam("nobody").pw_uid, pwd.getpwnam("nobody").pw_gid)

    database_url, _, _ = addresses(home.enter(*nobody))

    with psycopg.connect(database_url) as connection:  # root may pass every folder
        assert connection.execute("SELECT 1").fetchone() == (1,)
    assert home.server("postgres").username() == "nobody"
    finish(home.users[-1])
    assert home.processes() == []


def test_root_runs_what_a_user_made_as_that_user(home: Home, nobody: tuple[str, ...]) -> None:
    test_unprivileged_user_can_run_the_servers(home, nobody)

    database_url, redis_url, _ = addresses(home.enter())

    assert answers(database_url, redis_url)
    assert home.server("postgres").username() == "nobody"
    finish(home.users[-1])
    addresses(home.enter(*nobody))  # and what root did lets the user in again


def test_folder_of_another_user_is_refused_in_words(home: Home, nobody: tuple[str, ...]) -> None:
    home.path.parent.chmod(0o755)
    finish_first = home.enter()
    addresses(finish_first)
    finish(finish_first)

    stranger = home.enter(*nobody)
    _, message = stranger.communicate(timeout=40)

    assert stranger.returncode != 0
    assert "belongs to another user" in message
    assert "ALIANZAS_HOME" in message


def test_failed_start_shows_what_the_server_said(home: Home) -> None:
    data = home.path / "postgres"
    data.mkdir(parents=True)
    (data / "PG_VERSION").write_text("9.1\n")

    user = home.enter()
    _, message = user.communicate(timeout=40)

    assert user.returncode != 0
    assert "did not start" in message
    assert "postgres" in message.lower()
    wait_until(lambda: home.processes() == [], seconds=60)


def test_nothing_is_started_when_addresses_are_given(home: Home) -> None:
    environment = {
        **os.environ,
        "ALIANZAS_HOME": str(home.path),
        "DJANGO_SETTINGS_MODULE": "paap.settings",
        "DATABASE_URL": "postgresql://somebody@elsewhere/alianzas",
        "REDIS_URL": "redis://elsewhere/0",
    }
    read = "from django.conf import settings; print(settings.DATABASES['default']['HOST'])"

    done = subprocess.run(
        [sys.executable, "-c", read], cwd=ROOT, env=environment, capture_output=True, text=True
    )

    assert done.stdout.strip() == "elsewhere", done.stderr
    assert not (home.path / "postgres").exists()
    assert home.processes() == []


def test_data_are_forgotten_only_when_nobody_uses_them(home: Home) -> None:
    user = home.enter()
    addresses(user)

    assert "in use" in _forget(home)

    finish(user)
    assert _forget(home) == ""
    assert not home.path.exists()


def test_joining_costs_milliseconds(shared: Home) -> None:
    best = min(_milliseconds_to_join(shared) for _ in range(3))

    assert best < 50


def _milliseconds_to_join(home: Home) -> float:
    done = subprocess.run(
        [sys.executable, "-c", JOIN_AND_MEASURE],
        cwd=ROOT,
        env={**os.environ, "ALIANZAS_HOME": str(home.path)},
        capture_output=True,
        text=True,
        check=True,
    )
    return float(done.stdout)


def _forget(home: Home) -> str:
    """What the refusal says, empty when the data are gone."""
    done = subprocess.run(
        [sys.executable, "-c", "from paap import embedded; embedded.forget()"],
        cwd=ROOT,
        env={**os.environ, "ALIANZAS_HOME": str(home.path)},
        capture_output=True,
        text=True,
    )
    return done.stderr
