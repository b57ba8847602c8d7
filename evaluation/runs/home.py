"""What an evaluation asks of its evaluators, for the home page: files, studies and runs."""

from datetime import datetime, timedelta

from django.db.models import OuterRef, Q, Subquery
from django.urls import reverse
from django.utils.translation import gettext as _

from alliances.lifecycle.desk import Desk
from alliances.lifecycle.home import LIMIT, HomeItem, by_urgency
from evaluation.access import can_evaluate
from evaluation.runs.models import Run
from evaluation.runs.table import Failure, RunStatus
from evaluation.studies.models import Study
from evaluation.surveys.models import SurveyImport
from kit.tones import Tone

#: For so long a finished run is news.
NEWS = timedelta(days=7)


def waiting_for(desk: Desk) -> list[HomeItem]:
    """Files to confirm, studies to freeze or to run, and runs that failed or have just ended."""
    if not can_evaluate(desk.membership):
        return []
    return by_urgency([*map(_file, _pending_imports()), *map(_study, _studies(desk.at))])[:LIMIT]


def _pending_imports() -> list[SurveyImport]:
    waiting = SurveyImport.objects.filter(status=SurveyImport.Status.PENDING)
    return list(waiting.select_related("wave").defer("content").order_by("received_at")[:LIMIT])


def _studies(at: datetime) -> list[Study]:
    """Studies with their latest run, when they or it ask for something."""
    latest = Run.objects.filter(study=OuterRef("pk")).order_by("-requested_at", "-pk")
    last = {
        f"last_{name}": Subquery(latest.values(name)[:1])
        for name in ("pk", "status", "finished_at", "failure_reason")
    }
    never_run, failed = Q(last_status__isnull=True), Q(last_status=RunStatus.FAILED)
    news = Q(last_status=RunStatus.SUCCEEDED, last_finished_at__gte=at - NEWS)
    studies = (
        Study.objects.filter(discarded_at__isnull=True)
        .annotate(**last)
        .filter(never_run | failed | news)
    )
    return list(studies.select_related("wave").order_by("created_at", "pk")[:LIMIT])


def _file(waiting: SurveyImport) -> HomeItem:
    return HomeItem(
        title=waiting.file_name,
        alliance=str(waiting.wave),
        why=_("This file of answers waits to be confirmed"),
        tone=waiting.status_tone,
        url=reverse("evaluation:import-detail", args=[waiting.pk]),
        action=_("Check the file"),
        since=waiting.received_at,
        alliance_id=0,
        task="file",
    )


def _study(study: Study) -> HomeItem:
    row = vars(study)
    if row["last_status"]:
        tone = RunStatus(row["last_status"]).tone
        action, why = _run_in_words(row["last_status"], row["last_failure_reason"])
    elif study.is_frozen:  # what is missing is its run
        tone = Tone.ATTENTION
        action, why = _("Launch the run"), _("Frozen and not run yet")
    else:
        tone = study.status_tone
        action, why = _("Freeze the study"), _("Open: it is run once it is frozen")
    name, pk = ("run", row["last_pk"]) if row["last_pk"] else ("study", study.pk)
    return HomeItem(
        title=study.title,
        alliance=study.source,
        why=why,
        tone=tone,
        url=reverse(f"evaluation:{name}-detail", args=[pk]),
        action=action,
        since=row["last_finished_at"] or study.frozen_at or study.created_at,
        alliance_id=0,
        task=name,
    )


def _run_in_words(status: str, failure: str) -> tuple[str, str]:
    """The button and the sentence of a run that has ended."""
    if status != RunStatus.FAILED:
        return _("Read the result"), _("The run has finished")
    reason = Failure(failure).label if failure else ""
    return _("See the run"), _("The run failed: %(reason)s") % {"reason": reason}
