"""What the audit compares of the rows of runs: each file with the SHA-256 of its row."""

from collections.abc import Iterator
from hashlib import file_digest

from alliances.lifecycle.audit import Difference, reconciles
from evaluation.runs.rows.models import RunRows


@reconciles
def stored_rows(chain: int | None) -> Iterator[Difference]:
    """Every file of rows is still the one that was kept."""
    if chain:
        return
    for kept in RunRows.objects.order_by("pk").iterator():
        try:
            with kept.file.storage.open(str(kept.file)) as file:
                digest = file_digest(file, "sha256").hexdigest()
        except FileNotFoundError:
            digest = ""
        if digest != kept.sha256:
            what = "the file is another one" if digest else "the file is missing"
            yield Difference(f"rows of run {kept.run_id} ({kept.file.name})", what)
