"""The synthetic portfolio: whole, repeatable, alive and true to what it says of itself."""

import hashlib
import json
from collections import Counter
from datetime import date

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from alliances.lifecycle.audit import verify_audit
from alliances.lifecycle.models import Alliance
from alliances.lifecycle.table import Status
from alliances.people.models import User
from paap.seed import truth
from paap.seed.cast import PEOPLE
from paap.seed.portfolio import seed_portfolio
from paap.seed.progress import Progress
from paap.seed.shape import portfolio
from paap.seed.world import World

TODAY = date(2026, 11, 22)
SCALE = 0.03
#: Salted anew each time.
NOT_REPEATED = {"alliances_user": {"password"}}


def seed(seed: int = 42, today: date = TODAY) -> World:
    return seed_portfolio(scale=SCALE, seed=seed, today=today, progress=Progress(is_quiet=True))


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker):
    """One portfolio for every test that only reads, taken back at the end."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield seed()
        transaction.set_rollback(True)


def fingerprint() -> str:
    """A digest of every row of every table of the three apps."""
    digest = hashlib.sha256()
    with connection.cursor() as cursor:
        for label in ("alliances", "fiduciary", "evaluation"):
            for model in apps.get_app_config(label).get_models(include_auto_created=True):
                table = model._meta.db_table
                cursor.execute(f"SELECT to_jsonb(t) FROM {table} t ORDER BY to_jsonb(t)")
                for (row,) in cursor.fetchall():
                    row = json.loads(row) if isinstance(row, str) else row
                    kept = {k: v for k, v in row.items() if k not in NOT_REPEATED.get(table, ())}
                    digest.update(json.dumps([table, kept], sort_keys=True).encode())
    return digest.hexdigest()


def test_shape_at_scale_one_is_that_of_phase_3():
    counts = portfolio(1)
    assert sum(count for _share, count in counts) == truth.PROFILES
    assert sum(count for share, count in counts if share.got_in) == truth.ALLIANCES


def test_every_status_is_present(world):
    found = Counter(Alliance.objects.values_list("status", flat=True))
    assert set(found) == {status.value for status in Status}
    assert sum(found.values()) == len(world.profiles)


def test_audit_chain_verifies(world):
    report = verify_audit()
    assert report.events > 500
    assert report.broken == ()


def test_demo_people_can_sign_in_and_nobody_else_can(world, settings):
    people = {row.username: row for row in User.objects.filter(username__in=PEOPLE)}
    assert set(people) == set(PEOPLE)
    assert all(row.check_password(settings.DEMO_PASSWORD) for row in people.values())
    assert not any(row.has_usable_password() for row in User.objects.exclude(username__in=PEOPLE))


def test_second_portfolio_is_refused(world):
    with pytest.raises(CommandError, match="make reset"):
        call_command("seed_demo", scale=SCALE, today=TODAY, verbosity=0)


@pytest.mark.django_db
def test_same_seed_and_day_give_the_same_rows():
    prints = []
    for number in (7, 7, 8):
        with transaction.atomic():
            seed(number)
            prints.append(fingerprint())
            transaction.set_rollback(True)
    assert prints[0] == prints[1]
    assert prints[0] != prints[2]
