"""The page of an impact run: while it works, when it is done, its charts and its downloads."""

import csv
import io
import re

import pytest
from django.conf import settings
from django.test import override_settings
from django.urls import reverse
from django.utils import translation

from alliances.models import Membership
from evaluation.models import Run
from evaluation.runs.impact.charts import charts
from evaluation.runs.impact.drawings import HEIGHT, WIDTH, svg_of_chart
from evaluation.runs.models import RunPart
from evaluation.runs.services import claim_run
from tests.evaluation.runs.impact.rows import case, impact_rows, impact_spec, names_for, result
from tests.evaluation.runs.impact.scene import make_impact_run, work_on
from tests.factories.alliances import make_membership
from tests.factories.evaluation import AT

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("spanish")]


@pytest.fixture(scope="module")
def evaluator(module_rows: None) -> Membership:
    return make_membership("evaluator")


@pytest.fixture(scope="module")
def finished(evaluator) -> Run:
    with override_settings(LOCALE_PATHS=[settings.BASE_DIR / "locale"]):
        return work_on(make_impact_run(evaluator, impact_spec()), impact_rows(alliances=120))


def page_of(client, run) -> str:
    answer = client.get(reverse("evaluation:run-detail", args=[run.pk]))
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_finished_run_shows_checks_before_numbers(policy, as_member, finished):
    page = page_of(as_member(policy), finished)

    assert finished.has_succeeded, finished.failure_detail
    order = ["check-density", 'class="finding"', 'id="table-1"', "rd-1", 'id="answer"']
    assert sorted(order, key=page.index) == order
    assert "Without Bolívar" in page
    assert "The committee changed scores" in page
    assert "written before any run of the same data had shown results" in page
    assert finished.study.slug in page


def test_runs_that_had_finished_before_the_study_are_named(evaluator, as_member, finished):
    later = make_impact_run(evaluator, impact_spec(), finished.study.wave)
    work_on(later, impact_rows(alliances=40), charts=False)

    page = page_of(as_member(evaluator), later)

    assert "1 run of the same data had shown results when the study was frozen" in page
    assert reverse("evaluation:run-detail", args=[finished.pk]) in page


def test_the_headline_comes_first_and_the_rest_is_being_worked_out(evaluator, as_member):
    run = make_impact_run(evaluator, impact_spec())
    claimed = claim_run(at=AT)
    Run.objects.filter(pk=run.pk).update(fingerprint="0" * 64)
    for name in ("funnel", "headline"):
        RunPart.objects.create(
            run=run, name=name, data=case("strong")[1][name], attempt=1, stored_at=AT
        )

    page = page_of(as_member(evaluator), claimed)

    assert page.count("Being worked out") == 13
    assert "do not quote it yet" in page
    assert "figuras" not in page
    assert not re.search(r"<img[^>]+chart", page)


def test_queries_do_not_grow_with_the_result(evaluator, as_member, finished, query_counter):
    small = impact_spec(outcomes=("sales_cop",), standardised=(), covariates=())
    few = work_on(make_impact_run(evaluator, small), impact_rows(alliances=40))
    client = as_member(evaluator)
    for run in (few, finished):  # the first reading of each is kept
        page_of(client, run)

    assert query_counter(lambda: page_of(client, few)) == query_counter(
        lambda: page_of(client, finished)
    )


def test_charts_are_stored_in_both_languages_and_shown(evaluator, as_member, finished):
    names = finished.drawings.values_list("name", "language", "theme")
    charted = {"rd-1", "rd-2", "rd-3", "scores", "balance"}
    charted |= {f"{kind}-{place}" for kind in ("other", "placebo") for place in (1, 2, 3)}
    assert len(names) == len(charted) * 2 * 2
    assert {name for name, _language, _theme in names} == charted
    spanish = finished.drawings.get(name="rd-2", language="es", theme="light").svg
    assert "Puntaje menos corte" in spanish

    answer = as_member(evaluator).get(
        reverse("evaluation:run-drawing", args=[finished.pk, "rd-1", "en", "dark", "svg"])
    )
    assert answer.status_code == 200


def test_its_charts_keep_the_schema(finished, charts_by_schema):
    assert charts_by_schema(finished) == 11


@pytest.mark.parametrize("language", ["en", "es-co"])
@pytest.mark.parametrize("name", ["strong", "weak", "plain"])
def test_no_word_of_a_chart_is_cut(name, language):
    spec, _parts = case(name)
    with translation.override(language):
        for chart in charts(result(name), names_for(spec)):
            svg = svg_of_chart(chart, "Source: a wave with a rather long name, 1 Mar to 30 Jun.")
            assert "…" not in svg
            longest = max(len(words) for words in re.findall(r">([^<>]+)</text>", svg))
            width = float(re.search(r'width="([\d.]+)"', svg)[1])
            assert width >= WIDTH > HEIGHT
            assert longest * 5.6 < width


def test_a_run_without_any_estimate_can_be_read(evaluator, as_member):
    run = work_on(make_impact_run(evaluator, impact_spec()), impact_rows(alliances=2))

    page = page_of(as_member(evaluator), run)

    assert run.has_succeeded, run.failure_detail
    assert "no estimate is possible" in page
    assert "Not enough data" in page


def test_a_study_without_clusters_runs(evaluator):
    spec = impact_spec(cluster="none", vce="nn")

    run = work_on(make_impact_run(evaluator, spec), impact_rows(alliances=40))

    assert run.has_succeeded, run.failure_detail


def test_the_csv_holds_every_table(evaluator, as_member, finished):
    answer = as_member(evaluator).get(reverse("evaluation:run-result", args=[finished.pk, "csv"]))
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))

    assert {row["table"] for row in rows} == {
        "headline",
        "intention_to_treat",
        "corrected",
        "specifications",
        "bandwidths",
        "donut",
        "placebo",
        "cutoffs",
        "honest",
        "alliances",
        "departments",
        "put_back",
        "left_out",
        "balance",
        "density",
    }


def test_the_page_speaks_spanish(evaluator, finished, client):
    client.force_login(evaluator.user)
    page = client.get(
        reverse("evaluation:run-detail", args=[finished.pk]), headers={"accept-language": "es-CO"}
    ).content.decode()

    assert "Qué se puede concluir" in page
    assert "Publicado" in page
