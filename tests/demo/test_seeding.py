"""Seeding itself, on an empty database: all or nothing, repeatable, on any day."""

import hashlib
import json
from collections import Counter
from datetime import date

import pytest
from django.apps import apps
from django.core.files.storage import default_storage
from django.db import connection, transaction

from alliances.lifecycle.models import Alliance
from alliances.preparation.selectors import open_calls
from demo import portfolio
from demo.ground import truth
from demo.ground.shape import PHASE_3
from demo.world import World
from paap.home import home_of
from tests.demo import truth_rows
from tests.demo.test_seed import memberships, seed

#: No test of one act: a seed writes what the services of every room wrote.
pytestmark = pytest.mark.usefixtures("db")
#: Salt of passwords, and how long the run that the seed works on took.
NOT_REPEATED = {
    "alliances_user": {"password"},
    # The database numbers persons; their documents are what tells them apart.
    "alliances_person": {"id"},
    "alliances_producer": {"person_id"},
    "evaluation_run": {"claim_token", "started_at", "heartbeat_at", "finished_at"},
    "evaluation_runpart": {"stored_at"},
    # A rolled back file keeps its name, and the stamp of the source is of these very rows.
    "evaluation_runrows": {"stored_at", "file", "source"},
}
#: The programme's own chain tells when that run ended, which its hashes hand on.
NOT_REPEATED_OF_THE_PROGRAMME = {"at", "hash", "previous_hash"}
#: The first day that there may be, and one after every call.
DAYS = (date(2025, 9, 1), date(2027, 8, 2))
#: The rows of each seed and day that a test here wrote, for the one that compares.
PRINTS: dict[tuple[int, date], str] = {}


def fingerprint() -> str:
    """A digest of every row of every table of the three apps."""
    digest = hashlib.sha256()
    with connection.cursor() as cursor:
        for label in ("alliances", "fiduciary", "evaluation"):
            for model in apps.get_app_config(label).get_models(include_auto_created=True):
                table = model._meta.db_table
                cursor.execute(f"SELECT to_jsonb(t) FROM {table} t ORDER BY to_jsonb(t)")
                for (row,) in cursor.fetchall():
                    read = json.loads(row) if isinstance(row, str) else row
                    skipped = NOT_REPEATED.get(table, set())
                    if read.get("chain") == 0:
                        skipped = NOT_REPEATED_OF_THE_PROGRAMME
                    kept = {k: v for k, v in read.items() if k not in skipped}
                    digest.update(json.dumps([table, kept], sort_keys=True).encode())
    return digest.hexdigest()


def test_a_failure_leaves_neither_rows_nor_files(monkeypatch):
    kept: list[World] = []

    def fail(world: World) -> None:
        kept.append(world)
        raise RuntimeError("the power went out")

    upto = [name for name, _share, _work in portfolio.STEPS].index("Slack clocks")
    monkeypatch.setattr(portfolio, "STEPS", (*portfolio.STEPS[:upto], ("Failure", 1, fail)))
    with pytest.raises(RuntimeError):
        seed(9)
    assert not Alliance.objects.exists()
    stored = kept[0].documents.stored
    assert stored
    assert not any(default_storage.exists(name) for name in stored)


# -- Any day, and again ---------------------------------------------------------------------------
@pytest.mark.parametrize("today", DAYS)
def test_another_day_has_an_open_call_and_live_work(today):
    world = seed(3, today)
    PRINTS[3, today] = fingerprint()
    assert open_calls(world.now).count() == 1
    for username in ("ogr", "scorer", "trustee", "organisation"):
        assert home_of(memberships()[username], world.now).waiting


def print_of(number: int, today: date) -> str:
    """What this seed writes on this day, and nothing of it."""
    with transaction.atomic():
        seed(number, today)
        rows = fingerprint()
        transaction.set_rollback(True)
    return rows


def test_same_seed_and_day_give_the_same_rows():
    day = DAYS[-1]
    once = PRINTS.get((3, day)) or print_of(3, day)
    assert once == print_of(3, day)
    assert once != print_of(8, day)


def test_tampered_departments_bunch_above_the_cutoff():
    world = truth_rows.planned(42, scale=1.5)
    counts: Counter[tuple[bool, str]] = Counter()
    for row in world.profiles:
        if row.share.call == PHASE_3 and row.score is not None:
            side = side_of(row.score - row.cutoff)
            counts[row.department in truth.TAMPERED_DEPARTMENTS, side] += 1
    assert counts[True, "just above"] > 8 * counts[True, "just below"]
    assert counts[False, "just above"] < 1.5 * counts[False, "just below"]


def side_of(margin: float) -> str:
    if not -truth.TAMPERED_MARGIN <= margin <= truth.TAMPERED_MARGIN:
        return "far"
    return "just above" if margin >= 0 else "just below"
