"""Drills: 50,000 rows leave as a file; 500 are acted upon while the worker is killed.

In an installation of its own, with the processes of production.
"""

import subprocess
import sys
import time
from collections.abc import Iterator

import psycopg
import pytest

from paap.processes import CHECKOUT
from tests.evaluation.runs.installation import PATIENCE_SECONDS, Installation, installed

pytestmark = pytest.mark.drill
ROWS, MOST_MEMORY = 50_000, 200  # MiB, of the whole process that serves the file
PROFILES = 500


@pytest.fixture(scope="module")
def installation() -> Iterator[Installation]:
    with installed() as made:
        yield made


@pytest.fixture(scope="module")
def staged(installation: Installation) -> tuple[str, int]:
    """Who sees 50,000 alliances, and the act that presents 500 profiles, confirmed."""
    words = ("stage", str(ROWS), str(PROFILES))
    username, bulk = installation.python("-m", "tests.alliances.lists.scene", *words).split()
    return username, int(bulk)


@pytest.mark.parametrize(("kind", "begins"), [("csv", "efbbbf"), ("xlsx", b"PK".hex())])
def test_fifty_thousand_rows_leave_from_a_process_of_two_hundred_mebibytes(
    installation: Installation, staged: tuple[str, int], kind: str, begins: str
) -> None:
    begun = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "tests.alliances.lists.scene", "file", kind, staged[0]],
        cwd=CHECKOUT,
        env=installation.environment,  # as the role that serves pages
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    peak, length, first = done.stdout.split()
    took = time.monotonic() - begun
    print(f"{kind}: {ROWS} rows, {int(length) / 1e6:.1f} MB, {peak} MiB at most, {took:.0f} s")
    assert first.startswith(begins)
    assert int(length) > 20 * ROWS  # every row is there, compressed or not
    assert int(peak) < MOST_MEMORY


def counts(installation: Installation, bulk: int) -> tuple[int, int, bool]:
    """How many rows of the act are done, how many profiles were presented, and whether it ended."""
    query = """
        SELECT (SELECT count(*) FROM alliances_bulkrow WHERE bulk_id = b.id AND state = 'done'),
               (SELECT count(*) FROM alliances_event
                 WHERE verb = 'submit' AND actor_id IS NOT NULL),
               finished_at IS NOT NULL
          FROM alliances_bulkact b WHERE id = %s
    """
    with psycopg.connect(installation.database_url) as connection:
        row = connection.execute(query, [bulk]).fetchone()
    assert row
    return row


def wait_for(installation: Installation, bulk: int, done: int) -> tuple[int, int, bool]:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while (now := counts(installation, bulk))[0] < done:
        if time.monotonic() > deadline:
            worker = installation.group.running.get("worker")
            pytest.fail(f"{now}\n{worker.last_lines(40) if worker else 'no worker'}")
        time.sleep(0.1)
    return now


def test_five_hundred_rows_outlive_their_worker_twice(
    installation: Installation, staged: tuple[str, int]
) -> None:
    """Each is done once, and noted once, whichever row the kill fell upon."""
    (_reader, bulk), group = staged, installation.group
    group.start("beat")
    for share in (0.2, 0.6):
        group.start("worker")
        wait_for(installation, bulk, int(share * PROFILES))
        group.kill("worker")
        done, _presented, has_ended = counts(installation, bulk)
        assert done < PROFILES
        assert not has_ended
    group.start("worker")
    wait_for(installation, bulk, PROFILES)
    time.sleep(1)  # the end is noted after the last row
    done, presented, has_ended = counts(installation, bulk)
    group.stop()
    assert (done, presented, has_ended) == (PROFILES, PROFILES, True)
