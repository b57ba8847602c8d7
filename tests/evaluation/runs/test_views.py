"""Pages and API of the runs: who sees what, launch, watch, cancel, read, download."""

import csv
import io
import json
import re
from uuid import UUID, uuid4

import pytest
from django.urls import reverse

from alliances.models import Membership
from evaluation.models import Run
from evaluation.runs.hiding import for_programs
from evaluation.runs.lists import RUNS
from evaluation.runs.selectors import parts_of
from evaluation.runs.services import Claim, cancel_run, claim_run, execute_run
from evaluation.runs.table import RunStatus
from tests.factories.alliances import make_membership
from tests.factories.evaluation import AT, make_run, make_study, make_surveyed, make_wave
from tests.pages import form_with

pytestmark = pytest.mark.django_db
FRAGMENT = {"HX-Request": "true"}


@pytest.fixture
def worker_asleep(monkeypatch):
    """The nudge is counted and nothing is worked on."""
    nudges: list[int] = []
    monkeypatch.setattr("evaluation.runs.tasks.work_pending_runs.delay", lambda: nudges.append(1))
    return nudges


@pytest.fixture(scope="module")
def evaluator(module_rows: None) -> Membership:
    return make_membership("evaluator")


@pytest.fixture(scope="module")
def finished(evaluator) -> Run:
    wave = make_wave(evaluator)
    make_surveyed(wave, evaluator, alliances=14, members=5)
    run = make_run(evaluator, make_study(evaluator, wave, bootstrap_replicates=5))
    claimed = claim_run(at=AT)
    execute_run(run_id=run.pk, token=claimed.claim_token, clock=lambda: AT)
    run.refresh_from_db()
    return run


def page_of(client, run):
    return client.get(reverse("evaluation:run-detail", args=[run.pk]))


def launch(client, study, key):
    return client.post(reverse("evaluation:run-launch", args=[study.pk]), {"key": key})


# -- Launching ----------------------------------------------------------------------------------


def test_an_evaluator_launches_from_the_page(
    evaluator, as_member, worker_asleep, django_capture_on_commit_callbacks
):
    client, study = as_member(evaluator), make_study(evaluator)
    page = client.get(reverse("evaluation:study-detail", args=[study.pk]))
    key = UUID(form_with(page.content.decode(), "key")["key"][0])

    with django_capture_on_commit_callbacks(execute=True):
        answer = launch(client, study, key)

    run = study.runs.get()
    assert answer.headers["Location"] == reverse("evaluation:run-detail", args=[run.pk])
    assert (run.status, run.key, run.requested_by) == ("queued", key, evaluator)
    assert worker_asleep == [1]


def test_the_second_click_leads_to_the_same_run(evaluator, as_member, worker_asleep):
    client, study, key = as_member(evaluator), make_study(evaluator), uuid4()

    first, second = launch(client, study, key), launch(client, study, key)

    assert first.headers["Location"] == second.headers["Location"]
    assert study.runs.count() == 1
    assert launch(client, study, uuid4()).status_code == 409


def test_a_broker_that_is_away_does_not_lose_the_launch(
    evaluator, as_member, monkeypatch, django_capture_on_commit_callbacks
):
    def away():
        raise ConnectionError("no broker")

    monkeypatch.setattr("evaluation.runs.tasks.work_pending_runs.delay", away)

    study = make_study(evaluator)
    with django_capture_on_commit_callbacks(execute=True):
        answer = launch(as_member(evaluator), study, uuid4())

    assert answer.status_code == 302
    assert study.runs.get().status == RunStatus.QUEUED


def test_a_launch_without_its_key_is_refused(evaluator, as_member):
    study = make_study(evaluator)
    before = Run.objects.count()
    address = reverse("evaluation:run-launch", args=[study.pk])
    answer = as_member(evaluator).post(address, {"key": ""})

    assert answer.status_code == 400
    assert Run.objects.count() == before


