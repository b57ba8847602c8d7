"""The tick that works off acts on many rows. Losing one costs seconds; two at once do no harm."""

from celery import shared_task
from django.db import transaction
from django.utils.timezone import now

from alliances.lists.services import claim, work


@shared_task
def work_bulk_acts() -> None:
    """Do a portion of the oldest act on many that waits or was left behind, then of the next."""
    bulk = claim(at=now())
    if bulk is None:
        return
    while work(bulk=bulk, clock=now):
        pass
    nudge()


def nudge() -> None:
    """Ask a worker to look at the queue now. If the broker is away the next tick will do."""
    transaction.on_commit(work_bulk_acts.delay, robust=True)
