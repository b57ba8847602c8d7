"""What the audit compares of this room: stored answers give the digest of their import's event."""

from collections.abc import Iterator

from alliances.lifecycle.audit import Difference, reconciles, rows_of
from evaluation.surveys.selectors import DIGEST
from evaluation.surveys.table import IMPORT_ANSWERS


@reconciles
def answers(chain: int | None) -> Iterator[Difference]:
    """The rows of every import, the withdrawn ones too, hashed where they lie."""
    if chain:
        return
    query = f"""
        WITH stored AS (
            SELECT survey_import_id AS id, {DIGEST} AS digest FROM evaluation_response answer
             GROUP BY survey_import_id),
        event AS (
            SELECT (data ->> 'import')::bigint AS id, data ->> 'digest' AS digest
              FROM alliances_event WHERE chain = 0 AND verb = %(verb)s AND data ? 'digest')
        SELECT id, stored.digest IS NULL, event.digest IS NULL
          FROM stored FULL JOIN event USING (id)
         WHERE stored.digest IS DISTINCT FROM event.digest ORDER BY id
    """
    for number, gone, untold in rows_of(query, verb=IMPORT_ANSWERS.verb):
        what = (
            "its answers are gone"
            if gone
            else "no event tells of its answers"
            if untold
            else "its answers are not those of its event"
        )
        yield Difference(f"import of answers {number}", what)
