"""The life of a request: ask, review, clear, approve, return, send again, pay, cancel.

Every act locks the alliance first, then the request, then accounts, and is written in the audit
chain under the duty of the step it completes. Money has four hands: who asks, who gives no
objection, who approves and who pays are four people.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID, uuid5

from django.db import transaction
from django.utils.translation import gettext as _

from alliances.documents.models import DocumentVersion
from alliances.lifecycle.duties import Duty, Regime
from alliances.lifecycle.keys import is_repeated
from alliances.lifecycle.models import Alliance
from alliances.lifecycle.process import lock_alliance
from alliances.people.models import Membership
from fiduciary.disbursements.models import (
    BudgetLine,
    DisbursementRequest,
    Protocol,
    ReturnReason,
)
from fiduciary.disbursements.models.request import Outcome
from fiduciary.disbursements.protocol import is_drawn
from fiduciary.disbursements.services.checks import (
    check_budget,
    check_executing,
    check_free_cash,
    check_payment_date,
    was_found_off_plan,
)
from fiduciary.disbursements.services.clock import set_clock
from fiduciary.disbursements.services.steps import (
    check_step,
    close_stay,
    complete_step,
    enter_step,
    is_done,
    leave_for_good,
    locked_request,
    move_to,
    open_stay,
    record_act,
    steps_of,
)
from fiduciary.disbursements.table import RequestStatus, Verb
from fiduciary.ledger.models import AccountKind, TransactionKind
from fiduciary.ledger.services import Line, holding_account, post_transaction
from kit.errors import DomainError


@dataclass(frozen=True)
class Ask:
    """What a requester writes down, the first time or after a return."""

    amount_cop: Decimal
    description: str
    payee_name: str
    payee_document: str
    delivery_lead_days: int = 0
    contracting_lead_days: int = 0
    departure: str = ""


@transaction.atomic
def request_disbursement(
    *,
    budget_line_id: int,
    ask: Ask,
    acting: Membership,
    at: datetime,
    key: UUID,
    documents: Sequence[DocumentVersion] = (),
) -> DisbursementRequest:
    """Ask the trust for a payment of the plan. The same key twice is one request.

    Raises OverBudget when the line has less left, NotAllowed while the alliance is not executing
    or for anybody but who accompanies it.
    """
    line = BudgetLine.objects.select_related("crop").get(pk=budget_line_id)
    alliance = lock_alliance(line.alliance_id)
    if is_repeated(alliance, "request_disbursement", key):
        return DisbursementRequest.objects.get(client_key=key)
    check_executing(alliance)
    protocol = protocol_for(alliance)
    request = DisbursementRequest(
        alliance=alliance,
        budget_line=line,
        protocol=protocol,
        crop=line.crop,
        operation=line.operation,
        requested_at=at,
        requested_by=acting.user,
        client_key=key,
    )
    request.is_drawn = is_drawn(key, at, list(protocol.steps.all()))
    _write_ask(request, ask)
    first = steps_of(request)[1]  # the step of order one is the requester's own
    enter_step(request, first, at)
    set_clock(request, at)
    request.full_clean()
    request.save()
    request.documents.set(documents)
    open_stay(request, first, at)
    record_act(request, "request", Duty.REQUEST, acting, at, key=key, documents=documents)
    return request


@transaction.atomic
def review_disbursement(
    *, request_id: int, acting: Membership, at: datetime, note: str = "", key: UUID | None = None
) -> DisbursementRequest:
    """Complete a step that is none of the four hands. Raises NotAllowed, Conflict."""
    request = locked_request(request_id)
    if is_done(request, Verb.REVIEW, key):
        return request
    duty = check_step(request, Verb.REVIEW, acting)
    complete_step(request, acting, at, note)
    record_act(request, Verb.REVIEW, duty, acting, at, reason=note, key=key)
    return request


@transaction.atomic
def clear_disbursement(
    *, request_id: int, acting: Membership, at: datetime, note: str = "", key: UUID | None = None
) -> DisbursementRequest:
    """Give no objection: the request goes on to the trustee. The same key twice is one act.

    Raises Conflict when somebody moved it first, NotAllowed for the wrong person.
    """
    request = locked_request(request_id)
    if is_done(request, Verb.CLEAR, key):
        return request
    duty = check_step(request, Verb.CLEAR, acting)
    check_executing(request.alliance)
    request.cleared_at, request.cleared_by = at, acting.user
    complete_step(request, acting, at, note)
    record_act(request, Verb.CLEAR, duty, acting, at, reason=note, key=key)
    return request


@transaction.atomic
def approve_disbursement(
    *, request_id: int, acting: Membership, at: datetime, note: str = "", key: UUID | None = None
) -> DisbursementRequest:
    """Approve a request and set its amount aside. The same key twice is one approval.

    Raises NotEnoughFunds when the trust's cash, less what is already approved, does not cover
    it; Conflict when somebody approved or returned it first; NotAllowed for the wrong person.
    """
    request = locked_request(request_id)
    if is_done(request, Verb.APPROVE, key):
        return request
    duty = check_step(request, Verb.APPROVE, acting)
    check_executing(request.alliance)
    check_free_cash(request)
    request.status = RequestStatus.APPROVED
    request.approved_at, request.approved_by = at, acting.user
    complete_step(request, acting, at, note)
    record_act(request, Verb.APPROVE, duty, acting, at, reason=note, key=key)
    return request


@transaction.atomic
def return_disbursement(
    *,
    request_id: int,
    reason: ReturnReason,
    acting: Membership,
    at: datetime,
    note: str = "",
    key: UUID | None = None,
) -> DisbursementRequest:
    """Send a request back with a reason code; what it had been granted falls.

    Raises DomainError when «other» comes without a note, Conflict, NotAllowed.
    """
    request = locked_request(request_id)
    if is_done(request, Verb.RETURN, key):
        return request
    duty = check_step(request, Verb.RETURN, acting)
    if reason.code == "other" and not note.strip():
        raise DomainError(_("Explain what has to be corrected."))
    request.status = RequestStatus.RETURNED
    request.cleared_at = request.cleared_by = None
    request.approved_at = request.approved_by = None
    close_stay(request, Outcome.RETURNED, acting, at, note=note, reason=reason)
    move_to(request, steps_of(request)[0], at)
    text = f"{reason.name}. {note}".strip() if note.strip() else reason.name
    record_act(request, Verb.RETURN, duty, acting, at, reason=text, key=key, code=reason.code)
    return request


@transaction.atomic
def resubmit_disbursement(
    *,
    request_id: int,
    ask: Ask,
    acting: Membership,
    at: datetime,
    note: str = "",
    documents: Sequence[DocumentVersion] = (),
    key: UUID | None = None,
) -> DisbursementRequest:
    """Send a returned request again, corrected; it begins its steps anew.

    Raises OverBudget, Conflict, NotAllowed.
    """
    request = locked_request(request_id)
    if is_done(request, Verb.RESUBMIT, key):
        return request
    duty = check_step(request, Verb.RESUBMIT, acting)
    check_executing(request.alliance)
    _write_ask(request, ask)
    request.status = RequestStatus.REQUESTED
    request.requested_by = acting.user
    request.documents.add(*documents)
    complete_step(request, acting, at, note)
    record_act(request, Verb.RESUBMIT, duty, acting, at, reason=note, key=key, documents=documents)
    return request


@transaction.atomic
def pay_disbursement(
    *,
    request_id: int,
    paid_on: date,
    bank_reference: str,
    acting: Membership,
    at: datetime,
    key: UUID | None = None,
) -> DisbursementRequest:
    """Pay an approved request: money leaves the trust's account for its budget line, once.

    Raises NotEnoughFunds, Conflict when it was already paid, NotAllowed for the wrong person,
    DomainError for a date before the approval or in the future.
    """
    request = locked_request(request_id)
    if is_done(request, Verb.PAY, key):
        return request
    duty = check_step(request, Verb.PAY, acting)
    check_executing(request.alliance)
    check_payment_date(request, paid_on, at)
    cash = holding_account(alliance=request.alliance, kind=AccountKind.CASH)
    request.payment = post_transaction(
        key=uuid5(request.client_key, "payment"),
        kind=TransactionKind.PAYMENT,
        occurred_on=paid_on,
        description=f"{request.reference} · {request.payee_name} · {bank_reference}",
        lines=[
            Line(cash, -request.amount_cop),
            Line(request.budget_line.account, request.amount_cop),
        ],
        recorded_by=acting.user,
        at=at,
    )
    request.status = RequestStatus.PAID
    request.paid_at, request.paid_by = at, acting.user
    complete_step(request, acting, at, bank_reference)
    record_act(request, Verb.PAY, duty, acting, at, key=key, bank_reference=bank_reference)
    return request


@transaction.atomic
def cancel_disbursement(
    *, request_id: int, acting: Membership, at: datetime, reason: str, key: UUID | None = None
) -> DisbursementRequest:
    """Give up a returned request, with a reason; its budget is free again."""
    request = locked_request(request_id)
    if is_done(request, Verb.CANCEL, key):
        return request
    duty = check_step(request, Verb.CANCEL, acting)
    if not reason.strip():
        raise DomainError(_("Say why the request is cancelled."))
    request.status = RequestStatus.CANCELLED
    close_stay(request, Outcome.CANCELLED, acting, at, note=reason)
    leave_for_good(request)
    record_act(request, Verb.CANCEL, duty, acting, at, reason=reason, key=key)
    return request


def protocol_for(alliance: Alliance) -> Protocol:
    """The latest protocol of the regime whose every duty the call's own rules give to somebody.

    A call that opened before a duty existed froze its rules without it: its requests follow the
    version of their time. Raises DomainError when there is none.
    """
    rules = Regime.from_data(alliance.call.regime_rules)
    versions = Protocol.objects.filter(regime=alliance.call.regime).prefetch_related("steps")
    for protocol in versions.order_by("-version"):
        if all(rules.holds(Duty(step.duty)) for step in protocol.steps.all()):
            return protocol
    raise DomainError(_("No disbursement protocol has been loaded for this call's regime."))


def _write_ask(request: DisbursementRequest, ask: Ask) -> None:
    request.amount_cop = ask.amount_cop
    request.description = ask.description
    request.payee_name = ask.payee_name
    request.payee_document = ask.payee_document
    request.delivery_lead_days = ask.delivery_lead_days
    request.contracting_lead_days = ask.contracting_lead_days
    request.departure = ask.departure.strip()
    request.is_off_plan = bool(request.departure) or was_found_off_plan(request)
    request.needs_clearance = any(step.verb == Verb.CLEAR for step in steps_of(request))
    check_budget(request)
