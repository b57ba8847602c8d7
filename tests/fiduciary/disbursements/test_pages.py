"""Pages of the queue and of requests: who sees them, what each act answers, query counts."""

from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import urlencode
from uuid import uuid4

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.timezone import localdate, now

from alliances.lifecycle.models import Event
from fiduciary.disbursements.models import BudgetLine, DisbursementRequest
from fiduciary.disbursements.services.requests import (
    approve_disbursement,
    resubmit_disbursement,
    return_disbursement,
)
from fiduciary.ledger.services import NotEnoughFunds
from fiduciary.models import ReturnReason, WindowOverride
from kit.figures import cop
from tests.alliances.documents.samples import PDF
from tests.factories.alliances import Cast, make_membership
from tests.factories.fiduciary import (
    MILLION,
    MONDAY,
    an_ask,
    make_funded_cast,
    make_line,
    make_request,
    make_windows,
)
from tests.pages import Browser, form_with

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def monday() -> Iterator[None]:
    """Pages read the clock: it stands at Monday 2 March 2026, 10:00 in Bogotá."""
    with time_machine.travel(MONDAY, tick=False):
        yield


def client_of(cast: Cast, role: str) -> Client:
    client = Browser()
    client.force_login((cast.outsider if role == "outsider" else cast[role]).user)
    return client


def a_request(**ask: object) -> tuple[Cast, DisbursementRequest]:
    cast = make_funded_cast()
    make_windows(cast.alliance, ("03-01", "06-30"), ("08-01", "12-20"))
    return cast, make_request(cast, at=now() - timedelta(days=1), **ask)


def approved() -> tuple[Cast, DisbursementRequest]:
    cast, request = a_request()
    approve_disbursement(request_id=request.pk, acting=cast["trustee"], at=now())
    return cast, request


def returned() -> tuple[Cast, DisbursementRequest]:
    cast, request = a_request()
    return_disbursement(
        request_id=request.pk,
        reason=ReturnReason.objects.get(pk="signature"),
        acting=cast["trustee"],
        at=now(),
    )
    return cast, request


def post(cast: Cast, role: str, name: str, request: DisbursementRequest, **data: object):
    url = reverse(f"fiduciary:request-{name}", args=[request.pk])
    return client_of(cast, role).post(url, {"key": uuid4()} | data)


def status_of(request: DisbursementRequest) -> str:
    request.refresh_from_db()
    return request.status


def test_queue_shows_what_waits_for_the_role_that_looks() -> None:
    cast, request = a_request()
    url = reverse("fiduciary:request-list")

    assert request.reference in client_of(cast, "trustee").get(url).content.decode()
    assert request.reference not in client_of(cast, "eip").get(url).content.decode()
    assert request.reference in client_of(cast, "eip").get(url, {"all": 1}).content.decode()
    assert request.reference not in client_of(cast, "outsider").get(url).content.decode()


def test_queue_puts_the_least_slack_first() -> None:
    cast, first = a_request()
    tight = make_request(cast, at=now(), delivery_lead_days=60)

    page = client_of(cast, "trustee").get(reverse("fiduciary:request-list"))

    rows = [row.request for row in page.context["rows"]]
    assert rows.index(tight) < rows.index(first)


@pytest.mark.parametrize(
    ("words", "finds"),
    [("900123456-8", True), ("9001234568", True), ("900.123.456-8", True), ("900123", False)],
)
def test_a_payee_is_found_by_the_whole_number_alone(words: str, finds: bool) -> None:
    """Part of a number that is masked for some readers must not be found out digit by digit."""
    cast, request = a_request()
    DisbursementRequest.objects.filter(pk=request.pk).update(payee_document="900123456-8")

    page = client_of(cast, "eip").get(reverse("fiduciary:request-list"), {"all": 1, "q": words})

    assert (request.reference in page.content.decode()) == finds


def test_filters_remember_that_all_hands_are_shown() -> None:
    cast, request = a_request()
    url = reverse("fiduciary:request-list")

    body = client_of(cast, "trustee").get(url, {"all": 1, "q": "Semilla"}).content.decode()

    assert request.reference in body
    assert '<input type="hidden" name="all" value="1"' in body


@pytest.mark.parametrize(
    "query",
    [
        {"q": "Semilla"},
        {"slack": "on_time"},
        {"status": "paid"},
        {"slack": "nonsense"},
        {"department": "52"},
        {"page": "999"},
    ],
)
def test_queue_is_narrowed_by_its_address(query: dict) -> None:
    cast, _request = a_request()

    answer = client_of(cast, "eip").get(reverse("fiduciary:request-list"), query)

    assert answer.status_code == 200


