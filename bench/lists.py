"""How long every list takes for 50 rows and for 200, and with how many queries.

Each is asked as its readers ask for it: in its usual order, by name, and by words. Beside each
time stands the same over that of an empty signed-in page asked in turn, which holds on a machine
that others use too.
"""

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from django.http import QueryDict
from django.urls import get_resolver

from alliances.models import Membership
from bench.pages import Timing, measured, signed_in, time_page
from kit.lists import SIZES, Listing, ListShape, declared

FEW, MANY = SIZES[0], SIZES[-1]
#: What a list may take, in milliseconds at its 95th percentile, and in queries.
AIMS = {FEW: 60, MANY: 150}
#: What the empty page takes where nobody else works, in milliseconds: the aims as ratios follow.
EMPTY_ALONE = 4
MOST_QUERIES = 15
#: Whoever sees the most of a list, and what else its address asks for.
READERS = {
    "alliances": ("eip", ""),
    "bodies": ("admin", ""),
    "calls": ("eip", ""),
    "consultants": ("eip", ""),
    "documents": ("eip", ""),
    "field": ("eip", ""),
    "people": ("admin", ""),
    "producers": ("eip", ""),
    "profiles": ("eip", ""),
    "requests": ("eip", "all=1"),
    "runs": ("evaluator", ""),
    "studies": ("evaluator", ""),
}
#: Columns that sort by a name, with the order of Spanish: the dearest to sort by.
NAMES = ("name", "organisation", "what", "title")


@dataclass(frozen=True)
class ListTiming:
    """One way to ask for a list: how many rows it holds and how many it showed."""

    name: str
    way: str
    size: int
    rows: int
    shown: int
    timing: Timing


def measure(runs: int) -> list[ListTiming]:
    """Ask for every list ``runs`` times in each of its ways, after warming up."""
    assert get_resolver().url_patterns  # with the addresses every list is declared
    return [timing for shape in declared() for timing in _of_list(shape, runs)]


def _of_list(shape: ListShape, runs: int) -> list[ListTiming]:
    role, asked = READERS[shape.name]
    client = signed_in(role)
    acting = Membership.objects.with_names().filter(user__username=role)[0]
    timings = []
    for way, words, size in _ways(shape):
        query = "&".join(filter(None, (asked, words, f"size={size}")))
        listing = Listing(shape, QueryDict(query), acting)
        rows = listing.page.paginator.count
        timing = time_page(client, role, f"{shape.name}: {way}", shape.address(query), runs)
        timings.append(ListTiming(shape.name, way, size, rows, min(rows, size), timing))
    return timings


def _ways(shape: ListShape) -> list[tuple[str, str, int]]:
    """The usual order at both sizes, then by name and by words."""
    sorted_by = {column.name for column in shape.columns if column.order}
    by_name = next((name for name in NAMES if name in sorted_by), "")
    ways = [("usual", "", FEW), ("usual", "", MANY)]
    if by_name:
        ways.append(("by name", f"sort={by_name}", FEW))
    if "q" in shape.filters.base_filters:
        ways.append(("by words", "q=a", FEW))
    return ways


def tell(runs: int, scale: str = "10") -> str:
    """Measure on the portfolio of that size and tell it in Markdown."""
    load = os.getloadavg()[0]
    told = measured(scale, "--measure-lists", "--runs", str(runs))
    return _told([_from(row) for row in json.loads(told)], runs, scale, load)


def _told(timings: Sequence[ListTiming], runs: int, scale: str, load: float) -> str:
    lines = [
        "# Lists, with their queries and times",
        "",
        f"`make bench WHAT=lists`: every list at scale {scale}, {runs} times each after warming "
        f"up. Milliseconds, on two cores with a load average of {load:.1f} before it. Where others "
        "use them, hold «× empty» against another run (the median over that of a signed-in page "
        f"with nothing on it, asked in turn). Aims: {MOST_QUERIES} queries, p95 {AIMS[FEW]} ms for "
        f"{FEW} rows and {AIMS[MANY]} ms for {MANY}; the empty page takes {EMPTY_ALONE} ms on two "
        f"idle cores, so that they are {_most(FEW):.0f} and {_most(MANY):.0f} times it.",
        "",
        "| list | asked | by | rows in all | shown | queries | p50 | p95 | × empty |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {row.name} | {row.way} | {row.timing.role} | {row.rows} | {row.shown} | "
        f"{row.timing.queries} | {row.timing.p50_ms} | {row.timing.p95_ms} | "
        f"{row.timing.over_empty} |"
        for row in timings
    ]
    late = [_named(row) for row in timings if row.timing.p95_ms > AIMS[row.size]]
    slow = [_named(row) for row in timings if row.timing.over_empty > _most(row.size)]
    many = [_named(row) for row in timings if row.timing.queries > MOST_QUERIES]
    return "\n".join(
        [
            *lines,
            "",
            f"- Above the aim for its rows: {', '.join(late) or 'none'}.",
            f"- Above it as times the empty page: {', '.join(slow) or 'none'}.",
            f"- More queries than the aim: {', '.join(many) or 'none'}.",
            "",
        ]
    )


def _named(row: ListTiming) -> str:
    timing = row.timing
    return (
        f"{row.name} {row.way} ({row.shown} rows, {timing.p95_ms} ms, {timing.over_empty} × empty)"
    )


def _most(size: int) -> float:
    """The aim for so many rows, as times the empty page."""
    return AIMS[size] / EMPTY_ALONE


def as_json(timings: Sequence[ListTiming]) -> str:
    """The timings for the parent process."""
    return json.dumps([asdict(row) for row in timings])


def _from(row: dict[str, object]) -> ListTiming:
    return ListTiming(**row | {"timing": Timing(**row["timing"])})  # type: ignore[arg-type]
