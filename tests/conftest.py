"""What every test shares. Tests run on the same real engines as the application."""

import copy
import gc
import os
import shutil
import tempfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import redis
from django.conf import settings
from django.core.management import call_command
from django.core.management.commands import flush
from django.db import connection, transaction
from django.db.backends.postgresql.operations import DatabaseOperations
from django.test import override_settings
from django.utils import translation
from hypothesis import HealthCheck
from hypothesis import settings as examples
from whitenoise.middleware import WhiteNoiseMiddleware

from fiduciary.programme import selectors as programme
from paap.roles import owner
from tests.bound_events import BoundEvents
from tests.factories.alliances import Cast, make_cast
from tests.lock_order import LockOrder
from tests.samples import samples
from tests.template import TEST_ROLE, template

#: A busy machine is slow without being wrong: no example has a deadline, nor does inventing it.
examples.register_profile(
    "alianzas",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    max_examples=samples(100, usual=25),
)
examples.load_profile("alianzas")


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings: None, django_db_blocker) -> None:  # type: ignore[no-untyped-def]
    """Make the test database a copy of one that is migrated."""
    with django_db_blocker.unblock():
        settings.DATABASES["default"]["TEST"]["TEMPLATE"] = template()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker) -> Iterator[None]:  # type: ignore[no-untyped-def]
    """Its owner makes the test database; tests work in it with the application's rights."""
    owner = connection.settings_dict["USER"]
    with django_db_blocker.unblock():
        _connect_as(TEST_ROLE)
    yield
    with django_db_blocker.unblock():
        _connect_as(owner)


def _connect_as(role: str) -> None:
    connection.close()
    connection.close_pool()
    connection.settings_dict["USER"] = role


@pytest.fixture(scope="module")
def module_rows(django_db_setup: None, django_db_blocker) -> Iterator[None]:  # type: ignore[no-untyped-def]
    """The database for what all tests of a module only read; taken back after the last of them."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def shared_rows(request: pytest.FixtureRequest) -> bool:
    """``module_rows`` for a module of which no test has real transactions; whether it is one."""
    items = [item for item in request.session.items if request.node in item.listchain()]
    if any(has_real_transactions(item) for item in items):
        return False
    request.getfixturevalue("module_rows")
    return True


def has_real_transactions(item: pytest.Item) -> bool:
    """Whether the test ends its transactions, so that every row is thrown away after it."""
    marker = item.get_closest_marker("django_db")
    is_marked = bool(marker and marker.kwargs.get("transaction"))
    return is_marked or "transactional_db" in getattr(item, "fixturenames", ())


@pytest.fixture(scope="module")
def new_cast() -> Callable[[], Cast]:
    """How the ``cast`` of a test is made; a room or a module may say another."""
    return make_cast


@pytest.fixture(scope="module")
def first_cast(shared_rows: bool, new_cast: Callable[[], Cast]) -> Cast | None:
    """The rows of ``cast``, made once where the tests of a module may share them."""
    return new_cast() if shared_rows else None


@pytest.fixture
def cast(first_cast: Cast | None, new_cast: Callable[[], Cast], db: None) -> Cast:
    """An alliance with everybody around it: each test has objects of its own to change."""
    return copy.deepcopy(first_cast) if first_cast else new_cast()


#: What migrating writes, which no test changes: with it Django need not write it after each flush.
WRITTEN_BY_MIGRATING = ("django_content_type", "auth_permission")


@pytest.fixture(scope="session", autouse=True)
def flush_what_was_written() -> Iterator[None]:
    """Let Django empty the tables after a test with real transactions: those that have any row.

    TRUNCATE makes a file anew for every table and index, and append-only tables refuse it. So
    their owner deletes the rows, with every trigger asleep.
    """

    def sql_flush(self, style, tables, **options):  # type: ignore[no-untyped-def]
        emptied = [table for table in tables if table not in WRITTEN_BY_MIGRATING]
        with connection.cursor() as cursor:
            cursor.execute(
                " UNION ALL ".join(
                    f"SELECT '{table}' WHERE EXISTS (SELECT FROM {self.quote_name(table)})"
                    for table in emptied
                )
            )
            written = [row[0] for row in cursor.fetchall()]
        return [
            "SET LOCAL session_replication_role = replica;",
            f"SET ROLE {owner()['USER']};",
            *(f"DELETE FROM {self.quote_name(table)};" for table in written),
            "RESET ROLE;",
        ]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DatabaseOperations, "sql_flush", sql_flush)
        patch.setattr(flush, "emit_post_migrate_signal", lambda *args, **options: None)
        yield


@pytest.fixture(autouse=True)
def programme_is_added_up_anew() -> None:
    """What one test added up is no other's programme."""
    programme.forget()


