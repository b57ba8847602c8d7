"""Drills: the worker is killed, Redis is emptied, PostgreSQL restarts; one run is finished, once.

They run in an installation of their own, with the processes of production: a Celery worker and
beat, embedded PostgreSQL and Redis in a folder that is thrown away.
"""

import os
import random
import time
from collections.abc import Callable, Iterator
from math import ceil
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.evaluation.estimators import marked
from tests.evaluation.runs.installation import Installation, installed
from tests.samples import samples

pytestmark = pytest.mark.drill
#: How often the worker of an impact run is killed; ``make drill`` asks for more.
KILLS = int(os.environ.get("KILLS") or samples(3, usual=1))
#: From so many kills on, the page of the docs tells of them.
WORTH_WRITING = 20
PAGE = Path(__file__).parents[3] / "docs" / "run-speed.md"
Disturbance = Callable[[Installation, int], None]


@pytest.fixture(scope="module")
def installation() -> Iterator[Installation]:
    with installed() as made:
        yield made


@pytest.fixture
def at_work(installation: Installation) -> Iterator[Installation]:
    """The installation with worker and beat running."""
    installation.group.start("worker")
    installation.group.start("beat")
    yield installation
    installation.group.stop()


def half_done(row: dict[str, Any]) -> bool:
    return row["status"] == "running" and row["percent"] >= 15


def ended(row: dict[str, Any]) -> bool:
    return row["status"] not in ("queued", "running")


def assert_finished_once(row: dict[str, Any], *, attempt: int) -> None:
    assert (row["status"], row["attempt"], row["percent"]) == ("succeeded", attempt, 100)
    assert row["figures"] == 16
    assert row["result"]


def test_a_killed_worker_loses_nothing(at_work: Installation) -> None:
    run = at_work.launch()
    at_work.wait(run, half_done)

    at_work.group.kill("worker")
    left = at_work.run(run)
    at_work.group.start("worker")
    row = at_work.wait(run, ended)

    assert left["status"] == "running"
    assert_finished_once(row, attempt=2)


def test_a_restarted_postgres_loses_nothing(at_work: Installation) -> None:
    run = at_work.launch()
    at_work.wait(run, half_done)

    at_work.restart_postgres()
    row = at_work.wait(run, ended)

    assert_finished_once(row, attempt=2)


def test_an_emptied_redis_loses_nothing(at_work: Installation) -> None:
    at_work.empty_redis()
    run = at_work.launch()
    at_work.empty_redis()
    at_work.wait(run, half_done)
    at_work.empty_redis()

    assert_finished_once(at_work.wait(run, ended), attempt=1)


def kill_the_worker(at_work: Installation, run: int) -> None:
    at_work.group.kill("worker")
    at_work.group.start("worker")
    at_work.forget_the_worker(run)


def restart_postgres(at_work: Installation, run: int) -> None:
    at_work.restart_postgres()
    at_work.wait(run, bool)  # it can be read again
    at_work.forget_the_worker(run)


def empty_redis(at_work: Installation, run: int) -> None:
    at_work.empty_redis()


#: What happens to a run, and how often for each kill of its worker.
DISTURBANCES = {kill_the_worker: 1.0, restart_postgres: 0.25, empty_redis: 0.25}


def test_whatever_happens_at_random_moments_leaves_the_same_impact(at_work: Installation) -> None:
    undisturbed = at_work.launch("impact")
    begun = time.monotonic()
    assert_succeeded(at_work.wait(undisturbed, ended))
    takes = time.monotonic() - begun
    moments = random.Random(8)
    happens = [each for each, share in DISTURBANCES.items() for _time in range(ceil(share * KILLS))]
    moments.shuffle(happens)
    in_the_middle = dict.fromkeys(DISTURBANCES, 0)
    for disturb in happens:
        run = at_work.launch("impact")
        time.sleep(moments.uniform(0, takes))
        in_the_middle[disturb] += not ended(at_work.run(run))
        disturb(at_work, run)
        assert_succeeded(at_work.wait(run, ended))
        assert at_work.left_by(run) == at_work.left_by(undisturbed)
    said = drilled({each: happens.count(each) for each in DISTURBANCES}, in_the_middle, takes)
    print(said)
    if KILLS >= WORTH_WRITING:
        marked.put(PAGE, "drill", said)
    assert sum(in_the_middle.values())


def drilled(
    times: dict[Disturbance, int], in_the_middle: dict[Disturbance, int], takes: float
) -> str:
    """The table of the page."""
    labels = {
        kill_the_worker: "the worker and its processes killed (SIGKILL)",
        restart_postgres: "PostgreSQL ended (SIGQUIT) and started again",
        empty_redis: "Redis emptied (FLUSHALL)",
    }
    return "\n".join(
        [
            f"| at a random moment of a run of {takes:.1f} s | times | while it was not over |",
            "|---|---|---|",
            *(
                f"| {label} | {times[each]} | {in_the_middle[each]} |"
                for each, label in labels.items()
            ),
        ]
    )


def assert_succeeded(row: dict[str, Any]) -> None:
    assert (row["status"], row["percent"]) == ("succeeded", 100), row


def test_what_was_disturbed_ends_like_what_was_not(installation: Installation) -> None:
    query = """
        SELECT count(*), count(DISTINCT (data::text, fingerprint)), count(DISTINCT r.attempt)
        FROM evaluation_run r JOIN evaluation_runpart p ON p.run_id = r.id
        WHERE kind = 'chaining'
    """
    with psycopg.connect(installation.database_url) as connection:
        found = connection.execute(query).fetchone()

    assert found == (3, 1, 2)
