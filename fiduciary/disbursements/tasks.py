"""Work of the night: observed durations first, then every clock that depends on them."""

from celery import shared_task
from django.db import OperationalError
from django.utils.timezone import now

from fiduciary.disbursements.services.clock import refresh_clocks, refresh_timings


@shared_task(autoretry_for=(OperationalError,), retry_backoff=60, max_retries=5)
def refresh_all_clocks() -> int:
    """Safe to run twice, and tried again when somebody held a row or the database was away."""
    at = now()
    refresh_timings(at=at)
    return refresh_clocks(at=at)
