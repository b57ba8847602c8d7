"""No small count leaves the evaluators' room, nor anything that would tell one."""

import json
from copy import deepcopy
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linprog

from evaluation.estimators.chaining.estimating import estimate_chaining
from evaluation.estimators.chaining.spec import LEVELS
from evaluation.estimators.results import from_data
from evaluation.runs.chaining.drawings import charts
from evaluation.runs.chaining.export import long_rows
from evaluation.runs.chaining.hiding import hidden as chaining_hidden
from evaluation.runs.chaining.hiding import to_parts
from evaluation.runs.chaining.report import cross_table, dimension_reports, funnel_table
from evaluation.runs.chaining.results import result_of
from evaluation.runs.chaining.words import paragraphs
from evaluation.runs.hiding import threshold_of
from evaluation.runs.impact.export import long_rows as impact_long_rows
from evaluation.runs.impact.hiding import hidden as impact_hidden
from evaluation.runs.impact.hiding import to_parts as impact_to_parts
from evaluation.runs.impact.results import ImpactFunnel, ImpactResult
from evaluation.runs.impact.results import result_of as impact_result_of
from evaluation.runs.operations.counting import Operations
from evaluation.runs.operations.hiding import hidden as operations_hidden
from evaluation.runs.operations.hiding import to_parts as operations_to_parts
from evaluation.runs.operations.results import result_of as operations_result_of
from evaluation.runs.operations.work import jobs_of
from tests.evaluation.estimators.synthetic import chaining_rows, chaining_spec
from tests.evaluation.runs.impact.rows import CASES, case, impact_rows, impact_spec
from tests.evaluation.runs.impact.rows import parts_of as impact_parts
from tests.evaluation.runs.operations.portfolio import portfolio, spec

THRESHOLD = 10
LINKS = ("producers_organisation", "organisation_ally")


def share(n, of):
    return {
        "value": n / of if of else 0,
        "standard_error": 0,
        "interval": {"low": 0, "high": 1, "level": 0.95},
        "n": of,
        "clusters": 9,
    }


ONE = share(1, 1)


def hide_chaining(parts, threshold):
    return to_parts(chaining_hidden(result_of(parts), threshold))


