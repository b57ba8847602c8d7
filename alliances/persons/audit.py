"""What the audit compares of this room: every row of a profile is of the person of its document."""

from collections.abc import Iterator

from alliances.lifecycle.audit import Difference, reconciles, rows_of

_OF_ANOTHER = """
    SELECT producer.id, person.id FROM alliances_producer AS producer
      JOIN alliances_person AS person ON person.id = producer.person_id
     WHERE (producer.document_kind, producer.document_number)
           <> (person.document_kind, person.document_number)
     ORDER BY producer.id
"""


@reconciles
def persons(chain: int | None) -> Iterator[Difference]:
    """Rows that somebody put under another person, past the triggers."""
    if chain is not None:
        return
    for producer, person in rows_of(_OF_ANOTHER):
        yield Difference(f"producer {producer}", f"its document is not that of person {person}")
