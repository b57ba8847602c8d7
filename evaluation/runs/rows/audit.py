"""What the audit compares of the rows of runs: each file with the SHA-256 of its row."""

from collections.abc import Iterator
from hashlib import file_digest

from alliances.lifecycle.audit import Difference, reconciles
from evaluation.runs.rows.models import RunRows


@reconciles
def stored_rows(chain: int | None) -> Iterator[Difference]:
    """Every file of rows is still the one that was stored."""
    if chain:
        return
    for stored in RunRows.objects.order_by("pk").iterator():
        try:
            with stored.file.storage.open(str(stored.file)) as file:
                digest = file_digest(file, "sha256").hexdigest()
        except FileNotFoundError:
            digest = ""
        if digest != stored.sha256:
            what = "the file is another one" if digest else "the file is missing"
            yield Difference(f"rows of run {stored.run_id} ({stored.file.name})", what)
