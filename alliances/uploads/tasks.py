"""Background work of this room."""

from celery import shared_task
from django.utils.timezone import now

from alliances.uploads.services import sweep


@shared_task
def sweep_uploads() -> int:
    """Remove files that nobody took in in time: they hold personal data."""
    return sweep(at=now())
