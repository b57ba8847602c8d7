"""Launch a study of any kind from the shell, as its author or as another evaluator."""

import json
import time
from typing import Any
from uuid import uuid4

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.timezone import localdate, now

from alliances.people.models import Membership
from evaluation.access import EVALUATORS
from evaluation.runs.hiding import for_programs
from evaluation.runs.models import Run
from evaluation.runs.services import claim_run, execute_run, note_reading, request_run
from evaluation.runs.table import RunStatus
from evaluation.studies.models import Study
from kit.errors import DomainError

POLL_SECONDS = 0.2


class Command(BaseCommand):
    """``launch_run --study demo-impact --wait`` works the queue and prints how the run ended."""

    help = "Launch a run of a frozen study; with --wait, work on it here until it ends."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--study", required=True, help="short name of the study, or its number")
        parser.add_argument("--user", help="username of the evaluator who launches")
        parser.add_argument("--wait", action="store_true")
        parser.add_argument(
            "--format",
            choices=["text", "json"],
            default="text",
            help="json: the run, its fingerprint and its headline, for other programs",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        study = _study(str(options["study"]))
        try:
            acting = _evaluator(options["user"] or study.author.user.username)
            run = request_run(study_id=study.pk, acting=acting, at=now(), key=uuid4())
        except DomainError as error:
            raise CommandError(error.message) from error
        self._say(options, f"Run {run.pk} is in the queue.")
        if options["wait"]:
            run = _worked(run)
            if run.status != RunStatus.SUCCEEDED:
                raise CommandError(f"Run {run.pk}: {run.status} {run.failure_reason}".strip())
            self._say(options, f"Run {run.pk} has finished. Fingerprint {run.fingerprint}")
        if options["format"] == "json":
            note_reading(run=run, acting=acting, at=now())
            self.stdout.write(json.dumps(_data(run), ensure_ascii=False, indent=2))

    def _say(self, options: dict[str, Any], words: str) -> None:
        if options["format"] == "text":
            self.stdout.write(words)


def _study(name: str) -> Study:
    studies = Study.objects.select_related("author__user")
    study = studies.filter(slug=name).first()
    if study is None and name.isdecimal():
        study = studies.filter(pk=int(name)).first()
    if study is None:
        raise CommandError(f"There is no study {name}.")
    return study


def _evaluator(username: str) -> Membership:
    evaluator = (
        Membership.objects.valid_on(localdate())
        .with_names()
        .filter(user__username=username, role__in=EVALUATORS)
        .order_by("pk")
        .first()
    )
    if evaluator is None:
        raise CommandError(f"{username} is not an evaluator today.")
    return evaluator


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


def _data(run: Run) -> dict[str, Any]:
    headline, _parts = for_programs(run, whole=True)
    return {
        "run": run.pk,
        "study": run.study.slug,
        "kind": run.kind,
        "status": run.status,
        "fingerprint": run.fingerprint,
        "headline": headline,
    }
