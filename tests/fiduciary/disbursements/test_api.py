"""Requests for machines: the same rules, in JSON."""

from collections.abc import Callable, Iterator
from datetime import date
from uuid import uuid4

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from fiduciary.disbursements.models import DisbursementRequest
from fiduciary.disbursements.selectors import PAYEE_READERS, requests_visible_to
from tests.factories.alliances import CAST, Cast
from tests.factories.fiduciary import (
    MILLION,
    MONDAY,
    make_funded_cast,
    make_line,
    make_request,
    make_windows,
)

pytestmark = pytest.mark.django_db
ROOT = "/api/v1/disbursements/"


@pytest.fixture(autouse=True)
def monday() -> Iterator[None]:
    with time_machine.travel(MONDAY, tick=False):
        yield


@pytest.fixture(scope="module")
def new_cast() -> Callable[[], Cast]:
    return with_windows


def with_windows() -> Cast:
    """A funded cast in the season of its crop."""
    cast = make_funded_cast()
    make_windows(cast.alliance, ("03-01", "06-30"))
    return cast


def client_of(cast: Cast, role: str) -> APIClient:
    client = APIClient()
    client.force_login((cast.outsider if role == "outsider" else cast[role]).user)
    return client


def act(cast: Cast, role: str, request: DisbursementRequest, verb: str, **data: object):
    return client_of(cast, role).post(
        f"{ROOT}{request.pk}/{verb}/", {"key": str(uuid4())} | data, format="json"
    )


def test_a_page_of_the_list_is_read_from_the_index_of_urgency(cast: Cast) -> None:
    make_request(cast)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_sort = off")

    plan = requests_visible_to(cast["eip"]).by_slack()[:25].explain()

    assert "using fiduciary_request_urgency" in plan
    assert "Sort" not in plan


def test_list_is_sorted_by_slack_and_scoped(cast: Cast) -> None:
    line = make_line(cast.alliance, planned_cop=90 * MILLION)
    relaxed = make_request(cast, line=line)
    tight = make_request(cast, line=line, delivery_lead_days=80)
    make_request(make_funded_cast())

    body = client_of(cast, "organisation").get(ROOT).json()

    assert [row["id"] for row in body["results"]] == [tight.pk, relaxed.pk]
    assert body["results"][0]["amount_cop"] == "5000000.00"
    assert client_of(cast, "outsider").get(ROOT).json()["count"] == 0


def test_detail_says_what_may_be_done_and_why_not(cast: Cast) -> None:
    request = make_request(cast)

    body = client_of(cast, "eip").get(f"{ROOT}{request.pk}/").json()

    approve = next(row for row in body["allowed_actions"] if row["verb"] == "approve")
    assert not approve["allowed"]
    assert cast["eip"].user.display_name in approve["reason"]
    assert body["need_by_on"] == request.need_by_on.isoformat()
    assert [stay["left_at"] for stay in body["stays"]] == [None]


def test_approve_return_and_pay(cast: Cast) -> None:
    first, second = make_request(cast), make_request(cast)

    assert act(cast, "trustee", first, "approve").json()["status"] == "approved"
    assert act(cast, "trustee", second, "return", reason="signature").json()["status"] == "returned"
    paid = act(cast, "payer", first, "pay", paid_on="2026-03-02", bank_reference="ACH")
    assert paid.json()["status"] == "paid"


def test_no_objection_and_what_it_is_for(cast: Cast) -> None:
    request = make_request(cast, departure="Otro proveedor")
    detail = client_of(cast, "eip").get(f"{ROOT}{request.pk}/").json()
    verbs = {row["verb"]: row["allowed"] for row in detail["allowed_actions"]}
    assert verbs == {"clear": True, "return": True}
    assert (detail["needs_clearance"], detail["departure"]) == (True, "Otro proveedor")

    assert act(cast, "trustee", request, "clear").status_code == 403
    cleared = act(cast, "eip", request, "clear").json()

    assert (cleared["status"], cleared["cleared_at"] is None) == ("requested", False)
    assert act(cast, "eip", request, "clear").status_code == 409


