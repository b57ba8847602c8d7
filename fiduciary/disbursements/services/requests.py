"""The life of a request: ask, correct, review, clear, approve, return, send again, pay, cancel.

Every act locks the alliance first, then the request, then accounts, and is written in the audit
chain under the duty of the step it completes. Money has four hands: who asks, who gives no
objection, who approves and who pays are four people.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID, uuid5

from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from alliances.documents.models import DocumentVersion
from alliances.lifecycle.acting import act_on
from alliances.lifecycle.duties import Duty, Regime
from alliances.lifecycle.models import Alliance
from alliances.people.models import Membership
from fiduciary.disbursements.models import (
    BudgetLine,
    DisbursementRequest,
    Protocol,
    ReturnReason,
)
from fiduciary.disbursements.models.request import StayOutcome
from fiduciary.disbursements.protocol import is_drawn
from fiduciary.disbursements.selectors import return_reasons, steps_of
from fiduciary.disbursements.services.checks import (
    check_ask,
    check_bank_reference,
    check_budget,
    check_free_cash,
    check_payment_date,
    was_drawn_and_given_up,
    was_found_off_plan,
)
from fiduciary.disbursements.services.steps import (
    act_on_request,
    close_stay,
    complete_step,
    enter_step,
    leave_for_good,
    move_to,
    open_stay,
    told_of,
)
from fiduciary.disbursements.table import REQUEST_DISBURSEMENT, Verb
from fiduciary.ledger.models import AccountKind, TransactionKind
from fiduciary.ledger.services import Line, holding_account, post_transaction
from kit.errors import DomainError
from kit.validation import clean_own_fields

V = Verb


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


def request_disbursement(
    *,
    budget_line_id: int,
    ask: Ask,
    acting: Membership,
    at: datetime,
    key: UUID,
    documents: Sequence[DocumentVersion] = (),
    despite: str | None = None,
) -> DisbursementRequest:
    """Ask the trust for a payment of the plan. The same key twice is one request.

    Raises Unconfirmed for the twin of an open request or a document used before, OverBudget when
    the line has less left, NotAllowed while the alliance is not executing or for anybody but who
    accompanies it.
    """
    with act_on(
        {"budget_lines": budget_line_id},
        REQUEST_DISBURSEMENT,
        acting=acting,
        at=at,
        key=key,
        content={"line": budget_line_id, "despite": despite, **asdict(ask)},
        documents=documents,
    ) as act:
        if act.earlier:
            return DisbursementRequest.objects.get(pk=act.earlier_row("request"))
        line = BudgetLine.objects.select_related("crop").get(pk=budget_line_id)
        protocol = protocol_for(act.alliance, on=localtime(at).date())
        request = DisbursementRequest(
            alliance=act.alliance,
            budget_line=line,
            protocol=protocol,
            crop=line.crop,
            operation=line.operation,
            requested_at=at,
            requested_by=acting.user,
            key=key,
        )
        drawn_now = is_drawn(key, at, list(protocol.steps.all()))
        request.is_drawn = drawn_now or was_drawn_and_given_up(line)
        _write_ask(request, ask)
        act.go_on(despite, lambda: check_ask(request, documents, acting))
        first = steps_of(request)[1]  # the step of order one is the requester's own
        enter_step(request, first, at)
        clean_own_fields(request)
        request.save()
        request.documents.set(documents)
        open_stay(request, first, at)
        act.data |= told_of(request)
        return request


def review_disbursement(
    *,
    request_id: int,
    acting: Membership,
    at: datetime,
    note: str = "",
    key: UUID | None = None,
    seen: str | None = None,
) -> DisbursementRequest:
    """Complete a step that is none of the four hands. Raises NotAllowed, Conflict."""
    with act_on_request(
        request_id, V.REVIEW, acting=acting, at=at, key=key, seen=seen, reason=note
    ) as (request, act):
        if not act.earlier:
            complete_step(request, acting, at, note)
        return request


def clear_disbursement(
    *,
    request_id: int,
    acting: Membership,
    at: datetime,
    note: str = "",
    key: UUID | None = None,
    seen: str | None = None,
) -> DisbursementRequest:
    """Give no objection: the request goes on to the trustee. The same key twice is one act.

    Raises Conflict when somebody moved it first, NotAllowed for the wrong person.
    """
    with act_on_request(
        request_id, V.CLEAR, acting=acting, at=at, key=key, seen=seen, reason=note
    ) as (request, act):
        if not act.earlier:
            request.cleared_at, request.cleared_by = at, acting.user
            complete_step(request, acting, at, note)
        return request


def approve_disbursement(
    *,
    request_id: int,
    acting: Membership,
    at: datetime,
    note: str = "",
    key: UUID | None = None,
    seen: str | None = None,
) -> DisbursementRequest:
    """Approve a request and set its amount aside. The same key twice is one approval.

    ``seen`` is the version that the officer read. Raises NotEnoughFunds when the trust's cash,
    less what is already approved, does not cover it; Conflict when somebody approved or returned
    it first, or it changed since it was read; NotAllowed for the wrong person.
    """
    with act_on_request(
        request_id, V.APPROVE, acting=acting, at=at, key=key, seen=seen, reason=note
    ) as (request, act):
        if not act.earlier:
            check_free_cash(request)
            request.approved_at, request.approved_by = at, acting.user
            complete_step(request, acting, at, note)
        return request


def return_disbursement(
    *,
    request_id: int,
    reason: ReturnReason,
    acting: Membership,
    at: datetime,
    note: str = "",
    key: UUID | None = None,
    seen: str | None = None,
) -> DisbursementRequest:
    """Send a request back with a reason code; what it had been granted falls.

    Raises DomainError when «other» comes without a note or the reason is not in use that day,
    Conflict, NotAllowed.
    """
    content = {"reason": reason.code, "note": note}
    text = f"{reason.name}. {note}".strip() if note.strip() else reason.name
    with act_on_request(
        request_id, V.RETURN, acting=acting, at=at, key=key, seen=seen, content=content, reason=text
    ) as (request, act):
        if act.earlier:
            return request
        if not return_reasons(localtime(at).date()).filter(pk=reason.pk).exists():
            raise DomainError(
                _("«%(reason)s» is no longer in use: choose another reason.")
                % {"reason": reason.name}
            )
        if reason.code == "other" and not note.strip():
            raise DomainError(_("Explain what has to be corrected."))
        request.cleared_at = request.cleared_by = None
        request.approved_at = request.approved_by = None
        close_stay(request, StayOutcome.RETURNED, acting, at, note=note, reason=reason)
        move_to(request, steps_of(request)[0], at)
        act.data["code"] = reason.code
        return request


def resubmit_disbursement(
    *,
    request_id: int,
    ask: Ask,
    acting: Membership,
    at: datetime,
    note: str = "",
    documents: Sequence[DocumentVersion] = (),
    key: UUID | None = None,
    seen: str | None = None,
    despite: str | None = None,
) -> DisbursementRequest:
    """Send a returned request again, corrected; it begins its steps anew.

    Raises Unconfirmed as the first time, OverBudget, Conflict, NotAllowed.
    """
    with act_on_request(
        request_id,
        V.RESUBMIT,
        acting=acting,
        at=at,
        key=key,
        seen=seen,
        content={"despite": despite, **asdict(ask)},
        reason=note,
        documents=documents,
    ) as (request, act):
        if act.earlier:
            return request
        _write_ask(request, ask)
        act.go_on(despite, lambda: check_ask(request, documents, acting))
        request.requested_by = acting.user
        clean_own_fields(request)
        request.documents.add(*documents)
        complete_step(request, acting, at, note)
        return request


def pay_disbursement(
    *,
    request_id: int,
    paid_on: date,
    bank_reference: str,
    acting: Membership,
    at: datetime,
    key: UUID | None = None,
    seen: str | None = None,
    despite: str | None = None,
) -> DisbursementRequest:
    """Pay an approved request: money leaves the trust's account for its budget line, once.

    Raises Unconfirmed when the bank reference was used before, NotEnoughFunds, Conflict when it was
    already paid, NotAllowed for the wrong person, DomainError for a date before the approval or
    in the future.
    """
    content = {"paid_on": paid_on, "bank_reference": bank_reference, "despite": despite}
    with act_on_request(
        request_id, V.PAY, acting=acting, at=at, key=key, seen=seen, content=content
    ) as (request, act):
        if act.earlier:
            return request
        check_payment_date(request, paid_on, at)
        act.go_on(despite, lambda: check_bank_reference(bank_reference, acting.organisation))
        cash = holding_account(alliance=request.alliance, kind=AccountKind.CASH)
        request.payment = post_transaction(
            key=uuid5(request.key, "payment"),
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
        request.paid_at, request.paid_by = at, acting.user
        complete_step(request, acting, at, bank_reference)
        act.data["bank_reference"] = bank_reference
        return request


def correct_disbursement(
    *,
    request_id: int,
    ask: Ask,
    acting: Membership,
    at: datetime,
    documents: Sequence[DocumentVersion] = (),
    key: UUID | None = None,
    seen: str | None = None,
    despite: str | None = None,
) -> DisbursementRequest:
    """Correct a request on which nobody has acted since it was sent; its first step begins anew.

    With nothing changed it does nothing. Raises Unconfirmed as the first time, OverBudget,
    Conflict when somebody acted on it first, NotAllowed for anybody but who asks.
    """
    with act_on_request(
        request_id,
        V.CORRECT,
        acting=acting,
        at=at,
        key=key,
        seen=seen,
        content={"despite": despite, **asdict(ask)},
        documents=documents,
    ) as (request, act):
        if act.earlier:
            return request
        before = asdict(asked_in(request))
        _write_ask(request, ask)
        after = asdict(asked_in(request))
        changed = [name for name in after if after[name] != before[name]]
        if not changed and not documents:
            act.skip()
            return request
        act.go_on(despite, lambda: check_ask(request, documents, acting))
        request.requested_by = acting.user
        clean_own_fields(request)
        request.documents.add(*documents)
        close_stay(request, StayOutcome.CORRECTED, acting, at)
        move_to(request, steps_of(request)[1], at)
        act.data["changed"] = changed
        return request


def cancel_disbursement(
    *,
    request_id: int,
    acting: Membership,
    at: datetime,
    reason: str,
    reason_code: str,
    key: UUID | None = None,
    seen: str | None = None,
) -> DisbursementRequest:
    """Give up a request, with a reason, while it is its writers'; its budget is free again.

    That is while it is returned, and until the next hand has acted on what was sent. Raises
    Conflict when somebody acted on it first, NotAllowed for anybody but who asks.
    """
    with act_on_request(
        request_id,
        V.CANCEL,
        acting=acting,
        at=at,
        key=key,
        seen=seen,
        reason=reason,
        reason_code=reason_code,
    ) as (request, act):
        if not act.earlier:
            close_stay(request, StayOutcome.CANCELLED, acting, at, note=reason)
            leave_for_good(request)
        return request


def protocol_for(alliance: Alliance, *, on: date) -> Protocol:
    """The latest protocol in force of the regime whose every duty the call's rules give somebody.

    A version without steps is not in force yet. A call that opened before a duty existed froze its
    rules without it: its requests follow the version of their time. Raises DomainError when there
    is none.
    """
    rules = Regime.from_data(alliance.call.regime_rules)
    versions = Protocol.objects.filter(regime=alliance.call.regime, valid_from__lte=on)
    for protocol in versions.prefetch_related("steps").order_by("-version"):
        steps = protocol.steps.all()
        if steps and all(rules.holds(Duty(step.duty)) for step in steps):
            return protocol
    raise DomainError(_("No disbursement protocol has been loaded for this call's regime."))


def asked_in(request: DisbursementRequest) -> Ask:
    """What a request asks for as it stands."""
    return Ask(**{name: getattr(request, name) for name in Ask.__dataclass_fields__})


def _write_ask(request: DisbursementRequest, ask: Ask) -> None:
    request.amount_cop = ask.amount_cop
    request.description = ask.description
    request.payee_name = ask.payee_name
    request.payee_document = ask.payee_document
    request.delivery_lead_days = ask.delivery_lead_days
    request.contracting_lead_days = ask.contracting_lead_days
    request.departure = ask.departure.strip()
    # Once off the plan, always: dropping the words on a second try does not avoid the EIP.
    off_plan = request.is_off_plan or bool(request.departure)
    request.is_off_plan = off_plan or was_found_off_plan(request)
    request.needs_clearance = any(step.verb == V.CLEAR for step in steps_of(request))
    check_budget(request)
