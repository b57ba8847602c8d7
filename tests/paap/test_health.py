"""What ``/healthz`` says when a part is there and when it is not."""

import socket

import pytest
from celery.signals import worker_process_init
from django.core.cache import cache
from django.test import Client
from pytest_django import Settings

from paap.celery import WORKER_ALIVE, WORKER_ALIVE_SECONDS, say_alive

NOBODY_LISTENS = "127.0.0.1:9"


@pytest.fixture
def worker() -> None:
    say_alive()


@pytest.fixture
def no_worker() -> None:
    cache.delete(WORKER_ALIVE)


def test_everything_answers(client: Client, worker: None) -> None:
    answer = client.get("/healthz")

    assert answer.status_code == 200
    assert answer.json() == {"database": "ok", "broker": "ok", "worker": "ok"}


def test_missing_worker_is_named(client: Client, no_worker: None) -> None:
    answer = client.get("/healthz")

    assert answer.status_code == 503
    assert answer.json() == {"database": "ok", "broker": "ok", "worker": "missing"}


def test_sign_of_life_vanishes_by_itself(worker: None) -> None:
    connection = cache._cache.get_client()  # type: ignore[attr-defined]

    assert 0 < connection.ttl(cache.make_key(WORKER_ALIVE)) <= WORKER_ALIVE_SECONDS < 15


def test_missing_database_is_named(client: Client, settings: Settings, worker: None) -> None:
    settings.DATABASE_URL = f"postgresql://{NOBODY_LISTENS}/alianzas"

    answer = client.get("/healthz")

    assert answer.status_code == 503
    assert answer.json() == {"database": "missing", "broker": "ok", "worker": "ok"}


def test_missing_broker_is_named_and_hides_the_worker(
    client: Client, settings: Settings, worker: None
) -> None:
    settings.CELERY_BROKER_URL = f"redis://{NOBODY_LISTENS}/0"

    answer = client.get("/healthz")

    assert answer.status_code == 503
    assert answer.json() == {"database": "ok", "broker": "missing", "worker": "missing"}


def test_silent_servers_count_as_missing(client: Client, settings: Settings, worker: None) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        settings.DATABASE_URL = f"postgresql://127.0.0.1:{port}/alianzas"
        settings.CELERY_BROKER_URL = f"redis://127.0.0.1:{port}/0"

        answer = client.get("/healthz")

    assert answer.json() == {"database": "missing", "broker": "missing", "worker": "missing"}


def test_probe_needs_no_login_and_is_never_cached(client: Client) -> None:
    answer = client.get("/healthz")

    assert "no-cache" in answer["Cache-Control"]
    assert answer["Content-Type"] == "application/json"


def test_probe_cannot_be_posted(client: Client) -> None:
    assert client.post("/healthz").status_code == 405


def test_every_process_of_the_worker_keeps_its_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bool] = []
    monkeypatch.setattr("paap.celery.keep_freed_memory", lambda: asked.append(True))

    worker_process_init.send(sender=None)

    assert asked == [True]
