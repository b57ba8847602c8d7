"""What people do to runs: launch and cancel."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from alliances.people.models import Membership
from evaluation.access import can_evaluate
from evaluation.runs.models import Run
from evaluation.runs.table import Status
from evaluation.studies.models import Study
from kit.access import require
from kit.errors import Conflict, DomainError

DEFAULT_SEED = 42


@transaction.atomic
def request_run(
    *, study_id: int, acting: Membership, at: datetime, client_key: UUID, seed: int = DEFAULT_SEED
) -> Run:
    """Put a run of a frozen study in the queue; the same key again gives the same run.

    The study's row is locked, so two launches at once come one by one and the second is told.
    Raises NotAllowed, DomainError when the study is open, Conflict when it is already running.
    """
    require(can_evaluate(acting))
    study = Study.objects.select_for_update(of=("self",)).get(pk=study_id)
    same = study.runs.filter(client_key=client_key).first()
    if same:
        return same
    if not study.is_frozen:
        raise DomainError(_("Freeze the study first: it is fixed before any outcome is read."))
    _refuse_second(study)
    return Run.objects.create(
        study=study,
        kind=study.kind,
        specification=study.specification,
        seed=seed,
        client_key=client_key,
        requested_by=acting,
        requested_at=at,
    )


@transaction.atomic
def cancel_run(*, run_id: int, acting: Membership, at: datetime) -> Run:
    """Stop a run: at once while it waits, at the next step while it is worked on.

    Asking twice is asking once. Raises NotAllowed, and Conflict when it has finished.
    """
    require(can_evaluate(acting))
    run = Run.objects.select_for_update().get(pk=run_id)
    if not run.is_active:
        raise Conflict(
            _("This run has already ended: %(status)s.") % {"status": run.get_status_display()}
        )
    if run.cancel_requested_at is None:
        run.cancel_requested_at = at
        run.cancel_requested_by = acting
    if run.status == Status.QUEUED:
        run.status = Status.CANCELLED
        run.finished_at = at
    run.save()
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
