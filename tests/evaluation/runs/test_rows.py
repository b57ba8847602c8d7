"""The rows of a run are kept with it: the file that its numbers can be found from again."""

from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pandas as pd
import pytest
from django.conf import settings
from django.db import DatabaseError, transaction

from evaluation.models import Run, RunRows
from evaluation.runs.rows.audit import stored_rows
from evaluation.runs.rows.keeping import DamagedRows, frame_of
from evaluation.runs.services import claim_run, execute_run
from evaluation.runs.table import STALE_AFTER
from tests.evaluation.runs.impact.rows import impact_rows, impact_spec
from tests.evaluation.runs.impact.scene import make_impact_run, reading, work_on
from tests.factories.evaluation import AT, make_run, make_study, make_surveyed, make_wave

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def storage(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def rows() -> pd.DataFrame:
    return impact_rows(alliances=60)


def small_run(evaluator) -> Run:
    spec = impact_spec(outcomes=("sales_cop",), standardised=(), covariates=(), placebos=0)
    return make_impact_run(evaluator, spec)


def path_of(kept: RunRows) -> Path:
    return Path(settings.MEDIA_ROOT) / kept.file.name


def test_a_run_keeps_the_rows_that_it_read(evaluator, rows):
    run = work_on(small_run(evaluator), rows, charts=False)

    (kept,) = run.rows.all()
    pd.testing.assert_frame_equal(frame_of(kept), rows, check_dtype=False)
    assert (kept.name, kept.rows) == ("rows", len(rows))
    content = path_of(kept).read_bytes()
    assert (kept.size, kept.sha256) == (len(content), sha256(content).hexdigest())
    assert path_of(kept).stat().st_mode & 0o077 == 0  # nobody else on the machine reads it


def test_any_kind_that_gives_a_frame_keeps_it(evaluator):
    wave = make_wave(evaluator)
    make_surveyed(wave, evaluator, alliances=12, members=3)
    run = make_run(evaluator, make_study(evaluator, wave))

    claimed = claim_run(at=AT)
    execute_run(run_id=run.pk, token=claimed.claim_token, clock=lambda: AT)

    (kept,) = run.rows.all()
    assert len(frame_of(kept)) == kept.rows == 36


def test_runs_on_the_same_rows_share_one_file(evaluator, rows):
    one, other = (work_on(small_run(evaluator), rows, charts=False) for _ in range(2))

    assert one.rows.get().file.name == other.rows.get().file.name
    assert one.fingerprint == other.fingerprint


def test_a_run_goes_on_with_the_rows_that_it_began_with(evaluator, rows, monkeypatch):
    run = small_run(evaluator)

    def killed(design):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("evaluation.runs.impact.estimate.Design.heaping", killed)
        with pytest.raises(KeyboardInterrupt):
            work_on(run, rows)
    later = AT + STALE_AFTER + timedelta(seconds=1)
    run = work_on(run, rows.assign(sales_cop=0.0), clock=lambda: later, charts=False)

    assert run.status == "succeeded"
    pd.testing.assert_frame_equal(frame_of(run.rows.get()), rows, check_dtype=False)


def test_rows_that_were_damaged_are_told_and_not_read(evaluator, rows):
    kept = work_on(small_run(evaluator), rows, charts=False).rows.get()
    assert list(stored_rows(None)) == []

    path_of(kept).write_bytes(b"others")
    with pytest.raises(DamagedRows, match=f"run {kept.run_id}"):
        frame_of(kept)
    assert [str(found.what) for found in stored_rows(None)] == ["the file is another one"]

    path_of(kept).unlink()
    with pytest.raises(DamagedRows):
        frame_of(kept)
    assert [str(found.what) for found in stored_rows(None)] == ["the file is missing"]


def test_kept_rows_are_never_changed_and_belong_to_a_running_run(evaluator, rows):
    run = work_on(small_run(evaluator), rows, charts=False)
    kept = run.rows.get()

    refused = "never changed|permission denied"
    with pytest.raises(DatabaseError, match=refused), transaction.atomic():
        RunRows.objects.update(sha256="0" * 64)
    with pytest.raises(DatabaseError, match=refused), transaction.atomic():
        kept.delete()
    kept.pk, kept.name = None, "others"
    with pytest.raises(DatabaseError, match="while their run works"), transaction.atomic():
        kept.save(force_insert=True)


def test_a_worker_that_lost_its_claim_keeps_nothing(evaluator, rows):
    run = small_run(evaluator)
    claimed = claim_run(at=AT)
    claim_run(at=AT + STALE_AFTER + timedelta(seconds=1))  # another takes it over

    with reading(rows):
        execute_run(run_id=run.pk, token=claimed.claim_token, clock=lambda: AT)

    assert not RunRows.objects.exists()
