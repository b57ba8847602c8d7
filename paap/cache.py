"""The cache: Redis, and while Redis is silent for a moment this process's own memory.

What is kept here is counted (wrong passwords) or a sign of life; nothing that anybody would miss.
So a frozen Redis costs one request half a second, never its answer, and each process goes on
counting by itself. Values are JSON: whoever can write to Redis must not run code in the web.
"""

import json
import logging
import time
from collections.abc import Callable
from typing import Any

import redis
from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache
from redis.backoff import NoBackoff
from redis.retry import Retry

logger = logging.getLogger(__name__)
PATIENCE_SECONDS = 0.5
#: How long Redis is left alone once it was silent.
PAUSE_SECONDS = 5
_METHODS = (
    *("add", "clear", "delete", "delete_many", "get", "get_many"),
    *("has_key", "incr", "set", "set_many", "touch"),
)


class JSONSerializer:
    """Values as text that can only be data."""

    def dumps(self, value: Any) -> str:
        """The value as JSON. Raises TypeError for what is no plain data."""
        return json.dumps(value)

    def loads(self, data: bytes) -> Any:
        """The value again."""
        return json.loads(data)


class PatientRedisCache(RedisCache):
    """Redis within half a second, or else memory."""

    #: Django makes one instance per thread; they share what they learnt.
    silent_until = 0.0

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        options = {
            "serializer": JSONSerializer,
            "socket_timeout": PATIENCE_SECONDS,
            "socket_connect_timeout": PATIENCE_SECONDS,
            "retry": Retry(NoBackoff(), retries=0),
        }
        super().__init__(server, {**params, "OPTIONS": options | params.get("OPTIONS", {})})
        self._own = LocMemCache("while-redis-is-silent", params)


def _with_memory(name: str) -> Callable[..., Any]:
    ask_redis = getattr(RedisCache, name)

    def ask(self: PatientRedisCache, *arguments: Any, **options: Any) -> Any:
        if time.monotonic() >= PatientRedisCache.silent_until:
            try:
                return ask_redis(self, *arguments, **options)
            except (redis.ConnectionError, redis.TimeoutError) as error:
                PatientRedisCache.silent_until = time.monotonic() + PAUSE_SECONDS
                logger.warning("Redis is silent: counting in memory for a while (%s)", error)
        return getattr(self._own, name)(*arguments, **options)

    return ask


for _name in _METHODS:
    setattr(PatientRedisCache, _name, _with_memory(_name))
