"""What the database refuses of promises, plans, requests and deliveries, whoever writes the SQL."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection, transaction

from fiduciary.disbursements.services.requests import (
    approve_disbursement,
    cancel_disbursement,
    pay_disbursement,
    return_disbursement,
)
from fiduciary.models import DisbursementRequest, InputDelivery, ReturnReason, Transaction
from fiduciary.trust.services import certify_contribution
from paap.roles import as_owner
from tests.factories.alliances import Cast, make_cast, make_producer
from tests.factories.fiduciary import (
    MILLION,
    MONDAY,
    make_commitment,
    make_contribution,
    make_evidence,
    make_funded_cast,
    make_line,
    make_request,
    make_rules,
    make_trust,
)

pytestmark = pytest.mark.django_db


def refused(statement: str, *values: object, because: str) -> None:
    """The statement changes nothing, for that reason."""
    with (
        pytest.raises(DatabaseError, match=because),
        transaction.atomic(),
        as_owner(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement, values)


def paid(cast: Cast) -> DisbursementRequest:
    request = make_request(cast)
    approve_disbursement(request_id=request.pk, acting=cast["trustee"], at=MONDAY)
    return pay_disbursement(
        request_id=request.pk,
        paid_on=MONDAY.date(),
        bank_reference="81",
        acting=cast["payer"],
        at=MONDAY,
    )


def cancelled(cast: Cast) -> DisbursementRequest:
    request = make_request(cast)
    reason = ReturnReason.objects.get(code="quotes_missing")
    return_disbursement(request_id=request.pk, reason=reason, acting=cast["trustee"], at=MONDAY)
    return cancel_disbursement(
        request_id=request.pk,
        reason="Ya no hace falta aquí",
        reason_code="mistake",
        acting=cast["oga"],
        at=MONDAY,
    )


def test_a_trust_needs_the_act_that_constitutes_it() -> None:
    cast = make_cast("closing")

    with pytest.raises(DatabaseError, match="audited act"), transaction.atomic():
        constitute_by_hand(cast)


def constitute_by_hand(cast: Cast) -> None:
    make_trust(cast, cash_cop=Decimal(0))
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


@pytest.mark.parametrize("table", ["trust", "budgetline", "protocolstep"])
def test_trusts_plans_and_protocols_are_not_rewritten(table: str) -> None:
    make_line(make_funded_cast().alliance)

    refused(f"UPDATE fiduciary_{table} SET id = id", because="never changed")
    refused(f"DELETE FROM fiduciary_{table}", because="never changed")


@pytest.mark.parametrize(
    "table",
    ["trust", "contribution", "budgetline", "protocolstep", "disbursementrequest", "steprecord"],
)
def test_money_is_not_emptied_at_a_stroke(table: str) -> None:
    refused(f"TRUNCATE fiduciary_{table} CASCADE", because="never")


@pytest.mark.parametrize("change", ["committed_cop = 1", "due_on = due_on + 1", "kind = 'in_kind'"])
def test_a_promise_is_kept_as_it_was_made(change: str) -> None:
    make_contribution(make_cast("closing").alliance)

    refused(f"UPDATE fiduciary_contribution SET {change}", because="kept as it was made")
    refused("DELETE FROM fiduciary_contribution", because="never removed")


def test_a_promise_is_certified_once() -> None:
    cast = make_cast("closing")
    contribution = make_contribution(cast.alliance)
    evidence = [make_evidence(cast["organisation"], cast.alliance) for _ in range(2)]
    certify_contribution(
        contribution_id=contribution.pk, certificate=evidence[0], acting=cast["eip"], at=MONDAY
    )

    change = "UPDATE fiduciary_contribution SET certificate_id = %s"
    refused(change, evidence[1].pk, because="kept as it was made")


@pytest.mark.parametrize("end", [paid, cancelled])
def test_a_finished_request_is_not_rewritten(end: Callable[[Cast], DisbursementRequest]) -> None:
    end(make_funded_cast())

    change = "UPDATE fiduciary_disbursementrequest SET description = 'otra'"
    refused(change, because="not rewritten")


@pytest.mark.parametrize(
    "change",
    [
        "description = 'otra'",
        "amount_cop = amount_cop + 1",
        "payee_name = 'Otra'",
        "crop_id = NULL, operation = ''",
        "delivery_lead_days = delivery_lead_days + 1",
        "contracting_lead_days = contracting_lead_days + 1",
    ],
)
def test_what_the_officer_approved_is_not_rewritten_before_it_is_paid(change: str) -> None:
    cast = make_funded_cast()
    request = make_request(cast)
    approve_disbursement(request_id=request.pk, acting=cast["trustee"], at=MONDAY)

    change = f"UPDATE fiduciary_disbursementrequest SET {change} WHERE id = %s"
    refused(change, request.pk, because="only until somebody acts on it")


def test_a_request_is_charged_to_its_own_plan() -> None:
    request = make_request(make_funded_cast())
    other = make_line(make_funded_cast().alliance)

    change = "UPDATE fiduciary_disbursementrequest SET budget_line_id = %s WHERE id = %s"
    refused(change, other.pk, request.pk, because="its own alliance")


def test_a_payment_takes_exactly_what_was_approved() -> None:
    cast = make_funded_cast()
    request = make_request(cast)
    approve_disbursement(request_id=request.pk, acting=cast["trustee"], at=MONDAY)

    refused(
        "UPDATE fiduciary_disbursementrequest SET status = 'paid', step_id = NULL,"
        " step_since = NULL, paid_at = now(), paid_by_id = %s, payment_id = %s",
        cast["payer"].user_id,
        Transaction.objects.get(kind="contribution").pk,
        because="exactly what was approved",
    )


@pytest.mark.parametrize("is_paid", [True, False])
def test_only_what_its_alliance_paid_for_is_delivered(is_paid: bool) -> None:
    cast, other = make_funded_cast(), make_funded_cast()
    request = (paid if is_paid else make_request)(cast)
    receiver = other if is_paid else cast
    make_rules(receiver)
    producer = make_producer(receiver.alliance)
    make_commitment(receiver, producer)

    with pytest.raises(DatabaseError, match="its own alliance paid"), transaction.atomic():
        InputDelivery.objects.create(
            request=request,
            producer=producer,
            item="Semilla",
            quantity=1,
            unit="bulto",
            value_cop=MILLION,
            delivered_on=date(2026, 3, 2),
            key=uuid4(),
        )
