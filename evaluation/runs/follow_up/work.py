"""The work of a follow-up run: only workers import this."""

from collections.abc import Iterator
from functools import partial

from evaluation.runs.follow_up.estimate import FollowUp
from evaluation.runs.jobs import Job, Prepared, job
from evaluation.runs.models import Run
from evaluation.studies.dataset import fingerprint, follow_up_rows
from evaluation.studies.follow_up_spec import FollowUpSpec


def prepare(run: Run) -> Prepared:
    """Read the rows. All alliances come first; survival and groups are jobs of their own."""
    spec = FollowUpSpec.from_data(run.specification)
    looks, people = follow_up_rows(run.study.wave, spec)
    return Prepared(fingerprint(looks, people), tuple(_jobs(FollowUp(looks, people, spec))))


def _jobs(follow_up: FollowUp) -> Iterator[Job]:
    yield job("looks", follow_up.funnel)
    yield job("looks", follow_up.overall)
    yield job("survival", follow_up.survival)
    for group in follow_up.spec.groups:
        yield job("groups", partial(follow_up.by, group), name=f"by_{group}")
