"""The measurement of lists: each is timed, and its table takes the place of the earlier one."""

import json
from io import StringIO

import pytest
from django.core.management import call_command

from bench import lists
from bench.management.commands.bench import with_part
from bench.pages import Timing
from kit.lists import declared
from tests.factories.alliances import make_membership
from tests.factories.fiduciary import make_funded_cast, make_request


@pytest.fixture(autouse=True)
def served_by_the_role_of_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages are loaded as they are served; the role of tests may do more than the web's."""
    monkeypatch.setattr("paap.roles.guard_role", lambda: None)


@pytest.mark.django_db
def test_every_list_is_timed_for_few_rows_and_for_many() -> None:
    cast = make_funded_cast()
    make_request(cast)
    cast.people["admin"] = make_membership("admin")
    for role in {role for role, _asked in lists.READERS.values()}:
        cast[role].user.username = role  # as the demonstration calls its people
        cast[role].user.save()
    out = StringIO()

    call_command("bench", "--measure-lists", "--runs", "2", stdout=out)

    timings = [lists._from(row) for row in json.loads(out.getvalue())]
    for shape in declared():
        sizes = [row.size for row in timings if row.name == shape.name and row.way == "usual"]
        assert sizes == [50, 200], shape.name
    assert all(0 < row.timing.queries <= lists.MOST_QUERIES for row in timings)
    (requests, *_ways) = [row for row in timings if row.name == "requests"]
    assert (requests.rows, requests.shown) == (1, 1)


def timed(name: str, size: int, queries: int, p95: float, over_empty: float) -> lists.ListTiming:
    timing = Timing("eip", name, queries, p50_ms=9, p95_ms=p95, over_empty=over_empty)
    return lists.ListTiming(name, "usual", size, rows=900, shown=size, timing=timing)


def test_what_misses_an_aim_is_named() -> None:
    told = lists._told(
        [
            timed("people", 50, 5, 60, 15),
            timed("calls", 200, 16, 150.1, 37.4),
            timed("bodies", 50, 9, 59, 15.1),
        ],
        runs=3,
        scale="10",
        load=0.25,
    )
    calls, bodies = "calls usual (200 rows, 150.1 ms, 37.4", "bodies usual (50 rows, 59 ms, 15.1"
    assert f"Above the aim for its rows: {calls} × empty).\n" in told
    assert f"Above it as times the empty page: {bodies} × empty).\n" in told
    assert f"More queries than the aim: {calls} × empty).\n" in told


def test_a_part_takes_the_place_of_the_earlier_one() -> None:
    first = with_part("", "# Pages\n\nold\n")
    both = with_part(first, "# Lists\n\nof rows\n")
    assert both == "# Pages\n\nold\n\n# Lists\n\nof rows\n"
    assert with_part(both, "# Pages\n\nnew\n") == "# Pages\n\nnew\n\n# Lists\n\nof rows\n"
