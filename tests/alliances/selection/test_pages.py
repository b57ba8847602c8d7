"""The pages of this room: scope, roles, states, keys, methods, and a steady number of queries."""

from collections.abc import Callable
from decimal import Decimal
from functools import partial
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.timezone import localdate

from alliances.models import Call, CommitteeDecision, Score
from alliances.selection.services import seal_score, start_score
from tests.alliances.documents.samples import PDF
from tests.factories.alliances import (
    AT,
    Cast,
    make_call,
    make_cast,
    make_membership,
    make_organisation,
    make_producer,
)
from tests.factories.selection import answers_for, make_answered_sheet, make_ranked, make_score
from tests.pages import Browser, form_with

pytestmark = pytest.mark.django_db
ENGLISH = {"accept-language": "en"}


@pytest.fixture(scope="module")
def new_cast() -> Callable[[], Cast]:
    return partial(make_cast, "eligible")


def client_of(cast: Cast, role: str) -> Client:
    client = Browser(headers=ENGLISH)
    client.force_login((cast.outsider if role == "outsider" else cast[role]).user)
    return client


def url(cast: Cast, name: str, *args: object) -> str:
    return reverse(f"alliances:{name}", args=[cast.alliance.code, *args])


def sheet_data(cast: Cast, points: int, comment: str = "") -> dict[str, object]:
    data: dict[str, object] = {}
    for line in answers_for(cast.alliance, points):
        data[f"option_{line.criterion_id}"] = line.option_id
        data[f"comment_{line.criterion_id}"] = comment
    return data


PAGES = [
    ("score-summary", "get"),
    ("score", "get"),
    ("score", "post"),
    ("score-start", "post"),
    ("score-seal", "get"),
    ("score-seal", "post"),
    ("decide", "get"),
    ("decide", "post"),
]


@pytest.mark.parametrize(("name", "method"), PAGES)
def test_who_is_not_of_the_alliance_gets_404(cast, name, method):
    assert getattr(client_of(cast, "outsider"), method)(url(cast, name)).status_code == 404


@pytest.mark.parametrize(("name", "method"), PAGES)
def test_strangers_are_sent_to_the_login(cast, name, method):
    answer = getattr(Client(), method)(url(cast, name))

    assert answer.status_code == 302
    assert "/cuenta/" in answer.headers["Location"]


@pytest.mark.parametrize(
    "role", ["eip", "cir", "oga", "trustee", "ally", "organisation", "evaluator"]
)
@pytest.mark.parametrize(
    ("name", "method"),
    [("score", "get"), ("score", "post"), ("score-start", "post"), ("score-seal", "post")],
)
def test_other_roles_may_not_score(cast, role, name, method):
    assert getattr(client_of(cast, role), method)(url(cast, name)).status_code == 403
    assert not Score.objects.exists()


def test_what_changes_something_does_not_answer_get(cast):
    scorer = client_of(cast, "scorer")
    criterion = answers_for(cast.alliance, 50)[0].criterion_id

    assert scorer.get(url(cast, "score-start")).status_code == 405
    assert scorer.get(url(cast, "score-line", criterion)).status_code == 405
    assert scorer.get(url(cast, "score")).status_code == 200
    assert not Score.objects.exists()


def test_a_scorer_goes_from_beginning_to_seal_without_javascript(cast):
    scorer = client_of(cast, "scorer")
    assert "Begin scoring" in scorer.get(url(cast, "score")).content.decode()

    scorer.post(url(cast, "score-start"))
    saved = scorer.post(url(cast, "score"), sheet_data(cast, 100, "Visto en campo") | {"seal": "1"})
    confirm = scorer.get(saved.headers["Location"])
    assert "100.00" not in confirm.content.decode()  # the total stays hidden until the seal
    sealed = scorer.post(
        url(cast, "score-seal"), form_with(confirm.content.decode(), "seen"), follow=True
    )

    assert "100.00" in sealed.content.decode()
    assert Score.objects.get().total == Decimal(100)
    cast.alliance.refresh_from_db()
    assert cast.alliance.status == "scored"


