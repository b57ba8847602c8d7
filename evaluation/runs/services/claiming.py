"""The queue: who works on a run, how it is known to live, and how another takes over.

Context: workers are killed, Redis is flushed, PostgreSQL restarts.
Decision: the row is the queue. A worker takes the oldest row that waits, or whose worker has been
silent, with a skipped lock, and writes a new token on it. Everything the worker writes asks for
that token, so one that was given up and wakes again writes nothing.
Consequence: a message in Redis is only a nudge; losing any of them costs seconds.
"""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.db import DatabaseError, connection, transaction
from django.db.models import Max, Q, QuerySet

from alliances.lifecycle.acting import act_on
from evaluation.runs.models import Run, RunDrawing, RunPart
from evaluation.runs.rows.keeping import keep_frames, store_frames
from evaluation.runs.selectors import digest_of
from evaluation.runs.table import (
    FINISH_RUN,
    HEARTBEAT_EVERY,
    LOAD,
    MAXIMUM_ATTEMPTS,
    PROCESS,
    STALE_AFTER,
    STORE,
    Failure,
    RunStatus,
)
from kit.text import shortened

Clock = Callable[[], datetime]


class ClaimLost(Exception):
    """Another worker took the run over, or it ended: this one must stop without writing."""


class RowsChanged(Exception):
    """The rows or the programs are not those that the stored parts of the run were found with."""


class RunCancelled(Exception):
    """Somebody asked for the run to stop."""


@transaction.atomic
def claim_run(*, at: datetime) -> Run | None:
    """Take the oldest run that waits or was left behind; None when there is nothing to do.

    A run that was left behind too often, or that somebody cancelled meanwhile, is ended instead.
    """
    free = Q(status=RunStatus.QUEUED) | Q(
        status=RunStatus.RUNNING, heartbeat_at__lt=at - STALE_AFTER
    )
    waiting = Run.objects.filter(free).order_by("requested_at", "pk")
    while run := waiting.select_for_update(skip_locked=True).first():
        if run.cancel_requested_at:
            _end(run, "cancel", at)
        elif _attempts_in_vain(run) >= MAXIMUM_ATTEMPTS:
            _end(run, "fail", at, failure_reason=Failure.GAVE_UP)
        else:
            return _take(run, at)
    return None


def _attempts_in_vain(run: Run) -> int:
    """Attempts since one that left a part: a run that gets on is never given up."""
    fruitful: int = run.parts.aggregate(last=Max("attempt"))["last"] or 0
    return run.attempt - fruitful


def _take(run: Run, at: datetime) -> Run:
    run.status = PROCESS.target("claim", run.status)
    run.claim_token = uuid4()
    run.attempt += 1
    run.started_at = run.started_at or at
    run.heartbeat_at = at
    run.phase = LOAD
    run.save()
    return run


def _end(run: Run, verb: str, at: datetime, **values: Any) -> None:
    run.status = PROCESS.target(verb, run.status)
    run.finished_at = at
    for name, value in values.items():
        setattr(run, name, value)
    run.save()


@dataclass(frozen=True)
class Claim:
    """One worker's hold on one run. ``clock`` tells the time of every write."""

    run_id: int
    token: UUID
    clock: Clock

    def progress(self, phase: str, percent: int) -> None:
        """Write how far the run is. Raises RunCancelled, ClaimLost."""
        written = (
            self._claimed()
            .filter(cancel_requested_at__isnull=True)
            .update(phase=phase, percent=percent, heartbeat_at=self.clock())
        )
        if not written:
            raise RunCancelled if self._claimed().exists() else ClaimLost

    def begin(self, fingerprint: str, versions: dict[str, str]) -> None:
        """Fix the rows that the run works on, and with what. Raises RowsChanged, ClaimLost."""
        same = Q(fingerprint="") | Q(fingerprint=fingerprint, versions=versions)
        if not self._claimed().filter(same).update(fingerprint=fingerprint, versions=versions):
            raise RowsChanged if self._claimed().exists() else ClaimLost

    def keep(self, frames: Mapping[str, Any], source: str = "") -> None:
        """Keep the rows that the run works on, before its parts. Raises ClaimLost."""
        stored = store_frames(self.run_id, frames, source)
        with transaction.atomic():
            self._attempt()
            keep_frames(self.run_id, stored, at=self.clock())

    @transaction.atomic
    def store(self, name: str, data: Any) -> None:
        """Keep one part of the result, for good. Raises ClaimLost."""
        attempt = self._attempt()
        RunPart.objects.create(
            run_id=self.run_id, name=name, data=data, attempt=attempt, stored_at=self.clock()
        )

    @transaction.atomic
    def succeed(self, drawings: list[RunDrawing]) -> None:
        """End the run with its charts, once; its parts are the result, which the event seals.

        Raises ClaimLost, and RunCancelled when somebody asked for it to stop meanwhile.
        """
        self.progress(STORE, 100)  # takes the row's lock: whoever cancels now comes too late
        self._finish("succeed", phase=STORE, percent=100)
        RunDrawing.objects.bulk_create(drawings)
        result = {"run": self.run_id, "digest": digest_of(self.run_id)}
        with act_on(None, FINISH_RUN, acting=None, at=self.clock(), data=result):
            pass

    def fail(self, reason: Failure, detail: str) -> None:
        """End the run with its reason. Raises ClaimLost."""
        self._finish("fail", failure_reason=reason, failure_detail=shortened(detail, 500))

    def cancel(self) -> None:
        """End the run because somebody asked. Raises ClaimLost."""
        self._finish("cancel")

    @contextmanager
    def kept_alive(self) -> Iterator[None]:
        """Give signs of life from a thread, so that a long step is not taken for a dead worker."""
        done = threading.Event()
        beating = threading.Thread(target=self._beat, args=(done,), daemon=True)
        beating.start()
        try:
            yield
        finally:
            done.set()
            beating.join()

    def _beat(self, done: threading.Event) -> None:
        while not done.wait(HEARTBEAT_EVERY.total_seconds()):
            try:
                self._claimed().update(heartbeat_at=self.clock())
            except DatabaseError:
                continue  # the server is away; the next beat tries again
            finally:
                connection.close()

    def _attempt(self) -> int:
        """The number of this attempt; nobody takes the run over before the transaction ends."""
        attempt = self._claimed().select_for_update().values_list("attempt", flat=True).first()
        if attempt is None:
            raise ClaimLost
        return attempt

    def _claimed(self) -> QuerySet[Run]:
        return Run.objects.filter(pk=self.run_id, claim_token=self.token, status=RunStatus.RUNNING)

    def _finish(self, verb: str, **values: Any) -> None:
        status = PROCESS.target(verb, RunStatus.RUNNING)
        if not self._claimed().update(status=status, finished_at=self.clock(), **values):
            raise ClaimLost
