"""What people do to runs: launch and cancel."""

from datetime import datetime
from uuid import UUID

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from alliances.people.models import Membership
from evaluation.acting import evaluate
from evaluation.runs.models import Run
from evaluation.runs.table import CANCEL_RUN, PROCESS, REQUEST_RUN, RunStatus
from evaluation.studies.models import Study
from kit.errors import Conflict, DomainError

DEFAULT_SEED = 42


def request_run(
    *, study_id: int, acting: Membership, at: datetime, key: UUID, seed: int = DEFAULT_SEED
) -> Run:
    """Put a run of a frozen study in the queue; the same key again gives the same run.

    The study's row is locked, so two launches at once come one by one and the second is told.
    Raises NotAllowed, DomainError when the study is open, Conflict when it is already running.
    """
    content = {"study": study_id, "seed": seed}
    with evaluate(REQUEST_RUN, acting=acting, at=at, key=key, content=content) as act:
        if act.earlier:
            return Run.objects.get(pk=act.earlier_row("run"))
        study = Study.objects.select_for_update(of=("self",)).get(pk=study_id)
        if not study.is_frozen:
            raise DomainError(_("Freeze the study first: it is fixed before any outcome is read."))
        _refuse_second(study)
        run = Run.objects.create(
            study=study,
            kind=study.kind,
            specification=study.specification,
            seed=seed,
            key=key,
            requested_by=acting,
            requested_at=at,
        )
        act.data |= {"run": run.pk, "study": study.pk, "name": study.title}
        return run


def cancel_run(*, run_id: int, acting: Membership, at: datetime, key: UUID | None = None) -> Run:
    """Stop a run: at once while it waits, at the next step while it is worked on.

    Asking twice is asking once. Raises NotAllowed, and Conflict when it has finished.
    """
    content = {"run": run_id}
    with evaluate(CANCEL_RUN, acting=acting, at=at, key=key, content=content) as act:
        run = Run.objects.select_for_update(of=("self",)).select_related("study").get(pk=run_id)
        if act.earlier:
            return run
        if not run.is_active:
            raise Conflict(
                _("This run has already ended: %(status)s.") % {"status": run.get_status_display()}
            )
        if run.cancel_requested_at:
            act.skip()
        else:
            run.cancel_requested_at, run.cancel_requested_by = at, acting
        if run.status == RunStatus.QUEUED:
            run.status = PROCESS.target("cancel", run.status)
            run.finished_at = at
        run.save()
        act.data |= {"run": run.pk, "study": run.study_id, "name": run.study.title}
        return run


def _refuse_second(study: Study) -> None:
    active = study.runs.active().select_related("requested_by__user").first()
    if active:
        raise Conflict(
            _("This study is already running: %(person)s launched it on %(at)s.")
            % {
                "person": active.requested_by.user.display_name,
                "at": date_format(localtime(active.requested_at), "DATETIME_FORMAT"),
            }
        )