@pytest.mark.parametrize("name", ["run-launch", "run-cancel"])
def test_what_changes_something_does_not_answer_get(evaluator, as_member, name):
    run = make_run(evaluator)

    assert as_member(evaluator).get(reverse(f"evaluation:{name}", args=[run.pk])).status_code == 405


@pytest.mark.parametrize("name", ["run-launch", "run-cancel"])
def test_readers_do_not_launch_nor_cancel(evaluator, policy, as_member, name):
    run = make_run(evaluator)
    target = run.study_id if name == "run-launch" else run.pk

    answer = as_member(policy).post(reverse(f"evaluation:{name}", args=[target]), {"key": uuid4()})

    assert answer.status_code == 403
    assert "only an evaluator" in answer.content.decode()


@pytest.mark.parametrize("name", ["run-launch", "run-cancel", "run-detail"])
def test_what_does_not_exist_is_not_found(evaluator, as_member, name):
    client, url = as_member(evaluator), reverse(f"evaluation:{name}", args=[999999])

    answer = client.get(url) if name == "run-detail" else client.post(url, {"key": uuid4()})

    assert answer.status_code == 404


# -- Watching -----------------------------------------------------------------------------------


def test_page_and_fragment_share_address_and_check(evaluator, outsider, as_member):
    run = make_run(evaluator)
    url = reverse("evaluation:run-detail", args=[run.pk])
    client = as_member(evaluator)

    page, fragment = client.get(url), client.get(url, headers=FRAGMENT)

    assert "<html" in page.content.decode()
    assert "<html" not in fragment.content.decode()
    for answer in (page, fragment):
        assert f'hx-get="{url}?parts=0"' in answer.content.decode()
        assert "Waiting for a worker" in answer.content.decode()
    for headers in ({}, FRAGMENT):
        refused = as_member(outsider).get(url, headers=headers)
        assert refused.status_code == 403


def test_a_running_run_shows_its_phase_and_per_cent(evaluator, as_member):
    run = make_run(evaluator)
    claimed = claim_run(at=AT)
    Run.objects.filter(pk=run.pk).update(phase="models", percent=42, attempt=2)

    text = page_of(as_member(evaluator), claimed).content.decode()

    assert "Adjusted differences" in text
    assert 'value="42"' in text
    assert "attempt 2" in text


def test_only_who_may_cancel_sees_the_button(evaluator, policy, as_member):
    run = make_run(evaluator)
    cancel = reverse("evaluation:run-cancel", args=[run.pk])

    assert cancel in page_of(as_member(evaluator), run).content.decode()
    assert cancel not in page_of(as_member(policy), run).content.decode()


def test_the_fragment_brings_findings_when_there_are_new_ones(evaluator, as_member, finished):
    run = make_run(evaluator, finished.study)
    claimed = claim_run(at=AT)
    claim = Claim(run.pk, claimed.claim_token, lambda: AT)
    claim.begin(finished.fingerprint, {})
    url, client = reverse("evaluation:run-detail", args=[run.pk]), as_member(evaluator)

    def fragment(parts: int) -> str:
        return client.get(url, {"parts": parts}, headers=FRAGMENT).content.decode()

    assert 'hx-swap-oob="true"' not in fragment(0)
    claim.store("chaining", parts_of(finished)["chaining"])
    assert "What was found" in fragment(0)
    assert "What was found" not in fragment(1)
    assert "What was found" in page_of(client, run).content.decode()


def test_cancelling_from_the_page(evaluator, as_member):
    run, client = make_run(evaluator), as_member(evaluator)
    cancel = reverse("evaluation:run-cancel", args=[run.pk])

    assert client.post(cancel).status_code == 302
    assert "nothing was stored" in page_of(client, run).content.decode()
    assert client.post(cancel).status_code == 409


def test_a_study_with_many_runs_leads_to_the_list(evaluator, as_member):
    """Pages of the fragment would be pages of the study."""
    study = make_study(evaluator)
    for _number in range(51):
        cancel_run(run_id=make_run(evaluator, study).pk, acting=evaluator, at=AT)
    url = f"{reverse('evaluation:run-list')}?study={study.pk}"

    page = as_member(evaluator).get(url, headers=FRAGMENT).content.decode()

    assert f'href="{url}"' in page
    assert "page=2" not in page


