"""What the audit compares of this room: each file with its row, and each row with its event."""

from collections.abc import Iterator
from hashlib import file_digest

from alliances.documents.models import DocumentVersion
from alliances.lifecycle.audit import Difference, reconciles, rows_of


@reconciles
def stored_files(chain: int | None) -> Iterator[Difference]:
    """Every stored file still has the SHA-256 of its row."""
    versions = DocumentVersion.objects.order_by("pk")
    if chain is not None:
        versions = versions.filter(document__alliance=chain or None)
    for version in versions.iterator():
        try:
            with version.file.open("rb") as file:
                digest = file_digest(file, "sha256").hexdigest()
        except FileNotFoundError:
            digest = ""
        if digest != version.sha256:
            what = "the file is another one" if digest else "the file is missing"
            yield Difference(f"document version {version.pk} ({version.file.name})", what)


@reconciles
def evidence(chain: int | None) -> Iterator[Difference]:
    """What an event says of a document is what its row says, and every upload has its event."""
    query = """
        WITH told AS (
            SELECT e.chain, e.sequence, (d ->> 'version')::bigint AS version, d ->> 'sha256' AS hash
              FROM alliances_event e, jsonb_array_elements(e.data -> 'documents') d
             WHERE %(chain)s::bigint IS NULL OR e.chain = %(chain)s)
        SELECT coalesce(told.version, v.id), told.chain, told.sequence
          FROM told FULL JOIN (
               SELECT v.id, v.sha256 FROM alliances_documentversion v
                 JOIN alliances_document d ON d.id = v.document_id
                WHERE %(chain)s::bigint IS NULL OR coalesce(d.alliance_id, 0) = %(chain)s) v
               ON v.id = told.version
         WHERE v.sha256 IS DISTINCT FROM told.hash ORDER BY 1, 2, 3
    """
    for version, number, sequence in rows_of(query, chain=chain):
        what = f"its SHA-256 is not that of chain {number}, event {sequence}"
        yield Difference(
            f"document version {version}", what if number is not None else "no event tells of it"
        )
