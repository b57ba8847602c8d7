"""Moving a request through the steps of its protocol: one act, one stay closed, one opened."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from uuid import UUID

from django.db import transaction
from django.db.models import Prefetch
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from alliances.documents.models import DocumentVersion
from alliances.lifecycle.acting import Content, OpenAct, act_on, lock_alliance
from alliances.lifecycle.duties import Duty
from alliances.people.models import Membership
from alliances.territory.workdays import working_days_between
from fiduciary.disbursements.models import (
    DisbursementRequest,
    ProtocolStep,
    ReturnReason,
    StepRecord,
)
from fiduciary.disbursements.models.request import StayOutcome
from fiduciary.disbursements.protocol import step_after
from fiduciary.disbursements.selectors import (
    as_act,
    is_with_its_writers,
    stays_with_names,
    steps_of,
)
from fiduciary.disbursements.services.clock import set_clock
from fiduciary.disbursements.table import ACT_OF, COMPLETING, PROCESS, WRITERS, Verb
from kit.errors import Conflict, NotAllowed


@contextmanager
def act_on_request(
    request_id: int,
    verb: Verb,
    *,
    acting: Membership,
    at: datetime,
    key: UUID | None,
    seen: str | None = None,
    content: Content | None = None,
    reason: str = "",
    reason_code: str = "",
    documents: Sequence[DocumentVersion] = (),
) -> Iterator[tuple[DisbursementRequest, OpenAct]]:
    """One act on a request, under the duty of the step where it stands; then its new status.

    The alliance is locked first, then the request: the order every service keeps. ``seen`` is the
    ``version`` that the person read. Raises what ``act_on`` does, Conflict when somebody moved the
    request first, NotAllowed when it waits for another step.
    """
    with transaction.atomic():
        alliance = lock_alliance(disbursement_requests=request_id)
        request = (
            DisbursementRequest.objects.select_for_update(of=("self",))
            .select_related("budget_line__account", "step", "protocol", "crop")
            .prefetch_related(Prefetch("step_records", stays_with_names()))
            .get(pk=request_id)
        )
        request.alliance = alliance
        own = [stay for stay in request.step_records.all() if stay.by_id == acting.user_id]
        with act_on(
            alliance,
            ACT_OF[verb],
            acting=acting,
            at=at,
            key=key,
            seen=seen,
            version=request.version,
            content={"request": request_id, **(content or {})},
            duty=partial(duty_now, request, verb),
            on_request=tuple(as_act(stay) for stay in own),
            reason=reason,
            reason_code=reason_code,
            documents=documents,
        ) as act:
            if act.earlier is None:
                request.status = PROCESS.target(verb, request.status)
            yield request, act
            act.data |= told_of(request)


def told_of(request: DisbursementRequest) -> dict[str, int | str]:
    """What every event about a request says of it."""
    return {
        "request": request.pk,
        "name": request.reference,
        "amount_cop": str(request.amount_cop),
    }


def duty_now(request: DisbursementRequest, verb: Verb) -> Duty:
    """The duty that ``verb`` exercises where the request stands.

    Raises Conflict when somebody moved the request first, NotAllowed when it waits for another
    step.
    """
    step = request.step
    is_of_step = step and (verb not in COMPLETING or step.verb == verb)
    if not (step and is_of_step and PROCESS.move(verb, request.status)):
        raise _why_not(request, verb)
    if verb not in WRITERS:
        return Duty(step.duty)
    if not is_with_its_writers(request):
        raise _why_not(request, verb)
    return Duty.REQUEST


def _why_not(request: DisbursementRequest, verb: Verb) -> Conflict | NotAllowed:
    """Who moved the request away from where ``verb`` was possible, or what it waits for."""
    left = [stay for stay in request.step_records.all() if stay.left_at]
    last = left[-1] if left else None
    if last and last.by and last.left_at:
        return Conflict(
            _(
                "«%(verb)s» is no longer possible: "
                "%(person)s left this request «%(status)s» on %(on)s."
            )
            % {
                "verb": verb.label,
                "person": last.by.display_name,
                "status": request.get_status_display(),
                "on": date_format(localtime(last.left_at), "SHORT_DATETIME_FORMAT"),
            }
        )
    step = request.step
    return NotAllowed(
        _("«%(verb)s» is not possible yet: the request waits for «%(step)s».")
        % {"verb": verb.label, "step": step.name if step else ""}
    )


def complete_step(
    request: DisbursementRequest, acting: Membership, at: datetime, note: str
) -> None:
    """Close the present stay as done and open the next one, if the protocol has more steps."""
    done = request.step
    if done is None:
        raise ValueError("A request that stands at no step has none to complete.")
    close_stay(request, StayOutcome.DONE, acting, at, note=note)
    following = step_after(steps_of(request), done)
    if following:
        move_to(request, following, at)
    else:
        leave_for_good(request)


def enter_step(request: DisbursementRequest, step: ProtocolStep, at: datetime) -> None:
    """Place the request at a step and read its clock there, unsaved."""
    request.step, request.step_since = step, at
    set_clock(request, at)


def move_to(request: DisbursementRequest, step: ProtocolStep, at: datetime) -> None:
    """Save the request at its next step and start counting its time there."""
    enter_step(request, step, at)
    request.save()
    open_stay(request, step, at)


def leave_for_good(request: DisbursementRequest) -> None:
    """Take the request out of its protocol: it was paid or cancelled."""
    request.step = request.step_since = None
    request.save()


def open_stay(request: DisbursementRequest, step: ProtocolStep, at: datetime) -> None:
    """Start counting the time of a saved request at a step."""
    StepRecord.objects.create(request=request, step=step, entered_at=at)


def close_stay(
    request: DisbursementRequest,
    outcome: StayOutcome,
    acting: Membership,
    at: datetime,
    *,
    note: str = "",
    reason: ReturnReason | None = None,
) -> None:
    """Finish the present stay: how it ended, by whose hand and after how many working days."""
    stay = next(row for row in request.step_records.all() if row.left_at is None)
    entered_on, left_on = localtime(stay.entered_at).date(), localtime(at).date()
    stay.left_at = at
    stay.working_days = max(working_days_between(entered_on, left_on), 0)
    stay.outcome = outcome
    stay.by, stay.organisation = acting.user, acting.organisation
    stay.reason, stay.note = reason, note.strip()
    stay.save()
