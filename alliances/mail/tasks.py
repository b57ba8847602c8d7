"""The tick that sends what waits. Losing one costs seconds; two at once send nothing twice."""

import logging

from celery import shared_task
from django.conf import settings
from django.db import transaction
from django.utils.timezone import now

from alliances.mail.services import deliver, forget_old_notices

logger = logging.getLogger(__name__)


@shared_task
def deliver_mail() -> None:
    """Send what waits; what a silent server keeps waiting leaves with a later tick."""
    if not settings.SENDS_MAIL:
        return
    try:
        deliver(clock=now)
    except OSError:
        logger.warning("the mail server does not answer", exc_info=True)


@shared_task
def sweep_notices() -> None:
    """Forget what closed months ago."""
    forget_old_notices(at=now())


def nudge() -> None:
    """Ask a worker to look at the queue now. If the broker is away the next tick will do."""
    transaction.on_commit(deliver_mail.delay, robust=True)