def test_saving_keeps_what_there_is_and_sealing_names_what_is_missing(cast):
    scorer = client_of(cast, "scorer")
    scorer.post(url(cast, "score-start"))
    data = sheet_data(cast, 50)
    first = answers_for(cast.alliance, 50)[0].criterion_id
    only_first = {name: value for name, value in data.items() if name.endswith(f"_{first}")}

    assert scorer.post(url(cast, "score"), only_first | {"save": "1"}).status_code == 302
    assert Score.objects.get().lines.count() == 1
    refused = scorer.post(url(cast, "score-seal"), {"key": str(uuid4())}, follow=True)
    assert "Aliado" in " ".join(str(message) for message in refused.context["messages"])
    assert not Score.objects.get().is_sealed


def test_a_reason_without_an_option_is_sent_back_with_its_words(cast):
    scorer = client_of(cast, "scorer")
    scorer.post(url(cast, "score-start"))
    criterion = answers_for(cast.alliance, 50)[0].criterion_id

    answer = scorer.post(url(cast, "score"), {f"comment_{criterion}": "Mis palabras"})

    assert answer.status_code == 422
    assert "Mis palabras" in answer.content.decode()


def test_an_answer_is_kept_as_soon_as_it_is_given(cast):
    scorer = client_of(cast, "scorer")
    scorer.post(url(cast, "score-start"))
    line = answers_for(cast.alliance, 50)[0]
    page = url(cast, "score-line", line.criterion_id)

    kept = scorer.post(
        page, {f"option_{line.criterion_id}": line.option_id}, headers={"hx-request": "true"}
    )
    assert kept.status_code == 200
    assert "1 of 3" in kept.content.decode()
    assert "hx-swap-oob" in kept.content.decode()
    assert Score.objects.get().lines.get().option_id == line.option_id

    wrong = scorer.post(page, {f"option_{line.criterion_id}": 0})
    assert wrong.status_code == 422
    elsewhere = make_call().criteria.order_by("position")[0]
    assert scorer.post(url(cast, "score-line", elsewhere.pk)).status_code == 404


def test_the_fragment_checks_what_its_page_checks(cast):
    criterion = answers_for(cast.alliance, 50)[0].criterion_id
    page = url(cast, "score-line", criterion)

    assert client_of(cast, "outsider").post(page).status_code == 404
    assert client_of(cast, "cir").post(page).status_code == 403
    assert client_of(cast, "scorer").post(page).status_code == 403  # not begun
    assert Client().post(page).status_code == 302


def test_a_sealed_sheet_cannot_be_reopened(cast):
    score = make_answered_sheet(cast.alliance, cast["scorer"])
    seal_score(score_id=score.pk, acting=cast["scorer"], at=score.started_at, key=uuid4())
    scorer = client_of(cast, "scorer")
    line = answers_for(cast.alliance, 0)[0]

    assert scorer.get(url(cast, "score")).headers["Location"] == url(cast, "score-summary")
    assert scorer.post(url(cast, "score"), sheet_data(cast, 0, "x")).status_code == 409
    assert scorer.post(url(cast, "score-seal"), {"key": str(uuid4())}).status_code == 409
    late = scorer.post(
        url(cast, "score-line", line.criterion_id), {f"option_{line.criterion_id}": line.option_id}
    )
    assert late.status_code == 422
    score.refresh_from_db()
    assert score.total == Decimal("52.50")


def test_the_same_key_seals_once_over_http(cast):
    make_answered_sheet(cast.alliance, cast["scorer"])
    scorer, key = client_of(cast, "scorer"), str(uuid4())

    assert scorer.post(url(cast, "score-seal"), {"key": key}).status_code == 302
    assert scorer.post(url(cast, "score-seal"), {"key": key}).status_code == 302
    assert cast.alliance.events.filter(verb="score").count() == 1


def test_the_evidence_shows_no_personal_field(cast):
    producer = make_producer(cast.alliance, given_names="Rosaura", surnames="Tumbaqui")
    page = client_of(cast, "scorer").get(url(cast, "score")).content.decode()

    assert "Women" in page
    assert "Rosaura" not in page
    assert "Tumbaqui" not in page
    assert producer.document_number not in page


def test_nothing_is_said_of_the_other_scorer(cast):
    binding = make_answered_sheet(cast.alliance, cast["scorer"], points=100)
    seal_score(score_id=binding.pk, acting=cast["scorer"], at=binding.started_at)
    start_score(alliance_id=cast.alliance.pk, acting=cast["ogr"], at=AT)
    ogr = client_of(cast, "ogr")

    for name in ("score", "score-summary"):
        page = ogr.get(url(cast, name)).content.decode()
        assert cast["scorer"].user.display_name not in page
        assert "100.00" not in page