def test_the_fragment_of_an_ended_run_reloads_the_page(evaluator, as_member, finished):
    url = reverse("evaluation:run-detail", args=[finished.pk])

    answer = as_member(evaluator).get(url, headers=FRAGMENT)

    assert answer.headers["HX-Refresh"] == "true"


# -- Reading ------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["evaluator", "policy"])
def test_a_finished_run_is_read_sentence_first(role, request, as_member, finished):
    text = page_of(as_member(request.getfixturevalue(role)), finished).content.decode()

    first, tables, charts = (
        text.index("producers surveyed in alliances"),
        text.index("adjusted differences between levels"),
        text.index("<figure"),
    )
    assert first < tables < charts
    assert "associations, not effects" in text
    assert finished.fingerprint in text
    assert "style=" not in text


@pytest.mark.parametrize("language", ["es", "en"])
def test_charts_speak_the_language_of_the_page(evaluator, as_member, finished, language):
    client = as_member(evaluator)
    url = reverse("evaluation:run-detail", args=[finished.pk])

    text = client.get(url, headers={"accept-language": language}).content.decode()

    sources = re.findall(r'src="([^"]+\.svg)"', text)
    charts = [source for source in sources if "/corridas/" in source]
    assert len(charts) == 8
    assert all(f".{language}." in source for source in charts)
    assert all(client.get(source).status_code == 200 for source in charts)


def test_its_charts_keep_the_schema(finished, charts_by_schema):
    assert charts_by_schema(finished) == 4


def test_charts_are_self_contained_and_for_readers(evaluator, outsider, as_member, finished):
    client = as_member(evaluator)
    url = reverse("evaluation:run-drawing", args=[finished.pk, "shares", "es", "light", "svg"])

    answer = client.get(url)
    assert answer.headers["Content-Type"] == "image/svg+xml"
    assert answer.content.startswith(b"<svg")
    assert b"http://" not in answer.content.replace(b"http://www.w3.org/", b"")
    assert as_member(outsider).get(url).status_code == 403
    assert client.get(url.replace("shares", "nothing")).status_code == 404


def test_the_result_is_downloaded_whole_and_as_numbers(evaluator, as_member, finished):
    client = as_member(evaluator)

    whole = client.get(reverse("evaluation:run-result", args=[finished.pk, "json"]))
    url = reverse("evaluation:run-result", args=[finished.pk, "csv"])
    numbers = client.get(url, headers={"accept-language": "es-co"})

    assert json.loads(whole.content)["result"] == parts_of(finished)
    text = numbers.content.decode("utf-8-sig")
    assert numbers.content.startswith("\ufeff".encode())
    rows = list(csv.DictReader(io.StringIO(text), delimiter=";"))
    share = next(row for row in rows if (row["table"], row["level"]) == ("levels", "high"))
    stored = parts_of(finished)["chaining"]["dimensions"][0]["levels"][2]["share"]
    assert float(share["value"].replace(",", ".")) == stored["value"]
    assert int(share["alliances"]) == 14
    for row in rows:
        assert row["value"] or row["statistic"] or row["not_estimable"]


@pytest.mark.parametrize("format", ["json", "csv"])
def test_downloads_are_for_readers_of_ended_runs(evaluator, outsider, as_member, format):
    run = make_run(evaluator)
    url = reverse("evaluation:run-result", args=[run.pk, format])

    assert as_member(evaluator).get(url).status_code == 404
    assert as_member(outsider).get(url).status_code == 403


def test_a_failed_run_says_why(evaluator, as_member, monkeypatch):
    def unfit(run):
        raise ValueError("values outside 0-4 in ally_buys")

    monkeypatch.setattr("evaluation.runs.chaining.work.prepare", unfit)
    run = make_run(evaluator)
    claimed = claim_run(at=AT)
    execute_run(run_id=run.pk, token=claimed.claim_token, clock=lambda: AT)

    text = page_of(as_member(evaluator), run).content.decode()

    assert "do not fit the method" in text
    assert "ally_buys" in text


