"""What has an end: lines for one row, limits of PostgreSQL, and what is told afterwards."""

import threading
import time
from typing import Any

import psycopg
import pytest
from django.contrib.auth.models import Permission
from django.core.exceptions import ValidationError
from django.db import (
    DatabaseError,
    InterfaceError,
    OperationalError,
    ProgrammingError,
    connection,
    transaction,
)
from django.http import HttpResponse
from django.test import RequestFactory
from pytest_django import Settings

from kit.error_pages import try_later
from kit.waits import TooManyInLine, in_line, later, may_wait, patient


def caused_by(error: Exception, cause: Exception) -> Exception:
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "title"),
    [
        (TooManyInLine(), "Somebody is working on this"),
        (OperationalError("no route"), "The system is starting again"),
        (InterfaceError("the connection is closed"), "The system is starting again"),
        (
            caused_by(OperationalError(), psycopg.errors.LockNotAvailable()),
            "Somebody is working on this",
        ),
        (
            caused_by(OperationalError(), psycopg.errors.DeadlockDetected()),
            "Somebody is working on this",
        ),
        (caused_by(OperationalError(), psycopg.errors.QueryCanceled()), "This took too long"),
        (
            caused_by(OperationalError(), psycopg.errors.AdminShutdown()),
            "The system is starting again",
        ),
        (
            caused_by(OperationalError(), psycopg.errors.IdleInTransactionSessionTimeout()),
            "The system is starting again",
        ),
    ],
)
def test_what_was_only_not_the_moment_is_told(error: Exception, title: str) -> None:
    told = later(error)
    assert told
    assert told.title == title
    assert told.seconds > 0


@pytest.mark.parametrize(
    "error",
    [
        ValidationError("wrong"),
        ProgrammingError("no such column"),
        caused_by(OperationalError(), psycopg.errors.ProgramLimitExceeded()),
    ],
)
def test_a_fault_of_ours_stays_one(error: Exception) -> None:
    assert later(error) is None


@pytest.mark.django_db
def test_every_connection_has_its_limits(settings: Settings) -> None:
    names = ("lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout")
    with connection.cursor() as cursor:
        limits = []
        for name in names:
            cursor.execute(f"SHOW {name}")
            limits.append(cursor.fetchone()[0])
    assert limits == ["2s", "30s", "1min"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("limit", "title"),
    [
        ("statement_timeout", "This took too long"),
        ("idle_in_transaction_session_timeout", "The system is starting again"),
    ],
)
def test_what_postgres_ends_is_told_as_that(limit: str, title: str) -> None:
    with pytest.raises(DatabaseError) as ended:
        run_into(limit)

    told = later(ended.value)
    assert told
    assert told.title == title


def run_into(limit: str) -> None:
    """Wait longer than a limit of 50 ms allows, on a connection of its own."""
    own = connection.copy()
    with own.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute(f"SET LOCAL {limit} = '50ms'")
        if limit == "statement_timeout":
            cursor.execute("SELECT pg_sleep(5)")
        time.sleep(0.3)
        cursor.execute("SELECT 1")


@pytest.mark.django_db
def test_long_work_asks_for_longer_statements_and_gives_them_back() -> None:
    def limit() -> Any:
        with connection.cursor() as cursor:
            cursor.execute("SHOW statement_timeout")
            return cursor.fetchone()[0]

    with patient(seconds=600):
        assert limit() == "10min"
    with patient():
        assert limit() == "0"
    assert limit() == "30s"


@pytest.mark.parametrize(
    ("sql", "waits"),
    [
        ('SELECT "id" FROM "row" WHERE "id" = 1 FOR UPDATE', True),
        ('SELECT "id" FROM "row" FOR UPDATE OF "row"', True),
        ('SELECT "id" FROM "row" FOR NO KEY UPDATE NOWAIT', True),
        ("SELECT pg_advisory_xact_lock(7)", True),
        ('SELECT "id" FROM "row" FOR UPDATE SKIP LOCKED', False),
        ('SELECT "id" FROM "row" FOR UPDATE OF "row" SKIP LOCKED', False),
        ('UPDATE "row" SET "for_update" = 1', False),
        ('SELECT "id" FROM "row"', False),
    ],
)
def test_what_waits_for_a_lock(sql: str, waits: bool) -> None:
    assert may_wait(sql) is waits


@pytest.mark.django_db(transaction=True)
def test_of_many_requests_for_one_row_only_a_few_wait(settings: Settings) -> None:
    settings.MOST_IN_LINE = 2
    row = Permission.objects.first()
    assert row
    inside, go_on, refused = threading.Semaphore(0), threading.Event(), []

    def view(request: Any) -> HttpResponse:
        try:
            with connection.execute_wrapper(hold):
                list(Permission.objects.select_for_update(skip_locked=False).filter(pk=row.pk))
        except TooManyInLine:
            refused.append(1)
        return HttpResponse()

    def hold(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        inside.release()
        go_on.wait(10)
        return execute(sql, params, many, context)

    def ask() -> None:
        with transaction.atomic():
            in_line(view)(RequestFactory().get("/"))  # type: ignore[operator]
        connection.close()

    crowd = [threading.Thread(target=ask) for _ in range(2)]
    for one in crowd:
        one.start()
        assert inside.acquire(timeout=10)
    third = threading.Thread(target=ask)
    third.start()
    third.join(10)
    assert refused == [1]
    go_on.set()
    for one in crowd:
        one.join()
    ask()
    assert refused == [1]


def test_a_password_is_never_written_into_the_page() -> None:
    sent = {"login": "ana", "password": "muy secreta", "key": "1"}
    answer = try_later(RequestFactory().post("/cuenta/login/", sent), OperationalError())
    assert answer
    page = answer.content.decode()
    assert "muy secreta" not in page
    assert "<form" not in page
    assert 'href="/cuenta/login/"' in page
