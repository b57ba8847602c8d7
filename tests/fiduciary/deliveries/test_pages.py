"""The page of deliveries and its form."""

from collections.abc import Iterator
from decimal import Decimal
from uuid import uuid4

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from fiduciary.deliveries.models import InputDelivery
from tests.factories.alliances import Cast, make_producer
from tests.factories.fiduciary import MONDAY, make_commitment
from tests.fiduciary.deliveries.test_deliveries import committed_cast

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def monday() -> Iterator[None]:
    with time_machine.travel(MONDAY, tick=False):
        yield


def client_of(cast: Cast, role: str) -> Client:
    client = Client()
    client.force_login((cast.outsider if role == "outsider" else cast[role]).user)
    return client


def delivery(request_pk: int, producer_pk: int, **fields: object) -> dict[str, object]:
    return {
        "key": uuid4(),
        "request": request_pk,
        "producer": producer_pk,
        "item": "Semilla",
        "quantity": "4,5",
        "unit": "bulto",
        "value_cop": "1.000.000",
        "delivered_on": "2026-03-02",
    } | fields


def test_delivery_from_its_form_waits_for_the_signature() -> None:
    cast, request, producer = committed_cast()
    unsigned = make_producer(cast.alliance)
    url = reverse("fiduciary:delivery-new", args=[cast.alliance.code])
    client = client_of(cast, "oga")

    refused = client.post(url, delivery(request.pk, unsigned.pk))
    assert refused.status_code == 422
    assert unsigned.surnames in refused.content.decode()
    sent = delivery(request.pk, producer.pk, value_cop="4.000.000")
    for _ in range(2):
        assert client.post(url, sent).status_code == 302
    assert InputDelivery.objects.get().producer == producer
    make_commitment(cast, unsigned)
    assert client.post(url, delivery(request.pk, unsigned.pk)).status_code == 302


@pytest.mark.parametrize("language", ["es", "en"])
def test_a_quantity_is_read_alike_in_both_languages(language: str) -> None:
    cast, request, producer = committed_cast()
    url = reverse("fiduciary:delivery-new", args=[cast.alliance.code])
    client, spoken = client_of(cast, "oga"), {"accept-language": language}
    either = delivery(request.pk, producer.pk, quantity="2.500")

    assert client.post(url, either, headers=spoken).status_code == 422
    assert client.post(url, delivery(request.pk, producer.pk), headers=spoken).status_code == 302
    assert InputDelivery.objects.get().quantity == Decimal("4.5")


def test_delivery_by_others_is_refused() -> None:
    cast, request, producer = committed_cast()
    url = reverse("fiduciary:delivery-new", args=[cast.alliance.code])

    for role in ("eip", "trustee", "organisation"):
        answer = client_of(cast, role).post(url, delivery(request.pk, producer.pk))
        assert answer.status_code == 403
    answer = client_of(cast, "outsider").post(url, delivery(request.pk, producer.pk))
    assert answer.status_code == 404


def test_deliveries_are_listed_for_the_alliance_only() -> None:
    cast, request, _producer = committed_cast()
    url = reverse("fiduciary:alliance-deliveries", args=[cast.alliance.code])

    body = client_of(cast, "organisation").get(url).content.decode()

    assert request.reference in body
    assert reverse("fiduciary:delivery-new", args=[cast.alliance.code]) not in body
    assert client_of(cast, "outsider").get(url).status_code == 404
    assert client_of(cast, "oga").post(url).status_code == 405


@pytest.mark.parametrize(("role", "is_named"), [("oga", True), ("trustee", False), ("ally", False)])
def test_deliveries_name_producers_only_to_who_works_with_them(role: str, is_named: bool) -> None:
    cast, request, producer = committed_cast()
    new = reverse("fiduciary:delivery-new", args=[cast.alliance.code])
    assert client_of(cast, "oga").post(new, delivery(request.pk, producer.pk)).status_code == 302
    url = reverse("fiduciary:alliance-deliveries", args=[cast.alliance.code])

    body = client_of(cast, role).get(url).content.decode()

    assert InputDelivery.objects.get().item in body
    assert (producer.surnames in body) == is_named
