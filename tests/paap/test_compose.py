"""The production shape: the services of ``docker-compose.yml`` on an ordinary PostgreSQL and Redis.

Nothing here needs a container engine: the same commands run with the same environment on Debian's
servers. ``make smoke`` insists on them; the whole suite skips these tests where they are missing.
"""

import os
import pwd
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import redis
import requests
import yaml

from paap.processes import ProcessGroup, command_of
from tests.paap.machine import ALL_WELL, ROOT, free_port, health, processes_of, wait_until

PASSWORD = "una-clave-larga-de-prueba"
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
MAKE_EVALUATOR = f"""
from tests.factories.alliances import make_membership
from tests.factories.evaluation import make_study, make_surveyed, make_wave
evaluator = make_membership("evaluator")
evaluator.user.set_password({PASSWORD!r})
evaluator.user.save()
wave = make_wave(evaluator)
make_surveyed(wave, evaluator)
print(evaluator.user.username, make_study(evaluator, wave).pk)
"""
RUNNING = ("queued", "running")
READ_RUN = (
    "from evaluation.models import Run; run = Run.objects.get(); print(run.status, run.phase)"
)


def test_every_service_that_stays_has_a_health_check() -> None:
    stay = {name: service for name, service in COMPOSE["services"].items() if name != "setup"}

    assert set(stay) == {"postgres", "redis", "web", "worker", "beat"}
    assert all("healthcheck" in service for service in stay.values())


def test_compose_holds_no_secret_and_the_image_no_root() -> None:
    secrets = [
        value
        for service in COMPOSE["services"].values()
        for name, value in service.get("environment", {}).items()
        if "PASSWORD" in name or "SECRET" in name or "URL" in name
    ]
    dockerfile = (ROOT / "Dockerfile").read_text()

    assert all("${" in value or value == "" for value in secrets)
    assert "\nUSER alianzas\n" in dockerfile
    assert "--require-hashes" in dockerfile


def test_example_names_everything_that_compose_asks_for() -> None:
    example = (ROOT / ".env.example").read_text()
    asked = {
        *("POSTGRES_PASSWORD", "APPLICATION_PASSWORD", "REDIS_PASSWORD"),
        *("PORT", "SECRET_KEY", "ALLOWED_HOSTS"),
    }

    assert all(f"\n{name}=" in example for name in asked)
    assert "\nSECRET_KEY=\n" in example
    assert "\nPOSTGRES_PASSWORD=\n" in example
    assert "\nAPPLICATION_PASSWORD=\n" in example
    assert "\nREDIS_PASSWORD=\n" in example


