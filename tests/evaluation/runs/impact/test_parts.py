"""An impact run is interrupted before each of its jobs: what it leaves is the same."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import OperationalError

from alliances.models import Membership
from evaluation.models import Run
from evaluation.runs.impact import work as impact_work
from evaluation.runs.jobs import Job, Prepared
from evaluation.runs.selectors import parts_of
from evaluation.runs.services import claim_run, execute_run
from evaluation.runs.table import STALE_AFTER
from tests.evaluation.estimators.rd.test_expected import table
from tests.evaluation.runs.impact.files import run_of, synthetic_wave
from tests.factories.alliances import make_membership
from tests.factories.evaluation import AT, make_run

pytestmark = pytest.mark.django_db
PARTS = [
    "funnel",
    "headline",
    "plots",
    "density",
    "density_departments",
    "heaping",
    "corrected",
    "balance",
    "specifications",
    "bandwidths",
    "donut",
    "placebo",
    "cutoffs",
    "honest",
    "alliances",
    "departments",
]
ASKED = {
    "outcomes": ("ventas_cop",),
    "treatment": "answer",
    "treatment_variable": "participo",
    "covariates": ("edad", "mujer"),
    "balance_draws": 49,
}


@pytest.fixture(scope="module")
def evaluator(module_rows: None) -> Membership:
    return make_membership("evaluator")


@pytest.fixture(scope="module")
def finished(evaluator) -> Run:
    wave = synthetic_wave(evaluator, table("alianzas_sintetico.csv"))
    return run_of(evaluator, wave, **ASKED)


@pytest.fixture
def dying(monkeypatch) -> Callable[[str | None], None]:
    """Let the worker die before the job of this name."""
    prepare = impact_work.prepare

    def before(name: str | None) -> None:
        def prepared(run: Run) -> Prepared:
            whole = prepare(run)
            return Prepared(whole.fingerprint, tuple(map(mortal, whole.jobs)))

        def mortal(job: Job) -> Job:
            return Job(job.name, job.phase, die) if job.name == name else job

        monkeypatch.setattr(impact_work, "prepare", prepared)

    def die(progress):
        raise OperationalError("killed")

    return before


def work(at: datetime) -> None:
    claimed = claim_run(at=at)
    execute_run(run_id=claimed.pk, token=claimed.claim_token, clock=lambda: at)


def test_the_headline_comes_first_and_every_check_is_a_part(finished):
    assert list(parts_of(finished)) == PARTS


def test_a_worker_that_dies_before_any_job_leaves_the_same_result(evaluator, finished, dying):
    run, at = make_run(evaluator, finished.study), AT

    for name in PARTS:
        dying(name)
        with pytest.raises(OperationalError):
            work(at)
        assert list(parts_of(run)) == PARTS[: PARTS.index(name)]
        at += STALE_AFTER + timedelta(seconds=1)
    dying(None)
    work(at)

    run.refresh_from_db()
    assert (run.status, run.attempt) == ("succeeded", len(PARTS) + 1)
    assert json.dumps(parts_of(run)) == json.dumps(parts_of(finished))
    assert run.fingerprint == finished.fingerprint
    drawn = [
        list(each.drawings.order_by("name", "language", "theme").values_list("name", "svg"))
        for each in (run, finished)
    ]
    assert drawn[0] == drawn[1]
