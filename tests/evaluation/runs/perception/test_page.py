"""A perception study from its form to its page, downloads and API."""

import csv
import io
import json
import re

import pytest
from django.urls import reverse
from django.utils import translation

from alliances.models import Membership
from evaluation.models import Run, Study, Wave
from evaluation.runs.hiding import result_of
from evaluation.runs.perception.page import findings
from evaluation.runs.selectors import parts_of
from tests.evaluation.runs.perception.scene import (
    QUESTIONS,
    make_perceived,
    perception_study,
    run_of,
)
from tests.factories.alliances import make_membership
from tests.factories.evaluation import make_run, make_study, make_surveyed, make_wave
from tests.pages import form_with

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def evaluator(module_rows: None) -> Membership:
    return make_membership("evaluator")


@pytest.fixture(scope="module")
def perceived(evaluator) -> Wave:
    return make_perceived(evaluator)


@pytest.fixture(scope="module")
def finished(evaluator, perceived) -> Run:
    return run_of(evaluator, perception_study(evaluator, perceived))


def read(client, run: Run, language: str = "en") -> str:
    url = reverse("evaluation:run-detail", args=[run.pk])
    return client.get(url, headers={"accept-language": language}).content.decode()


def test_a_finished_run_is_read_sentence_first(policy, as_member, finished):
    text = read(as_member(policy), finished)

    first, chart, comparisons = (
        text.index("112 producers of 14 alliances"),
        text.index("<figure"),
        text.index('id="comparisons"'),
    )
    assert first < chart < comparisons
    assert "not an effect of the programme" in text
    assert "How satisfied are you with your life?" in text
    assert "Who received each support" in text
    assert "style=" not in text


def test_each_question_of_the_study_has_a_line_of_its_own(evaluator, as_member, finished):
    page = reverse("evaluation:study-detail", args=[finished.study_id])
    for text in (
        as_member(evaluator).get(page).content.decode(),
        read(as_member(evaluator), finished),
    ):
        [asked] = re.findall(r'<dd class="lines">(· .*?)</dd>', text, re.DOTALL)
        assert len(asked.split("\n")) == len(finished.study.specification["questions"])
        assert all(line.startswith("· ") for line in asked.split("\n"))


@pytest.mark.parametrize(("language", "mark"), [("es-co", ","), ("en", ".")])
def test_every_figure_of_a_comparison_speaks_the_language_of_the_page(finished, language, mark):
    with translation.override(language):
        table = findings(finished, result_of(finished, whole=True))["comparisons"]

    statistics = [row[3] for row in table.rows if row[4]]
    assert statistics
    assert all(re.fullmatch(rf"[0-9]+{re.escape(mark)}[0-9]{{2}}", text) for text in statistics)


def test_its_questions_speak_the_language_of_the_page(evaluator, as_member, finished):
    client = as_member(evaluator)

    assert "¿Qué tan satisfecho está con su vida?" in read(client, finished, "es")
    charts = re.findall(r'src="([^"]+/corridas/[^"]+\.svg)"', read(client, finished, "es"))
    assert charts
    for chart in charts:
        answer = client.get(chart)
        assert answer.status_code == 200
        assert answer.content.startswith(b"<svg")
        assert b"NaN" not in answer.content


def test_its_charts_keep_the_schema(finished, charts_by_schema):
    assert charts_by_schema(finished) == 4


def test_the_page_asks_few_queries(evaluator, as_member, finished, query_counter):
    client = as_member(evaluator)
    read(client, finished)

    assert query_counter(lambda: read(client, finished)) <= 15


def test_its_numbers_are_downloaded(evaluator, as_member, finished):
    client = as_member(evaluator)

    whole = client.get(reverse("evaluation:run-result", args=[finished.pk, "json"]))
    numbers = client.get(reverse("evaluation:run-result", args=[finished.pk, "csv"]))

    assert json.loads(whole.content)["result"] == parts_of(finished)
    rows = list(csv.DictReader(io.StringIO(numbers.content.decode("utf-8-sig"))))
    assert {row["table"] for row in rows} == {"overall", "support", "groups", "comparisons"}
    for row in rows:
        assert row["value"] or row["statistic"] or row["not_estimable"]


def test_the_api_gives_its_headline(evaluator, as_member, finished):
    answer = as_member(evaluator).get(f"/api/v1/runs/{finished.pk}/").json()

    assert {row["question"] for row in answer["headline"]} >= set(QUESTIONS)
    assert all(row.get("value") is not None or row["not_estimable"] for row in answer["headline"])


def test_an_evaluator_writes_one(evaluator, as_member, perceived):
    client = as_member(evaluator)
    url = reverse("evaluation:study-create", args=["perception", perceived.pk])
    form = form_with(client.get(url).content.decode(), "title")

    answer = client.post(url, {**form, "title": "Cómo les fue", "questions": ["channel"]})

    assert answer.status_code == 302
    study = Study.objects.get(title="Cómo les fue")
    assert study.specification["questions"] == ["channel"]
    assert study.specification["groups"] == ["selected", "sex"]
    page = client.get(reverse("evaluation:study-detail", args=[study.pk])).content.decode()
    assert "How did you hear of the programme?" in page
    revised = client.get(reverse("evaluation:study-revise", args=[study.pk]))
    assert revised.status_code == 200


def test_levels_of_chaining_come_with_a_study_that_was_run(evaluator, as_member):
    wave = make_wave(evaluator)
    make_surveyed(wave, evaluator, alliances=14, members=8)
    chaining = make_study(evaluator, wave, bootstrap_replicates=0)
    client = as_member(evaluator)
    url = reverse("evaluation:study-create", args=["perception", wave.pk])
    page = client.get(url).content.decode()
    assert chaining.slug not in page  # not run yet
    run_of(evaluator, chaining)
    form = form_with(client.get(url).content.decode(), "title")
    asked = {**form, "title": "Por nivel", "questions": ["wellbeing"], "groups": ["chaining"]}

    assert "Choose the study" in client.post(url, asked).content.decode()
    assert client.post(url, {**asked, "chaining_study": chaining.slug}).status_code == 302

    study = Study.objects.get(title="Por nivel")
    run = run_of(evaluator, perception_study(evaluator, wave, **_spec(study)))
    groups = parts_of(run)["by_chaining"][0]["rows"]
    assert {row["group"] for row in groups} <= {"", "low", "medium", "high"}
    assert sum(row["n"] or 0 for row in groups) > 50


def _spec(study: Study) -> dict[str, object]:
    asked = study.specification
    return asked | {name: tuple(asked[name]) for name in ("questions", "groups")}


def test_a_run_that_waits_shows_no_findings(evaluator, as_member, perceived):
    run = make_run(evaluator, perception_study(evaluator, perceived))

    assert "What was found" not in read(as_member(evaluator), run)


def test_a_long_table_of_groups_is_left_to_the_download(
    evaluator, as_member, finished, monkeypatch
):
    client = as_member(evaluator)
    assert "figures are in the table that is downloaded" not in read(client, finished)

    monkeypatch.setattr("evaluation.runs.perception.report.GROUPS_SHOWN", 1)

    assert "There are 2 groups: their figures are in the table" in read(client, finished)
