"""The tick that works the queue of runs. Losing one costs seconds; two at once do no harm."""

from celery import shared_task
from django.db import transaction
from django.utils.timezone import now

from evaluation.runs.services import claim_run, execute_run


@shared_task
def work_pending_runs() -> None:
    """Take one run that waits or was left behind, and work on it until it ends."""
    run = claim_run(at=now())
    if run and run.claim_token:
        execute_run(run_id=run.pk, token=run.claim_token, clock=now)


def nudge() -> None:
    """Ask a worker to look at the queue now. If the broker is away the next tick will do."""
    transaction.on_commit(work_pending_runs.delay, robust=True)
