"""The work of a perception run: only workers import this."""

from collections.abc import Iterator
from functools import partial

from evaluation.runs.jobs import Job, Prepared, job
from evaluation.runs.models import Run
from evaluation.runs.perception.estimate import Survey
from evaluation.runs.perception.selectors import answer_codes
from evaluation.runs.rows.keeping import RunFrames
from evaluation.studies.dataset import fingerprint, perception_rows
from evaluation.studies.perception_spec import PerceptionSpec

#: Its frame stays with the run: nothing describes its columns, so it is not given away.
ANSWERS = "answers"


def prepare(run: Run) -> Prepared:
    """Read the rows. Everybody comes first; each way of telling people apart is a job."""
    spec = PerceptionSpec.from_data(run.specification)
    wave = run.study.required_wave
    frames = RunFrames(run)
    rows = frames.take(ANSWERS, lambda: perception_rows(wave, spec))
    jobs = tuple(_jobs(Survey(rows, spec, answer_codes(wave, spec))))
    digits = frames.fingerprint(lambda: fingerprint(rows))
    return Prepared(digits, jobs, frames.by_name, frames.source)


def _jobs(survey: Survey) -> Iterator[Job]:
    yield job("overall", survey.sample)
    yield job("overall", survey.overall)
    yield job("overall", survey.support)
    for group in survey.spec.groups:
        yield job("groups", partial(survey.by, group), 2, name=f"by_{group}")
    yield job("comparisons", survey.comparisons, 2)
