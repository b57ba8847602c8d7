"""Work on a claimed run until it ends; whatever happens, the row says so."""

import logging
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from celery.exceptions import SoftTimeLimitExceeded
from django.db import InterfaceError, OperationalError

from evaluation.runs.drawing import draw_all
from evaluation.runs.hiding import result_of
from evaluation.runs.jobs import Job, Prepared
from evaluation.runs.kinds import RunKind, kind_of
from evaluation.runs.models import Run
from evaluation.runs.selectors import parts_of
from evaluation.runs.services.claiming import Claim, ClaimLost, Clock, RowsChanged, RunCancelled
from evaluation.runs.table import LOAD, STORE, STORED_FROM, Failure, percent_of

logger = logging.getLogger(__name__)


def execute_run(*, run_id: int, token: UUID, clock: Clock) -> None:
    """Work on a run that was claimed with ``token``. Does nothing once the claim is lost.

    A database that went away is not the run's fault, nor is an attempt whose time is over: the
    error goes up, the row stays running and another worker takes it over when the signs of life
    stop.
    """
    claim = Claim(run_id, token, clock)
    with claim.kept_alive():
        try:
            _work(claim)
        except ClaimLost:
            logger.warning("run %s was taken over by another worker", run_id)


def _work(claim: Claim) -> None:
    run = Run.objects.select_related("study__wave").get(pk=claim.run_id)
    try:
        _finish(claim, run, kind_of(run))
    except (ClaimLost, OperationalError, InterfaceError, SoftTimeLimitExceeded):
        raise
    except RunCancelled:
        claim.cancel()
    except RowsChanged:
        claim.fail(Failure.CHANGED, "")
    except ValueError as error:
        logger.exception("run %s: the data do not fit the method", claim.run_id)
        claim.fail(Failure.DATA, str(error))
    except Exception as error:
        logger.exception("run %s failed", claim.run_id)
        claim.fail(Failure.UNEXPECTED, type(error).__name__)


def _finish(claim: Claim, run: Run, kind: RunKind) -> None:
    """Every part that is missing, then the charts."""
    claim.progress(LOAD, run.percent)
    prepared = kind.load_worker().prepare(run)
    claim.begin(prepared.fingerprint, kind.versions())
    claim.keep(prepared.frames, prepared.source)
    _do_jobs(claim, prepared, parts_of(run))
    claim.progress(STORE, STORED_FROM)
    shown = result_of(run, whole=False)
    claim.succeed(draw_all(run, lambda: kind.drawings.draw(run, shown)))


def _do_jobs(claim: Claim, prepared: Prepared, there: Mapping[str, Any]) -> None:
    whole = sum(job.weight for job in prepared.jobs)
    over = 0.0
    for job in prepared.jobs:
        if job.name not in there:
            claim.store(job.name, _do(claim, job, over, whole))
        over += job.weight


def _do(claim: Claim, job: Job, over: float, whole: float) -> Any:
    def report(phase: str, done: float) -> None:
        claim.progress(phase, percent_of((over + job.weight * done) / whole))

    report(job.phase, 0)
    return job.work(report)
