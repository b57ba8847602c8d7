"""Whether this installation can serve people and do its long work, for probes and for the demo."""

from collections.abc import Callable

import psycopg
import redis
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from redis.backoff import NoBackoff
from redis.retry import Retry

from paap.celery import WORKER_ALIVE

PROBE_SECONDS = 2


def answer_first(get_response: Callable[[HttpRequest], HttpResponse]) -> object:
    """Middleware: a probe with somebody's cookie waits for no session, which is in the database."""

    def answer(request: HttpRequest) -> HttpResponse:
        return healthz(request) if request.path == "/healthz" else get_response(request)

    return answer


@require_safe
@never_cache
@login_not_required
def healthz(request: HttpRequest) -> JsonResponse:
    """200 if database, broker and a worker answer; otherwise 503, naming what does not."""
    broker = _broker_answers()
    parts = {
        "database": _database_answers(),
        "broker": broker,
        "worker": broker and _worker_answers(),
    }
    state = {name: "ok" if answers else "missing" for name, answers in parts.items()}
    return JsonResponse(state, status=200 if all(parts.values()) else 503)


def _database_answers() -> bool:
    """A connection of its own: the pool would wait much longer before it gives up."""
    try:
        psycopg.connect(settings.DATABASE_URL, connect_timeout=PROBE_SECONDS).close()
    except psycopg.OperationalError:
        return False
    return True


def _broker_answers() -> bool:
    """One try: a client of Redis otherwise tries again for seconds before it gives up."""
    once = Retry(NoBackoff(), retries=0)
    address, limit = settings.CELERY_BROKER_URL, PROBE_SECONDS
    try:
        with redis.from_url(
            address, socket_timeout=limit, socket_connect_timeout=limit, retry=once
        ) as broker:
            return bool(broker.ping())
    except redis.RedisError:
        return False


def _worker_answers() -> bool:
    """Whether any worker left its sign of life lately (``paap.celery.say_alive``)."""
    return cache.get(WORKER_ALIVE) is True
