"""Nothing is delivered before the producer signed what the support obliges to give back."""

from datetime import date, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from alliances.people.models import Producer
from fiduciary.deliveries.models import InputDelivery
from fiduciary.deliveries.selectors import deliveries_of, requests_to_deliver
from fiduciary.deliveries.services import Goods, NotCommitted, deliver_inputs
from fiduciary.disbursements.models import DisbursementRequest
from fiduciary.disbursements.services.requests import approve_disbursement, pay_disbursement
from kit.errors import DomainError, NotAllowed
from tests.factories.alliances import Cast, make_cast, make_producer
from tests.factories.fiduciary import (
    MILLION,
    MONDAY,
    make_commitment,
    make_funded_cast,
    make_request,
    make_rules,
)

pytestmark = pytest.mark.django_db
LATER = MONDAY + timedelta(days=3)


def paid_request(cast: Cast) -> DisbursementRequest:
    request = make_request(cast)
    approve_disbursement(request_id=request.pk, acting=cast["trustee"], at=MONDAY)
    return pay_disbursement(
        request_id=request.pk,
        paid_on=date(2026, 3, 2),
        bank_reference="ACH",
        acting=cast["payer"],
        at=MONDAY,
    )


def goods(**fields: object) -> Goods:
    defaults: dict = {
        "item": "Semilla certificada",
        "quantity": Decimal(4),
        "unit": "bulto",
        "value_cop": MILLION,
        "delivered_on": date(2026, 3, 5),
    }
    return Goods(**(defaults | fields))


def deliver(
    cast: Cast,
    request: DisbursementRequest,
    producer: Producer,
    role: str = "oga",
    **fields: object,
) -> InputDelivery:
    arguments: dict = {
        "request_id": request.pk,
        "producer_id": producer.pk,
        "goods": goods(),
        "acting": cast[role],
        "at": LATER,
        "key": uuid4(),
    }
    return deliver_inputs(**(arguments | fields))


def committed_cast() -> tuple[Cast, DisbursementRequest, Producer]:
    cast = make_funded_cast()
    make_rules(cast)
    producer = make_producer(cast.alliance)
    make_commitment(cast, producer)
    return cast, paid_request(cast), producer


def test_delivery_waits_for_the_signature() -> None:
    cast = make_funded_cast()
    make_rules(cast)
    producer, request = make_producer(cast.alliance), paid_request(cast)

    with pytest.raises(NotCommitted, match=producer.surnames):
        deliver(cast, request, producer)
    make_commitment(cast, producer)
    deliver(cast, request, producer)

    assert deliveries_of(cast.alliance).count() == 1
    assert cast.alliance.events.filter(verb="deliver_inputs").count() == 1


def test_database_refuses_it_too() -> None:
    cast = make_funded_cast()
    producer, request = make_producer(cast.alliance), paid_request(cast)

    with pytest.raises(IntegrityError, match="signs a commitment"), transaction.atomic():
        InputDelivery.objects.create(
            request=request, producer=producer, key=uuid4(), **vars(goods())
        )


def test_signature_after_the_delivery_does_not_count() -> None:
    cast, request, producer = committed_cast()  # signed on 25 February

    with pytest.raises(NotCommitted):
        deliver(cast, request, producer, goods=goods(delivered_on=date(2026, 2, 24)))


def test_sent_twice_is_delivered_once() -> None:
    cast, request, producer = committed_cast()
    key = uuid4()

    assert deliver(cast, request, producer, key=key) == deliver(cast, request, producer, key=key)
    assert InputDelivery.objects.count() == 1


@pytest.mark.parametrize("role", ["eip", "trustee", "ogr", "organisation", "ally", "evaluator"])
def test_only_who_accompanies_hands_over(role: str) -> None:
    cast, request, producer = committed_cast()

    with pytest.raises(NotAllowed):
        deliver(cast, request, producer, role)


def test_no_more_than_was_paid_for_and_nothing_from_the_future() -> None:
    cast, request, producer = committed_cast()

    with pytest.raises(DomainError, match=r"\$\s5\.000\.000"):
        deliver(cast, request, producer, goods=goods(value_cop=6 * MILLION))
    with pytest.raises(DomainError):
        deliver(cast, request, producer, goods=goods(delivered_on=date(2026, 3, 6)))


def test_unpaid_request_has_nothing_to_deliver() -> None:
    cast, _paid, producer = committed_cast()

    with pytest.raises(NotAllowed):
        deliver(cast, make_request(cast), producer)


def test_producer_of_another_alliance_is_not_found() -> None:
    cast, request, _producer = committed_cast()
    stranger = make_producer(make_cast("executing").alliance)

    with pytest.raises(Producer.DoesNotExist):
        deliver(cast, request, stranger)


def test_what_is_left_to_deliver_is_listed_until_nothing_is() -> None:
    cast, request, producer = committed_cast()
    deliver(cast, request, producer, goods=goods(value_cop=2 * MILLION))

    assert [row.left_cop for row in requests_to_deliver(cast.alliance)] == [3 * MILLION]
    deliver(cast, request, producer, goods=goods(value_cop=3 * MILLION))
    assert not requests_to_deliver(cast.alliance)
