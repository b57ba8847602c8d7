"""Work of the night: observed durations first, then every clock that depends on them."""

from celery import shared_task
from django.utils.timezone import now

from fiduciary.disbursements.services.clock import refresh_clocks, refresh_timings


@shared_task
def refresh_all_clocks() -> int:
    """Safe to run twice: it recomputes from what is stored."""
    at = now()
    refresh_timings(at=at)
    return refresh_clocks(at=at)
