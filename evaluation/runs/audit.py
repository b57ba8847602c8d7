"""What the audit compares of this room: finished runs are anchored."""

from collections.abc import Iterator, Mapping

from alliances.lifecycle.audit import Difference, reconciles, rows_of, seals
from evaluation.runs.models import Run
from evaluation.runs.selectors import DIGEST
from evaluation.runs.table import FINISH_RUN, RunStatus


@seals
def finished_runs() -> Mapping[str, str]:
    """A digest of each finished run with all its parts."""
    query = f"SELECT id, {DIGEST} FROM evaluation_run run WHERE finished_at IS NOT NULL"
    return {f"run {run}": digest for run, digest in rows_of(query)}


@reconciles
def results(chain: int | None) -> Iterator[Difference]:
    """A run that succeeded is what its worker told when it ended, whoever took anchors since."""
    if chain:
        return
    query = f"""
        SELECT run.id, event.digest IS NULL FROM evaluation_run run LEFT JOIN (
               SELECT data -> 'run' AS run, data ->> 'digest' AS digest FROM alliances_event
                WHERE chain = 0 AND verb = %(verb)s) event ON event.run = to_jsonb(run.id)
         WHERE run.status = %(succeeded)s AND event.digest IS DISTINCT FROM {DIGEST}
         ORDER BY run.id
    """
    names = {"verb": FINISH_RUN.verb, "succeeded": str(RunStatus.SUCCEEDED)}
    for run, untold in rows_of(query, **names):
        what = "no event tells of its result" if untold else "its result is not that of its event"
        yield Difference(f"run {run}", what)


@reconciles
def runs(chain: int | None) -> Iterator[Difference]:
    """A run asks what its frozen study asks."""
    if chain:
        return
    for run in Run.objects.select_related("study").order_by("pk"):
        if run.specification != run.study.specification:
            yield Difference(f"run {run.pk}", "it does not ask what its study asks")
