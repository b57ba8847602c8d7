"""Proof that history was not touched: chains recomputed, rows compared with them, both anchored.

A room adds what it can compare with ``reconciles``, and what an anchor should keep of it with
``seals``; nothing here imports upwards.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import connection

from alliances.lifecycle.anchors import Anchor, disagreements, is_signed
from alliances.lifecycle.models import Event
from alliances.lifecycle.table import PROCESS
from alliances.lifecycle.triggers import hash_of


@dataclass(frozen=True)
class BrokenLink:
    """An event whose number, previous hash or own hash is not what its chain says."""

    chain: int
    sequence: int
    problem: str


@dataclass(frozen=True)
class Difference:
    """Something that does not agree: where it is and what differs, in words."""

    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


@dataclass(frozen=True)
class AuditReport:
    """How many events were verified, every broken link, and every difference; empty when well."""

    events: int
    broken: tuple[BrokenLink, ...]
    differences: tuple[Difference, ...] = ()

    @property
    def is_well(self) -> bool:
        return not self.broken and not self.differences


Reconciliation = Callable[[int | None], Iterable[Difference]]
Seals = Callable[[], Mapping[str, str]]
_reconciliations: list[Reconciliation] = []
_seals: list[Seals] = []


def reconciles(function: Reconciliation) -> Reconciliation:
    """Register what a room compares: of one alliance (its id), or of all (None)."""
    _reconciliations.append(function)
    return function


def seals(function: Seals) -> Seals:
    """Register what anchors keep of a room: a digest by name, of rows that never change."""
    _seals.append(function)
    return function


def current_seals() -> dict[str, str]:
    """What an anchor taken now keeps of every room."""
    return {name: digest for read in _seals for name, digest in read().items()}


def rows_of(query: str, **values: Any) -> list[tuple[Any, ...]]:
    """The rows of a query of an audit."""
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return cursor.fetchall()


def verify_audit(*, chain: int | None = None, anchors: Sequence[Anchor] = ()) -> AuditReport:
    """Recompute every hash and link, of one chain (an alliance's id, 0 for none) or of all.

    Then compare rows with their events, and both with ``anchors``.
    """
    query = f"""
        SELECT chain, sequence, problem FROM (
            SELECT e.chain, e.sequence, CASE
                WHEN e.sequence <> row_number() OVER links THEN 'sequence'
                WHEN e.previous_hash <> coalesce(lag(e.hash) OVER links, repeat('0', 64))
                    THEN 'previous_hash'
                WHEN e.hash <> {hash_of("e")} THEN 'hash'
            END AS problem
            FROM alliances_event e
            WHERE %(chain)s::bigint IS NULL OR e.chain = %(chain)s
            WINDOW links AS (PARTITION BY e.chain ORDER BY e.sequence)
        ) checked WHERE problem IS NOT NULL ORDER BY chain, sequence
    """
    broken = tuple(BrokenLink(*row) for row in rows_of(query, chain=chain))
    events = Event.objects.all() if chain is None else Event.objects.filter(chain=chain)
    differences = [row for check in _reconciliations for row in check(chain)]
    differences += against_anchors(anchors, chain)
    return AuditReport(events.count(), broken, tuple(differences))


# -- Events and alliances --------------------------------------------------------------------------
@reconciles
def statuses(chain: int | None) -> Iterator[Difference]:
    """An alliance stands where its last move led, since then."""
    query = """
        SELECT a.code, a.status, coalesce(last.to_status, %(initial)s)
          FROM alliances_alliance a LEFT JOIN (
               SELECT DISTINCT ON (alliance_id) alliance_id, to_status, at FROM alliances_event
                WHERE to_status <> '' ORDER BY alliance_id, sequence DESC) last
               ON last.alliance_id = a.id
         WHERE (a.status <> coalesce(last.to_status, %(initial)s) OR a.status_since <> last.at)
           AND (%(chain)s::bigint IS NULL OR a.id = %(chain)s) ORDER BY a.id
    """
    for code, status, target in rows_of(query, chain=chain, initial=str(PROCESS.initial)):
        yield Difference(f"alliance {code}", f"it is «{status}», its last move says «{target}»")


@reconciles
def moves(chain: int | None) -> Iterator[Difference]:
    """Each move begins where the one before ended, in the chain of its own alliance."""
    query = """
        SELECT chain, sequence, from_status, before FROM (
            SELECT *, coalesce(lag(to_status) OVER (PARTITION BY chain ORDER BY sequence),
                               %(initial)s) AS before
              FROM alliances_event WHERE to_status <> ''
               AND (%(chain)s::bigint IS NULL OR chain = %(chain)s)) moved
         WHERE from_status <> before OR chain <> coalesce(alliance_id, 0)
         ORDER BY chain, sequence
    """
    for number, sequence, source, before in rows_of(
        query, chain=chain, initial=str(PROCESS.initial)
    ):
        yield Difference(
            f"chain {number}, event {sequence}", f"it moves from «{source}», it was «{before}»"
        )


@reconciles
def times(chain: int | None) -> Iterator[Difference]:
    """Acts say the time at which they were recorded; nobody loads history behind them."""
    query = """
        SELECT chain, sequence, at, recorded_at FROM (
            SELECT *, max(recorded_at) OVER (PARTITION BY chain ORDER BY sequence) AS live
              FROM alliances_event WHERE %(chain)s::bigint IS NULL OR chain = %(chain)s) told
         WHERE abs(extract(epoch FROM at - recorded_at)) > 900
            OR (recorded_at IS NULL AND live IS NOT NULL AND actor_id IS NOT NULL)
         ORDER BY chain, sequence
    """
    for number, sequence, at, recorded_at in rows_of(query, chain=chain):
        when = f"recorded on {recorded_at:%Y-%m-%d %H:%M}" if recorded_at else "loaded later"
        yield Difference(
            f"chain {number}, event {sequence}", f"it says {at:%Y-%m-%d %H:%M} and was {when}"
        )


# -- Anchors ---------------------------------------------------------------------------------------
def chain_ends() -> dict[str, tuple[int, str]]:
    """Length and last hash of every chain."""
    query = """
        SELECT DISTINCT ON (chain) chain, sequence, hash FROM alliances_event
         ORDER BY chain, sequence DESC
    """
    return {str(chain): (sequence, head) for chain, sequence, head in rows_of(query)}


def against_anchors(anchors: Sequence[Anchor], chain: int | None) -> Iterator[Difference]:
    """What no longer is as anchors say, and between which two of them that began."""
    if not anchors:
        return
    key = settings.ANCHOR_KEY.encode()
    for problem in disagreements(anchors):
        yield Difference("anchors", problem)
    for anchor in anchors:
        if not is_signed(anchor, key):
            yield Difference(str(anchor), "it is not signed with this programme's key")
    yield from _cut_or_changed(anchors, chain)
    yield from _dated_back(anchors[-1], chain)
    if chain is None:
        yield from _seals_changed(anchors)


def _cut_or_changed(anchors: Sequence[Anchor], chain: int | None) -> Iterator[Difference]:
    query = "SELECT chain, sequence, hash FROM alliances_event"
    hashes = {(str(number), sequence): digest for number, sequence, digest in rows_of(query)}
    for name in anchors[-1].chains if chain is None else [str(chain)]:
        agreed, wrong = 0, None
        for anchor in anchors:
            length, head = anchor.chains.get(name, (0, ""))
            if length and hashes.get((name, length)) != head:
                wrong = (anchor, length, (name, length) in hashes)
                break
            agreed = length
        if wrong:
            anchor, length, is_there = wrong
            yield Difference(
                f"chain {name}, events {agreed + 1} to {length}",
                f"{'they are not those' if is_there else 'some are missing'} of {anchor}",
            )


def _dated_back(anchor: Anchor, chain: int | None) -> Iterator[Difference]:
    """An event that the last anchor does not hold happened after it."""
    query = "SELECT chain, sequence, at FROM alliances_event WHERE at < %(taken_at)s"
    for number, sequence, at in rows_of(query, taken_at=datetime.fromisoformat(anchor.taken_at)):
        length, _head = anchor.chains.get(str(number), (0, ""))
        if sequence > length and chain in (None, number):
            yield Difference(
                f"chain {number}, event {sequence}",
                f"it says {at:%Y-%m-%d %H:%M}, but {anchor} does not hold it",
            )


def _seals_changed(anchors: Sequence[Anchor]) -> Iterator[Difference]:
    present = current_seals()
    for name in sorted({name for anchor in anchors for name in anchor.seals}):
        since = [anchor for anchor in anchors if name in anchor.seals]
        digests = [anchor.seals[name] for anchor in since] + [present.get(name, "")]
        agreeing = next((n for n, digest in enumerate(digests) if digest != digests[0]), None)
        if agreeing is not None:
            yield Difference(name, f"it is not what it was in {since[agreeing - 1]}")
