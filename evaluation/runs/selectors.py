"""Reads about runs."""

from datetime import datetime

from django.db.models import QuerySet

from evaluation.runs.models import Run
from evaluation.runs.table import Status


def runs() -> QuerySet[Run]:
    """Every run, newest first, with its study and who asked, without the weight of results."""
    return (
        Run.objects.select_related("study__wave", "requested_by__user")
        .defer("result", "specification", "versions")
        .order_by("-requested_at", "-pk")
    )


def runs_with_results() -> QuerySet[Run]:
    """Runs whole, for the page of one of them."""
    return Run.objects.select_related(
        "study__wave",
        "requested_by__user",
        "requested_by__organisation",
        "cancel_requested_by__user",
    ).order_by("pk")


def elapsed_seconds(run: Run, at: datetime) -> float:
    """Since the first claim (or the request, while it waits) until its end or ``at``."""
    start = run.started_at or run.requested_at
    return max(0.0, ((run.finished_at or at) - start).total_seconds())


def is_waiting_for_worker(run: Run, at: datetime) -> bool:
    """True when nobody has taken the run for longer than a tick: is a worker alive?"""
    return run.status == Status.QUEUED and (at - run.requested_at).total_seconds() > 30