# -- Deciding -------------------------------------------------------------------------------------
@pytest.fixture
def scored() -> Cast:
    cast = make_cast("scored")
    make_score(cast.alliance, 80, scorer=cast["scorer"])
    return cast


def decision_data(**changes: object) -> dict[str, object]:
    return {
        "key": str(uuid4()),
        "outcome": "selected",
        "session_on": localdate().isoformat(),
        "votes_for": 5,
        "votes_against": 0,
        "reason": "",
    } | changes


def test_the_committee_decides_from_its_page(scored):
    cir = client_of(scored, "cir")
    page = cir.get(url(scored, "decide")).content.decode()
    assert "80.00" in page
    assert "70.00" in page
    assert "1 of 1" in page
    data = decision_data()

    assert cir.post(url(scored, "decide"), data).status_code == 302
    assert cir.post(url(scored, "decide"), data).status_code == 302  # the same key
    assert cir.post(url(scored, "decide"), decision_data()).status_code == 409
    assert CommitteeDecision.objects.count() == 1
    assert cir.get(url(scored, "decide")).status_code == 409


def test_a_departure_is_asked_for_its_reason_on_the_form(scored):
    cir = client_of(scored, "cir")

    asked = cir.post(url(scored, "decide"), decision_data(outcome="declined"))
    assert asked.status_code == 422
    assert "public" in asked.content.decode()
    given = decision_data(
        outcome="declined", reason="La asociación se disolvió", reason_code="organisation"
    )
    assert cir.post(url(scored, "decide"), given).status_code == 422  # no minutes
    given |= {"key": str(uuid4()), "minutes": SimpleUploadedFile("acta.pdf", PDF)}
    assert cir.post(url(scored, "decide"), given).status_code == 302
    assert "La asociación se disolvió" in cir.get(url(scored, "score-summary")).content.decode()


@pytest.mark.parametrize(
    "wrong",
    [
        {"outcome": "crowned"},
        {"votes_for": 1, "votes_against": 3},
        {"votes_for": -1},
        {"session_on": "mañana"},
        {"session_on": "2999-01-01"},
        {"key": "x"},
    ],
)
def test_a_wrong_decision_comes_back_with_its_error(scored, wrong):
    answer = client_of(scored, "cir").post(url(scored, "decide"), decision_data(**wrong))

    assert answer.status_code == 422
    assert not CommitteeDecision.objects.exists()


@pytest.mark.parametrize(
    "role", ["eip", "ogr", "scorer", "oga", "ally", "organisation", "evaluator"]
)
@pytest.mark.parametrize("method", ["get", "post"])
def test_other_roles_may_not_decide(scored, role, method):
    answer = getattr(client_of(scored, role), method)(url(scored, "decide"), decision_data())

    assert answer.status_code == 403
    assert not CommitteeDecision.objects.exists()


def test_a_profile_that_is_not_scored_has_nothing_to_decide(cast):
    assert client_of(cast, "cir").get(url(cast, "decide")).status_code == 403


# -- Ranking --------------------------------------------------------------------------------------
@pytest.fixture
def ranked() -> Call:
    """Four profiles: decided, above, above without money, below."""
    call = make_call("CLAS")
    make_ranked(95, "selected", call=call, code="R-1")
    make_ranked(90, call=call, code="R-2")
    make_ranked(
        75,
        call=call,
        code="R-3",
        incentive_cop=Decimal(9_800_000_000),
        total_value_cop=Decimal(30_000_000_000),
    )
    make_ranked(50, call=call, code="R-4")
    return call


def ranking_page(role: str, call: Call, **query: str):
    client = Browser(headers=ENGLISH)
    client.force_login(make_membership(role).user)
    return client.get(reverse("alliances:ranking", args=[call.code]), query)


@pytest.mark.parametrize("role", ["cir", "eip", "evaluator"])
def test_the_ranking_draws_both_lines(ranked, role):
    page = ranking_page(role, ranked)
    shown = page.content.decode()

    assert [row.alliance.code for row in page.context["rows"]] == ["R-1", "R-2", "R-3", "R-4"]
    assert shown.index("R-2") < shown.index("Budget line") < shown.index("R-3")
    assert shown.index("R-3") < shown.index("Cut-off: 70.00") < shown.index("R-4")


