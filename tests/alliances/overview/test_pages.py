"""Pages of alliances as each person sees them: scope, acts, refusals, constant queries."""

from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from alliances.lifecycle.selectors import may_act
from alliances.lifecycle.table import TRANSITIONS, Transition
from tests.factories.alliances import Cast, make_alliance, make_cast
from tests.pages import Browser

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


def client_of(cast: Cast, role: str) -> Client:
    client = Browser()
    client.force_login((cast.outsider if role == "outsider" else cast[role]).user)
    return client


def url(cast: Cast, tail: str = "") -> str:
    return f"/alianzas/{cast.alliance.code}/{tail}"


@pytest.mark.parametrize("tail", ["", "historia/", "quien-puede/score/", "intereses/"])
def test_who_is_not_of_the_alliance_gets_404(tail: str) -> None:
    cast = make_cast("eligible")
    assert client_of(cast, "outsider").get(url(cast, tail)).status_code == 404
    assert client_of(cast, "ogr").get(url(cast, tail)).status_code == 200


@pytest.mark.parametrize("tail", ["", "historia/", "actos/verify/", "designar/"])
def test_strangers_must_sign_in(tail: str) -> None:
    answer = Client().get(url(make_cast("submitted"), tail))
    assert answer.status_code == 302
    assert "/cuenta/" in answer.headers["Location"]


def test_an_act_is_done_by_post_only_and_once() -> None:
    cast = make_cast("submitted")
    ogr, key = client_of(cast, "ogr"), str(uuid4())
    page = url(cast, "actos/return_profile/")
    assert ogr.get(page).status_code == 200
    cast.alliance.refresh_from_db()
    assert cast.alliance.status == "submitted"
    why = {"reason": "Falta el RUT", "reason_code": "incomplete"}
    assert ogr.post(page, {"key": key, "reason": ""}).status_code == 422
    assert ogr.post(page, {"key": key} | why | {"reason": "."}).status_code == 422
    assert ogr.post(page, {"key": key} | why).status_code == 302
    assert ogr.post(page, {"key": key} | why).status_code == 302
    cast.alliance.refresh_from_db()
    assert cast.alliance.status == "returned"
    assert cast.alliance.events.filter(verb="return_profile").count() == 1
    late = ogr.post(page, why)
    assert late.status_code == 409


@pytest.mark.parametrize("role", ["eip", "cir", "oga", "trustee", "evaluator", "ally"])
def test_other_roles_are_refused_with_the_reason(role: str) -> None:
    cast = make_cast("submitted")
    answer = client_of(cast, role).post(
        url(cast, "actos/return_profile/"), {"key": str(uuid4()), "reason": "x"}
    )
    assert answer.status_code == 403
    assert cast[role].user.display_name in answer.content.decode()


OWN = [row for row in TRANSITIONS if row.has_own_service]


@pytest.mark.parametrize("row", OWN, ids=lambda row: row.verb)
def test_what_writes_more_than_a_status_is_done_on_its_own_page(row: Transition) -> None:
    cast = make_cast(row.sources[0])
    role = next(role for role in cast.people if may_act(cast.alliance, row.duty, cast[role]))
    client, plain = client_of(cast, role), url(cast, f"actos/{row.verb}/")
    own = reverse(row.page, args=[cast.alliance.code])

    to_own = client.get(plain)
    assert (to_own.status_code, to_own.headers["Location"]) == (302, own)
    refused = client.post(plain, {"key": str(uuid4())})
    assert refused.status_code == 403
    assert own in refused.content.decode()
    sent = {"verb": row.verb, "key": str(uuid4())}
    by_machine = client.post(f"/api/v1/alliances/{cast.alliance.code}/acts/", sent)
    assert by_machine.status_code == 403
    assert own in by_machine.content.decode()
    assert not cast.alliance.events.filter(verb=row.verb).exists()


def test_an_act_with_evidence_keeps_the_document() -> None:
    cast = make_cast("viable")
    page, cir = url(cast, "actos/approve/"), client_of(cast, "cir")
    assert cir.post(page, {"key": str(uuid4())}).status_code == 422
    paper = SimpleUploadedFile("acta.pdf", PDF, "application/pdf")
    sent = {"key": str(uuid4()), "evidence": paper}
    assert cir.post(page, sent).status_code == 302
    event = cast.alliance.events.latest("sequence")
    [evidence] = event.data["documents"]
    version = cast.alliance.documents.get().versions.get()
    assert (evidence["version"], evidence["sha256"]) == (version.pk, version.sha256)


