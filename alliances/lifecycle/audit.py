"""Proof that the history was not touched: the chain is recomputed by the database."""

from dataclasses import dataclass

from django.db import connection

from alliances.lifecycle.models import Event
from alliances.lifecycle.triggers import hash_of


@dataclass(frozen=True)
class BrokenLink:
    """An event whose number, previous hash or own hash is not what its chain says."""

    chain: int
    sequence: int
    problem: str


@dataclass(frozen=True)
class AuditReport:
    """How many events were verified, and every broken link (empty when all is well)."""

    events: int
    broken: tuple[BrokenLink, ...]


def verify_audit(*, chain: int | None = None) -> AuditReport:
    """Recompute every hash and link, of one chain (an alliance's id, 0 for none) or of all."""
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
    with connection.cursor() as cursor:
        cursor.execute(query, {"chain": chain})
        broken = tuple(BrokenLink(*row) for row in cursor.fetchall())
    events = Event.objects.all() if chain is None else Event.objects.filter(chain=chain)
    return AuditReport(events=events.count(), broken=broken)
