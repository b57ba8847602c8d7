"""The work of an impact run: only workers import this."""

from collections.abc import Iterator

from evaluation.runs.impact.estimate import Design
from evaluation.runs.jobs import Job, Prepared, job
from evaluation.runs.models import Run
from evaluation.runs.rows.keeping import RunFrames
from evaluation.runs.rows.models import ROWS
from evaluation.studies.dataset import decided_scores, fingerprint, impact_rows
from evaluation.studies.impact_spec import ImpactSpec


def prepare(run: Run) -> Prepared:
    """Read the rows. The headline comes first; every check is a job of its own."""
    spec = ImpactSpec.from_data(run.specification)
    wave = run.study.required_wave
    frames = RunFrames(run)
    rows = frames.take(ROWS, lambda: impact_rows(wave, spec))
    scores = frames.take("scores", lambda: decided_scores(wave, spec))
    read = [rows] if scores is None else [rows, scores]
    digits = frames.fingerprint(lambda: fingerprint(*read))
    jobs = tuple(_jobs(Design(rows, spec, run.seed, scores)))
    return Prepared(digits, jobs, frames.by_name, frames.source)


def _jobs(design: Design) -> Iterator[Job]:
    yield job("headline", design.funnel)
    yield job("headline", design.headline)
    yield job("headline", design.plots)
    yield job("scores", design.density)
    yield job("scores", design.density_departments, 2)
    yield job("scores", design.heaping)
    if design.spec.covariates:
        yield job("balance", design.corrected)
        yield job("balance", design.balance, 4)
    yield job("settings", design.specifications, 3)
    yield job("settings", design.bandwidths)
    yield job("settings", design.donut)
    yield job("settings", design.placebo, 3)
    yield job("settings", design.cutoffs, 2)
    yield job("settings", design.honest)
    yield job("departments", design.alliances, 3)
    yield job("departments", design.departments, 4)
