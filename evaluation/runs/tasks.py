"""The tick that works the queue of runs. Losing one costs seconds; two at once do no harm."""

from celery import shared_task
from django.db import transaction
from django.utils.timezone import now

from evaluation.runs.services import claim_run, execute_run
from kit.waits import patient

#: Of one attempt. What it left is kept, and the next attempt goes on there.
SOFT_SECONDS = 3600
#: Reading the rows of a million producers takes one statement a minute.
STATEMENT_SECONDS = 600


@shared_task(soft_time_limit=SOFT_SECONDS, time_limit=SOFT_SECONDS + 60)
def work_pending_runs() -> None:
    """Take one run that waits or was left behind, and work on it until it ends."""
    run = claim_run(at=now())
    if run and run.claim_token:
        with patient(seconds=STATEMENT_SECONDS):
            execute_run(run_id=run.pk, token=run.claim_token, clock=now)


def nudge() -> None:
    """Ask a worker to look at the queue now. If the broker is away the next tick will do."""
    transaction.on_commit(work_pending_runs.delay, robust=True)
