"""Requests acted upon together: each approved, cleared, returned, or left with what keeps it."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.timezone import localdate, now

from alliances.lifecycle.models import Event
from fiduciary.disbursements.models import DisbursementRequest, ReturnReason
from fiduciary.disbursements.services.requests import resubmit_disbursement, return_disbursement
from tests.bulk import confirmed, problems, proposed, states
from tests.factories.alliances import Cast
from tests.factories.fiduciary import MILLION, an_ask, make_funded_cast, make_line, make_request
from tests.pages import Browser

pytestmark = pytest.mark.django_db
WHY = {"reason_code": "invoice_wrong", "reason": "Las facturas no traen el NIT del proveedor"}


def client_of(cast: Cast, role: str) -> Client:
    client = Browser()
    client.force_login(cast[role].user)
    return client


def status_of(request: DisbursementRequest) -> str:
    request.refresh_from_db()
    return request.status


def test_all_that_match_are_approved_as_far_as_the_money_goes() -> None:
    cast = make_funded_cast(cash_cop=10 * MILLION)
    line = make_line(cast.alliance, planned_cop=90 * MILLION)
    requests = [
        make_request(
            cast, at=now(), line=line, amount_cop=4 * MILLION, description=f"Certificada {n}"
        )
        for n in range(3)
    ]
    departs = make_request(
        cast, at=now(), line=line, departure="Otro proveedor", description="Certificada de otro"
    )
    other = make_request(cast, at=now(), line=line, description="Abono")
    client = client_of(cast, "trustee")

    all_of_them = {"everything": "on", "query": "q=certificada&all=1"}
    bulk = proposed(client, "approve_requests", [], "requests", **all_of_them)
    assert bulk.rows.get(target=departs.pk).state == "left"  # it stands at another step
    confirmed(client, bulk)

    assert [status_of(row) for row in requests].count("approved") == 2  # of ten, four and four
    outcomes = states(bulk)
    assert sorted(outcomes.values()) == ["done", "done", "left", "left"]
    assert other.pk not in outcomes
    assert reverse("fiduciary:request-list") in client.get(f"/lotes/{bulk.key}/").content.decode()


def test_the_chosen_ones_are_approved_in_the_order_of_the_list() -> None:
    """Of money for one, the one that stands first takes it, whichever is older."""
    cast = make_funded_cast(cash_cop=6 * MILLION)
    line = make_line(cast.alliance, planned_cop=90 * MILLION)
    small, large = [
        make_request(cast, at=now(), line=line, amount_cop=amount * MILLION) for amount in (4, 5)
    ]
    client, dearest = client_of(cast, "trustee"), {"query": "sort=-amount"}
    chosen = proposed(client, "approve_requests", [small, large], "requests", **dearest)
    confirmed(client, chosen)
    assert (status_of(large), status_of(small)) == ("approved", "requested")


def test_no_objection_goes_to_those_that_wait_for_it() -> None:
    cast = make_funded_cast()
    departs = make_request(cast, at=now(), departure="Otro proveedor")
    usual = make_request(cast, at=now())
    client = client_of(cast, "eip")
    bulk = confirmed(client, proposed(client, "clear_requests", [departs, usual], "requests"))
    assert problems(bulk)[departs.pk] == ""
    assert problems(bulk)[usual.pk]
    departs.refresh_from_db()
    assert departs.step.verb == "approve"


def test_many_go_back_with_one_reason_and_one_sentence() -> None:
    cast = make_funded_cast()
    mine = [make_request(cast, at=now()) for _number in range(3)]
    not_mine = make_request(cast, at=now(), departure="Otro proveedor")  # the EIP has it
    client = client_of(cast, "trustee")

    bulk = proposed(client, "return_requests", [*mine, not_mine], "requests")
    page = client.get(f"/lotes/{bulk.key}/").content.decode()
    offered = ReturnReason.objects.in_force_on(localdate())
    assert all(f'value="{reason.code}"' in page for reason in offered)
    address = f"/lotes/{bulk.key}/confirmar/"
    for wrong in ({"reason": "."}, {"reason_code": "nonsense"}, {"reason_code": "incomplete"}):
        assert client.post(address, WHY | wrong).status_code == 422
    assert {status_of(row) for row in mine} == {"requested"}

    for _click in range(2):
        confirmed(client, bulk, **WHY)

    assert {status_of(row) for row in mine} == {"returned"}
    assert status_of(not_mine) == "requested"
    assert states(bulk) == {row.pk: "done" for row in mine} | {not_mine.pk: "left"}
    told = Event.objects.filter(verb="return_disbursement", actor=cast["trustee"].user)
    assert [event.data["code"] for event in told] == [WHY["reason_code"]] * 3  # each its own act
    assert all(event.reason.endswith(WHY["reason"]) for event in told)
    stay = mine[0].step_records.get(outcome="returned")
    assert (stay.reason_id, stay.note) == (WHY["reason_code"], WHY["reason"])
    assert WHY["reason"] in client.get(f"/lotes/{bulk.key}/").content.decode()


def test_what_was_sent_again_meanwhile_is_not_returned() -> None:
    cast = make_funded_cast()
    request = make_request(cast, at=now())
    client = client_of(cast, "trustee")
    bulk = proposed(client, "return_requests", [request], "requests")
    return_disbursement(
        request_id=request.pk,
        reason=ReturnReason.objects.get(pk="signature"),
        acting=cast.payer,
        at=now(),
    )
    dearer = an_ask(amount_cop=9 * MILLION)
    resubmit_disbursement(request_id=request.pk, ask=dearer, acting=cast["oga"], at=now())
    confirmed(client, bulk, **WHY)
    assert status_of(request) == "requested"
    assert "changed while you were reading" in problems(bulk)[request.pk]


def test_nobody_returns_what_they_do_not_see_or_may_not() -> None:
    cast, stranger = make_funded_cast(), make_request(make_funded_cast(), at=now())
    request = make_request(cast, at=now())
    trustee, oga = client_of(cast, "trustee"), client_of(cast, "oga")
    sent = {"list_name": "requests", "query": "", "verb": "return_requests"}
    assert trustee.post("/lotes/nuevo/", sent | {"row": str(stranger.pk)}).status_code == 400
    assert oga.post("/lotes/nuevo/", sent | {"row": str(request.pk)}).status_code == 400
    assert status_of(request) == status_of(stranger) == "requested"


def test_the_queue_offers_what_the_role_may_do() -> None:
    cast = make_funded_cast()
    make_request(cast, at=now())

    def offered(role: str) -> set[str]:
        page = client_of(cast, role).get(reverse("fiduciary:request-list"), {"all": "1"})
        assert ('name="row"' in page.content.decode()) == bool(page.context["verbs"])
        return {verb.name for verb in page.context["verbs"]}

    assert offered("trustee") == {"approve_requests", "return_requests"}
    assert {"clear_requests", "return_requests"} <= offered("eip")
    assert offered("oga") == set()
