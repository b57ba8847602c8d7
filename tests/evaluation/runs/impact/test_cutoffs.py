"""Several cut-offs, and an honest interval: parts, page, tables, and what others do not see."""

import numpy as np
import pandas as pd
import pytest
from django.utils import translation

from evaluation.estimators.checks import honest_interval
from evaluation.estimators.discontinuity import HonestInterval
from evaluation.runs.impact.answer_checks import answer_checks
from evaluation.runs.impact.check_tables import CheckTables
from evaluation.runs.impact.conclusions import conclusions
from evaluation.runs.impact.estimate import Design
from evaluation.runs.impact.export import long_rows
from evaluation.runs.impact.hiding import hidden
from evaluation.runs.impact.results import StoredPooled, result_of
from evaluation.runs.impact.words import conclusion, sentence
from evaluation.runs.words import reason_of
from evaluation.studies.dataset import CALL_REGION, CUTOFF, SCORE
from tests.evaluation.runs.impact.rows import impact_rows, impact_spec, names_for

GROUPS = {"2018 · Norte": 66.5, "2018 · Sur": 70.0, "2019 · Sur": 71.25}
SPEC = impact_spec(outcomes=("sales_cop",), standardised=())


@pytest.fixture(autouse=True)
def in_english():
    with translation.override("en"):
        yield


def rows_of_calls(**changes) -> pd.DataFrame:
    rows = impact_rows(**changes)
    names = np.array([*GROUPS])[rows["@alliance"] % len(GROUPS)]
    return rows.assign(**{CALL_REGION: names, CUTOFF: [GROUPS[name] for name in names]})


def parts_of(rows: pd.DataFrame, spec=SPEC) -> dict:
    design = Design(rows, spec, seed=1)
    return {name: getattr(design, name)() for name in ("headline", "cutoffs", "honest")}


@pytest.fixture(scope="module")
def parts() -> dict:
    return parts_of(rows_of_calls())


def test_the_pooled_estimate_is_the_headline_and_weights_add_up(parts):
    (path,) = result_of(parts).cutoffs
    (row,) = result_of(parts).headline.rows

    assert isinstance(path.found, StoredPooled)
    assert path.found.pooled.coef_conventional == pytest.approx(row.found.coef_conventional)
    assert {at.at: at.cutoff for at in path.found.by_cutoff} == GROUPS
    assert sum(at.weight for at in path.found.by_cutoff) == pytest.approx(1)
    assert sum(sum(at.n_effective) for at in path.found.by_cutoff) == sum(row.found.n_effective)


def test_the_honest_interval_is_that_of_the_estimator(parts):
    design = Design(rows_of_calls(), SPEC, seed=1)
    found = honest_interval(design.sample, design.rd("sales_cop"))
    (item,) = result_of(parts).honest

    assert isinstance(item.found, HonestInterval)
    assert item.found.ci == pytest.approx(found.ci)


def test_page_and_table_of_numbers_show_both(parts):
    result, names = result_of(parts), names_for(SPEC)
    checks = {check.code: check for check in answer_checks(result, SPEC)}

    assert checks["cutoffs"].status in ("passed", "look")
    (said,) = (sentence(finding, names) for finding in checks["cutoffs"].findings)
    assert "3 of 3 cut-offs (with 100% of the weight)" in said
    assert "reaching the cut-off brought" in sentence(checks["honest"].findings[0], names)
    (table,) = CheckTables(result, names).of("cutoffs")
    assert [row[:2] for row in table.rows[1:-1]] == [
        ("2018 · Norte", "66.50"),
        ("2018 · Sur", "70.00"),
        ("2019 · Sur", "71.25"),
    ]
    (table,) = CheckTables(result, names).of("honest")
    assert len(table.rows) == 1
    told = [row for row in long_rows(result) if row["table"] == "cutoffs"]
    assert [row["change"] for row in told] == ["pooled", *GROUPS, "average"]
    (honest,) = [row for row in long_rows(result) if row["table"] == "honest"]
    assert honest["ci_low"] < honest["coef_conventional"] < honest["ci_high"]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda rows: rows.drop(columns=[CALL_REGION, CUTOFF]), "one_cutoff"),
        (lambda rows: rows.assign(**{CALL_REGION: "2018 · Sur", CUTOFF: 70.0}), "one_cutoff"),
        (lambda rows: rows.assign(**{CUTOFF: 60 + rows["@alliance"] % 2.0}), "two_cutoffs"),
    ],
)
def test_what_cannot_be_pooled_says_why(change, reason):
    ((path),) = result_of(parts_of(change(rows_of_calls(alliances=120)))).cutoffs
    assert (path.found.reason, bool(path.found.detail)) == (reason, True)
    assert reason_of(path.found.reason, path.found.count)


def test_with_one_cutoff_there_is_no_such_check():
    rows = rows_of_calls(alliances=120).assign(**{CALL_REGION: "2018 · Sur", CUTOFF: 70.0})
    checks = {check.code for check in answer_checks(result_of(parts_of(rows)), SPEC)}
    assert "honest" in checks
    assert "cutoffs" not in checks


def test_where_few_scores_are_left_the_honest_interval_stands_in_the_conclusion():
    rows = rows_of_calls()
    few = rows.assign(**{SCORE: np.where(rows[SCORE] < 0, -1.0, 0.0) + rows["@alliance"] % 3 * 0.1})
    few[SCORE] = few[SCORE].round(1)
    parts = parts_of(few)
    (item,) = conclusions(result_of(parts), SPEC)
    said = conclusion(item, names_for(SPEC), SPEC)

    assert item.kind == "absent"
    assert "no estimate is possible" in said
    assert "What stands is the interval of 95%" in said
    assert "3 different scores below and 3 above" in said


def test_an_older_run_waits_for_no_check_that_will_not_come(parts):
    design = Design(rows_of_calls(), SPEC, seed=1)
    older = {"headline": parts["headline"], "departments": design.departments()}
    assert {"cutoffs", "honest"}.isdisjoint(
        check.code for check in answer_checks(result_of(older), SPEC)
    )


def test_a_cutoff_of_few_is_hidden_with_another(parts):
    rows = rows_of_calls()
    few = rows["@alliance"].isin(rows["@alliance"].unique()[:1])
    rows.loc[few, CALL_REGION], rows.loc[few, CUTOFF] = "2020 · Sur", 69.0
    shown = hidden(result_of(parts_of(rows)), 10).cutoffs[0].found.by_cutoff

    assert [at.at for at in shown if at.weight is None][-1] == "2020 · Sur"
    assert sum(at.weight is None for at in shown) >= 2
    assert all(at.found.reason == "small_cell" for at in shown if at.weight is None)
