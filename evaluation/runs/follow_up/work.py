"""The work of a follow-up run: only workers import this."""

from collections.abc import Callable, Iterator
from functools import partial

from evaluation.runs.drawing import Drawn
from evaluation.runs.follow_up import figures
from evaluation.runs.follow_up.estimate import FollowUp
from evaluation.runs.jobs import Job, Parts, Prepared, Progress
from evaluation.runs.models import Run
from evaluation.studies.dataset import fingerprint, follow_up_rows
from evaluation.studies.follow_up_spec import FollowUpSpec


def prepare(run: Run) -> Prepared:
    """Read the rows. All alliances come first; survival and groups are jobs of their own."""
    spec = FollowUpSpec.from_data(run.specification)
    looks, people = follow_up_rows(run.study.wave, spec)
    return Prepared(fingerprint(looks, people), tuple(_jobs(FollowUp(looks, people, spec))))


def draw(run: Run, parts: Parts) -> Iterator[Drawn]:
    """The charts, in the language that is active."""
    return figures.draw(run, parts)


def _jobs(follow_up: FollowUp) -> Iterator[Job]:
    def job(name: str, phase: str, find: Callable[[], object]) -> Job:
        def work(progress: Progress) -> object:
            return find()

        return Job(name, phase, work)

    yield job("funnel", "looks", follow_up.funnel)
    yield job("overall", "looks", follow_up.overall)
    yield job("survival", "survival", follow_up.survival)
    for group in follow_up.spec.groups:
        yield job(f"by_{group}", "groups", partial(follow_up.by, group))
