"""Impact runs in a database, on rows that are not in it: what a page shows needs no more."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from datetime import datetime
from unittest.mock import patch
from uuid import uuid4

import pandas as pd

from alliances.models import Membership
from evaluation.models import Run, Wave
from evaluation.runs.services import claim_run, execute_run, request_run
from evaluation.studies.impact_spec import ImpactSpec
from evaluation.studies.services import create_study, freeze_study
from tests.factories.alliances import make_department
from tests.factories.evaluation import AT, make_wave


def make_impact_run(evaluator: Membership, spec: ImpactSpec, wave: Wave | None = None) -> Run:
    """A run that waits, of a frozen study of its own."""
    for code, name in (("05", "Antioquia"), ("13", "Bolívar"), ("52", "Nariño")):
        make_department(code, name)
    study = create_study(
        title=f"Impacto {uuid4().hex[:6]}",
        wave_id=(wave or make_wave(evaluator)).pk,
        specification=spec,
        acting=evaluator,
        at=AT,
    )
    freeze_study(study_id=study.pk, acting=evaluator, at=AT)
    return request_run(study_id=study.pk, acting=evaluator, at=AT, key=uuid4())


def work_on(
    run: Run,
    rows: pd.DataFrame,
    clock: Callable[[], datetime] = lambda: AT,
    *,
    charts: bool = True,
) -> Run:
    """Execute the run on these rows; without its charts where nobody looks at them."""
    claimed = claim_run(at=clock())
    assert claimed
    with reading(rows), nullcontext() if charts else undrawn():
        execute_run(run_id=claimed.pk, token=claimed.claim_token, clock=clock)
    run.refresh_from_db()
    return run


@contextmanager
def reading(rows: pd.DataFrame) -> Iterator[None]:
    """Workers read these rows instead of the stored ones."""
    stamp = str(pd.util.hash_pandas_object(rows).sum())
    with (
        patch("evaluation.runs.rows.keeping.stamp_of_rows", lambda study: stamp),
        patch("evaluation.runs.impact.work.impact_rows", lambda wave, spec: rows),
        patch("evaluation.runs.impact.work.decided_scores", lambda wave, spec: None),
    ):
        yield


@contextmanager
def undrawn() -> Iterator[None]:
    """Runs end without charts, which take about as long as their numbers."""
    with patch("evaluation.runs.services.execution.draw_all", lambda run, draw: []):
        yield
