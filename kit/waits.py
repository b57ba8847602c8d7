"""No wait without an end: what waits, how long, and what is told to who waited in vain.

Context: one locked alliance and ten clicks stopped the whole site, because each click held a
thread and a connection until the lock was free.
Decision: PostgreSQL ends a wait for a lock, a statement and an idle transaction by itself
(``LOCK_SECONDS`` and its sisters in the settings). Of one process only a few requests wait for the
same row; the next ones are told at once. Connections are fewer than threads, so that an answer
that needs none (health, static files) always finds a thread.
Consequence: an error of this kind is nobody's fault: it says when to try again, with what was sent.
"""

import re
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, DatabaseError, InterfaceError, OperationalError, connections
from django.http import HttpRequest, HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

LOCK_NOT_AVAILABLE = "55P03"
IDLE_IN_TRANSACTION = "25P03"
#: Deadlocks and serialisation failures: of two that met, this one was sent back.
_SENT_BACK = "40"
#: Connection, too few resources, cancelled or restarting: classes of PostgreSQL's error codes.
_AWAY = ("08", "53", "57")


class TooManyInLine(OperationalError):
    """As many requests as may are waiting for this row already."""


@dataclass(frozen=True)
class Later:
    """What is told to somebody who should try again, and after how many seconds."""

    title: Promise
    reason: Promise
    seconds: int


_LOCKED = Later(
    _("Somebody is working on this"),
    _("Somebody is working on this alliance, or on what belongs to it. Try again in a moment."),
    2,
)
_SLOW = Later(
    _("This took too long"),
    _("The system is very busy and stopped this so that others can work. Try again in a minute."),
    30,
)
RESTARTING = Later(
    _("The system is starting again"),
    _("The system is starting again or very busy. Try again in a few seconds."),
    5,
)


def later(error: BaseException | None) -> Later | None:
    """What to tell when an error only means that it was not the moment; None for other errors."""
    if isinstance(error, TooManyInLine):
        return _LOCKED
    code = getattr(error.__cause__, "sqlstate", None) if isinstance(error, DatabaseError) else None
    if code == LOCK_NOT_AVAILABLE or (code or "").startswith(_SENT_BACK):
        return _LOCKED
    if code == "57014":
        return _SLOW
    if code == IDLE_IN_TRANSACTION or (code or "").startswith(_AWAY):
        return RESTARTING
    lost = isinstance(error, InterfaceError) or (isinstance(error, OperationalError) and not code)
    return RESTARTING if lost else None


def forget_idle_connections() -> None:
    """After a failure, open anew those that wait in the pool: a restart has broken all of them.

    The pool would try one after the other, with pauses that grow, while the server is back.
    """
    pool = getattr(connections[DEFAULT_DB_ALIAS], "pool", None)
    if pool and pool.get_stats()["pool_available"]:
        pool.drain()


# -- In line for one row ------------------------------------------------------------------------
#: What waits for a lock when it must: a row asked for its change, or a lock with a name. Every
#: statement is looked at, and a pattern that begins with plain letters is read fifty times faster.
_ASKS_FOR_ROW = re.compile(r"FOR (?:NO KEY )?UPDATE\b(?!.*\bSKIP LOCKED\b)")
_NAMED_LOCK = "pg_advisory_xact_lock"
_in_line: Counter[tuple[str, str]] = Counter()
_line = threading.Lock()


def may_wait(sql: str) -> bool:
    """Whether this statement waits for somebody else's lock."""
    return _NAMED_LOCK in sql or bool(_ASKS_FOR_ROW.search(sql))


def _wait_in_line(
    execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any
) -> Any:
    """Run a statement, unless it would wait behind too many of the same.

    Raises TooManyInLine.
    """
    if not isinstance(sql, str) or not may_wait(sql):
        return execute(sql, params, many, context)
    row = (sql, str(params))
    with _line:
        if _in_line[row] >= settings.MOST_IN_LINE:
            raise TooManyInLine("too many wait for this row")
        _in_line[row] += 1
    try:
        return execute(sql, params, many, context)
    finally:
        with _line:
            _in_line[row] -= 1
            if not _in_line[row]:
                del _in_line[row]


def in_line(get_response: Callable[[HttpRequest], HttpResponse]) -> object:
    """Middleware: of the requests that wait for one row, only a few do so at a time."""

    def answer(request: HttpRequest) -> HttpResponse:
        with connections[DEFAULT_DB_ALIAS].execute_wrapper(_wait_in_line):
            return get_response(request)

    return answer


# -- Long work ----------------------------------------------------------------------------------
@contextmanager
def patient(*, seconds: int = 0, using: str = DEFAULT_DB_ALIAS) -> Iterator[None]:
    """Let statements of this connection take longer: work that nobody waits for at a page.

    ``seconds`` 0 is as long as they take. Locks are waited for half a minute then.
    """
    limits = {"statement_timeout": f"{seconds}s", "lock_timeout": "30s"}
    _set(using, limits)
    try:
        yield
    finally:
        with suppress(DatabaseError):  # a connection that broke has the usual limits again
            _set(using, dict.fromkeys(limits))


def _set(using: str, limits: dict[str, str] | dict[str, None]) -> None:
    with connections[using].cursor() as cursor:
        for name, value in limits.items():
            cursor.execute(f"RESET {name}" if value is None else f"SET {name} = '{value}'")
