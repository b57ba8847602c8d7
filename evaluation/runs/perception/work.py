"""The work of a perception run: only workers import this."""

from collections.abc import Callable, Iterator
from functools import partial

from evaluation.runs.drawing import Drawn
from evaluation.runs.jobs import Job, Parts, Prepared, Progress
from evaluation.runs.models import Run
from evaluation.runs.perception import figures
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


def draw(run: Run, parts: Parts) -> Iterator[Drawn]:
    """The charts, in the language that is active."""
    return figures.draw(run, parts)


def _jobs(survey: Survey) -> Iterator[Job]:
    def job(name: str, phase: str, find: Callable[[], object], weight: float = 1.0) -> Job:
        def work(progress: Progress) -> object:
            return find()

        return Job(name, phase, work, weight)

    yield job("sample", "overall", survey.sample)
    yield job("overall", "overall", survey.overall)
    yield job("support", "overall", survey.support)
    for group in survey.spec.groups:
        yield job(f"by_{group}", "groups", partial(survey.by, group), 2)
    yield job("comparisons", "comparisons", survey.comparisons, 2)
