"""Sheets of a meeting: many producers at once, each its own act, what is refused stays."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from uuid import uuid4

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from alliances.models import Event, Producer
from fiduciary.deliveries.models import InputDelivery
from fiduciary.fund.models import Commitment
from fiduciary.fund.rules import equal_schedule, months_after
from tests.factories.alliances import Cast, make_cast, make_producer
from tests.factories.fiduciary import MONDAY, make_commitment, make_rules
from tests.fiduciary.deliveries.test_deliveries import committed_cast
from tests.pages import form_with

DAYS = st.dates(date(2015, 1, 1), date(2060, 12, 31))


@pytest.fixture(autouse=True)
def monday() -> Iterator[None]:
    with time_machine.travel(MONDAY, tick=False):
        yield


# -- The proposed schedule -------------------------------------------------------------------------
@given(st.integers(1, 10**11).map(Decimal), DAYS, st.integers(1, 12), st.integers(1, 24))
def test_equal_instalments_add_up_and_never_fall_on_one_day(
    amount: Decimal, first: date, count: int, months: int
) -> None:
    schedule = equal_schedule(amount, first, count, months)
    days, amounts = zip(*schedule, strict=True)
    assert sum(amounts) == amount
    assert max(amounts) - min(amounts) < count
    assert all(part == part.to_integral_value() for part in amounts)
    assert days[0] == first
    assert list(days) == sorted(set(days))
    assert [(day.year - first.year) * 12 + day.month - first.month for day in days] == [
        months * n for n in range(count)
    ]


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2027, 8, 31), 6, date(2028, 2, 29)),
        (date(2026, 12, 1), 1, date(2027, 1, 1)),
    ],
)
def test_a_shorter_month_has_its_last_day(day: date, months: int, expected: date) -> None:
    assert months_after(day, months) == expected


# -- Sheets in the page ----------------------------------------------------------------------------
def client_of(cast: Cast, role: str) -> Client:
    client = Client()
    client.force_login(cast[role].user)
    return client


def opened(client: Client, name: str, cast: Cast) -> tuple[str, dict[str, object]]:
    """The sheet as it is offered: its address and what its form would send untouched."""
    url = reverse(f"fiduciary:{name}", args=[cast.alliance.code])
    page = client.get(url)
    assert page.status_code == 200
    return url, form_with(page.content.decode(), "signed_on" if "commitment" in name else "key")


@pytest.mark.django_db
def test_forty_sign_on_one_proposed_schedule() -> None:
    cast = make_cast("executing")
    make_rules(cast)
    people = [make_producer(cast.alliance) for _ in range(40)]
    client = client_of(cast, "organisation")
    url, sent = opened(client, "commitment-sheet", cast)
    assert sent["first_due_on"] == ["2026-09-02"]  # six months of grace
    absent = people.pop()
    del sent[f"take_{absent.pk}"]
    sent |= {
        "value_each": "1.000.001",
        f"value_{people[0].pk}": "500.000",
        "conditions": "Después de la cosecha",
    }
    for _click in range(2):
        page = client.post(url, sent)
        assert page.status_code == 302, page.context["form"].errors
    signed = {row.producer_id: row for row in Commitment.objects.with_schedule()}
    assert signed.keys() == {row.pk for row in Producer.objects.all()} - {absent.pk}
    assert signed[people[0].pk].amount_cop == 500_000
    parts = [(row.due_on, row.amount_cop) for row in signed[people[1].pk].instalments.all()]
    assert sorted(parts) == [(date(2026, 9, 2), 500_000), (date(2027, 3, 2), 500_001)]
    assert Event.objects.filter(verb="sign_commitment").count() == len(signed)


@pytest.mark.django_db
def test_who_is_refused_stays_on_the_sheet_with_the_reason() -> None:
    cast = make_cast("executing")
    make_rules(cast)
    first, second = make_producer(cast.alliance), make_producer(cast.alliance)
    for producer in (first, second):
        make_commitment(cast, producer)
    client = client_of(cast, "organisation")
    url, sent = opened(client, "repayment-sheet", cast)
    assert not [name for name in sent if name.startswith("take_")]
    assert client.post(url, sent).status_code == 422  # nobody is ticked
    sent |= {
        f"take_{row.commitment.pk}": "on"  # type: ignore[attr-defined]
        for row in (first, second)
    }
    one, other = (row.commitment.pk for row in (first, second))  # type: ignore[attr-defined]
    assert client.post(url, sent).status_code == 422  # nobody says how much
    sent |= {f"value_{one}": "300.000", f"value_{other}": "9.000.000"}
    page = client.post(url, sent)
    assert page.status_code == 422
    assert list(page.context["form"].errors) == [f"value_{other}"]
    paid = Commitment.objects.select_related("account").get(pk=one)
    assert paid.repaid_cop == 300_000

    sent |= {f"value_{other}": "200.000"}
    assert client.post(url, sent).status_code == 302
    amounts = Commitment.objects.select_related("account").order_by("pk")
    assert [row.repaid_cop for row in amounts] == [300_000, 200_000]


@pytest.mark.django_db
def test_one_delivery_reaches_many_and_only_who_signed_is_on_the_sheet() -> None:
    cast, request, producer = committed_cast()
    other, unsigned = make_producer(cast.alliance), make_producer(cast.alliance)
    make_commitment(cast, other)
    client = client_of(cast, "oga")
    url, sent = opened(client, "delivery-sheet", cast)
    assert f"take_{unsigned.pk}" not in sent
    sent |= {
        "request": request.pk,
        "item": "Semilla",
        "unit": "bulto",
        "unit_value_cop": "100.000",
        "value_each": "4,5",
        f"value_{other.pk}": "2",
    }
    for _click in range(2):
        page = client.post(url, sent)
        assert page.status_code == 302, page.context["form"].errors
    told = InputDelivery.objects.order_by("producer").values_list(
        "producer", "quantity", "value_cop"
    )
    assert list(told) == [
        (producer.pk, Decimal("4.50"), Decimal(450_000)),
        (other.pk, Decimal("2.00"), Decimal(200_000)),
    ]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("commitment-sheet", "organisation"),
        ("repayment-sheet", "organisation"),
        ("delivery-sheet", "oga"),
    ],
)
def test_only_who_may_do_the_act_sees_its_sheet(name: str, role: str) -> None:
    cast = make_cast("executing")
    make_rules(cast)
    url = reverse(f"fiduciary:{name}", args=[cast.alliance.code])
    assert client_of(cast, role).get(url).status_code == 200
    for other in ("eip", "trustee", "cir"):
        assert client_of(cast, other).get(url).status_code == 403
        assert client_of(cast, other).post(url, {"key": uuid4()}).status_code == 403
