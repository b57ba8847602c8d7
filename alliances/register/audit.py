"""What the audit compares of this room: rows are what the last event about them says."""

import json
from collections.abc import Iterator

from alliances.lifecycle.audit import Difference, reconciles, rows_of
from alliances.people.models import Membership, Organisation


@reconciles
def register(chain: int | None) -> Iterator[Difference]:
    """Organisations with their departments, and memberships."""
    if chain is not None:
        return
    for model in (Organisation, Membership):
        subject = model._meta.model_name
        query = f"""
            WITH told AS (
                SELECT DISTINCT ON (chain, data -> '{subject}')
                       (data ->> '{subject}')::bigint AS id, data -> 'stands' AS stands
                  FROM alliances_event WHERE chain < 0 AND data ? '{subject}'
                 ORDER BY chain, data -> '{subject}', sequence DESC),
            rows AS (SELECT id, public.{subject}_stands(id) AS stands FROM {model._meta.db_table})
            SELECT id, rows.stands, told.stands FROM rows FULL JOIN told USING (id)
             WHERE rows.stands IS DISTINCT FROM told.stands ORDER BY id
        """
        for number, row, event in rows_of(query):
            yield Difference(f"{subject} {number}", _otherwise(row, event))


def _otherwise(row: str | None, event: str | None) -> str:
    """What differs between a row and the last event about it, both as JSON."""
    if event is None:
        return "no event tells of it"
    if row is None:
        return "it is gone, and its events are there"
    now, last = json.loads(row), json.loads(event)
    return "; ".join(
        f"its {name} is «{now.get(name)}», its last event says «{last.get(name)}»"
        for name in sorted(now | last)
        if now.get(name) != last.get(name)
    )
