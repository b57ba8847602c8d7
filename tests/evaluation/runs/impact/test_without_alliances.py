"""Without each alliance, both sides of the funnel, and the set that leads where F is small."""

from dataclasses import replace

import pytest
from django.utils import translation

from evaluation.runs.impact.answer_checks import answer_checks
from evaluation.runs.impact.conclusions import conclusions
from evaluation.runs.impact.estimate import Design
from evaluation.runs.impact.export import long_rows
from evaluation.runs.impact.hiding import hidden
from evaluation.runs.impact.report import funnel_table, report
from evaluation.runs.impact.results import result_of
from evaluation.runs.impact.words import conclusion
from evaluation.studies.dataset import ALLIANCE
from tests.evaluation.runs.impact.rows import impact_rows, impact_spec, names_for

SPEC = impact_spec(outcomes=("sales_cop",), standardised=())


@pytest.fixture(autouse=True)
def in_english():
    with translation.override("en"):
        yield


def parts_of(design: Design) -> dict:
    names = ("funnel", "headline", "alliances")
    return {name: getattr(design, name)() for name in names}


@pytest.fixture(scope="module")
def small() -> Design:
    return Design(impact_rows(alliances=90), SPEC, seed=1)


def test_each_alliance_left_out_equals_deleting_its_rows(small):
    (item,) = result_of(parts_of(small)).alliances
    main = small.sample.estimate(small.rd("sales_cop"))
    fixed = replace(small.rd("sales_cop"), h=main.h, b=main.b)

    estimates = []
    for code in small.rows[ALLIANCE].unique():
        rows = small.linked[small.linked[ALLIANCE] != code]
        estimates.append(Design(rows, SPEC, seed=1).sample.estimate(fixed).coef_conventional)

    assert item.found.lowest.coef == pytest.approx(min(estimates))
    assert item.found.highest.coef == pytest.approx(max(estimates))
    assert 0 < item.found.tried == item.found.near <= small.rows[ALLIANCE].nunique()


def test_the_check_and_the_numbers_say_so(small):
    result = result_of(parts_of(small))
    checks = {check.code: check for check in answer_checks(result, SPEC)}
    assert checks["alliances"].status in ("passed", "look", "failed")
    told = [row for row in long_rows(result_of(parts_of(small))) if row["table"] == "alliances"]
    assert [row["change"] for row in told] == ["lowest", "highest"]


def test_the_funnel_counts_both_sides_in_producers_alliances_and_departments(small):
    result = result_of(parts_of(small))
    rows = {label: note for label, note, _n in funnel_table(result, names_for(SPEC)).rows}

    both = rows["of whom below the cut-off, and at it or above"]
    assert both.startswith("producers: ")
    assert "alliances: " in both
    assert both.endswith("departments: 5 + 5")
    near = next(note for label, note in rows.items() if label.endswith("within the bandwidth"))
    assert near.startswith("producers: ")
    assert sum(result.headline.rows[0].near.producers) == sum(
        result.headline.rows[0].found.n_effective
    )


def test_few_on_a_side_are_hidden_from_others(small):
    parts = parts_of(small)
    parts["headline"]["rows"][0]["near"]["alliances"] = [4, 40]
    shown = hidden(result_of(parts), 10)
    assert shown.headline.rows[0].near.alliances is None


def test_with_a_weak_first_stage_the_set_leads_in_sentence_and_table():
    design = Design(impact_rows(above=0.2), SPEC, seed=1)
    result, names = result_of(parts_of(design)), names_for(SPEC)
    assert result.headline.rows[0].found.first_stage.f < 10

    (item,) = conclusions(result, SPEC)
    said = conclusion(item, names, SPEC)
    assert said.index("Anderson–Rubin set") < said.index("is not to be quoted alone")
    first, second = report(result, SPEC, names, is_active=False).headline.rows
    assert first.label.endswith("Anderson–Rubin set, since the first stage is weak")
    assert first.ours[1:3] == ("", "")
    assert second.label.endswith("estimate, not to be quoted alone")


def test_with_a_strong_one_the_estimate_stands_alone(small):
    result = result_of(parts_of(small))
    (row,) = report(result, SPEC, names_for(SPEC), is_active=False).headline.rows
    assert "Anderson" not in row.label