def test_rubbish_evidence_leaves_nothing_behind() -> None:
    cast = make_cast("viable")
    rubbish = SimpleUploadedFile("acta.pdf", b"MZ\x00\x00 not a pdf", "application/pdf")
    answer = client_of(cast, "cir").post(
        url(cast, "actos/approve/"), {"key": str(uuid4()), "evidence": rubbish}
    )
    assert answer.status_code == 422
    assert answer.context["form"].non_field_errors()
    cast.alliance.refresh_from_db()
    assert cast.alliance.status == "viable"
    assert not cast.alliance.documents.exists()


def test_only_the_director_appoints() -> None:
    cast = make_cast("approved", appointed=False)
    sent = {"duty": "accompany", "organisation": cast["oga"].organisation.pk}
    assert client_of(cast, "ogr").post(url(cast, "designar/"), sent).status_code == 403
    wrong = sent | {"duty": "pay"}
    assert client_of(cast, "eip").post(url(cast, "designar/"), wrong).status_code == 422
    assert client_of(cast, "eip").post(url(cast, "designar/"), sent).status_code == 302
    assert cast.alliance.appointments.get().organisation == cast["oga"].organisation


def test_only_the_director_ends_an_appointment_and_once() -> None:
    cast = make_cast("executing")
    oga = cast.alliance.appointments.get(duty="accompany")
    page, eip = url(cast, f"designaciones/{oga.pk}/terminar/"), client_of(cast, "eip")
    assert page in eip.get(url(cast)).content.decode()
    assert page not in client_of(cast, "ogr").get(url(cast)).content.decode()
    assert client_of(cast, "ogr").post(page, {"reason": "x"}).status_code == 403
    assert eip.get(page).status_code == 200
    assert eip.post(page, {"reason": ""}).status_code == 422
    why = {"reason": "Renunció por falta de personal", "reason_code": "replaced"}
    assert eip.post(page, why).status_code == 302
    assert eip.post(page, why).status_code == 409
    oga.refresh_from_db()
    assert oga.until


def test_a_declared_interest_is_recorded_once() -> None:
    cast = make_cast("scored")
    sent = {"kind": "kinship", "detail": "prima"}
    cir = client_of(cast, "cir")
    assert cir.post(url(cast, "intereses/"), sent).status_code == 302
    assert cast.alliance.interests.get().person == cast["cir"].user


def test_lists_ask_the_same_whatever_their_rows(django_assert_num_queries) -> None:
    cast = make_cast("submitted")
    eip = client_of(cast, "eip")

    def queries() -> int:
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        with CaptureQueriesContext(connection) as captured:
            for page in ("/", "/alianzas/", "/api/v1/alliances/", "/alianzas/?q=papa"):
                assert eip.get(page).status_code == 200
        return len(captured)

    make_alliance("submitted", call=cast.alliance.call)  # one already waits for its scorer
    before = queries()
    for _ in range(6):
        make_alliance("submitted", call=cast.alliance.call)
    assert queries() == before


def test_filters_narrow_and_stay_in_the_address() -> None:
    cast = make_cast("submitted")
    other = make_alliance("executing", call=cast.alliance.call)
    body = client_of(cast, "eip").get("/alianzas/?stage=execution").content.decode()
    assert other.code in body
    assert cast.alliance.code not in body


def test_api_says_what_may_be_done_and_why_not() -> None:
    cast = make_cast("submitted")
    api = f"/api/v1/alliances/{cast.alliance.code}/"
    mine = client_of(cast, "ogr").get(api).json()["allowed_actions"]
    assert {row["verb"]: row["allowed"] for row in mine}["return_profile"] is True
    theirs = client_of(cast, "trustee").get(api).json()["allowed_actions"]
    assert {row["verb"] for row in theirs if row["allowed"]} == {
        "declare_interest",
        "upload_document",
    }
    assert all(row["reason"] for row in theirs if not row["allowed"])
    assert client_of(cast, "outsider").get(api).status_code == 404
    key = str(uuid4())
    sent = {
        "verb": "return_profile",
        "reason": "Falta el certificado",
        "reason_code": "incomplete",
        "key": key,
    }
    assert client_of(cast, "eip").post(api + "acts/", sent).status_code == 403
    done = client_of(cast, "ogr").post(api + "acts/", sent)
    assert (done.status_code, done.json()["status"]) == (200, "returned")
    chain = client_of(cast, "ogr").get(api + "history/").json()["results"]
    assert chain[0]["verb"] == "return_profile"
    assert chain[0]["previous_hash"] == chain[1]["hash"]
    who = client_of(cast, "eip").get(api + "who-may-act/promote/").json()
    # Who sent a profile back verified it, and does not promote it afterwards: its own people do.
    assert [row["role"] for row in who["eligible"]] == ["organisation"]
    assert cast["ogr"].user.display_name in who["barred"][0]["person"]