# -- Lists --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["run-list", "study-list"])
def test_lists_ask_the_same_queries_however_long(evaluator, as_member, name, query_counter):
    client, url = as_member(evaluator), reverse(f"evaluation:{name}")
    make_run(evaluator)
    client.get(url)
    few = query_counter(lambda: client.get(url))

    for _more in range(5):
        make_run(evaluator)

    assert query_counter(lambda: client.get(url)) == few


def test_the_runs_of_one_study_come_as_a_fragment(evaluator, as_member):
    one, other = make_run(evaluator), make_run(evaluator)
    url = reverse("evaluation:run-list")

    answer = as_member(evaluator).get(url, {"study": one.study_id}, headers=FRAGMENT)

    text = answer.content.decode()
    assert f"/corridas/{one.pk}/" in text
    assert f"/corridas/{other.pk}/" not in text
    assert "<html" not in text
    assert all(f">{column.label}</th>" in text for column in RUNS.columns)


def test_lists_are_for_readers(outsider, as_member):
    for name in ("run-list", "study-list", "wave-list"):
        answer = as_member(outsider).get(reverse(f"evaluation:{name}"))
        assert answer.status_code == 403
        assert "read by evaluators" in answer.content.decode()


# -- API ----------------------------------------------------------------------------------------


def test_the_api_launches_once_per_key(evaluator, as_member, worker_asleep):
    client, body = as_member(evaluator), {"study": make_study(evaluator).pk, "key": uuid4()}

    first = client.post("/api/v1/runs/", body, content_type="application/json")
    second = client.post("/api/v1/runs/", body, content_type="application/json")

    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json()["id"] == second.json()["id"]
    assert first.json()["status"] == "queued"


def test_the_api_refuses_in_words(evaluator, policy, outsider, as_member, worker_asleep):
    run = make_run(evaluator)
    body = {"study": run.study_id, "key": str(uuid4())}
    send = {"content_type": "application/json"}

    assert as_member(policy).post("/api/v1/runs/", body, **send).status_code == 403
    conflict = as_member(evaluator).post("/api/v1/runs/", body, **send)
    assert conflict.status_code == 409
    assert "already running" in conflict.json()["detail"]
    assert as_member(evaluator).post("/api/v1/runs/", {}, **send).status_code == 400
    gone = as_member(evaluator).post("/api/v1/runs/", body | {"study": 999999}, **send)
    assert gone.status_code == 404
    assert as_member(outsider).get("/api/v1/runs/").status_code == 403
    assert as_member(policy).post(f"/api/v1/runs/{run.pk}/cancel/").status_code == 403


def test_the_api_lists_reads_and_cancels(evaluator, policy, as_member, finished):
    waiting = make_run(evaluator, finished.study)
    reader = as_member(policy)

    listed = reader.get("/api/v1/runs/").json()["results"]
    one = reader.get(f"/api/v1/runs/{finished.pk}/").json()
    cancelled = as_member(evaluator).post(f"/api/v1/runs/{waiting.pk}/cancel/").json()

    assert [row["id"] for row in listed] == [waiting.pk, finished.pk]
    assert "result" not in listed[0]
    assert (one["headline"], one["result"]) == for_programs(finished, whole=False)
    whole = as_member(evaluator).get(f"/api/v1/runs/{finished.pk}/").json()
    assert whole["result"] == parts_of(finished) != one["result"]
    assert one["fingerprint"] == finished.fingerprint
    assert cancelled["status"] == "cancelled"


def test_the_api_list_asks_the_same_queries_however_long(evaluator, as_member, query_counter):
    client = as_member(evaluator)
    make_run(evaluator)
    client.get("/api/v1/runs/")
    few = query_counter(lambda: client.get("/api/v1/runs/"))

    for _more in range(5):
        make_run(evaluator)

    assert query_counter(lambda: client.get("/api/v1/runs/")) == few