def test_queue_costs_the_same_queries_for_one_request_as_for_many() -> None:
    cast, _request = a_request()
    line = make_line(cast.alliance, planned_cop=100 * MILLION)
    client = client_of(cast, "trustee")
    counts = []
    for _round in range(2):
        client.get(reverse("fiduciary:request-list"))
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("fiduciary:request-list"))
        counts.append(len(queries))
        for _ in range(6):
            make_request(cast, at=now(), line=line)
        other = make_funded_cast()
        make_request(other, at=now())

    assert counts[0] == counts[1]


def test_detail_is_a_page_and_the_drawer_of_the_queue() -> None:
    cast, request = a_request()
    url = reverse("fiduciary:request-detail", args=[request.pk])

    page = client_of(cast, "trustee").get(url).content.decode()
    drawer = client_of(cast, "trustee").get(url, headers={"hx-request": "true"}).content.decode()

    assert "<html" in page
    assert "<html" not in drawer
    for text in (request.reference, "$\N{NO-BREAK SPACE}5.000.000", 'data-key="a"'):
        assert text in page
        assert text in drawer


def test_buttons_are_only_for_who_may() -> None:
    cast, request = a_request()
    url = reverse("fiduciary:request-detail", args=[request.pk])
    approve = reverse("fiduciary:request-approve", args=[request.pk])

    assert approve in client_of(cast, "trustee").get(url).content.decode()
    for role in ("oga", "eip", "organisation", "ogr", "evaluator"):
        answer = client_of(cast, role).get(url)
        assert answer.status_code == 200
        assert approve not in answer.content.decode()


@pytest.mark.parametrize(
    "name",
    ["detail", "review", "clear", "approve", "return", "pay", "cancel", "resubmit", "correct"],
)
@pytest.mark.parametrize("fragment", [False, True])
def test_requests_of_others_are_not_found(name: str, fragment: bool) -> None:
    cast, request = a_request()
    url = reverse(f"fiduciary:request-{name}", args=[request.pk])
    headers = {"hx-request": "true"} if fragment else {}
    client = client_of(cast, "outsider")

    answer = (
        client.get(url, headers=headers)
        if name == "detail"
        else client.post(url, {"key": uuid4()}, headers=headers)
    )

    assert answer.status_code == 404


@pytest.mark.parametrize("name", ["review", "clear", "approve", "return", "pay", "cancel"])
def test_acts_do_not_answer_get(name: str) -> None:
    cast, request = a_request()

    for role in ("eip", "trustee", "outsider"):
        url = reverse(f"fiduciary:request-{name}", args=[request.pk])
        assert client_of(cast, role).get(url).status_code == 405


def test_approval_from_the_page_happens_once() -> None:
    cast, request = a_request()
    key = uuid4()

    assert post(cast, "trustee", "approve", request, key=key).status_code == 302
    assert post(cast, "trustee", "approve", request, key=key).status_code == 302
    assert post(cast, "trustee", "approve", request).status_code == 409
    assert status_of(request) == "approved"


def test_who_acts_from_a_list_returns_to_it_as_it_was_left() -> None:
    """At the request that took the place of the one that no longer waits."""
    cast = make_funded_cast()
    line = make_line(cast.alliance)
    first, second = (make_request(cast, at=now(), line=line) for _number in range(2))
    url = reverse("fiduciary:request-approve", args=[first.pk])
    way = f"{url}?{urlencode({'from': 'requests?q=papa&sort=asked'})}"
    answer = client_of(cast, "trustee").post(way, {"seen": first.version})
    assert answer.headers["Location"] == (
        f"{reverse('fiduciary:request-list')}?q=papa&sort=asked#row-{second.pk}"
    )


@pytest.mark.parametrize("role", ["oga", "eip", "ogr", "organisation", "evaluator"])
def test_approval_by_others_is_refused_with_a_reason(role: str) -> None:
    cast, request = a_request()

    answer = post(cast, role, "approve", request)

    assert answer.status_code == 403
    assert cast[role].user.display_name in answer.content.decode()
    assert status_of(request) == "requested"


def test_payment_from_the_page() -> None:
    cast, request = approved()
    bank = {"paid_on": localdate().isoformat(), "bank_reference": "ACH 1"}

    assert post(cast, "eip", "pay", request, **bank).status_code == 403
    assert post(cast, "payer", "pay", request, **bank).status_code == 302
    assert status_of(request) == "paid"


