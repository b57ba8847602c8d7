"""The nightly tick that forgets files nobody decided on."""

from celery import shared_task
from django.utils.timezone import now

from evaluation.surveys.services import forget_waiting_files


@shared_task
def forget_old_files() -> None:
    """Discard files of answers that have waited too long."""
    forget_waiting_files(at=now())