@pytest.fixture(autouse=True)
def default_language() -> Iterator[None]:
    """Begin in the language of the site, whatever the browser of the test before spoke."""
    with translation.override(settings.LANGUAGE_CODE):
        yield


def pytest_configure(config: pytest.Config) -> None:
    """Set the services that tests use apart from those of a demo on the same servers."""
    if not os.environ.get("PYTEST_XDIST_WORKER"):
        call_command("compilemessages")
    # Tests read message ids, so that a better translation breaks none; ``spanish`` shows it.
    override_settings(LOCALE_PATHS=[]).enable()
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.DATABASES["default"]["USER"] = owner()["USER"]  # who makes the test database
    settings.DATABASES["default"]["OPTIONS"]["options"] += " -c synchronous_commit=off"
    settings.CELERY_TASK_ALWAYS_EAGER = settings.CELERY_TASK_EAGER_PROPAGATES = True
    settings.SECOND_FACTOR = False  # tests/paap/test_second_factor.py is about it
    settings.MEDIA_ROOT = tempfile.mkdtemp(prefix="alianzas-media-")
    settings.STATIC_ROOT = tempfile.mkdtemp(prefix="alianzas-static-")  # never collected here
    settings.CELERY_BROKER_URL = settings.REDIS_URL = _redis_url_of_this_run()
    settings.CACHES["default"]["LOCATION"] = settings.REDIS_URL


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the drills, each of which takes minutes, then with long files of the browser.

    So there is always something to do beside the last of them.
    """
    tests = Counter(item.path for item in items)

    def place(item: pytest.Item) -> tuple[int, int]:
        if item.get_closest_marker("drill"):
            return 0, 0
        return (1, -tests[item.path]) if item.path.parent.name == "browser" else (2, 0)

    items.sort(key=place)


def pytest_collection_finish() -> None:
    """Take what is imported out of the collector's way, as the web does (``paap.wsgi``).

    Otherwise every pass walks through Django, pandas and each test, and some libraries ask for one
    at every call.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 10, 10)


def pytest_unconfigure() -> None:
    shutil.rmtree(settings.MEDIA_ROOT, ignore_errors=True)
    shutil.rmtree(settings.STATIC_ROOT, ignore_errors=True)


@pytest.fixture(autouse=True)
def acts_keep_their_rules(request: pytest.FixtureRequest) -> Iterator[None]:
    """Every service that any test calls keeps one order of locks, and binds rows to its event."""
    marker = request.node.get_closest_marker("django_db")
    if not marker or marker.kwargs.get("transaction"):
        yield  # without the test's own transaction nothing tells one act from the next
        return
    order, events = LockOrder(), BoundEvents()
    with connection.execute_wrapper(order), connection.execute_wrapper(events):
        yield
    assert not order.mistakes, order.mistakes
    assert not events.mistakes, events.mistakes


@pytest.fixture
def spanish() -> Iterator[None]:
    """Words as people read them: the catalogue of the application, which other tests leave out."""
    with override_settings(LOCALE_PATHS=[settings.BASE_DIR / "locale"]):
        yield


@pytest.fixture(scope="session", autouse=True)
def nothing_is_drawn() -> Iterator[None]:
    """Chance sends no request to the EIP, save in the tests that are about that.

    For the whole session: worlds that a module shares are made before the fixtures of its tests.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            "fiduciary.disbursements.services.requests.is_drawn", lambda key, asked_at, steps: False
        )
        yield


@pytest.fixture(scope="session", autouse=True)
def static_files_are_listed_once() -> Iterator[None]:
    """Each test client has middleware of its own, which would walk through every static file."""
    listed: dict[str, Any] = {}
    original = WhiteNoiseMiddleware.add_files_from_finders

    def add_files_from_finders(self: WhiteNoiseMiddleware) -> None:
        if not listed:
            original(self)
            listed.update(self.files)
        self.files.update(listed)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(WhiteNoiseMiddleware, "add_files_from_finders", add_files_from_finders)
        yield


@pytest.fixture(scope="session", autouse=True)
def clean_redis() -> Iterator[None]:
    """Begin and end with an empty Redis database."""
    with redis.from_url(settings.REDIS_URL) as client:
        client.flushdb()
        yield
        client.flushdb()


def _redis_url_of_this_run() -> str:
    """A numbered Redis database per test database, never number 0, which is the application's."""
    server = settings.REDIS_URL.rsplit("/", 1)[0]
    with redis.from_url(f"{server}/0") as client:
        databases = int(client.config_get("databases")["databases"])
    name = str(settings.DATABASES["default"]["TEST"]["NAME"])
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
    return f"{server}/{1 + (zlib.crc32(name.encode()) + int(worker)) % (databases - 1)}"
