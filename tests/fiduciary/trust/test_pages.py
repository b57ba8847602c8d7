"""Forms about promises of money and the trust: allowed, refused, repeated, hidden."""

from datetime import date
from decimal import Decimal
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils.timezone import localdate

from fiduciary.disbursements.services.requests import approve_disbursement, pay_disbursement
from fiduciary.ledger.models import Transaction
from fiduciary.ledger.services import NotEnoughFunds, reverse_receipt
from fiduciary.trust.models import Contribution, Trust
from fiduciary.trust.services import constitute_trust, receive_contribution
from kit.errors import NotAllowed
from tests.alliances.documents.samples import PDF
from tests.alliances.trade.conftest import sign, write
from tests.factories.alliances import Cast, make_cast, make_membership
from tests.factories.fiduciary import (
    MILLION,
    MONDAY,
    make_contribution,
    make_evidence,
    make_funded_cast,
    make_request,
    make_trust,
)

pytestmark = pytest.mark.django_db


def client_of(cast: Cast, role: str) -> Client:
    client = Client()
    client.force_login((cast.outsider if role == "outsider" else cast[role]).user)
    return client


def paper() -> SimpleUploadedFile:
    return SimpleUploadedFile("cdp.pdf", PDF, "application/pdf")


def promise(cast: Cast) -> dict[str, object]:
    return {
        "key": uuid4(),
        "organisation": cast["organisation"].organisation_id,
        "kind": "in_kind",
        "concept": "Mano de obra",
        "committed_cop": "12.000.000",
        "due_on": "2027-03-01",
    }


def test_promise_from_its_form() -> None:
    cast = make_cast("closing")
    url = reverse("fiduciary:contribution-new", args=[cast.alliance.code])
    sent = promise(cast)

    assert client_of(cast, "organisation").get(url).status_code == 200
    assert client_of(cast, "oga").post(url, sent).status_code == 403
    assert client_of(cast, "outsider").post(url, sent).status_code == 404
    bad = client_of(cast, "organisation").post(url, sent | {"committed_cop": "mucho"})
    assert bad.status_code == 422
    for _ in range(2):
        assert client_of(cast, "organisation").post(url, sent).status_code == 302
    assert Contribution.objects.get().committed_cop == 12 * MILLION


def test_promise_of_a_stranger_is_no_choice() -> None:
    cast, other = make_cast("closing"), make_cast("closing")
    url = reverse("fiduciary:contribution-new", args=[cast.alliance.code])
    sent = promise(cast) | {"organisation": other["organisation"].organisation_id}

    assert client_of(cast, "organisation").post(url, sent).status_code == 422


def test_withdrawal_from_its_form() -> None:
    cast = make_cast("closing")
    contribution = make_contribution(cast.alliance)
    money = reverse("fiduciary:alliance-money", args=[cast.alliance.code])
    url = reverse("fiduciary:contribution-withdraw", args=[contribution.pk])
    why = {"reason": "No hay presupuesto este año", "reason_code": "organisation"}
    sent = {"key": uuid4()} | why

    assert url in client_of(cast, "eip").get(money).content.decode()
    assert url not in client_of(cast, "oga").get(money).content.decode()
    assert client_of(cast, "eip").get(url).status_code == 200
    assert client_of(cast, "oga").post(url, sent).status_code == 403
    assert client_of(cast, "outsider").post(url, sent).status_code == 404
    assert client_of(cast, "eip").post(url, sent | {"reason": ""}).status_code == 422
    for _ in range(2):
        assert client_of(cast, "eip").post(url, sent).status_code == 302
    assert url not in client_of(cast, "eip").get(money).content.decode()
    assert client_of(cast, "eip").post(url, sent | {"key": uuid4()}).status_code == 409


def test_certificate_from_its_form() -> None:
    cast = make_cast("closing")
    contribution = make_contribution(cast.alliance)
    url = reverse("fiduciary:contribution-certify", args=[contribution.pk])

    assert client_of(cast, "eip").post(url, {"key": uuid4()}).status_code == 422
    refused = client_of(cast, "organisation").post(url, {"key": uuid4(), "certificate": paper()})
    assert refused.status_code == 403
    assert client_of(cast, "outsider").get(url).status_code == 404
    key = uuid4()
    for _ in range(2):
        done = client_of(cast, "eip").post(url, {"key": key, "certificate": paper()})
        assert done.status_code == 302
    again = client_of(cast, "eip").post(url, {"key": uuid4(), "certificate": paper()})
    assert again.status_code == 409


def test_file_that_is_not_what_it_says_certifies_nothing() -> None:
    cast = make_cast("closing")
    contribution = make_contribution(cast.alliance)
    fake = SimpleUploadedFile("cdp.pdf", b"MZ\x90 not a pdf", "application/pdf")

    answer = client_of(cast, "eip").post(
        reverse("fiduciary:contribution-certify", args=[contribution.pk]),
        {"key": uuid4(), "certificate": fake},
    )

    assert answer.status_code == 422
    contribution.refresh_from_db()
    assert not contribution.is_certified


def test_receipt_from_its_form() -> None:
    cast = make_cast("executing")
    make_trust(cast, cash_cop=Decimal(0))
    contribution = make_contribution(cast.alliance)
    url = reverse("fiduciary:contribution-receive", args=[contribution.pk])
    sent = {
        "key": uuid4(),
        "amount_cop": "40.000.000",
        "received_on": localdate().isoformat(),
        "reference": "TR 1",
    }

    assert 'value="100.000.000"' in client_of(cast, "trustee").get(url).content.decode()
    assert client_of(cast, "eip").post(url, sent).status_code == 403
    for _ in range(2):
        assert client_of(cast, "trustee").post(url, sent).status_code == 302
    contribution.refresh_from_db()
    assert contribution.received_cop == 40 * MILLION
    too_much = sent | {"key": uuid4(), "amount_cop": "60.000.001"}
    assert client_of(cast, "trustee").post(url, too_much).status_code == 422


