"""Balance, other settings and placebos are drawn as well as tabled, each beside its check."""

import re

import pytest
from django.utils import translation

from evaluation.runs.drawing import ChartView
from evaluation.runs.giving.document import Heading
from evaluation.runs.hiding import result_of
from evaluation.runs.impact import page
from evaluation.runs.impact.charts import Forest, charts
from evaluation.runs.impact.drawings import svg_of_chart
from tests.evaluation.runs.impact.rows import case, impact_rows, impact_spec, names_for, result
from tests.evaluation.runs.impact.scene import make_impact_run, work_on

FORESTS = {"balance", "other-1", "other-2", "other-3", "placebo-1", "placebo-2", "placebo-3"}


@pytest.fixture(autouse=True)
def in_english():
    with translation.override("en"):
        yield


def forests(name: str) -> dict[str, Forest]:
    spec, _parts = case(name)
    drawn = charts(result(name), names_for(spec))
    return {chart.name: chart for chart in drawn if isinstance(chart, Forest)}


def test_there_is_one_of_balance_and_two_an_outcome():
    drawn = forests("strong")
    assert set(drawn) == FORESTS
    assert [point.label for point in drawn["balance"].points] == [
        "Woman",
        "age_years",
        "farm_area_ha",
    ]
    assert drawn["other-2"].points[0].label == "Table 1"
    assert len(drawn["placebo-2"].points) == 21


def test_dots_are_the_numbers_of_the_tables():
    row = result("strong").headline.rows[1]
    first = forests("strong")["other-2"].points[0]
    assert (first.value, first.low, first.high) == (
        row.found.coef_conventional,
        *row.found.ci_robust,
    )


def test_the_drawing_names_every_row_and_divides_pesos():
    chart = forests("strong")["other-2"]
    svg = svg_of_chart(chart, "Source: a wave")
    words = set(re.findall(r">([^<>]+)</text>", svg))
    assert {point.label for point in chart.points} <= words
    assert chart.scale == 1_000_000
    assert "…" not in svg


def test_without_estimates_nothing_is_drawn():
    assert forests("nothing") == {}


@pytest.mark.django_db
def test_each_stands_beside_its_check_on_page_and_report(evaluator, as_member, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    spec = impact_spec(outcomes=("sales_cop",), standardised=())
    run = work_on(make_impact_run(evaluator, spec), impact_rows(alliances=120))
    assert {"balance", "other-1", "placebo-1"} <= {*run.drawings.values_list("name", flat=True)}

    blocks = list(page.blocks(run, result_of(run, whole=True)))
    titles = [
        block.text if isinstance(block, Heading) else block.name
        for block in blocks
        if isinstance(block, Heading | ChartView)
    ]
    at = titles.index("balance")
    assert titles[at - 1].startswith("Differences between both sides beforehand")
