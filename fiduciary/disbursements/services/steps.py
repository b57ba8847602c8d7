"""Moving a request through the steps of its protocol, and writing each act in the audit chain."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from alliances.documents.models import DocumentVersion
from alliances.lifecycle.duties import Duty
from alliances.lifecycle.keys import is_repeated
from alliances.lifecycle.process import lock_alliance, record
from alliances.people.models import Membership
from alliances.territory.workdays import working_days_between
from fiduciary.disbursements.models import (
    DisbursementRequest,
    ProtocolStep,
    ReturnReason,
    StepRecord,
)
from fiduciary.disbursements.models.request import Outcome
from fiduciary.disbursements.protocol import step_after, steps_for
from fiduciary.disbursements.selectors import may_take
from fiduciary.disbursements.services.clock import set_clock
from fiduciary.disbursements.table import COMPLETING, Verb, move
from kit.access import require
from kit.errors import Conflict, NotAllowed
from kit.figures import cop


def locked_request(request_id: int) -> DisbursementRequest:
    """The request with its alliance locked first: the order every service keeps."""
    alliance_id = DisbursementRequest.objects.values_list("alliance", flat=True).get(pk=request_id)
    alliance = lock_alliance(alliance_id)
    request = (
        DisbursementRequest.objects.select_for_update(of=("self",))
        .select_related("budget_line__account", "step", "protocol", "crop")
        .get(pk=request_id)
    )
    request.alliance = alliance
    return request


def is_done(request: DisbursementRequest, verb: Verb, key: UUID | None) -> bool:
    """True when this very act was already written. Raises Conflict for a key used elsewhere."""
    return is_repeated(request.alliance, f"{verb}_disbursement", key, request=request.pk)


def check_step(request: DisbursementRequest, verb: Verb, acting: Membership) -> Duty:
    """The duty that ``verb`` exercises now.

    Raises Conflict when somebody moved the request first, NotAllowed when it waits for another
    step or this person may not take this one.
    """
    step = request.step
    if move(verb, request.status) and step and (verb not in COMPLETING or step.verb == verb):
        require(may_take(request, acting))
        return Duty(step.duty)
    raise _why_not(request, verb)


def _why_not(request: DisbursementRequest, verb: Verb) -> Conflict | NotAllowed:
    """Who moved the request away from where ``verb`` was possible, or what it waits for."""
    last = (
        request.step_records.filter(left_at__isnull=False)
        .select_related("by", "step")
        .order_by("-left_at", "-pk")
        .first()
    )
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


def steps_of(request: DisbursementRequest) -> list[ProtocolStep]:
    """The steps of its protocol that the request goes through, in order."""
    return steps_for(list(request.protocol.steps.order_by("order")), request.case)


def complete_step(
    request: DisbursementRequest, acting: Membership, at: datetime, note: str
) -> None:
    """Close the present stay as done and open the next one, if the protocol has more steps."""
    done = request.step
    if done is None:
        raise ValueError("A request that stands at no step has none to complete.")
    close_stay(request, Outcome.DONE, acting, at, note=note)
    following = step_after(steps_of(request), done)
    if following:
        move_to(request, following, at)
    else:
        leave_for_good(request)


def enter_step(request: DisbursementRequest, step: ProtocolStep, at: datetime) -> None:
    """Place the request at a step, unsaved."""
    request.step, request.step_since = step, at


def move_to(request: DisbursementRequest, step: ProtocolStep, at: datetime) -> None:
    """Save the request at its next step and start counting its time there."""
    enter_step(request, step, at)
    set_clock(request, at)
    request.full_clean()
    request.save()
    open_stay(request, step, at)


def leave_for_good(request: DisbursementRequest) -> None:
    """Take the request out of its protocol: it was paid or cancelled."""
    request.step = request.step_since = None
    request.full_clean()
    request.save()


def open_stay(request: DisbursementRequest, step: ProtocolStep, at: datetime) -> None:
    """Start counting the time of a saved request at a step."""
    StepRecord.objects.create(request=request, step=step, entered_at=at)


def close_stay(
    request: DisbursementRequest,
    outcome: Outcome,
    acting: Membership,
    at: datetime,
    *,
    note: str = "",
    reason: ReturnReason | None = None,
) -> None:
    """Finish the present stay: how it ended, by whose hand and after how many working days."""
    stay = request.step_records.get(left_at__isnull=True)
    entered_on, left_on = localtime(stay.entered_at).date(), localtime(at).date()
    stay.left_at = at
    stay.working_days = max(working_days_between(entered_on, left_on), 0)
    stay.outcome = outcome
    stay.by, stay.organisation = acting.user, acting.organisation
    stay.reason, stay.note = reason, note.strip()
    stay.save()


def record_act(
    request: DisbursementRequest,
    verb: str,
    duty: Duty,
    acting: Membership,
    at: datetime,
    *,
    reason: str = "",
    key: UUID | None = None,
    documents: Sequence[DocumentVersion] = (),
    **extra: str,
) -> None:
    """Write the act in the alliance's audit chain; the judge of duties may refuse it."""
    record(
        alliance=request.alliance,
        verb=f"{verb}_disbursement",
        duty=duty,
        acting=acting,
        at=at,
        reason=reason,
        data={
            "request": request.pk,
            "name": f"{request.reference} · {cop(request.amount_cop)}",
            "amount_cop": str(request.amount_cop),
            **extra,
        },
        documents=documents,
        key=key,
    )
