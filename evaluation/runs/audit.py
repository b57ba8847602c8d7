"""What the audit compares of this room: finished runs are anchored."""

from collections.abc import Iterator, Mapping

from alliances.lifecycle.audit import Difference, reconciles, rows_of, seals
from evaluation.runs.models import Run


@seals
def finished_runs() -> Mapping[str, str]:
    """A digest of each finished run with all its parts."""
    query = """
        SELECT run.id, encode(sha256(convert_to(
                   concat(run.specification, run.seed, run.status, run.fingerprint, run.versions,
                       (SELECT string_agg(concat(name, data), '|' ORDER BY part.id)
                          FROM evaluation_runpart part WHERE part.run_id = run.id)),
                   'UTF8')), 'hex')
          FROM evaluation_run run WHERE finished_at IS NOT NULL
    """
    return {f"run {run}": digest for run, digest in rows_of(query)}


@reconciles
def runs(chain: int | None) -> Iterator[Difference]:
    """A run asks what its frozen study asks."""
    if chain:
        return
    for run in Run.objects.select_related("study").order_by("pk"):
        if run.specification != run.study.specification:
            yield Difference(f"run {run.pk}", "it does not ask what its study asks")