def test_same_key_is_one_act(cast: Cast) -> None:
    request, key = make_request(cast), str(uuid4())

    answers = [act(cast, "trustee", request, "approve", key=key) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert cast.alliance.events.filter(verb="approve_disbursement").count() == 1


def test_what_changed_since_it_was_read_is_not_approved(cast: Cast) -> None:
    request = make_request(cast)
    detail = client_of(cast, "trustee").get(f"{ROOT}{request.pk}/").json()
    assert detail["version"] == DisbursementRequest.objects.get(pk=request.pk).version

    assert act(cast, "trustee", request, "approve", seen="0" * 16).status_code == 409
    assert act(cast, "trustee", request, "approve", seen=detail["version"]).status_code == 200
    bank = {"paid_on": str(MONDAY.date()), "bank_reference": "81"}
    assert act(cast, "payer", request, "pay", seen=detail["version"], **bank).status_code == 409
    assert act(cast, "payer", request, "pay", **bank).status_code == 200


def test_refusals_carry_their_reason(cast: Cast) -> None:
    request = make_request(cast)

    assert act(cast, "oga", request, "approve").status_code == 403
    assert act(cast, "outsider", request, "approve").status_code == 404
    assert act(cast, "trustee", request, "approve", key="not-a-key").status_code == 400
    assert act(cast, "trustee", request, "return").status_code == 400
    assert act(cast, "trustee", request, "return", reason="nonsense").status_code == 400
    early = act(cast, "payer", request, "pay", paid_on="2026-03-02", bank_reference="ACH")
    assert early.status_code == 403
    assert act(cast, "trustee", request, "approve").status_code == 200
    second = act(cast, "trustee", request, "approve")
    assert second.status_code == 409
    assert cast["trustee"].user.display_name in second.json()["detail"]
    tomorrow = act(cast, "payer", request, "pay", paid_on="2026-03-03", bank_reference="ACH")
    assert tomorrow.status_code == 400


@pytest.mark.parametrize("verb", ["clear", "approve", "return", "pay"])
def test_acts_do_not_answer_get(cast: Cast, verb: str) -> None:
    request = make_request(cast)

    assert client_of(cast, "eip").get(f"{ROOT}{request.pk}/{verb}/").status_code == 405


def test_nobody_writes_a_request_past_its_services(cast: Cast) -> None:
    request = make_request(cast)
    client = client_of(cast, "eip")

    for send in (client.put, client.patch, client.delete):
        assert send(f"{ROOT}{request.pk}/", {"status": "paid"}, format="json").status_code == 405
    assert client.post(ROOT, {}, format="json").status_code == 405


def test_reasons_are_listed_in_order(cast: Cast) -> None:
    body = client_of(cast, "eip").get(f"{ROOT}reasons/").json()

    assert body[0]["code"] == "document_missing"
    assert body[-1]["code"] == "other"


def test_list_costs_the_same_queries_for_one_as_for_many(cast: Cast) -> None:
    line = make_line(cast.alliance, planned_cop=90 * MILLION)
    client = client_of(cast, "eip")
    counts = []
    for _round in range(2):
        make_request(cast, line=line)
        client.get(ROOT)
        with CaptureQueriesContext(connection) as queries:
            client.get(ROOT)
        counts.append(len(queries))
        for _ in range(5):
            make_request(cast, line=line)

    assert counts[0] == counts[1]
    assert DisbursementRequest.objects.filter(requested_at__date=date(2026, 3, 2)).count() == 12


@pytest.mark.parametrize("role", CAST)
def test_the_number_of_a_payee_is_whole_for_who_asks_clears_or_pays(cast: Cast, role: str) -> None:
    request = make_request(cast, payee_name="Rosa Guerrero", payee_document="27123456")
    client = client_of(cast, role)
    address = f"{ROOT}{request.pk}/"
    if not requests_visible_to(cast[role]).exists():
        assert client.get(address).status_code == 404
        return

    told = client.get(address).json()["payee_document"]
    page = client.get(f"/desembolsos/{request.pk}/").content.decode()

    is_whole = role in PAYEE_READERS
    assert told == ("27123456" if is_whole else "•••••456")
    assert ("27123456" in page) == is_whole
    assert told in page
