"""Reads about runs."""

from datetime import datetime

from django.db import connection
from django.db.models import QuerySet

from evaluation.runs.jobs import Parts
from evaluation.runs.models import Run, RunPart
from evaluation.runs.table import RunStatus

#: SHA-256 of a row ``run`` with all its parts: what it was asked, with what, and what it found.
DIGEST = """encode(sha256(convert_to(
    concat(run.specification, run.seed, run.status, run.fingerprint, run.versions,
        (SELECT string_agg(concat(name, data), '|' ORDER BY part.id)
           FROM evaluation_runpart part WHERE part.run_id = run.id)),
    'UTF8')), 'hex')"""


def digest_of(run_id: int) -> str:
    """The digest of a run as it is stored now."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {DIGEST} FROM evaluation_run run WHERE id = %s", [run_id])
        return str(cursor.fetchone()[0])


def runs() -> QuerySet[Run]:
    """Every run, newest first, with its study and who asked, without what it was asked."""
    return (
        Run.objects.select_related("study__wave", "requested_by__user")
        .defer("specification", "versions")
        .order_by("-requested_at", "-pk")
    )


def whole_runs() -> QuerySet[Run]:
    """Runs with all that the page of one of them names."""
    return Run.objects.select_related(
        "study__wave",
        "study__amends",
        "requested_by__user",
        "requested_by__organisation",
        "cancel_requested_by__user",
    ).order_by("pk")


def parts_of(run: Run) -> Parts:
    """What the run has found so far, by name, in the order in which it was found."""
    parts = RunPart.objects.filter(run=run).order_by("pk")
    return dict(parts.values_list("name", "data"))


def elapsed_seconds(run: Run, at: datetime) -> float:
    """Since the first claim (or the request, while it waits) until its end or ``at``."""
    start = run.started_at or run.requested_at
    return max(0.0, ((run.finished_at or at) - start).total_seconds())


def is_waiting_for_worker(run: Run, at: datetime) -> bool:
    """True when nobody has taken the run for longer than a tick: is a worker alive?"""
    return run.status == RunStatus.QUEUED and (at - run.requested_at).total_seconds() > 30
