"""A perception run is interrupted before each of its jobs: what it leaves is the same."""

import json
from datetime import datetime, timedelta

import pytest
from django.db import OperationalError

from evaluation.models import Run
from evaluation.runs.jobs import Job, Prepared
from evaluation.runs.perception import work as perception_work
from evaluation.runs.selectors import parts_of
from evaluation.runs.services import claim_run, execute_run
from evaluation.runs.table import STALE_AFTER
from tests.evaluation.runs.perception.scene import make_perceived, perception_study, run_of
from tests.factories.evaluation import AT, make_run

pytestmark = pytest.mark.django_db
PARTS = ["sample", "overall", "support", "by_selected", "by_sex", "comparisons"]


def work(at: datetime) -> None:
    claimed = claim_run(at=at)
    execute_run(run_id=claimed.pk, token=claimed.claim_token, clock=lambda: at)


def test_a_worker_that_dies_before_any_job_leaves_the_same_result(evaluator, monkeypatch):
    finished = run_of(evaluator, perception_study(evaluator, make_perceived(evaluator)))
    assert list(parts_of(finished)) == PARTS
    run, at, prepare = make_run(evaluator, finished.study), AT, perception_work.prepare

    def die(progress):
        raise OperationalError("killed")

    for name in PARTS:

        def dying(run: Run, name: str = name) -> Prepared:
            whole = prepare(run)
            jobs = [
                Job(job.name, job.phase, die) if job.name == name else job for job in whole.jobs
            ]
            return Prepared(whole.fingerprint, tuple(jobs))

        monkeypatch.setattr(perception_work, "prepare", dying)
        with pytest.raises(OperationalError):
            work(at)
        at += STALE_AFTER + timedelta(seconds=1)
    monkeypatch.setattr(perception_work, "prepare", prepare)
    work(at)

    run.refresh_from_db()
    assert (run.status, run.attempt) == ("succeeded", len(PARTS) + 1)
    assert json.dumps(parts_of(run)) == json.dumps(parts_of(finished))
    assert run.fingerprint == finished.fingerprint
