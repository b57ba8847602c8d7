"""Warnings of the estimator: stored as codes, told in both languages, shown on page and report."""

import re
from typing import get_args

import pytest
from django.urls import reverse
from django.utils import translation

from evaluation.estimators.results import EstimatorWarning, WarningCode
from evaluation.runs.giving.document import Heading
from evaluation.runs.hiding import result_of as result_of_run
from evaluation.runs.impact import page
from evaluation.runs.impact.estimate import Design
from evaluation.runs.impact.hiding import hidden
from evaluation.runs.impact.results import ImpactResult, StoredHeaping, result_of
from evaluation.runs.impact.warned import SENTENCES, sentence, warnings_table
from tests.evaluation.runs.impact.rows import impact_rows, impact_spec, names_for
from tests.evaluation.runs.impact.scene import make_impact_run, work_on

SPEC = impact_spec(outcomes=("sales_cop",), standardised=())


@pytest.fixture(autouse=True)
def in_english():
    with translation.override("en"):
        yield


def headline(rows, spec=SPEC):
    return {"headline": Design(rows, spec, seed=1).headline()}


def test_a_warning_is_stored_as_a_code_with_its_figures():
    parts = headline(impact_rows(above=0.2))
    (stored,) = [
        warning
        for warning in parts["headline"]["rows"][0]["found"]["warnings"]
        if warning["warning"] == "weak_first_stage"
    ]
    assert stored["facts"]["f"] < 10
    assert re.match(r"weak first stage: F = \d", stored["sentence"])
    (row,) = result_of(parts).headline.rows
    said = [sentence(warning, names_for(SPEC)) for warning in row.found.warnings]
    assert any(re.match(r"Weak first stage \(F \d", words) for words in said)


def test_every_code_has_its_words():
    assert set(SENTENCES) == set(get_args(WarningCode))


@pytest.mark.parametrize("code", get_args(WarningCode))
def test_words_have_the_facts_of_their_warning(code):
    facts = {
        "f": 3.25,
        "below": 12,
        "above": 15,
        "reach": 1e-6,
        "where": "on either side",
        "covariate": "is_woman",
        "why": "it does not vary",
        "values": "1, 2",
        "n": 20,
    }
    said = sentence(EstimatorWarning(code, "words", **facts), names_for(SPEC))
    assert "%(" not in said
    assert said.endswith(".")


def test_the_table_counts_the_estimates_that_warn():
    rows = impact_rows(above=0.2)
    design = Design(rows, SPEC, seed=1)
    parts = {"headline": design.headline(), "bandwidths": design.bandwidths()}
    table = warnings_table(result_of(parts), names_for(SPEC))
    (weak,) = [row for row in table.rows if row[1].startswith("Weak first stage")]
    assert weak[0] == "Sales of the main crop"
    assert re.match(r"Table 1 \(1\), Other bandwidths \(\d+\)$", weak[2])


def test_without_warnings_there_is_no_table():
    assert warnings_table(ImpactResult(), names_for(SPEC)) is None


def test_older_runs_show_their_sentence():
    parts = headline(impact_rows())
    found = parts["headline"]["rows"][0]["found"]
    found["warnings"] = ["rows differ"]
    parts["headline"]["rows"][0]["intention_to_treat"]["warnings"] = []
    assert warnings_table(result_of(parts), names_for(SPEC)).rows == (
        ("Sales of the main crop", "rows differ", "Table 1 (1)"),
    )


def test_a_warning_that_counts_few_stays_with_evaluators():
    few = EstimatorWarning("units_differ", "3 units left out", n=3)
    many = EstimatorWarning("units_differ", "30 units left out", n=30)
    plain = EstimatorWarning("bias_moves", "moves")
    warnings = (few, many, plain, "4 rows", "scores repeat")
    heaping = StoredHeaping(1, 90, 0.5, (), 9, None, (), warnings=warnings)
    shown = hidden(ImpactResult(heaping=heaping), 10).heaping
    assert shown.warnings == (many, plain, "scores repeat")


@pytest.mark.django_db
def test_page_and_report_show_them(evaluator, as_member):
    rows = impact_rows(alliances=120, above=0.2)
    run = work_on(make_impact_run(evaluator, SPEC), rows)

    shown = as_member(evaluator).get(reverse("evaluation:run-detail", args=[run.pk]))
    blocks = list(page.blocks(run, result_of_run(run, whole=True)))

    assert "What the estimator warns of" in shown.content.decode()
    assert Heading("What the estimator warns of", level=2) in blocks
