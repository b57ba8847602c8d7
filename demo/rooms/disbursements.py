"""Requests, their stays at each step, and their payments, written the way people write them."""

from collections.abc import Sequence
from typing import Any
from uuid import uuid5

from alliances.documents.models import DocumentKind
from alliances.lifecycle.duties import Duty
from alliances.territory.calendar import occurrence_at_or_after
from alliances.territory.workdays import working_days_between
from demo.ground.asks import Ask, Line, Stay
from demo.ground.shape import PHASE_3
from demo.ground.writing import analyze, change, copy_in
from demo.rooms.requests import asks_of
from demo.world import World
from fiduciary.disbursements.models import (
    DisbursementRequest,
    Protocol,
    ProtocolStep,
    ReturnReason,
    StepRecord,
)
from fiduciary.disbursements.models.request import StayOutcome
from fiduciary.disbursements.table import OPEN, RequestStatus, Verb
from fiduciary.ledger.models import AccountKind, TransactionKind
from fiduciary.timing.clock import AT_RISK_DAYS, Leads, SlackState, need_by

R = RequestStatus
#: The act of somebody who does not complete the step.
VERB_OF: dict[StayOutcome | None, Verb] = {
    StayOutcome.RETURNED: Verb.RETURN,
    StayOutcome.CANCELLED: Verb.CANCEL,
}
REQUEST = (
    "id",
    "alliance_id",
    "budget_line_id",
    "protocol_id",
    "step_id",
    "step_since",
    "amount_cop",
    "description",
    "payee_name",
    "payee_document",
    "crop_id",
    "operation",
    "delivery_lead_days",
    "contracting_lead_days",
    "departure",
    "is_off_plan",
    "is_drawn",
    "needs_clearance",
    "cleared_at",
    "cleared_by_id",
    "requested_at",
    "requested_by_id",
    "key",
    "slack_state",
    "window_starts_on",
    "window_ends_on",
    "window_source",
    "need_by_on",
    "slack_days",
)
STAY = (
    "request_id",
    "step_id",
    "entered_at",
    "left_at",
    "working_days",
    "outcome",
    "by_id",
    "organisation_id",
    "reason_id",
)


def write_disbursements(world: World, plans: dict[int, list[Line]]) -> list[Ask]:
    """Every request of every plan; gives them for the deliveries."""
    steps = _steps_by_regime()
    world.return_reasons = list(
        ReturnReason.objects.exclude(code="other").order_by("position").values_list("pk", flat=True)
    )
    asks: list[Ask] = []
    for profile, _started_at in world.executed():
        dice = world.dice(f"requests/{profile.pk}")
        of_regime = steps[profile.sheet.call.regime]
        for ask in asks_of(world, profile, plans[profile.pk], of_regime, dice):
            asks.append(ask)
            _pay(world, ask)
            _note(world, ask)
    _write(world, asks)
    return asks


def _steps_by_regime() -> dict[str, list[ProtocolStep]]:
    """The steps of the latest protocol of each regime."""
    latest = {row.regime: row for row in Protocol.objects.order_by("version")}
    return {regime: list(protocol.steps.order_by("order")) for regime, protocol in latest.items()}


def _write(world: World, asks: Sequence[Ask]) -> None:
    """Asked first, then approved or returned, then paid or given up: the table of the request."""
    world.ledger.write()
    copy_in(DisbursementRequest, REQUEST, [_row(world, ask) for ask in asks])
    analyze(DisbursementRequest)
    approved = [
        (ask.pk, R.APPROVED.value, *done)
        for ask in asks
        if ask.status in (R.APPROVED, R.PAID) and (done := ask.done(Verb.APPROVE))
    ]
    change(DisbursementRequest, ("status", "approved_at", "approved_by_id"), approved)
    returned = [ask for ask in asks if ask.status in (R.RETURNED, R.CANCELLED)]
    change(DisbursementRequest, ("status",), ((ask.pk, R.RETURNED.value) for ask in returned))
    ended = ("status", "step_id", "step_since", "paid_at", "paid_by_id", "payment_id")
    change(
        DisbursementRequest,
        ended,
        (_end(ask) for ask in asks if ask.status in (R.PAID, R.CANCELLED)),
    )
    copy_in(StepRecord, STAY, (_stay(ask, stay) for ask in asks for stay in ask.stays))
    _attach_quotes(world, [ask for ask in asks if ask.status in OPEN])


