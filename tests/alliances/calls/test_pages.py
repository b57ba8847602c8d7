"""The pages and the API of calls, as people of several roles see them."""

import re
from datetime import timedelta
from decimal import Decimal
from hashlib import sha256
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.timezone import localdate

from alliances.calls.models import Call
from alliances.calls.selectors import limits_draft, rubric_draft
from alliances.calls.services import load_example_calls
from alliances.lifecycle.models import Event
from alliances.people.models import Membership
from alliances.territory.models import MinimumWage
from tests.factories.alliances import AT, make_call, make_membership, make_user
from tests.pages import Browser, form_with

LIST = reverse("alliances:call-list")
MONEY = {"budget_0": "1.500.000.000", "wage_year": localdate().year}


def signed_in(membership: Membership) -> Client:
    client = Browser()
    client.force_login(membership.user)
    return client


@pytest.fixture
def examples(db) -> tuple[Call, ...]:
    return load_example_calls(at=AT)


@pytest.mark.parametrize("role", ["organisation", "scorer", "policy", "cir"])
def test_everybody_signed_in_reads_the_rules(role, examples):
    client = signed_in(make_membership(role))

    page = client.get(reverse("alliances:call-detail", args=["2020-1"])).content.decode()

    assert examples[1].rules_hash in page
    assert "Compromiso del aliado" in page
    assert "284" in page
    assert "EJEMPLO" in page
    assert "Convocatoria 2020" in page  # the source of a limit


def test_the_page_tells_the_reason_of_each_pair_of_duties(examples):
    client = signed_in(make_membership("ogr"))
    page = client.get(
        reverse("alliances:call-detail", args=["2023-1"]), headers={"accept-language": "en"}
    )

    assert "whoever scores gains nothing from the decision" in page.content.decode()


def test_the_sealed_document_hashes_to_the_seal(examples):
    client = signed_in(make_membership("organisation"))

    answer = client.get(reverse("alliances:call-rules", args=["2020-1"]))

    assert sha256(answer.content).hexdigest() == examples[1].rules_hash
    assert "attachment" in answer["Content-Disposition"]


def test_a_draft_is_only_for_those_who_may_write_it(db):
    call = make_call("BORRADOR", sealed=False)
    page = reverse("alliances:call-detail", args=[call.code])

    assert signed_in(make_membership("eip")).get(page).status_code == 200
    assert signed_in(make_membership("ogr")).get(page).status_code == 404
    assert "BORRADOR" not in signed_in(make_membership("ogr")).get(LIST).content.decode()
    assert (
        signed_in(make_membership("eip"))
        .get(reverse("alliances:call-rules", args=[call.code]))
        .status_code
        == 404
    )


def test_the_eip_opens_a_call_from_its_page_once(db):
    call, client = make_call("NUEVA", sealed=False), signed_in(make_membership("eip"))
    Call.objects.filter(pk=call.pk).update(opens_on=localdate(), closes_on=localdate())
    url, key = reverse("alliances:call-open", args=["NUEVA"]), str(uuid4())

    assert client.post(url, {"key": key}).status_code == 302
    assert client.post(url, {"key": key}).status_code == 302
    assert client.post(url, {"key": str(uuid4())}).status_code == 409
    call.refresh_from_db()
    assert call.is_sealed


def test_a_draft_says_what_sealing_freezes_and_can_be_discarded(db):
    call, client = make_call("NUEVA", sealed=False), signed_in(make_membership("eip"))
    page = client.get(reverse("alliances:call-detail", args=["NUEVA"])).content.decode()
    assert re.search(r"Criteria of the rubric</dt>\s*<dd>3</dd>", page)
    assert re.search(r"Limits of eligibility</dt>\s*<dd>0</dd>", page)
    url, key = reverse("alliances:call-discard", args=["NUEVA"]), str(uuid4())
    assert signed_in(make_membership("ogr")).post(url, {"key": key}).status_code == 403
    for sent in (key, key, str(uuid4())):
        assert client.post(url, {"key": sent}).status_code == 302
    assert "NUEVA" not in client.get(LIST).content.decode()
    assert Event.objects.filter(verb="discard_call").count() == 1
    opened = reverse("alliances:call-open", args=["NUEVA"])
    assert client.post(opened, {"key": str(uuid4())}).status_code == 404
    call.refresh_from_db()
    assert call.discarded_at


def test_a_sealed_call_is_not_discarded(db):
    call = make_call("ABIERTA")
    url = reverse("alliances:call-discard", args=[call.code])
    answer = signed_in(make_membership("eip")).post(url, {"key": str(uuid4())})
    assert answer.status_code == 409
    call.refresh_from_db()
    assert call.discarded_at is None


def test_opening_is_refused_by_get_to_other_roles_and_to_strangers(db):
    call = make_call("NUEVA", sealed=False)
    url = reverse("alliances:call-open", args=["NUEVA"])

    assert signed_in(make_membership("eip")).get(url).status_code == 405
    assert signed_in(make_membership("ogr")).post(url).status_code == 404  # a draft is not theirs
    assert Client().post(url).status_code == 302  # to the login
    stranger = Client()
    stranger.force_login(make_user())
    assert stranger.get(LIST).status_code == 403
    call.refresh_from_db()
    assert not call.is_sealed