def test_every_image_is_pinned_to_a_patch_version() -> None:
    images = [service.get("image", "alianzas") for service in COMPOSE["services"].values()]
    images += re.findall(r"^FROM (\S+)", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    foreign = [image for image in images if image != "alianzas"]

    assert len(foreign) == 3
    for image in foreign:
        assert re.fullmatch(r"postgres:\d+\.\d+|[a-z]+:\d+\.\d+\.\d+(-slim)?", image), image


def test_only_the_web_is_published_and_only_to_its_own_machine() -> None:
    ports = {
        name: service["ports"]
        for name, service in COMPOSE["services"].items()
        if "ports" in service
    }

    assert ports == {"web": ["127.0.0.1:${PORT:-8000}:8000"]}


def test_redis_asks_for_a_password_that_its_health_check_knows() -> None:
    service = COMPOSE["services"]["redis"]

    assert '--requirepass "$$REDISCLI_AUTH"' in service["command"][-1]
    assert set(service["environment"]) == {"REDISCLI_AUTH"}


@pytest.mark.parametrize("service", ["web", "worker", "beat"])
def test_who_serves_people_is_the_application_and_does_not_know_the_owner(service: str) -> None:
    environment = COMPOSE["services"][service]["environment"]

    assert environment["DATABASE_URL"].startswith("postgresql://alianzas_app:${APPLICATION_")
    assert environment["POSTGRES_PASSWORD"] == ""  # above what .env says
    assert "OWNER_DATABASE_URL" not in environment


class Servers:
    """An ordinary PostgreSQL (with a password, over TCP) and an ordinary Redis."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.bin = _debian_postgres()
        self.user: dict[str, Any] = {}
        if os.geteuid() == 0:
            nobody = pwd.getpwnam("nobody")
            self.user = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
            os.chown(folder, nobody.pw_uid, nobody.pw_gid)
        self.postgres_port, self.redis_port = free_port(), free_port()
        self.running: list[subprocess.Popen[bytes]] = []

    @property
    def owner_url(self) -> str:
        return f"postgresql://alianzas:{PASSWORD}@127.0.0.1:{self.postgres_port}/alianzas"

    @property
    def database_url(self) -> str:
        return self.owner_url.replace(f"//alianzas:{PASSWORD}", "//alianzas_app:otra-clave")

    @property
    def redis_url(self) -> str:
        return f"redis://:{PASSWORD}@127.0.0.1:{self.redis_port}/0"

    def start(self) -> None:
        data, secret = self.folder / "postgres", self.folder / "secret"
        secret.write_text(PASSWORD)
        secret.chmod(0o644)
        self._run("initdb", "-U", "alianzas", "-A", "scram-sha-256", f"--pwfile={secret}", data)
        self._launch(
            self.bin / "postgres",
            "-D",
            data,
            "-k",
            self.folder,
            "-h",
            "127.0.0.1",
            "-p",
            self.postgres_port,
        )
        self._launch(
            shutil.which("redis-server"),
            "--port",
            self.redis_port,
            "--bind",
            "127.0.0.1",
            "--appendonly",
            "yes",
            "--requirepass",
            PASSWORD,
            "--dir",
            self.folder,
        )
        wait_until(self._answer, seconds=30)
        with psycopg.connect(self._maintenance_url(), autocommit=True) as connection:
            connection.execute("CREATE DATABASE alianzas")

    def stop(self) -> None:
        for server in self.running:
            server.terminate()
        for server in self.running:
            server.wait(30)

    def _answer(self) -> bool:
        try:
            psycopg.connect(self._maintenance_url()).close()
            with redis.from_url(self.redis_url) as client:
                return bool(client.ping())
        except (psycopg.OperationalError, redis.RedisError):
            return False

    def _maintenance_url(self) -> str:
        return self.owner_url.rsplit("/", 1)[0] + "/postgres"

    def _run(self, program: str, *arguments: object) -> None:
        command = [str(self.bin / program), *map(str, arguments)]
        subprocess.run(command, check=True, capture_output=True, cwd="/", **self.user)

    def _launch(self, *command: object) -> None:
        self.running.append(
            subprocess.Popen(
                [str(word) for word in command],
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                **self.user,
            )
        )


class Deployment:
    """The services of the compose file, running."""

    def __init__(self, home: Path, servers: Servers) -> None:
        self.home = home
        self.port = free_port()
        self.owner_url = servers.owner_url
        self.group = ProcessGroup(
            environment={
                "DATABASE_URL": servers.database_url,
                "REDIS_URL": servers.redis_url,
                "SECRET_KEY": "a-secret-of-this-test-alone-" * 2,
                "ALIANZAS_HOME": str(home),
                "GUNICORN_CMD_ARGS": f"--bind=127.0.0.1:{self.port}",
                "DEMO": "0",
            },
            logs=home,
        )

    def run(self, *command: str, **environment: str) -> str:
        """What a command prints, run as setup is: it knows the owner."""
        environment = {"OWNER_DATABASE_URL": self.owner_url, **environment}
        done = subprocess.run(
            command,
            cwd=ROOT,
            env=self.group.environment | environment,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def shell(self, code: str) -> str:
        """What a piece of Python prints that runs on this deployment's database."""
        return self.run(sys.executable, "manage.py", "shell", "-v0", "-c", code, AS_OWNER="1")

    def logged_in(self, username: str) -> requests.Session:
        """A browser of this person, after its login."""
        session = requests.Session()
        address = f"http://127.0.0.1:{self.port}/cuenta/login/"
        session.get(address).raise_for_status()
        answer = session.post(
            address,
            data={
                "login": username,
                "password": PASSWORD,
                "csrfmiddlewaretoken": session.cookies["csrftoken"],
            },
            headers={"Referer": address},
        )
        assert answer.url == f"http://127.0.0.1:{self.port}/", answer.url
        return session


@pytest.fixture(scope="module")
def deployment() -> Iterator[Deployment]:
    folder = Path(tempfile.mkdtemp(prefix="compose-"))
    folder.chmod(0o755)
    (folder / "servers").mkdir()
    (folder / "home").mkdir()
    servers = Servers(folder / "servers")
    deployment = Deployment(folder / "home", servers)
    try:
        servers.start()
        deployment.run(*command_of("setup"))
        for service in ("web", "worker", "beat"):
            deployment.group.start(service)
        wait_until(lambda: health(deployment.port) == ALL_WELL, seconds=60)
        yield deployment
    finally:
        deployment.group.stop()
        servers.stop()
        shutil.rmtree(folder)


@pytest.fixture(scope="module")
def evaluator(deployment: Deployment) -> tuple[str, str]:
    """A username that can log in, and the study of theirs that can be run."""
    username, study = deployment.shell(MAKE_EVALUATOR).split()
    return username, study


@pytest.mark.drill
def test_person_logs_in_and_sees_home(deployment: Deployment, evaluator: tuple[str, str]) -> None:
    session = deployment.logged_in(evaluator[0])

    page = session.get(f"http://127.0.0.1:{deployment.port}/")

    assert page.status_code == 200
    assert "Alianzas" in page.text


@pytest.mark.drill
def test_worker_finishes_a_job(deployment: Deployment, evaluator: tuple[str, str]) -> None:
    deployment.run(sys.executable, "manage.py", "launch_run", f"--study={evaluator[1]}")

    wait_until(lambda: deployment.shell(READ_RUN).split()[0] not in RUNNING, seconds=90)

    assert deployment.shell(READ_RUN).split()[0] == "succeeded"


@pytest.mark.drill
@pytest.mark.parametrize("service", ["web", "worker", "beat"])
def test_nothing_serves_people_as_the_superuser(deployment: Deployment, service: str) -> None:
    done = subprocess.run(
        command_of(service),
        cwd=ROOT,
        env=deployment.group.environment
        | {"DATABASE_URL": deployment.owner_url, "GUNICORN_CMD_ARGS": "--bind=127.0.0.1:0"},
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert done.returncode != 0
    assert "The database role alianzas is a superuser" in done.stderr


@pytest.mark.drill
def test_nothing_embedded_was_started(deployment: Deployment) -> None:
    programs = {process.name() for process in processes_of(deployment.home)}

    assert not programs & {"postgres", "redis-server"}
    assert not (deployment.home / "postgres").exists()


@pytest.mark.drill
def test_killed_worker_is_missed_within_fifteen_seconds_and_welcome_back(
    deployment: Deployment,
) -> None:
    deployment.group.kill("worker")

    wait_until(lambda: health(deployment.port) == {**ALL_WELL, "worker": "missing"}, seconds=15)

    deployment.group.start("worker")
    wait_until(lambda: health(deployment.port) == ALL_WELL, seconds=40)


def _debian_postgres() -> Path:
    """Where Debian keeps the newest PostgreSQL's programs; skips, or fails for ``make smoke``."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: path.parent.name)
    if found and shutil.which("redis-server"):
        return found[-1]
    reason = "needs Debian's postgresql and redis-server"
    if os.environ.get("SMOKE"):
        pytest.fail(reason)
    pytest.skip(reason)
