"""The life of a request: one payment, every stay measured, every refusal explained."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from threading import Barrier
from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, connection, connections, transaction

from alliances.lifecycle.audit import verify_audit
from fiduciary.disbursements.models import DisbursementRequest, ReturnReason, StepRecord
from fiduciary.disbursements.requirements import requests_settled
from fiduciary.disbursements.selectors import actions_of
from fiduciary.disbursements.services.checks import OverBudget
from fiduciary.disbursements.services.protocols import load_protocols
from fiduciary.disbursements.services.requests import (
    approve_disbursement,
    cancel_disbursement,
    clear_disbursement,
    pay_disbursement,
    request_disbursement,
    resubmit_disbursement,
    return_disbursement,
    review_disbursement,
)
from fiduciary.ledger.models import AccountKind
from fiduciary.ledger.selectors import balance_cop
from fiduciary.ledger.services import NotEnoughFunds
from kit.errors import Conflict, DomainError, NotAllowed
from paap.roles import as_owner
from tests.factories.alliances import Cast, make_cast, make_membership
from tests.factories.fiduciary import (
    MILLION,
    MONDAY,
    an_ask,
    make_funded_cast,
    make_line,
    make_request,
)

pytestmark = pytest.mark.django_db
WEDNESDAY = MONDAY + timedelta(days=2)
FRIDAY = MONDAY + timedelta(days=4)
OTHERS = ["ogr", "scorer", "cir", "ally", "manager", "organisation", "evaluator", "policy"]


def approve(cast: Cast, request: DisbursementRequest, role: str = "trustee", **fields: object):
    arguments: dict = {"request_id": request.pk, "acting": cast[role], "at": WEDNESDAY}
    return approve_disbursement(**(arguments | fields))


def pay(cast: Cast, request: DisbursementRequest, role: str = "payer", **fields: object):
    arguments: dict = {
        "request_id": request.pk,
        "paid_on": date(2026, 3, 6),
        "bank_reference": "ACH 4471",
        "acting": cast[role],
        "at": FRIDAY,
    }
    return pay_disbursement(**(arguments | fields))


def send_back(cast: Cast, request: DisbursementRequest, role: str = "trustee", **fields: object):
    arguments: dict = {
        "request_id": request.pk,
        "reason": ReturnReason.objects.get(pk="quotes_missing"),
        "acting": cast[role],
        "at": WEDNESDAY,
    }
    return return_disbursement(**(arguments | fields))


def test_asked_approved_and_paid() -> None:
    cast = make_funded_cast()
    request = make_request(cast)

    approve(cast, request)
    paid = pay(cast, request)

    assert (paid.status, paid.step) == ("paid", None)
    assert balance_cop(cast.alliance, AccountKind.CASH) == 95 * MILLION
    assert balance_cop(cast.alliance, AccountKind.SPENDING) == 5 * MILLION
    verbs = cast.alliance.events.filter(to_status="").order_by("sequence")
    assert [(row.verb, row.duty) for row in verbs] == [
        ("request_disbursement", "request"),
        ("approve_disbursement", "approve"),
        ("pay_disbursement", "pay"),
    ]
    assert not verify_audit(chain=cast.alliance.pk).broken


def test_every_stay_says_who_held_it_and_for_how_many_working_days() -> None:
    cast = make_funded_cast()
    request = make_request(cast)
    approve(cast, request)
    pay(cast, request)

    stays = StepRecord.objects.filter(request=request).order_by("entered_at")

    assert [(s.step.verb, s.working_days, s.by_id, s.outcome) for s in stays] == [
        ("approve", 2, cast["trustee"].user_id, "done"),
        ("pay", 2, cast["payer"].user_id, "done"),
    ]


@pytest.mark.parametrize("role", ["eip", "trustee", *OTHERS])
def test_only_who_accompanies_asks(role: str) -> None:
    cast = make_funded_cast()

    with pytest.raises(NotAllowed):
        request_disbursement(
            budget_line_id=make_line(cast.alliance).pk,
            ask=an_ask(),
            acting=cast[role],
            at=MONDAY,
            key=uuid4(),
        )

    assert not DisbursementRequest.objects.exists()


@pytest.mark.parametrize("role", ["oga", "eip", *OTHERS])
def test_only_the_trustee_approves(role: str) -> None:
    cast = make_funded_cast()
    request = make_request(cast)

    with pytest.raises(NotAllowed):
        approve(cast, request, role)

    request.refresh_from_db()
    assert request.status == "requested"


@pytest.mark.parametrize("role", ["oga", "eip", *OTHERS])
def test_only_the_trustee_pays(role: str) -> None:
    cast = make_funded_cast()
    request = make_request(cast)
    approve(cast, request)

    with pytest.raises(NotAllowed):
        pay(cast, request, role)

    assert balance_cop(cast.alliance, AccountKind.CASH) == 100 * MILLION


def test_a_person_who_asked_does_not_approve_from_another_chair() -> None:
    cast = make_funded_cast()
    request = make_request(cast)
    two_hats = make_membership("trustee", cast["trustee"].organisation, user=cast["oga"].user)

    with pytest.raises(NotAllowed, match=r"(?i)request|solicit"):
        approve(cast, request, acting=two_hats)


# -- The no objection ------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("amount_cop", "departure", "step"),
    [
        (39 * MILLION, "", "approve"),
        (40 * MILLION, "", "clear"),
        (MILLION, "Otro proveedor", "clear"),
    ],
)
def test_amount_or_a_departure_from_the_plan_asks_for_the_no_objection(
    amount_cop: Decimal, departure: str, step: str
) -> None:
    cast = make_funded_cast()
    line = make_line(cast.alliance, planned_cop=90 * MILLION)

    request = make_request(cast, line=line, amount_cop=amount_cop, departure=departure)

    assert request.step.verb == step
    assert request.needs_clearance is (step == "clear")


def test_chance_sends_a_request_to_the_eip(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "fiduciary.disbursements.services.requests.is_drawn", lambda key, asked_at, steps: True
    )

    request = make_request(make_funded_cast(), amount_cop=MILLION)

    assert (request.step.verb, request.is_drawn, request.needs_clearance) == ("clear", True, True)


def test_asked_cleared_approved_and_paid_by_four_people() -> None:
    cast = make_funded_cast()
    request = make_request(cast, departure="Otro proveedor")

    cleared = clear_disbursement(request_id=request.pk, acting=cast["eip"], at=WEDNESDAY)
    assert (cleared.status, cleared.step.verb) == ("requested", "approve")
    approve(cast, request)
    paid = pay(cast, request)

    hands = (paid.requested_by, paid.cleared_by, paid.approved_by, paid.paid_by)
    assert hands == tuple(cast[role].user for role in ("oga", "eip", "trustee", "payer"))
    verbs = cast.alliance.events.filter(to_status="").order_by("sequence")
    assert [row.duty for row in verbs] == ["request", "clear", "approve", "pay"]


@pytest.mark.parametrize("role", ["oga", "trustee", "payer", *OTHERS])
def test_only_the_eip_gives_the_no_objection(role: str) -> None:
    cast = make_funded_cast()
    request = make_request(cast, departure="Otro proveedor")

    with pytest.raises(NotAllowed):
        clear_disbursement(request_id=request.pk, acting=cast[role], at=WEDNESDAY)
    with pytest.raises(NotAllowed):
        approve(cast, request)  # not before it is given


def test_a_return_takes_the_no_objection_away() -> None:
    cast = make_funded_cast()
    request = make_request(cast, departure="Otro proveedor")
    clear_disbursement(request_id=request.pk, acting=cast["eip"], at=WEDNESDAY)

    returned = send_back(cast, request)

    assert (returned.cleared_by, returned.cleared_at) == (None, None)


def test_what_once_departed_passes_by_the_eip_though_the_words_are_dropped() -> None:
    cast = make_funded_cast()
    request = make_request(cast, departure="Otro proveedor")
    send_back(cast, request, role="eip")

    sent = resubmit_disbursement(request_id=request.pk, ask=an_ask(), acting=cast["oga"], at=FRIDAY)

    assert (sent.step.verb, sent.needs_clearance, sent.departure) == ("clear", True, "")


def test_what_was_returned_as_off_plan_passes_by_the_eip_whatever_it_says() -> None:
    cast = make_funded_cast()
    request = make_request(cast)
    send_back(cast, request, reason=ReturnReason.objects.get(pk="off_plan"))

    sent = resubmit_disbursement(request_id=request.pk, ask=an_ask(), acting=cast["oga"], at=FRIDAY)

    assert (sent.step.verb, sent.is_off_plan, sent.departure) == ("clear", True, "")


def test_eip_returns_instead_of_giving_its_no_objection() -> None:
    cast = make_funded_cast()
    request = make_request(cast, departure="Otro proveedor")

    assert send_back(cast, request, role="eip").status == "returned"


def test_asking_twice_with_one_key_is_one_request() -> None:
    cast, key = make_funded_cast(), uuid4()
    line = make_line(cast.alliance)
    ask = {"budget_line_id": line.pk, "ask": an_ask(), "acting": cast["oga"], "at": MONDAY}

    assert request_disbursement(key=key, **ask) == request_disbursement(key=key, **ask)
    assert DisbursementRequest.objects.count() == 1


def test_approving_and_paying_twice_with_one_key_is_done_once() -> None:
    cast = make_funded_cast()
    request = make_request(cast)
    approval, payment = uuid4(), uuid4()

    approve(cast, request, key=approval)
    approve(cast, request, key=approval)
    pay(cast, request, key=payment)
    pay(cast, request, key=payment)

    assert cast.alliance.events.filter(verb="approve_disbursement").count() == 1
    assert balance_cop(cast.alliance, AccountKind.CASH) == 95 * MILLION


def test_a_key_of_another_act_is_refused() -> None:
    cast, key = make_funded_cast(), uuid4()
    request = make_request(cast)
    approve(cast, request, key=key)

    with pytest.raises(Conflict):
        pay(cast, request, key=key)


def test_second_click_names_who_was_first() -> None:
    cast = make_funded_cast()
    request = make_request(cast)
    approve(cast, request)
    colleague = make_membership("trustee", cast["trustee"].organisation)

    with pytest.raises(Conflict, match=cast["trustee"].user.display_name):
        approve(cast, request, acting=colleague)


def test_paying_before_approval_says_what_it_waits_for() -> None:
    cast = make_funded_cast()
    request = make_request(cast)

    with pytest.raises(NotAllowed, match="Aprobación"):
        pay(cast, request)


def test_budget_line_is_not_exceeded_by_several_requests() -> None:
    cast = make_funded_cast()
    line = make_line(cast.alliance, planned_cop=9 * MILLION)
    make_request(cast, line=line)

    with pytest.raises(OverBudget, match=r"\$\s4\.000\.000"):
        make_request(cast, line=line)
    make_request(cast, line=line, amount_cop=4 * MILLION)


def test_approval_sets_the_money_aside() -> None:
    cast = make_funded_cast(cash_cop=8 * MILLION)
    first, second = make_request(cast), make_request(cast)
    approve(cast, first)

    with pytest.raises(NotEnoughFunds, match=r"\$\s3\.000\.000"):
        approve(cast, second)


def test_money_is_not_asked_for_before_execution_starts() -> None:
    load_protocols()

    with pytest.raises(NotAllowed):
        make_request(make_cast("trust_constituted"))


def test_money_stops_while_the_alliance_is_suspended() -> None:
    cast = make_funded_cast()
    request = make_request(cast)
    cast.alliance.events.create(
        verb="suspend", duty="supervise", at=MONDAY, from_status="executing", to_status="suspended"
    )

    with pytest.raises(NotAllowed):
        approve(cast, request)
    with pytest.raises(NotAllowed):
        make_request(cast)


def test_return_carries_a_code_and_undoes_the_approval() -> None:
    cast = make_funded_cast()
    request = make_request(cast)
    approve(cast, request)

    returned = send_back(cast, request, role="payer", at=FRIDAY)

    assert (returned.status, returned.step.verb) == ("returned", "resubmit")
    assert returned.approved_by is None
    stay = StepRecord.objects.get(request=request, outcome="returned")
    assert (stay.reason_id, stay.by_id) == ("quotes_missing", cast["payer"].user_id)


def test_other_reason_must_be_explained() -> None:
    cast = make_funded_cast()
    request = make_request(cast)

    with pytest.raises(DomainError):
        send_back(cast, request, reason=ReturnReason.objects.get(pk="other"))
    send_back(cast, request, reason=ReturnReason.objects.get(pk="other"), note="Falta el acta")


def test_returned_request_is_corrected_and_begins_anew() -> None:
    cast = make_funded_cast()
    request = make_request(cast)
    send_back(cast, request)

    sent = resubmit_disbursement(
        request_id=request.pk, ask=an_ask(4 * MILLION), acting=cast["oga"], at=FRIDAY
    )

    assert (sent.status, sent.step.verb, sent.amount_cop) == ("requested", "approve", 4 * MILLION)
    approve(cast, request, at=FRIDAY)
    assert pay(cast, request).status == "paid"


def test_returned_request_may_be_given_up_and_frees_its_budget() -> None:
    cast = make_funded_cast()
    line = make_line(cast.alliance, planned_cop=5 * MILLION)
    request = make_request(cast, line=line)
    send_back(cast, request)
    assert "1" in requests_settled(cast.alliance).reason

    with pytest.raises(DomainError):
        cancel_disbursement(
            request_id=request.pk, acting=cast["oga"], at=FRIDAY, reason=" ", reason_code="mistake"
        )
    cancel_disbursement(
        request_id=request.pk,
        acting=cast["oga"],
        at=FRIDAY,
        reason="Ya no hace falta aquí",
        reason_code="mistake",
    )

    assert make_request(cast, line=line).status == "requested"


def test_alliance_closes_when_requests_are_settled() -> None:
    cast = make_funded_cast()
    request = make_request(cast)

    assert not requests_settled(cast.alliance)
    approve(cast, request)
    pay(cast, request)
    assert requests_settled(cast.alliance)


@pytest.mark.parametrize("paid_on", [date(2026, 3, 3), date(2026, 3, 7)])
def test_payment_is_dated_between_approval_and_today(paid_on: date) -> None:
    cast = make_funded_cast()
    request = make_request(cast)
    approve(cast, request)

    with pytest.raises(DomainError):
        pay(cast, request, paid_on=paid_on)


def test_phase_3_goes_through_its_whole_chain() -> None:
    cast = make_funded_cast(regime="phase_3")
    request = make_request(cast, amount_cop=20 * MILLION)
    for role in ("organisation", "organisation", "ogr"):
        review_disbursement(request_id=request.pk, acting=cast[role], at=WEDNESDAY)
    clear_disbursement(request_id=request.pk, acting=cast["eip"], at=WEDNESDAY)
    review_disbursement(request_id=request.pk, acting=cast["trustee"], at=WEDNESDAY)
    approve(cast, request)
    review_disbursement(request_id=request.pk, acting=cast["payer"], at=FRIDAY)

    assert pay(cast, request).status == "paid"
    assert request.step_records.count() == 8


def test_phase_3_small_amounts_skip_the_double_signature() -> None:
    cast = make_funded_cast(regime="phase_3")
    request = make_request(cast, amount_cop=5 * MILLION)
    for role in ("organisation", "organisation", "ogr"):
        review_disbursement(request_id=request.pk, acting=cast[role], at=WEDNESDAY)
    clear_disbursement(request_id=request.pk, acting=cast["ogr"], at=WEDNESDAY)
    review_disbursement(request_id=request.pk, acting=cast["trustee"], at=WEDNESDAY)
    approve(cast, request)

    assert pay(cast, request).status == "paid"
    assert request.step_records.count() == 7


@pytest.mark.parametrize(
    "change",
    [
        "status = 'paid'",
        "status = 'approved'",
        "status = 'cancelled'",
        "budget_line_id = budget_line_id + 1",
        "amount_cop = 1",
        "payee_name = 'Otro'",
        "approved_by_id = requested_by_id",
        "is_drawn = NOT is_drawn",
        "is_off_plan = NOT is_off_plan",
        "needs_clearance = NOT needs_clearance",
        "requested_at = requested_at + interval '1 microsecond'",
        "cleared_by_id = requested_by_id",
        "paid_by_id = requested_by_id",
    ],
)
def test_raw_sql_cannot_move_or_rewrite_a_request(change: str) -> None:
    make_request(make_funded_cast())

    with (
        pytest.raises(DatabaseError),
        transaction.atomic(),
        as_owner(),
        connection.cursor() as cursor,
    ):
        cursor.execute(
            f"UPDATE fiduciary_disbursementrequest SET {change}; SET CONSTRAINTS ALL IMMEDIATE"
        )


def test_finished_stays_are_not_rewritten() -> None:
    cast = make_funded_cast()
    approve(cast, make_request(cast))

    with pytest.raises(DatabaseError, match="not rewritten"), transaction.atomic():
        StepRecord.objects.filter(outcome="done").update(working_days=0)


def test_amount_must_be_positive() -> None:
    cast = make_funded_cast()

    with pytest.raises(ValidationError):
        make_request(cast, amount_cop=Decimal(0))


def at_once(*acts: Callable[[], object]) -> list[object]:
    """Run the acts at the same moment, each in its own connection; errors are results."""
    barrier = Barrier(len(acts))

    def run(act: Callable[[], object]) -> object:
        try:
            barrier.wait(timeout=10)
            return act()
        except DomainError as error:
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(acts)) as pool:
        return [future.result() for future in [pool.submit(run, act) for act in acts]]


@pytest.mark.django_db(transaction=True)
def test_of_two_approvals_at_once_one_wins_and_the_other_is_told_why() -> None:
    cast = make_funded_cast()
    request = make_request(cast)
    colleague = make_membership("trustee", cast["trustee"].organisation)

    results = at_once(
        lambda: approve(cast, request), lambda: approve(cast, request, acting=colleague)
    )

    lost = [result for result in results if isinstance(result, Conflict)]
    assert len(lost) == 1
    winner = DisbursementRequest.objects.get(pk=request.pk).approved_by
    assert winner.display_name in lost[0].message


@pytest.mark.django_db(transaction=True)
def test_of_approval_and_return_at_once_one_wins() -> None:
    cast = make_funded_cast()
    request = make_request(cast)

    results = at_once(lambda: approve(cast, request), lambda: send_back(cast, request))

    refused = [result for result in results if isinstance(result, Conflict | NotAllowed)]
    assert len(refused) == 1
    stored = DisbursementRequest.objects.get(pk=request.pk)
    assert (stored.status == "approved") == isinstance(results[1], DomainError)
    assert (stored.status == "returned") == isinstance(results[0], DomainError)


@pytest.mark.django_db(transaction=True)
def test_two_payments_at_once_take_the_money_once() -> None:
    cast = make_funded_cast()
    request = make_request(cast)
    approve(cast, request)
    colleague = make_membership("trustee", cast["trustee"].organisation)

    results = at_once(lambda: pay(cast, request), lambda: pay(cast, request, acting=colleague))

    assert sum(isinstance(result, Conflict) for result in results) == 1
    assert balance_cop(cast.alliance, AccountKind.CASH) == 95 * MILLION


@pytest.mark.django_db(transaction=True)
def test_two_approvals_of_different_requests_do_not_share_the_same_money() -> None:
    cast = make_funded_cast(cash_cop=8 * MILLION)
    first, second = make_request(cast), make_request(cast)
    colleague = make_membership("trustee", cast["trustee"].organisation)

    results = at_once(lambda: approve(cast, first), lambda: approve(cast, second, acting=colleague))

    assert sum(isinstance(result, NotEnoughFunds) for result in results) == 1


def test_time_is_counted_in_working_days_of_bogota() -> None:
    """Asked on Friday at 22:00 in Bogotá (Saturday in UTC), approved on the Tuesday after."""
    cast = make_funded_cast()
    friday_night = datetime(2026, 3, 7, 3, 0, tzinfo=UTC)
    request = make_request(cast, at=friday_night)

    approve(cast, request, at=datetime(2026, 3, 10, 15, 0, tzinfo=UTC))

    assert request.step_records.get(outcome="done").working_days == 2


def test_nothing_is_offered_that_the_suspended_alliance_would_refuse() -> None:
    cast = make_funded_cast()
    request = make_request(cast)
    walk_on = {"from_status": "executing", "to_status": "suspended", "duty": "supervise"}
    cast.alliance.events.create(verb="suspend", at=MONDAY, **walk_on)
    request.refresh_from_db()
    request.alliance.refresh_from_db()

    offered = {row.verb: bool(row.verdict) for row in actions_of(request, cast["trustee"])}

    assert offered == {"approve": False, "return": True}