def test_the_ministry_reads_no_ranking_and_is_not_led_to_it(ranked):
    page = ranking_page("policy", ranked)
    client = Browser(headers=ENGLISH)
    client.force_login(make_membership("policy").user)
    call = client.get(reverse("alliances:call-detail", args=[ranked.code])).content.decode()

    assert page.status_code == 403
    assert "R-1" not in page.content.decode()
    assert reverse("alliances:ranking", args=[ranked.code]) not in call


@pytest.mark.parametrize("role", ["organisation", "ogr", "scorer", "ally"])
def test_until_the_committee_decides_the_others_read_only_what_is_decided(ranked, role):
    page = ranking_page(role, ranked)

    assert [row.alliance.code for row in page.context["rows"]] == ["R-1"]
    assert "3 places are not shown" in page.content.decode()


def test_a_withdrawn_profile_holds_no_place_and_is_counted(ranked):
    alliance = make_ranked(99, call=ranked, code="R-9")
    alliance.events.create(
        verb="withdraw", duty="represent", at=AT, from_status="scored", to_status="withdrawn"
    )
    page = ranking_page("cir", ranked)

    assert "R-9" not in page.content.decode()
    assert "1 scored profile withdrew" in page.content.decode()


def test_an_unknown_region_or_page_gives_the_nearest(ranked):
    assert ranking_page("cir", ranked, region="Atlántida", page="77").status_code == 200


def test_the_ranking_of_a_draft_call_does_not_exist():
    call = make_call("BORR", sealed=False)

    assert ranking_page("eip", call).status_code == 404


def test_the_ranking_is_read_only(ranked):
    client = Browser()
    client.force_login(make_membership("cir").user)

    assert client.post(reverse("alliances:ranking", args=[ranked.code])).status_code == 405


def test_the_ranking_costs_the_same_for_any_number_of_rows(ranked):
    client = Browser()
    client.force_login(make_membership("cir").user)
    page = reverse("alliances:ranking", args=[ranked.code])
    client.get(page)
    with CaptureQueriesContext(connection) as few:
        client.get(page)
    for number in range(10):
        make_ranked(60 + number, "selected", call=ranked)
    with CaptureQueriesContext(connection) as many:
        answer = client.get(page)

    assert len(answer.context["rows"]) == 14
    assert len(many) == len(few)


def test_the_sheet_costs_the_same_for_any_number_of_producers(cast):
    make_answered_sheet(cast.alliance, cast["scorer"])
    scorer = client_of(cast, "scorer")
    make_producer(cast.alliance)
    scorer.get(url(cast, "score"))
    with CaptureQueriesContext(connection) as few:
        scorer.get(url(cast, "score"))
    for _number in range(20):
        make_producer(cast.alliance)
    with CaptureQueriesContext(connection) as many:
        scorer.get(url(cast, "score"))

    assert len(many) == len(few)


# -- API ------------------------------------------------------------------------------------------
def test_the_api_is_as_blind_as_the_pages(cast):
    binding = make_answered_sheet(cast.alliance, cast["scorer"])
    path = "/api/v1/scores/"
    assert client_of(cast, "cir").get(path).json()["count"] == 0  # not sealed yet
    mine = client_of(cast, "scorer").get(path).json()["results"]
    assert (mine[0]["total"], len(mine[0]["lines"])) == (None, 3)

    seal_score(score_id=binding.pk, acting=cast["scorer"], at=binding.started_at)
    (row,) = (
        client_of(cast, "cir").get(path, {"alliance__code": cast.alliance.code}).json()["results"]
    )
    assert (row["kind"], row["total"], row["alliance"]) == ("binding", "52.50", cast.alliance.code)
    for role in ("ogr", "organisation", "outsider", "ally"):
        assert client_of(cast, role).get(path).json()["count"] == 0
        assert client_of(cast, role).get(f"{path}{binding.pk}/").status_code == 404
    assert client_of(cast, "scorer").post(path, {}).status_code == 405
    assert Client().get(path).status_code == 403


def test_the_api_costs_the_same_for_any_number_of_scores():
    call, organisation = make_call(), make_organisation("cir")
    make_ranked(80, call=call)
    client = Browser()
    client.force_login(make_membership("cir", organisation=organisation).user)
    client.get("/api/v1/scores/")
    with CaptureQueriesContext(connection) as few:
        client.get("/api/v1/scores/")
    for _number in range(6):
        make_ranked(70, call=call)
    with CaptureQueriesContext(connection) as many:
        answer = client.get("/api/v1/scores/")

    assert answer.json()["count"] == 7
    assert len(many) == len(few)
