"""The paragraph and the tables say what the numbers say, in plain words, never «effect of»."""

import copy

import pytest
from django.utils import translation

from evaluation.estimators.chaining.estimating import estimate_chaining
from evaluation.estimators.results import Interval, NotEstimable, ReasonCode
from evaluation.runs.chaining.drawings import charts
from evaluation.runs.chaining.export import HEADINGS, long_rows
from evaluation.runs.chaining.report import cross_table, dimension_reports, funnel_table
from evaluation.runs.chaining.results import result_of
from evaluation.runs.chaining.words import figure, interval, paragraphs
from evaluation.runs.words import p_value, reason_of
from kit.figures import cop, number, percent
from tests.evaluation.estimators.synthetic import chaining_rows, chaining_spec


@pytest.fixture(scope="module")
def found():
    rows = chaining_rows(alliances=60)
    return {"responses_in_wave": 900, **estimate_chaining(rows, chaining_spec()).to_data()}


@pytest.fixture
def stored(found):
    return copy.deepcopy(found)


@pytest.fixture
def result(found):
    return read(found)


def read(stored):
    return result_of({"chaining": stored})


def high_vs_low(stored, outcome):
    return next(
        row
        for row in stored["dimensions"][0]["differences"]
        if (row["outcome"], row["comparison"], row["department_effects"])
        == (outcome, "high_vs_low", False)
    )


def test_figures_follow_the_language():
    assert (percent(0.531), number(1234.5, 1), cop(-7_277_324)) == (
        "53%",
        "1,234.5",
        "−$\u00a07,277,324",
    )
    with translation.override("es-co"):
        assert (percent(0.531), number(1234.5, 1), cop(-7_277_324)) == (
            "53\u00a0%",
            "1.234,5",
            "−$\u00a07.277.324",
        )


def test_small_things_are_not_written_oddly():
    assert number(-0.2, 0) == "0"
    assert cop(-0.4) == "$\u00a00"
    assert p_value(0.00004) == "< 0.001"
    assert p_value(0.0312) == "0.031"
    assert figure(0.305, "wellbeing", points=True) == "30.5 points"


def test_the_paragraph_names_base_interval_and_association(result):
    text = " ".join(paragraphs(result, alpha=0.05))

    assert "Of 600 producers" in text
    assert "alliances: 60" in text
    assert "associations, not effects" in text
    assert text.count("effect") == 1
    level = result.dimensions[0].levels[2]
    assert f"{percent(level.share.value)} high (interval" in text


def test_a_clear_difference_is_above_or_below(stored):
    row = high_vs_low(stored, "income_improved")
    value = figure(row["estimate"]["value"], "income_improved", points=True)
    above = paragraphs(read(stored), alpha=0.05)[1]
    row["estimate"]["value"] *= -1
    below = paragraphs(read(stored), alpha=0.05)[1]

    assert f"Income improved: the high level is {value} above" in above
    assert f"Income improved: the high level is {value} below" in below


def test_what_chance_can_explain_is_said_to_be_so(stored):
    high_vs_low(stored, "wellbeing")["test"]["p_value"] = 0.2
    result = read(stored)

    text = paragraphs(result, alpha=0.05)[1]

    assert "Household better off: the difference of" in text
    assert "cannot be told from chance" in text
    assert "cannot be told from chance" not in paragraphs(result, alpha=0.25)[1]


def test_what_is_absent_says_why_once(stored):
    absent = {"not_estimable": "sparse_level", "count": 3}
    high_vs_low(stored, "wellbeing")["estimate"] = absent
    one = paragraphs(read(stored), alpha=0.05)[1]
    for outcome in ("income_improved", "income_change_cop"):
        high_vs_low(stored, outcome)["estimate"] = absent
    all_three = paragraphs(read(stored), alpha=0.05)[1]

    assert "Household better off: high and low cannot be compared, because one of the levels" in one
    assert all_three.count("too few alliances: 3") == 1


def test_an_empty_result_can_be_read():
    spec = chaining_spec()
    stored = estimate_chaining(chaining_rows().head(0), spec).to_data()
    empty = read({"responses_in_wave": 0, **stored})

    assert "nobody could be placed" in " ".join(paragraphs(empty, alpha=0.05))
    assert all(report.levels.rows for report in dimension_reports(empty))
    assert cross_table(empty).rows[0][1].startswith("0%")
    assert all(chart.points for chart in charts(empty))
    assert all(row["not_estimable"] for row in long_rows(empty))


def test_every_reason_has_its_words():
    for code in ReasonCode.__args__:
        assert reason_of(code, 7)


def test_an_interval_says_why_it_is_not_there():
    assert interval(NotEstimable("few_clusters", 4), "share").endswith(": 4")
    assert interval(Interval(-0.1, 0.25, 0.95), "wellbeing", points=True) == "−10.0 to 25.0"


def test_tables_hold_every_level_and_comparison(result):
    first, _second, both = dimension_reports(result)

    assert [row[0] for row in first.levels.rows] == ["Low", "Medium", "High"]
    assert len(first.differences.rows) == len(first.otherwise.rows) == 9
    assert len({report.levels.caption for report in (first, both)}) == 2
    for table in (first.levels, first.differences, first.otherwise, first.trends):
        assert {len(row) for row in table.rows} == {len(table.columns)}
    assert [row[1] for row in funnel_table(result).rows] == ["900", "600", "0", "0", "600"]


def test_the_long_table_keeps_every_number(result):
    rows = list(long_rows(result))

    assert {key for row in rows for key in row} <= set(HEADINGS)
    assert sum(row["table"] == "differences" for row in rows) == 54
    assert sum(row["table"] == "cross" for row in rows) == 9


def test_charts_carry_interval_and_n_in_every_point(result):
    drawn = {chart.name: chart for chart in charts(result)}

    assert set(drawn) == {"shares", "outcomes", "differences", "income"}
    for chart in drawn.values():
        for point in chart.points:
            assert point.value is None or "n = " in point.text
            assert point.low is None or point.low <= point.value <= point.high
    assert drawn["differences"].zero
    assert not drawn["shares"].zero
