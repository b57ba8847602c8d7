"""Background work of this room."""

from celery import shared_task
from django.utils.timezone import now

from alliances.preparation.services import sweep_uploads


@shared_task
def sweep_profile_uploads() -> int:
    """Remove files of profiles that nobody confirmed in time: they hold personal data."""
    return sweep_uploads(at=now())