def chaining(counts, alliances=99):
    """A result of which only counts matter: three by three producers."""
    table = np.array(counts).reshape(3, 3)

    def levels(sums):
        return [
            {
                "level": level,
                "n": int(n),
                "alliances": alliances,
                "share": share(n, table.sum()),
                "income_improved": share(n // 2, n),
                "income_change_cop": share(n, n),
                "wellbeing": share(n // 2, n),
                "organisation_age_years": share(n, n),
                "wellbeing_answers": {"4": int(n)},
            }
            for level, n in zip(LEVELS, sums, strict=True)
        ]

    rows = {LINKS[0]: table.sum(1), LINKS[1]: table.sum(0), "both": np.sort(table.sum(1))}
    return {
        "chaining": {
            "responses_in_wave": int(table.sum()),
            "funnel": {
                "surveyed": int(table.sum()),
                "without_milestones": 0,
                "without_ally": 0,
                "analysed": int(table.sum()),
                "alliances": alliances,
                "departments": 3,
            },
            "dimensions": [
                {
                    "name": name,
                    "low": 1.5,
                    "high": 2.5,
                    "mean_index": share(1, 1),
                    "levels": levels(sums),
                    "differences": [],
                    "trends": [],
                    "age": {"slope": share(1, 1), "test": {"not_estimable": "no_rows", "count": 0}},
                }
                for name, sums in rows.items()
            ],
            "cross": [
                {LINKS[0]: one, LINKS[1]: two, "n": int(n), "alliances": alliances, "share": ONE}
                for (one, two), n in zip(product(LEVELS, LEVELS), table.ravel(), strict=True)
            ],
        }
    }


def equations(shown):
    """What a reader knows: each count that is shown, and that counts add up to their totals."""
    table = np.arange(9).reshape(3, 3)
    sides = {LINKS[0]: list(table), LINKS[1]: list(table.T)}
    known = [([place], cell["n"]) for place, cell in enumerate(shown["cross"])]
    for dimension in shown["dimensions"][:2]:
        known += zip(
            sides[dimension["name"]], (row["n"] for row in dimension["levels"]), strict=True
        )
    known.append((range(9), shown["funnel"]["analysed"]))
    return [(places, count) for places, count in known if count is not None]


@given(counts=st.lists(st.integers(0, 60), min_size=9, max_size=9))
def test_no_hidden_count_of_the_crossed_links_can_be_worked_out(counts):
    """Property: whatever is hidden can be had neither from rows, columns nor the total."""
    shown = hide_chaining(chaining(counts), THRESHOLD)["chaining"]

    rows = equations(shown)
    left = np.zeros((len(rows), 9))
    for line, (places, _count) in zip(left, rows, strict=True):
        line[list(places)] = 1
    right = [count for _places, count in rows]
    for place, cell in enumerate(shown["cross"]):
        assert cell["n"] is None or not 0 < cell["n"] < THRESHOLD
        if cell["n"] is None and counts[place] and rows:
            goal = np.eye(9)[place]
            least, most = (linprog(sign * goal, A_eq=left, b_eq=right) for sign in (1, -1))
            assert most.status == 3 or -most.fun - least.fun > 0.5  # 3: without any bound


@given(counts=st.lists(st.integers(0, 60), min_size=9, max_size=9))
def test_levels_are_as_hidden_as_their_cells(counts):
    shown = hide_chaining(chaining(counts), THRESHOLD)["chaining"]
    for dimension in shown["dimensions"]:
        told = [row["n"] for row in dimension["levels"]]
        assert not any(n is not None and 0 < n < THRESHOLD for n in told)
        assert told.count(None) != 1
        for row in dimension["levels"]:
            if row["n"] is None:
                assert row["share"]["not_estimable"] == "small_cell"
                assert row["income_improved"]["not_estimable"] == "small_cell"


def test_counts_of_few_alliances_are_hidden_as_those_of_few_producers_are():
    shown = hide_chaining(chaining([30] * 9, alliances=8), THRESHOLD)["chaining"]
    assert {cell["n"] for cell in shown["cross"]} == {None}
    assert shown["funnel"]["alliances"] is None


@pytest.mark.parametrize("alliances", [6, 12, 60])
def test_a_hidden_result_can_be_read(alliances):
    rows = chaining_rows(alliances=alliances)
    found = {"responses_in_wave": 900, **estimate_chaining(rows, chaining_spec()).to_data()}
    stored = json.dumps(found)
    shown = hide_chaining({"chaining": deepcopy(found)}, 40)["chaining"]

    assert json.dumps(found) == stored
    shown = result_of({"chaining": shown})
    assert paragraphs(shown, alpha=0.05)
    tables = [cross_table(shown), funnel_table(shown)]
    tables += [report.levels for report in dimension_reports(shown)]
    assert any("hidden" in cell for table in tables for row in table.rows for cell in row)
    assert [*charts(shown)]
    assert [*long_rows(shown)]


def test_a_department_left_out_is_not_told_by_its_few_alliances():
    funnel = {
        "surveyed": 500,
        "linked": 480,
        "excluded": [
            {"department": "52", "reason": "otro comité", "producers": 30, "alliances": 4},
            {"department": "11", "reason": "sin campo", "producers": 60, "alliances": 12},
        ],
        "analysed": 390,
        "alliances": 70,
        "departments": 6,
        "treated": [3, 387],
        "outcomes": [],
    }
    result = ImpactResult(funnel=from_data(ImpactFunnel, funnel))
    shown = impact_hidden(result, THRESHOLD).funnel

    assert [row.producers for row in shown.excluded] == [None, None]
    assert [row.reason for row in shown.excluded] == ["otro comité", "sin campo"]
    assert shown.treated is None
    assert (shown.linked, shown.analysed) == (480, 390)


def test_an_impact_result_is_read_with_and_without_its_small_counts():
    parts = impact_parts(impact_rows(alliances=120), impact_spec())
    shown = impact_hidden(impact_result_of(parts), 30)

    assert [*impact_long_rows(shown)]
    assert all(
        bar.profiles is None or bar.profiles == 0 or bar.profiles >= 30
        for bar in shown.density.bars
    )


def test_operations_do_not_tell_how_few_a_group_is_nor_let_the_total_tell():
    def row(group, cases):
        found = share(cases, cases) | {"clusters": cases}
        if cases < THRESHOLD:
            found = {"not_estimable": "few_cases", "count": cases, "detail": f"{cases} alliances"}
        return {"by": "call", "group": group, "what": "late", "measure": "share", "found": found}

    rows = [row("1", 4), row("2", 25), row("3", 40)]
    parts = {"funnel": {"visits": 7}, "headline": {"rows": rows}}
    shown = operations_to_parts(operations_hidden(operations_result_of(parts), THRESHOLD))

    told = ["not_estimable" in item["found"] for item in shown["headline"]["rows"]]
    assert told == [True, True, False]
    assert shown["headline"]["rows"][0]["found"] == {"not_estimable": "small_cell", "count": 10}
    assert shown["funnel"] == {"visits": None}


def test_the_threshold_is_the_studys_and_ten_where_it_names_none():
    assert threshold_of({}) == 10
    assert threshold_of({"threshold": 7}) == 7
    assert threshold_of({"minimum_cell": 12}) == 12


@pytest.mark.parametrize("name", CASES)
def test_reading_an_impact_result_loses_nothing(name):
    """What machines are given after hiding is what was stored, but for what is hidden."""
    stored = {part: data for part, data in case(name)[1].items() if data not in (None, [])}
    assert impact_to_parts(impact_result_of(stored)) == stored


def test_reading_a_chaining_result_loses_nothing():
    estimated = estimate_chaining(chaining_rows(alliances=12), chaining_spec()).to_data()
    stored = json.loads(json.dumps({"chaining": {"responses_in_wave": 900, **estimated}}))
    assert to_parts(result_of(stored)) == stored


def test_reading_a_result_of_operations_loses_nothing():
    counted = Operations(portfolio(), spec())
    parts = {job.name: job.work(lambda *_: None) for job in jobs_of(counted)}
    stored = json.loads(json.dumps(parts))
    assert operations_to_parts(operations_result_of(stored)) == stored