def _row(world: World, ask: Ask) -> tuple[Any, ...]:
    last, profile = ask.stays[-1], ask.profile
    return (
        ask.pk,
        profile.pk,
        ask.line.pk,
        last.step.protocol_id,
        last.step.pk,
        last.entered_at,
        ask.amount,
        f"{ask.line.concept} · {profile.size} productores",
        *ask.payee,
        profile.crop if ask.line.operation else None,
        ask.line.operation,
        *ask.leads,
        ask.departure,
        ask.is_off_plan,
        ask.is_drawn,
        any(s.verb == Verb.CLEAR for s in ask.way),
        *(ask.cleared or (None, None)),
        ask.requested_at,
        profile.crew.oga.user,
        ask.key,
        *_reading(world, ask),
    )


def _end(ask: Ask) -> tuple[Any, ...]:
    paid = ask.done(Verb.PAY) if ask.status == R.PAID else None
    return ask.pk, ask.status.value, None, None, *(paid or (None, None)), ask.payment


def _stay(ask: Ask, stay: Stay) -> tuple[Any, ...]:
    hand = stay.hand
    return (
        ask.pk,
        stay.step.pk,
        stay.entered_at,
        stay.left_at,
        stay.working_days,
        stay.outcome or "",
        hand.user if hand else None,
        hand.organisation if hand else None,
        stay.reason,
    )


# -- Money and time --------------------------------------------------------------------------------
def _pay(world: World, ask: Ask) -> None:
    """Post the payment of a request that is paid."""
    paid = ask.done(Verb.PAY)
    if ask.status != R.PAID or paid is None:
        return
    at, _user = paid
    reference = f"D-{ask.pk:05d} · {ask.payee[0]} · {ask.pk % 10**6:06d}"
    ask.payment = world.ledger.move(
        alliance=ask.profile.pk,
        key=uuid5(ask.key, "payment"),
        kind=TransactionKind.PAYMENT,
        on=at.date(),
        description=reference,
        pocket=AccountKind.CASH,
        other=ask.line.account,
        amount=-ask.amount,
        hand=ask.profile.crew.payer,
        at=at,
    )


def _reading(world: World, ask: Ask) -> tuple[Any, ...]:
    """What the slack clock would have said when it was paid; open requests are read afterwards."""
    paid = ask.done(Verb.PAY)
    if not ask.line.operation or paid is None:
        return SlackState.NO_LIMIT.value, None, None, "", None, None
    wanted_on = max(ask.requested_at.date(), ask.line.planned_on)
    found = world.places.book.lookup(
        crop_id=ask.profile.crop,
        municipality_id=ask.profile.municipality,
        operation=ask.line.operation,
        on=wanted_on,
    )
    season = occurrence_at_or_after(found.windows, wanted_on)
    if season is None:
        return SlackState.NO_DATA.value, None, None, "", None, None
    needed_on = need_by(season.end, Leads(*ask.leads))
    slack = working_days_between(paid[0].date(), needed_on)
    source = found.source[:250]
    return _state(slack).value, season.start, season.end, source, needed_on, slack


def _state(slack: int) -> SlackState:
    if slack < 0:
        return SlackState.MISSED
    return SlackState.AT_RISK if slack < AT_RISK_DAYS else SlackState.ON_TIME


# -- Acts and documents ----------------------------------------------------------------------------
def _note(world: World, ask: Ask) -> None:
    """The acts of a request; of phase 3, which is loaded history, its payment alone."""
    is_loaded = ask.profile.share.call == PHASE_3
    said = {
        "request": ask.pk,
        "reference": f"D-{ask.pk:05d}",
        "amount_cop": f"{ask.amount}.00",
    }
    profile = ask.profile
    if not is_loaded:
        world.act(
            profile, ask.requested_at, "request_disbursement", Duty.REQUEST, profile.crew.oga, said
        )
    for stay in ask.stays:
        if stay.left_at and stay.hand:
            verb = VERB_OF.get(stay.outcome, stay.step.verb)
            if is_loaded and verb != Verb.PAY:
                continue
            why = {"code": stay.reason} if stay.reason else {}
            world.act(
                profile, stay.left_at, f"{verb}_disbursement", stay.step.duty, stay.hand, said | why
            )


def _attach_quotes(world: World, asks: Sequence[Ask]) -> None:
    through = DisbursementRequest.documents.through
    rows = []
    for ask in asks:
        hand = ask.profile.crew.oga
        title = f"Cotizaciones · {ask.line.concept}"
        evidence = world.documents.keep(
            ask.profile, DocumentKind.QUOTE, title, hand, ask.requested_at
        )
        rows.append((world.ids(through), ask.pk, evidence["version"]))
    world.documents.write()
    copy_in(through, ("id", "disbursementrequest_id", "documentversion_id"), rows)