def test_payment_without_its_reference_is_shown_again() -> None:
    cast, request = approved()

    answer = post(cast, "payer", "pay", request, paid_on=localdate().isoformat())

    assert answer.status_code == 422
    assert request.reference in answer.content.decode()
    assert status_of(request) == "approved"


def test_payment_before_approval_is_refused() -> None:
    cast, request = a_request()
    bank = {"paid_on": localdate().isoformat(), "bank_reference": "ACH 1"}

    assert post(cast, "payer", "pay", request, **bank).status_code == 403


def test_return_with_a_code_from_a_button() -> None:
    cast, request = a_request()

    assert post(cast, "trustee", "return", request, reason="nonsense").status_code == 422
    assert post(cast, "trustee", "return", request, reason="other").status_code == 422
    assert post(cast, "oga", "return", request, reason="signature").status_code == 403
    assert post(cast, "trustee", "return", request, reason="signature").status_code == 302
    assert status_of(request) == "returned"


def test_returned_request_is_corrected_by_who_asked() -> None:
    cast, request = returned()
    url = reverse("fiduciary:request-resubmit", args=[request.pk])
    asked = {
        "key": uuid4(),
        "amount_cop": "4.500.000",
        "description": "Semilla",
        "payee_name": "Semillas",
        "payee_document": "900123456-8",
        "delivery_lead_days": 5,
        "contracting_lead_days": 0,
    }

    form = client_of(cast, "oga").get(url).content.decode()
    assert 'value="5.000.000"' in form
    assert client_of(cast, "eip").post(url, asked).status_code == 403
    assert client_of(cast, "oga").post(url, asked).status_code == 302
    assert status_of(request) == "requested"
    assert request.amount_cop == 4_500_000


def test_returned_request_is_given_up_with_a_reason() -> None:
    cast, request = returned()

    assert post(cast, "oga", "cancel", request).status_code == 422
    why = {"reason": "Ya no hace falta aquí", "reason_code": "mistake"}
    assert post(cast, "eip", "cancel", request, **why).status_code == 403
    assert post(cast, "oga", "cancel", request, **why | {"reason": "."}).status_code == 422
    assert post(cast, "oga", "cancel", request, **why).status_code == 302
    assert status_of(request) == "cancelled"


def test_who_approves_what_was_changed_meanwhile_is_told() -> None:
    """The officer's page shows one version; the request is returned and sent again since."""
    cast = make_funded_cast()
    request = make_request(cast, at=now())
    officer = client_of(cast, "trustee")
    page = officer.get(reverse("fiduciary:request-detail", args=[request.pk]))
    seen = page.context["forms"]["approve"]["seen"].value()
    assert seen == request.version
    return_disbursement(
        request_id=request.pk,
        reason=ReturnReason.objects.get(pk="invoice_wrong"),
        acting=cast.payer,
        at=now(),
    )
    dearer = an_ask(amount_cop=9 * MILLION)
    resubmit_disbursement(request_id=request.pk, ask=dearer, acting=cast["oga"], at=now())

    url = reverse("fiduciary:request-approve", args=[request.pk])
    assert officer.post(url, {"key": uuid4(), "seen": seen}).status_code == 409
    assert status_of(request) == "requested"


def test_officer_sees_what_is_judged() -> None:
    cast, request = a_request(departure="Otro proveedor")
    body = (
        client_of(cast, "eip")
        .get(reverse("fiduciary:request-detail", args=[request.pk]))
        .content.decode()
    )

    for fact in ("No supporting document", "Semillas del Sur S.A.S.", "Otro proveedor", "Still"):
        assert fact in body


def test_new_request_from_its_form_with_its_document() -> None:
    cast = make_funded_cast()
    line = make_line(cast.alliance)
    url = reverse("fiduciary:request-new", args=[cast.alliance.code])
    asked = {
        "key": uuid4(),
        "budget_line": line.pk,
        "amount_cop": "5.000.000",
        "description": "Semilla",
        "payee_name": "Semillas",
        "payee_document": "900123456-8",
        "delivery_lead_days": 10,
        "contracting_lead_days": 5,
    }

    def send(role: str, **more: object) -> HttpResponse:
        paper = SimpleUploadedFile("factura.pdf", PDF, "application/pdf")
        return client_of(cast, role).post(url, asked | {"support": paper} | more)

    assert client_of(cast, "oga").get(url).status_code == 200
    assert send("eip").status_code == 403
    assert send("oga", amount_cop="21.000.000").status_code == 422
    assert send("oga").status_code == 302
    assert send("oga").status_code == 302  # the same key
    request = DisbursementRequest.objects.get()
    assert request.amount_cop == 5 * MILLION
    assert request.documents.count() == 1


