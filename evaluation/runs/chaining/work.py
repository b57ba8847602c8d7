"""The work of a chaining run: only workers import this."""

from evaluation.estimators.chaining.estimating import estimate_chaining
from evaluation.estimators.chaining.spec import ChainingSpec
from evaluation.runs.jobs import Job, Prepared, Progress
from evaluation.runs.models import Run
from evaluation.runs.rows.keeping import RunFrames
from evaluation.runs.rows.models import ROWS
from evaluation.studies.dataset import chaining_rows, fingerprint
from evaluation.surveys.selectors import not_withdrawn

#: How much of the job is over when each phase begins; models take nearly all the time.
BEGINS = {"index": 0.0, "shares": 0.02, "models": 0.05}


def prepare(run: Run) -> Prepared:
    """Read the rows; everything is estimated in one job. ValueError means unfit data."""
    spec = ChainingSpec.from_data(run.specification)
    wave = run.study.required_wave
    frames = RunFrames(run)
    rows = frames.take(ROWS, lambda: chaining_rows(wave, spec))
    responses = wave.responses.filter(not_withdrawn(wave)).count()

    def estimate(progress: Progress) -> dict[str, object]:
        result = estimate_chaining(rows, spec, seed=run.seed, progress=_within_job(progress))
        return {"responses_in_wave": responses, **result.to_data()}

    jobs = (Job("chaining", "index", estimate),)
    digits = frames.fingerprint(lambda: fingerprint(rows))
    return Prepared(digits, jobs, frames.by_name, frames.source)


def _within_job(progress: Progress) -> Progress:
    def report(phase: str, done: float) -> None:
        start = BEGINS[phase]
        progress(phase, start + (1 - start) * done if phase == "models" else start)

    return report
