"""The cache is plain data in Redis, and goes on in memory while Redis is silent."""

import json
import logging
import socket
import time
from collections.abc import Iterator

import pytest
import redis
from django.conf import settings
from django.core.cache import cache

from paap.cache import PatientRedisCache


@pytest.fixture(autouse=True)
def _redis_is_trusted_again() -> Iterator[None]:
    PatientRedisCache.silent_until = 0.0
    yield
    PatientRedisCache.silent_until = 0.0


def test_values_are_json() -> None:
    cache.set("attempts", [1.5, 2])

    with redis.from_url(settings.REDIS_URL) as client:
        assert json.loads(client.get(cache.make_key("attempts"))) == [1.5, 2]
    assert cache.get("attempts") == [1.5, 2]


def test_what_could_run_code_is_neither_kept_nor_read() -> None:
    with pytest.raises(TypeError):
        cache.set("object", object())
    with redis.from_url(settings.REDIS_URL) as client:
        client.set(cache.make_key("pickled"), b"\x80\x04K\x01.")
    with pytest.raises(ValueError, match="utf"):
        cache.get("pickled")


def test_celery_takes_and_sends_nothing_but_json() -> None:
    from paap.celery import app

    assert (app.conf.task_serializer, app.conf.accept_content) == ("json", ["json"])


def test_while_redis_is_silent_it_is_asked_once_and_this_process_counts_by_itself(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent, caplog.at_level(logging.WARNING):
        away = PatientRedisCache(f"redis://127.0.0.1:{silent.getsockname()[1]}/0", {})
        away.clear()
        for _once in range(20):
            away.set("wrong", 3)
            assert away.get("wrong") == 3
            assert away.incr("wrong") == 4
        silent.accept()
        silent.setblocking(False)
        with pytest.raises(BlockingIOError):
            silent.accept()

    assert caplog.text.count("Redis is silent") == 1


def test_redis_is_asked_again_after_a_pause() -> None:
    PatientRedisCache.silent_until = time.monotonic() + 60
    cache.set("seen", 1)
    PatientRedisCache.silent_until = 0.0

    assert cache.get("seen") is None