def test_line_of_another_alliance_is_no_choice() -> None:
    cast, other = make_funded_cast(), make_funded_cast()
    url = reverse("fiduciary:request-new", args=[cast.alliance.code])

    answer = client_of(cast, "oga").post(
        url, {"key": uuid4(), "budget_line": make_line(other.alliance).pk, "amount_cop": "1.000"}
    )

    assert answer.status_code == 422
    assert "budget_line" in answer.context["form"].errors


def test_plan_line_from_its_form() -> None:
    cast = make_funded_cast()
    url = reverse("fiduciary:budget-line-new", args=[cast.alliance.code])
    line = {
        "key": uuid4(),
        "concept": "Abono",
        "planned_cop": "9.000.000",
        "planned_on": "2026-12-01",
        "operation": "sowing",
    }

    assert client_of(cast, "eip").post(url, line).status_code == 403
    assert client_of(cast, "outsider").post(url, line).status_code == 404
    assert client_of(cast, "oga").post(url, line | {"planned_cop": "0"}).status_code == 422
    for _ in range(2):
        assert client_of(cast, "oga").post(url, line).status_code == 302
    assert BudgetLine.objects.get().crop == cast.alliance.crop


def test_window_is_corrected_with_a_reason() -> None:
    cast = make_funded_cast()
    url = reverse("fiduciary:window-override", args=[cast.alliance.code])
    window = {
        "key": uuid4(),
        "crop": cast.alliance.crop_id,
        "operation": "sowing",
        "starts_on": "2026-12-01",
        "ends_on": "2026-11-01",
        "reason": "A esa altura hiela antes",
        "reason_code": "local_practice",
    }

    assert client_of(cast, "oga").get(url).status_code == 200
    assert client_of(cast, "oga").post(url, window).status_code == 422
    window["ends_on"] = "2026-12-31"
    assert client_of(cast, "trustee").post(url, window).status_code == 403
    for _ in range(2):
        assert client_of(cast, "oga").post(url, window).status_code == 302
    assert WindowOverride.objects.get().reason == "A esa altura hiela antes"


@pytest.mark.parametrize("role", ["eip", "oga", "trustee", "organisation", "ally", "evaluator"])
def test_money_page_for_everybody_of_the_alliance(role: str) -> None:
    cast, request = a_request()

    answer = client_of(cast, role).get(
        reverse("fiduciary:alliance-money", args=[cast.alliance.code])
    )

    assert answer.status_code == 200
    assert request.reference in answer.content.decode()


@pytest.mark.parametrize("name", ["alliance-money", "alliance-money-bar"])
def test_money_of_others_is_not_found(name: str) -> None:
    cast, _request = a_request()
    url = reverse(f"fiduciary:{name}", args=[cast.alliance.code])

    assert client_of(cast, "outsider").get(url).status_code == 404
    assert client_of(cast, "eip").get(url).status_code == 200
    assert client_of(cast, "eip").post(url).status_code == 405


def test_money_page_costs_the_same_queries_with_more_rows() -> None:
    cast, _request = a_request()
    line = make_line(cast.alliance, planned_cop=100 * MILLION)
    client = client_of(cast, "eip")
    url = reverse("fiduciary:alliance-money", args=[cast.alliance.code])
    counts = []
    for _round in range(2):
        client.get(url)
        with CaptureQueriesContext(connection) as queries:
            client.get(url)
        counts.append(len(queries))
        for _ in range(4):
            make_request(cast, at=now(), line=line)
            make_line(cast.alliance)

    assert counts[0] == counts[1]


def test_english_page_has_no_spanish_data() -> None:
    cast, request = a_request()
    client = client_of(cast, "eip")
    client.cookies["django_language"] = "en"

    body = client.get(reverse("fiduciary:request-detail", args=[request.pk])).content.decode()

    assert "Approval by the trustee" in body
    assert "Aprobación de la fiduciaria" not in body


def test_colleague_is_told_who_was_first() -> None:
    cast, request = approved()
    colleague = make_membership("trustee", cast["trustee"].organisation)
    client = Browser()
    client.force_login(colleague.user)

    answer = client.post(reverse("fiduciary:request-approve", args=[request.pk]), {"key": uuid4()})

    assert answer.status_code == 409
    assert cast["trustee"].user.display_name in answer.content.decode()


