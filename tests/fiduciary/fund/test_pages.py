"""The fund's page and its forms: allowed, refused, repeated, hidden."""

from collections.abc import Iterator
from uuid import uuid4

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from fiduciary.fund.models import Commitment, FundRules
from fiduciary.fund.services import record_repayment
from tests.alliances.documents.samples import PDF
from tests.factories.alliances import Cast, make_cast, make_producer
from tests.factories.fiduciary import MILLION, MONDAY, make_commitment, make_rules

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def monday() -> Iterator[None]:
    with time_machine.travel(MONDAY, tick=False):
        yield


def client_of(cast: Cast, role: str) -> Client:
    client = Client()
    client.force_login((cast.outsider if role == "outsider" else cast[role]).user)
    return client


def rules_data(**fields: object) -> dict[str, object]:
    return {
        "key": uuid4(),
        "repayment_share_pct": "60,5",
        "grace_months": "6",
        "monthly_interest_pct": "0",
        "recovery_target_pct": "80",
        "approved_on": "2026-02-20",
        "act": SimpleUploadedFile("acta.pdf", PDF, "application/pdf"),
    } | fields


def test_rules_from_their_form() -> None:
    cast = make_cast("executing")
    url = reverse("fiduciary:fund-rules", args=[cast.alliance.code])

    assert client_of(cast, "organisation").get(url).status_code == 200
    for role in ("eip", "oga", "ally", "trustee"):
        assert client_of(cast, role).post(url, rules_data()).status_code == 403
    assert client_of(cast, "outsider").post(url, rules_data()).status_code == 404
    too_much = rules_data(repayment_share_pct="101")
    assert client_of(cast, "organisation").post(url, too_much).status_code == 422
    assert client_of(cast, "organisation").post(url, rules_data(act="")).status_code == 422
    key = uuid4()
    for _ in range(2):
        assert client_of(cast, "organisation").post(url, rules_data(key=key)).status_code == 302
    assert str(FundRules.objects.get().repayment_share_pct) == "60.50"
    assert client_of(cast, "organisation").post(url, rules_data()).status_code == 409


def commitment_data(producer_pk: int, **fields: object) -> dict[str, object]:
    return {
        "key": uuid4(),
        "producer": producer_pk,
        "signed_on": "2026-03-02",
        "conditions": "Después de la cosecha",
        "due_on_1": "2026-09-30",
        "amount_cop_1": "1.000.000",
        "due_on_2": "2027-03-31",
        "amount_cop_2": "500.000",
    } | fields


def test_commitment_from_its_form() -> None:
    cast = make_cast("executing")
    make_rules(cast)
    producer = make_producer(cast.alliance)
    url = reverse("fiduciary:commitment-new", args=[cast.alliance.code])

    assert client_of(cast, "oga").get(url, {"producer": producer.pk}).status_code == 200
    for role in ("eip", "ally", "trustee"):
        answer = client_of(cast, role).post(url, commitment_data(producer.pk))
        assert answer.status_code == 403
    half = commitment_data(producer.pk, amount_cop_2="")
    assert client_of(cast, "oga").post(url, half).status_code == 422
    stranger = make_producer(make_cast("executing").alliance)
    assert client_of(cast, "oga").post(url, commitment_data(stranger.pk)).status_code == 422
    signed = commitment_data(producer.pk)
    for _ in range(2):
        assert client_of(cast, "oga").post(url, signed).status_code == 302
    again = client_of(cast, "oga").post(url, commitment_data(producer.pk))
    assert again.status_code == 409
    offered = client_of(cast, "oga").get(url).content.decode()
    assert f'value="{producer.pk}"' not in offered
    assert Commitment.objects.get().amount_cop == 1_500_000


def test_repayment_from_its_form() -> None:
    cast = make_cast("fund_operating")
    make_rules(cast)
    commitment = make_commitment(cast, make_producer(cast.alliance))
    url = reverse("fiduciary:repayment-new", args=[commitment.pk])
    sent = {"key": uuid4(), "amount_cop": "250.000", "paid_on": "2026-03-02"}

    assert client_of(cast, "manager").get(url).status_code == 200
    for role in ("eip", "oga", "ally", "trustee"):
        assert client_of(cast, role).post(url, sent).status_code == 403
    assert client_of(cast, "outsider").post(url, sent).status_code == 404
    too_much = sent | {"amount_cop": "9.000.000"}
    assert client_of(cast, "manager").post(url, too_much).status_code == 422
    for _ in range(2):
        assert client_of(cast, "manager").post(url, sent).status_code == 302
    commitment.account.refresh_from_db()
    assert commitment.repaid_cop == 250_000


@pytest.mark.parametrize(
    ("role", "is_named"),
    [
        ("eip", True),
        ("oga", True),
        ("organisation", True),
        ("manager", True),
        ("trustee", False),
        ("ally", False),
        ("evaluator", False),
    ],
)
def test_who_does_not_work_with_producers_reads_no_debt_of_one(role: str, is_named: bool) -> None:
    cast = make_cast("fund_operating")
    make_rules(cast)
    producer = make_producer(cast.alliance)
    commitment = make_commitment(cast, producer)
    record_repayment(
        commitment_id=commitment.pk,
        amount_cop=MILLION,
        paid_on=MONDAY.date(),
        acting=cast["organisation"],
        at=MONDAY,
        key=uuid4(),
    )
    client, code = client_of(cast, role), cast.alliance.code

    fund = client.get(reverse("fiduciary:alliance-fund", args=[code])).content.decode()
    money = client.get(reverse("fiduciary:alliance-money", args=[code])).content.decode()

    assert (commitment.reference in fund) == is_named
    assert (producer.surnames in fund) == is_named
    assert ("Promised by producers" in fund) == is_named  # of one: their own promise
    assert (commitment.reference in money) == is_named
    assert producer.surnames not in money


def test_fund_of_others_is_not_found() -> None:
    cast = make_cast("fund_operating")
    url = reverse("fiduciary:alliance-fund", args=[cast.alliance.code])

    assert client_of(cast, "outsider").get(url).status_code == 404
    assert client_of(cast, "eip").post(url).status_code == 405


def test_fund_page_costs_the_same_queries_with_more_producers() -> None:
    cast = make_cast("fund_operating")
    make_rules(cast)
    client = client_of(cast, "organisation")
    url = reverse("fiduciary:alliance-fund", args=[cast.alliance.code])
    counts = []
    for _round in range(2):
        make_commitment(cast, make_producer(cast.alliance))
        client.get(url)
        with CaptureQueriesContext(connection) as queries:
            client.get(url)
        counts.append(len(queries))
        for _ in range(4):
            make_commitment(cast, make_producer(cast.alliance))

    assert counts[0] == counts[1]
    assert Commitment.objects.first().amount_cop == 2 * MILLION
