"""Settings that are refused because they would be dangerous together."""

import os
import subprocess
import sys

import pytest

from paap.celery import app
from tests.paap.machine import ROOT

SERVERS = {"DATABASE_URL": "postgresql://unused/unused", "REDIS_URL": "redis://unused"}
READ = "from paap import settings as s; print(s.ALLAUTH_TRUSTED_PROXY_COUNT, s.DEMO)"


def read(**environment: str) -> "subprocess.CompletedProcess[str]":
    own = {
        name: value
        for name, value in os.environ.items()
        if name not in ("DEMO", "HTTPS", "ALLOWED_HOSTS", "TRUSTED_PROXIES")
    }
    return subprocess.run(
        [sys.executable, "-c", READ],
        cwd=ROOT,
        env={**own, **SERVERS, "SECRET_KEY": "unused", **environment},
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize(
    "also",
    [
        {"HTTPS": "true", "TRUSTED_PROXIES": "1"},
        {"TRUSTED_PROXIES": "1"},
        {"ALLOWED_HOSTS": "alianzas.example,127.0.0.1"},
        {"ALLOWED_HOSTS": "*"},
    ],
)
def test_a_demo_is_refused_where_others_could_reach_it(also: dict[str, str]) -> None:
    done = read(DEMO="1", **also)

    assert done.returncode != 0
    assert "printed password" in done.stderr


def test_a_demo_on_this_machine_is_fine() -> None:
    assert read(DEMO="1").stdout.split() == ["0", "True"]
    assert read(DEMO="1", ALLOWED_HOSTS="localhost").returncode == 0


def test_https_without_a_proxy_is_refused() -> None:
    done = read(HTTPS="true")

    assert done.returncode != 0
    assert "TRUSTED_PROXIES" in done.stderr


def test_only_as_many_proxies_are_believed_as_the_operator_states() -> None:
    assert read().stdout.split() == ["0", "False"]
    assert read(HTTPS="true", TRUSTED_PROXIES="2").stdout.split() == ["2", "False"]


def test_every_task_has_an_end_and_a_run_an_hour() -> None:
    app.loader.import_default_modules()
    limits = {
        name: (
            task.soft_time_limit or app.conf.task_soft_time_limit,
            task.time_limit or app.conf.task_time_limit,
        )
        for name, task in app.tasks.items()
        if not name.startswith("celery.")
    }

    assert limits.pop("evaluation.runs.tasks.work_pending_runs") == (3600, 3660)
    assert set(limits.values()) == {(600, 660)}