def test_the_list_costs_the_same_for_any_number_of_calls(db):
    client = signed_in(make_membership("policy"))
    make_call()
    client.get(LIST)
    with CaptureQueriesContext(
        connection,
    ) as few:
        client.get(LIST)
    for _number in range(12):
        make_call()
    with CaptureQueriesContext(connection) as many:
        page = client.get(LIST)

    assert len(page.context["rows"]) == 13
    assert len(many) == len(few)


def test_the_api_gives_the_rules_and_keeps_drafts_apart(examples):
    make_call("BORRADOR", sealed=False)
    client = signed_in(make_membership("ogr"))

    listed = client.get("/api/v1/calls/").json()["results"]
    one = client.get("/api/v1/calls/2020-1/").json()

    assert [row["code"] for row in listed] == ["2026-1", "2023-1", "2020-1", "FASE-3"]
    assert one["rules_hash"] == examples[1].rules_hash
    assert len(one["rubric"]) == 12
    assert one["rubric"][0]["options"][0]["points"] == "0.00"
    assert client.get("/api/v1/calls/BORRADOR/").status_code == 404
    assert client.post("/api/v1/calls/", {}).status_code == 405


def test_the_api_costs_the_same_for_any_number_of_calls(db):
    client = signed_in(make_membership("ogr"))
    make_call()
    client.get("/api/v1/calls/")
    with CaptureQueriesContext(connection) as few:
        client.get("/api/v1/calls/")
    for _number in range(8):
        make_call()
    with CaptureQueriesContext(connection) as many:
        client.get("/api/v1/calls/")

    assert len(many) == len(few)


# -- Writing a call -------------------------------------------------------------------------------
def new_call(base: Call, **changes: object) -> dict[str, object]:
    opens_on = localdate() + timedelta(days=20)
    sent: dict[str, object] = {
        "code": "2027-1",
        "name": "Convocatoria 2027",
        "opens_on": opens_on.isoformat(),
        "closes_on": (opens_on + timedelta(days=80)).isoformat(),
        "wage_year": str(localdate().year),
        "regime": "recommended",
        "source": "",
    }
    for number in range(base.regions.count()):
        sent[f"budget_{number}"] = "" if number else "1.500.000.000"
        sent[f"cutoff_{number}"] = "72.5"
    return sent | changes


def test_a_call_is_written_from_another_and_opened(examples):
    base, eip = examples[-1], make_membership("eip")
    MinimumWage.objects.create(
        year=localdate().year, monthly_cop=1_750_905, source="Decreto", confidence="high"
    )
    client, page = signed_in(eip), reverse("alliances:call-create", args=[base.code])
    assert page in client.get(reverse("alliances:call-detail", args=[base.code])).content.decode()
    assert client.get(page).status_code == 200
    wrong = client.post(page, new_call(base, closes_on=localdate().isoformat()))
    assert wrong.status_code == 422

    senseless = new_call(base, opens_on="1990-01-15", closes_on="1990-03-31")
    told = client.post(page, senseless)
    assert (told.status_code, sorted(told.context["form"].errors)) == (
        422,
        ["opens_on", "wage_year"],
    )

    written = client.post(page, new_call(base))

    detail = reverse("alliances:call-detail", args=["2027-1"])
    assert (written.status_code, written.headers["Location"]) == (302, detail)
    again = client.post(page, new_call(base))
    assert (again.status_code, list(again.context["form"].errors)) == (422, ["code"])
    call = Call.objects.get(code="2027-1")
    [region] = call.regions.all()
    assert (region.budget_cop, region.cutoff) == (1_500_000_000, Decimal("72.5"))
    assert rubric_draft(call) == rubric_draft(base)
    assert limits_draft(call) == limits_draft(base)
    opened = client.post(reverse("alliances:call-open", args=["2027-1"]), {"key": str(uuid4())})
    assert opened.status_code == 302
    call.refresh_from_db()
    assert call.is_sealed


def test_the_first_call_is_written_from_the_example(db):
    MinimumWage.objects.create(
        year=localdate().year, monthly_cop=1_750_905, source="Decreto", confidence="high"
    )
    client, page = signed_in(make_membership("eip")), reverse("alliances:call-first")
    assert page in client.get(LIST).content.decode()
    sent = form_with(client.get(page).content.decode(), "code")
    days = {"opens_on": localdate(), "closes_on": localdate() + timedelta(days=60)}
    written = client.post(page, sent | days | {"code": "2027-1", "name": "Primera"} | MONEY)
    assert written.status_code == 302
    call = Call.objects.get(code="2027-1")
    assert (call.regions.count(), len(rubric_draft(call)) > 0) == (1, True)
    opened = client.post(reverse("alliances:call-open", args=["2027-1"]), {"key": str(uuid4())})
    assert opened.status_code == 302
    assert page not in client.get(LIST).content.decode()
    assert signed_in(make_membership("admin")).get(page).status_code == 403


@pytest.mark.parametrize("role", ["ogr", "organisation", "policy", "cir"])
def test_only_the_eip_writes_a_call(role, examples):
    client = signed_in(make_membership(role))
    page = reverse("alliances:call-create", args=[examples[-1].code])
    assert client.get(page).status_code == 403
    assert client.post(page, new_call(examples[-1])).status_code == 403
    assert not Call.objects.filter(code="2027-1").exists()
