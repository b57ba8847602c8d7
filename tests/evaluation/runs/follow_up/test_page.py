"""A follow-up study from its form to its page, downloads and API; a killed worker resumes."""

import csv
import io
import json
import re
from datetime import datetime, timedelta

import pytest
from django.db import OperationalError
from django.urls import reverse

from alliances.models import Membership
from evaluation.models import Run, Study
from evaluation.runs.follow_up import work as follow_up_work
from evaluation.runs.jobs import Job, Prepared
from evaluation.runs.selectors import parts_of
from evaluation.runs.services import claim_run, execute_run
from evaluation.runs.table import STALE_AFTER
from tests.evaluation.runs.follow_up.scene import follow_up_study, make_closed, run_of
from tests.factories.alliances import make_membership
from tests.factories.evaluation import AT, make_run, make_wave
from tests.pages import form_with

pytestmark = pytest.mark.django_db
PARTS = ["funnel", "overall", "survival", "by_route"]


@pytest.fixture(scope="module")
def evaluator(module_rows: None) -> Membership:
    return make_membership("evaluator")


@pytest.fixture(scope="module")
def finished(evaluator) -> Run:
    make_closed(evaluator)
    return run_of(evaluator, follow_up_study(evaluator))


def read(client, run: Run, language: str = "en") -> str:
    url = reverse("evaluation:run-detail", args=[run.pk])
    return client.get(url, headers={"accept-language": language}).content.decode()


def test_a_finished_run_is_read_sentence_first(policy, as_member, finished):
    text = read(as_member(policy), finished)

    first, table, chart = (
        text.index("24 alliances had closed, and 6 of them have broken up"),
        text.index('id="looks"'),
        text.index("<figure"),
    )
    assert first < table < chart
    assert "24 at 24 months" in text  # not enough time yet
    assert "an association, not an effect" in text
    assert "style=" not in text


def test_its_charts_keep_the_schema(finished, charts_by_schema):
    assert charts_by_schema(finished) == 3


def test_charts_show_steps_in_the_language_of_the_page(evaluator, as_member, finished):
    client = as_member(evaluator)

    charts = re.findall(r'src="([^"]+/corridas/[^"]+\.svg)"', read(client, finished, "es"))

    assert {"looks", "survival-all", "survival-route"} == {
        chart.rsplit("/", 1)[1].split(".")[0] for chart in charts
    }
    for chart in charts:
        answer = client.get(chart)
        assert answer.status_code == 200
        assert b"NaN" not in answer.content


def test_the_first_words_tell_the_last_moment_and_leave_the_rest_to_the_table(
    evaluator, as_member, finished
):
    text = read(as_member(evaluator), finished)
    found = text[text.index("What was found") : text.index("What stands after closing")]

    assert "12 months after closing. Alliance goes on" in found  # of 24 nothing is known yet
    assert "6 months after closing" not in found


def test_the_page_asks_few_queries(evaluator, as_member, finished, query_counter):
    client = as_member(evaluator)
    read(client, finished)

    assert query_counter(lambda: read(client, finished)) <= 15


def test_its_numbers_are_downloaded_and_read_by_machines(evaluator, as_member, finished):
    client = as_member(evaluator)

    whole = client.get(reverse("evaluation:run-result", args=[finished.pk, "json"]))
    numbers = client.get(reverse("evaluation:run-result", args=[finished.pk, "csv"]))
    headline = client.get(f"/api/v1/runs/{finished.pk}/").json()["headline"]

    assert json.loads(whole.content)["result"] == parts_of(finished)
    rows = list(csv.DictReader(io.StringIO(numbers.content.decode("utf-8-sig"))))
    assert {row["table"] for row in rows} == {"looks", "survival", "log_rank", "groups"}
    for row in rows:
        assert row["value"] or row["statistic"] or row["not_estimable"]
    alive = next(row for row in headline if (row["outcome"], row["months"]) == ("alive", 12))
    assert (alive["value"], alive["n"], alive["not_yet"]) == (0.75, 24, 0)


@pytest.mark.parametrize("has_wave", [False, True])
def test_an_evaluator_writes_one_with_a_wave_or_without(evaluator, as_member, has_wave):
    client = as_member(evaluator)
    wave = make_wave(evaluator) if has_wave else None
    chosen = {"kind": "follow_up", "wave": wave.pk if wave else ""}
    url = client.get(reverse("evaluation:study-begin"), chosen).headers["Location"]
    form = form_with(client.get(url).content.decode(), "title")

    answer = client.post(url, {**form, "title": "Sostenibilidad", "months": "12, 6"})

    assert answer.status_code == 302
    study = Study.objects.get(title="Sostenibilidad")
    assert (study.wave, study.specification["months"]) == (wave, [6, 12])
    assert study.specification["practice"] == ("practice_kept" if has_wave else "")
    page = client.get(reverse("evaluation:study-detail", args=[study.pk])).content.decode()
    assert "Months after closing" in page
    revised = client.get(reverse("evaluation:study-revise", args=[study.pk]))
    assert "6, 12" in revised.content.decode()


def test_months_that_are_no_months_are_refused(evaluator, as_member):
    client = as_member(evaluator)
    url = client.get(reverse("evaluation:study-begin"), {"kind": "follow_up", "wave": ""}).headers[
        "Location"
    ]
    form = form_with(client.get(url).content.decode(), "title")

    for months in ("seis", "0, 6", ""):
        answer = client.post(url, {**form, "title": "x", "months": months})
        assert answer.status_code == 422
    answer = client.post(url, {**form, "title": "x", "groups": ["chaining"]})
    assert "Choose the study" in answer.content.decode()


def test_a_worker_that_dies_before_any_job_leaves_the_same_result(evaluator, finished, monkeypatch):
    assert list(parts_of(finished)) == PARTS
    run, at, prepare = make_run(evaluator, finished.study), AT, follow_up_work.prepare

    def die(progress):
        raise OperationalError("killed")

    def work(at: datetime) -> None:
        claimed = claim_run(at=at)
        execute_run(run_id=claimed.pk, token=claimed.claim_token, clock=lambda: at)

    for name in PARTS:

        def dying(run: Run, name: str = name) -> Prepared:
            whole = prepare(run)
            place = [job.name for job in whole.jobs].index(name)
            return Prepared(whole.fingerprint, (*whole.jobs[:place], Job(name, "looks", die)))

        monkeypatch.setattr(follow_up_work, "prepare", dying)
        with pytest.raises(OperationalError):
            work(at)
        at += STALE_AFTER + timedelta(seconds=1)
    monkeypatch.setattr(follow_up_work, "prepare", prepare)
    work(at)

    run.refresh_from_db()
    assert run.status == "succeeded"
    assert json.dumps(parts_of(run)) == json.dumps(parts_of(finished))
