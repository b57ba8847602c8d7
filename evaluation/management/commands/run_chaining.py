"""Launch a chaining study from the shell, as its author or as another evaluator."""

import time
from typing import Any
from uuid import uuid4

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.timezone import localdate, now

from alliances.people.models import Membership
from evaluation.access import EVALUATORS
from evaluation.runs.models import Run
from evaluation.runs.services import claim_run, execute_run, request_run
from evaluation.runs.table import Status
from evaluation.studies.models import Study
from kit.errors import DomainError

POLL_SECONDS = 0.5


class Command(BaseCommand):
    """``run_chaining --study 3 --wait`` launches, works the queue and prints how it ended."""

    help = "Launch a run of a chaining study; with --wait, work on it here until it ends."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--study", type=int, required=True)
        parser.add_argument("--user", help="username of the evaluator who launches")
        parser.add_argument("--wait", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        study = Study.objects.select_related("author__user").filter(pk=options["study"]).first()
        if study is None:
            raise CommandError(f"There is no study {options['study']}.")
        try:
            acting = _evaluator(options["user"] or study.author.user.username)
            run = request_run(study_id=study.pk, acting=acting, at=now(), client_key=uuid4())
        except DomainError as error:
            raise CommandError(error.message) from error
        self.stdout.write(f"Run {run.pk} is in the queue.")
        if options["wait"]:
            self._report(_worked(run))

    def _report(self, run: Run) -> None:
        if run.status != Status.SUCCEEDED:
            raise CommandError(f"Run {run.pk}: {run.status} {run.failure_reason}".strip())
        self.stdout.write(f"Run {run.pk} has finished. Fingerprint {run.fingerprint}")


def _evaluator(username: str) -> Membership:
    found = (
        Membership.objects.valid_on(localdate())
        .with_names()
        .filter(user__username=username, role__in=EVALUATORS)
        .order_by("pk")
        .first()
    )
    if found is None:
        raise CommandError(f"{username} is not an evaluator today.")
    return found


def _worked(run: Run) -> Run:
    """The run once it has ended: worked on here, or by whoever took it first."""
    while run.is_active:
        claimed = claim_run(at=now())
        if claimed and claimed.claim_token:
            execute_run(run_id=claimed.pk, token=claimed.claim_token, clock=now)
        else:
            time.sleep(POLL_SECONDS)
        run.refresh_from_db()
    return run