def test_the_page_shows_the_cash_that_decides_and_says_both() -> None:
    """What is approved and not paid yet is no longer there to approve."""
    cast = make_funded_cast(cash_cop=8 * MILLION)
    first, second = make_request(cast), make_request(cast, amount_cop=4 * MILLION)
    approve_disbursement(request_id=first.pk, acting=cast["trustee"], at=MONDAY)

    with pytest.raises(NotEnoughFunds) as refusal:
        approve_disbursement(request_id=second.pk, acting=cast["trustee"], at=MONDAY)
    page = client_of(cast, "trustee").get(
        reverse("fiduciary:alliance-money", args=[cast.alliance.code])
    )
    detail = client_of(cast, "trustee").get(reverse("fiduciary:request-detail", args=[second.pk]))

    for words in (refusal.value.message, page.content.decode(), detail.content.decode()):
        assert cop(3 * MILLION) in words
        assert cop(8 * MILLION) in words
    assert page.context["cash"].free_cop == 3 * MILLION
    approved = client_of(cast, "payer").get(reverse("fiduciary:request-detail", args=[first.pk]))
    assert cop(8 * MILLION) in approved.content.decode()  # its own approval bars nobody from paying


# -- What the system knows is asked before the act -------------------------------------------------
WHY = "Es otra factura del mismo proveedor"


def told_last() -> dict:
    """Why whoever acted last went on all the same."""
    return Event.objects.latest("pk").data["despite"]


@pytest.mark.parametrize("again", ["ACH 1", " ach  1"])
def test_a_bank_reference_used_before_is_asked_about(again: str) -> None:
    cast, first = approved()
    second = make_request(cast, at=now() - timedelta(hours=2))
    approve_disbursement(request_id=second.pk, acting=cast["trustee"], at=now())
    bank = {"paid_on": localdate().isoformat(), "bank_reference": "ACH 1"}
    assert post(cast, "payer", "pay", first, **bank).status_code == 302

    bank["bank_reference"] = again
    asked = post(cast, "payer", "pay", second, **bank)

    assert asked.status_code == 422
    page = asked.content.decode()
    assert first.reference in page
    assert form_with(page, "bank_reference")["bank_reference"] == [again]
    assert form_with(page, "despite")["despite"] == [""]
    assert post(cast, "payer", "pay", second, **bank, despite=".").status_code == 422
    assert status_of(second) == "approved"
    assert post(cast, "payer", "pay", second, **bank, despite=WHY).status_code == 302
    assert told_last() == {"same_reference": first.reference, "reason": WHY}


def test_the_twin_of_an_open_request_and_its_document_are_asked_about() -> None:
    cast = make_funded_cast()
    url = reverse("fiduciary:request-new", args=[cast.alliance.code])
    asked = {
        "budget_line": make_line(cast.alliance).pk,
        "amount_cop": "5.000.000",
        "description": "Semilla",
        "payee_name": "Semillas",
        "payee_document": "900123456-8",
        "delivery_lead_days": 10,
        "contracting_lead_days": 5,
    }

    def send(**more: object) -> HttpResponse:
        paper = SimpleUploadedFile("factura.pdf", PDF, "application/pdf")
        return client_of(cast, "oga").post(url, asked | {"support": paper} | more)

    assert send().status_code == 302
    first = DisbursementRequest.objects.get()
    twin, same_paper = send(), send(amount_cop="4.000.000")
    for answer in (twin, same_paper):
        assert answer.status_code == 422
        assert list(answer.context["form"].errors) == ["despite"]
        assert first.reference in answer.content.decode()
    assert DisbursementRequest.objects.count() == 1

    assert send(despite=WHY).status_code == 302
    assert told_last() == {
        "twin": first.reference,
        "same_document": first.reference,
        "reason": WHY,
    }

    other = make_funded_cast()
    elsewhere = reverse("fiduciary:request-new", args=[other.alliance.code])
    asked["budget_line"] = make_line(other.alliance).pk
    paper = SimpleUploadedFile("factura.pdf", PDF, "application/pdf")
    answer = client_of(other, "organisation").post(elsewhere, asked | {"support": paper})
    if answer.status_code == 403:
        answer = client_of(other, "oga").post(elsewhere, asked | {"support": paper})
    assert answer.status_code == 422
    assert cast.alliance.code not in answer.content.decode()