def ready_to_close() -> Cast:
    """Agreement signed, accompaniment appointed, the whole plan certified."""
    cast = make_cast("closing")
    sign(cast, write(cast))
    make_contribution(
        cast.alliance,
        committed_cop=cast.alliance.total_value_cop,
        certificate=make_evidence(cast["eip"], cast.alliance),
        certified_at=MONDAY,
    )
    return cast


def test_trust_is_constituted_by_its_trustee_once() -> None:
    cast = ready_to_close()
    url = reverse("fiduciary:trust", args=[cast.alliance.code])
    sent = {"key": uuid4(), "contract_number": "PA-1", "constituted_on": localdate().isoformat()}

    assert client_of(cast, "eip").post(url, sent).status_code == 403
    assert client_of(cast, "outsider").post(url, sent).status_code == 404
    for _ in range(2):
        answer = client_of(cast, "trustee").post(url, sent | {"contract": paper()})
        assert answer.status_code == 302
    cast.alliance.refresh_from_db()
    assert cast.alliance.status == "trust_constituted"
    assert Trust.objects.get().trustee == cast["trustee"].organisation
    again = client_of(cast, "trustee").post(url, sent | {"key": uuid4()})
    assert again.status_code == 409


def test_trust_waits_for_certificates() -> None:
    cast = make_cast("closing")
    sign(cast, write(cast))
    contribution = make_contribution(cast.alliance)

    with pytest.raises(NotAllowed, match=contribution.organisation.name):
        constitute_trust(
            alliance_id=cast.alliance.pk,
            contract_number="PA-1",
            constituted_on=date(2026, 3, 2),
            acting=cast["trustee"],
            at=MONDAY,
        )

    cast.alliance.refresh_from_db()
    assert cast.alliance.status == "closing"
    assert not Trust.objects.exists()


def test_trust_of_tomorrow_is_refused() -> None:
    cast = ready_to_close()
    url = reverse("fiduciary:trust", args=[cast.alliance.code])

    answer = client_of(cast, "trustee").post(
        url, {"key": uuid4(), "contract_number": "PA-1", "constituted_on": "2100-01-01"}
    )

    assert answer.status_code == 422


def test_trust_is_not_constituted_past_its_own_service() -> None:
    """The plain act and the API would leave an alliance with a trust that does not exist."""
    cast = ready_to_close()
    code = cast.alliance.code
    plain = reverse("alliances:alliance-act", args=[code, "constitute_trust"])
    machine = f"/api/v1/alliances/{code}/acts/"
    client = client_of(cast, "trustee")

    assert client.post(plain, {"key": uuid4()}).status_code == 403
    sent = {"verb": "constitute_trust", "key": str(uuid4())}
    assert client.post(machine, sent, content_type="application/json").status_code == 403
    cast.alliance.refresh_from_db()
    assert cast.alliance.status == "closing"


def test_a_receipt_written_wrongly_is_reversed_by_a_second_person() -> None:
    cast = make_cast("executing")
    make_trust(cast, cash_cop=Decimal(0))
    contribution = make_contribution(cast.alliance)
    receive_contribution(
        contribution_id=contribution.pk,
        amount_cop=40 * MILLION,
        received_on=MONDAY.date(),
        reference="TR 1",
        acting=cast["trustee"],
        at=MONDAY,
        key=uuid4(),
    )
    movement = Transaction.objects.get()
    money = reverse("fiduciary:alliance-money", args=[cast.alliance.code])
    url = reverse("fiduciary:receipt-reverse", args=[movement.pk])
    sent = {"key": uuid4(), "reason": "Era de otro convenio", "reason_code": "mistake"}

    assert url in client_of(cast, "payer").get(money).content.decode()
    for role, status in (("trustee", 403), ("oga", 403), ("eip", 403), ("outsider", 404)):
        assert url not in client_of(cast, role).get(money).content.decode()
        assert client_of(cast, role).get(url).status_code == status
        assert client_of(cast, role).post(url, sent).status_code == status
    assert client_of(cast, "payer").post(url, sent | {"reason": ""}).status_code == 422
    for _click in (1, 2):
        assert client_of(cast, "payer").post(url, sent).status_code == 302

    contribution.account.refresh_from_db()
    assert contribution.received_cop == 0
    event = cast.alliance.events.get(verb="reverse_receipt")
    assert (event.duty, event.reason) == ("pay", "Era de otro convenio")
    assert url not in client_of(cast, "payer").get(money).content.decode()
    assert client_of(cast, "payer").post(url, sent | {"key": uuid4()}).status_code == 409


def test_money_already_spent_is_not_received_back() -> None:
    cast = make_funded_cast(cash_cop=5 * MILLION)
    request = make_request(cast)
    approve_disbursement(request_id=request.pk, acting=cast["trustee"], at=MONDAY)
    pay_disbursement(
        request_id=request.pk,
        paid_on=MONDAY.date(),
        bank_reference="1",
        acting=cast["payer"],
        at=MONDAY,
    )
    receipt, payment = (Transaction.objects.get(kind=kind) for kind in ("contribution", "payment"))
    undo = {
        "reason": "Era de otro convenio",
        "reason_code": "mistake",
        "at": MONDAY,
        "acting": make_membership("trustee", cast["trustee"].organisation),
    }

    with pytest.raises(NotEnoughFunds):
        reverse_receipt(transaction_id=receipt.pk, key=uuid4(), **undo)
    with pytest.raises(NotAllowed):
        reverse_receipt(transaction_id=payment.pk, key=uuid4(), **undo)
