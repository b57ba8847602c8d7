"""Ticks of no room: the mail of the day tells what every app knows of somebody's work."""

from celery import shared_task
from django.conf import settings
from django.utils.timezone import localdate, now

from alliances.mail.tasks import nudge
from alliances.territory.workdays import is_working_day
from paap.digest import write_notices


@shared_task
def write_notices_of_the_day() -> None:
    """On working days, at every hour of ``NOTICES_FROM_HOUR`` to ``NOTICES_UNTIL_HOUR``.

    The first tick writes what waits; each later one what became late, and what a tick that never
    came would have written.
    """
    if settings.SENDS_MAIL and is_working_day(localdate()):
        write_notices(at=now())
        nudge()
