"""The work of a run of operations: only workers import this."""

from collections.abc import Iterator

from evaluation.runs.jobs import Job, Prepared, job
from evaluation.runs.models import Run
from evaluation.runs.operations.counting import Operations
from evaluation.studies.dataset import fingerprint
from evaluation.studies.operations_rows import operations_rows
from evaluation.studies.operations_spec import OperationsSpec


def prepare(run: Run) -> Prepared:
    """Read the rows; every part is a job of its own."""
    spec = OperationsSpec.from_data(run.specification)
    rows = operations_rows(spec)
    return Prepared(fingerprint(*rows.frames), tuple(jobs_of(Operations(rows, spec))))


def jobs_of(counted: Operations) -> Iterator[Job]:
    """Every part of a result; the headline first."""
    yield job("headline", counted.funnel, 0.1)
    yield job("headline", counted.headline)
    yield job("times", counted.stages, 4)
    yield job("times", counted.steps_of_requests, 2)
    yield job("times", counted.bottlenecks, 4)
    yield job("people", counted.actors)
    yield job("people", counted.returns, 2)
    yield job("money", counted.payments)
    yield job("money", counted.contributions_paid, 2)
    yield job("money", counted.administration)
    yield job("field", counted.support, 2)
    yield job("field", counted.ruptures)
    yield job("field", counted.before_ruptures)
