"""The report says what the numbers say, in both languages, and never «effect» without one."""

import re
from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest
from django.utils import translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evaluation.estimators.discontinuity import AndersonRubin
from evaluation.runs.impact.checking import CheckFinding
from evaluation.runs.impact.conclusions import Conclusion, conclusions
from evaluation.runs.impact.estimate import Design
from evaluation.runs.impact.export import HEADINGS, headline, long_rows
from evaluation.runs.impact.phrases import CHECKS, SENTENCES, SETTINGS, STANDARD_UNITS
from evaluation.runs.impact.report import details_table, report
from evaluation.runs.impact.words import (
    anderson_rubin,
    conclusion,
    measure,
    sentence,
    status_word,
    written_after,
)
from evaluation.studies.dataset import DEPARTMENT, TREATED
from evaluation.surveys.models import Wave
from evaluation.surveys.services import standard_dictionary
from kit.figures import cop, number, percent
from tests.evaluation.runs.impact.rows import (
    CASES,
    case,
    impact_rows,
    impact_spec,
    names_for,
    result,
)

EFFECT = re.compile(r"\beffects?\b|\befectos?\b", re.IGNORECASE)


def report_of(name, *, is_active=False):
    spec, _parts = case(name)
    return report(result(name), spec, names_for(spec), is_active=is_active)


@pytest.mark.usefixtures("spanish")
@pytest.mark.parametrize("language", ["en", "es-co"])
@pytest.mark.parametrize("name", CASES)
def test_every_case_can_be_read(name, language):
    with translation.override(language):
        found = report_of(name)
        checks = [*found.design, *found.answer]
        tables = [table for check in checks for table in check.tables]
        tables += [table for table in (found.details, found.corrected, found.funnel) if table]

        assert all(check.lead for check in checks)
        for table in tables:
            assert {len(row) for row in table.rows} <= {len(table.columns)}, table.caption
        words = " ".join(found.paragraphs)
        assert "%(" not in words
        assert ("producers" in words) == (language == "en")
        assert "None" not in words


@pytest.mark.usefixtures("spanish")
@pytest.mark.parametrize("language", ["en", "es-co"])
@settings(
    deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(
    estimate=st.floats(-5, 5),
    p=st.floats(0, 1),
    low=st.floats(-5, 5),
    width=st.floats(0, 5),
    f=st.floats(0, 100),
)
def test_what_cannot_be_told_from_zero_is_never_called_an_effect(
    language, estimate, p, low, width, f
):
    spec, found = impact_spec(), result("strong")
    row = found.headline.rows[0]
    changed = replace(
        row.found,
        coef_conventional=estimate,
        pv_robust=p,
        ci_robust=(low, low + width),
        first_stage=replace(row.found.first_stage, f=f),
    )
    rows = (replace(row, found=changed),)
    all_changed = replace(found, headline=replace(found.headline, rows=rows))

    with translation.override(language):
        (said,) = (
            conclusion(each, names_for(spec), spec) for each in conclusions(all_changed, spec)
        )

    if p >= 0.1 or low <= 0 <= low + width or f < 10:
        assert not EFFECT.search(said)
    else:
        assert EFFECT.search(said)


@pytest.mark.parametrize("kind", ["weak", "doubtful", "unchecked", "inconclusive"])
def test_only_an_effect_is_called_one(kind):
    spec = impact_spec()
    for row in result("strong").headline.rows:
        said = conclusion(Conclusion(row, kind, ("density",)), names_for(spec), spec)
        assert not EFFECT.search(said)


@pytest.mark.parametrize(("below", "is_said"), [(3.0, True), (1.0, False), (-3.0, False)])
def test_a_share_is_said_only_of_a_mean_beyond_its_error(below, is_said):
    spec = impact_spec(standardised=())
    row = result("strong").headline.rows[0]
    se = row.found.se_conventional
    row = replace(row, found=replace(row.found, at_cutoff=(below * se, row.found.at_cutoff[1])))
    said = conclusion(Conclusion(row, "effect"), names_for(spec), spec)

    assert ("of what those just below the cut-off had" in said) is is_said


UNREJECTED = ("density_even", "departments_even", "no_heaps", "balanced", "balanced_each")


def unrejected(rule: str) -> str:
    facts = {"n": 4, "tested": 3, "p": 0.31}
    return sentence(CheckFinding("passed", rule, facts), names_for(impact_spec()))


@pytest.mark.parametrize("rule", UNREJECTED)
def test_a_test_that_does_not_reject_detects_no_difference(rule):
    with translation.override("en"):
        said = unrejected(rule)

    assert re.match("No .* was detected", said)
    assert ("= 0.310" in said) is (rule in ("density_even", "balanced", "balanced_each"))


@pytest.mark.usefixtures("spanish")
@pytest.mark.parametrize("rule", UNREJECTED)
def test_it_detects_no_difference_in_spanish_either(rule):
    said = unrejected(rule)

    assert said.startswith("No se detectó")
    assert ("= 0,310" in said) is (rule in ("density_even", "balanced", "balanced_each"))


def test_absence_of_evidence_says_what_would_have_been_found():
    said = report_of("null").paragraphs[1]

    assert "cannot be told from zero" in said
    assert "would have found a difference of" in said
    assert "absence of evidence" in said


def test_the_paragraphs_name_population_period_and_unit():
    first, productivity, sales, _profit = report_of("strong").paragraphs

    assert "from 1 Mar 2021 to 30 Jun 2021" in first
    assert "near the cut-off" in first
    assert "standard deviations" in productivity
    assert re.search(r"\$\xa0[\d,]+ a year", sales)


def test_a_failed_design_is_named_beside_the_number():
    said = " ".join(report_of("unclustered").paragraphs)

    assert str(CHECKS["shared_score"]) in said
    assert "it cannot be said that taking part brought it" in said


def test_the_published_column_stands_beside_ours_in_the_same_unit():
    found = report_of("strong").headline

    assert found.rows[0].theirs == ("0.584", "0.141", "0.010", "577")
    assert found.rows[1].theirs[0] == "$\u00a07,277,324"
    assert len(found.sources) == 1
    spec = impact_spec(standardised=())
    raw = report(result("strong"), spec, names_for(spec), is_active=False)
    assert raw.headline.rows[0].theirs == found.rows[0].theirs  # the part says what was done


def test_both_corrections_are_labelled():
    labels = [row[0] for row in report_of("strong").corrected.rows]

    assert sum("the one to quote" in label for label in labels) == 3
    assert sum("as the published table did" in label for label in labels) == 3
    assert report_of("plain").corrected is None


def test_what_is_missing_is_never_shown_as_good():
    assert status_word("pending", is_active=True)[0] == "info"
    assert status_word("pending", is_active=False)[0] == "none"
    assert status_word("absent", is_active=False)[0] == "none"
    tones = {check.code: check.tone for check in report_of("nothing").answer}
    assert set(tones.values()) == {"none"}


def test_every_rule_and_setting_has_its_words():
    spec, parts = case("strong")
    tried = {point["at"] for path in parts["specifications"] for point in path["points"]}

    assert tried <= {*SETTINGS}
    for rule in SENTENCES:
        facts = dict.fromkeys(re.findall(r"%\((\w+)\)", str(SENTENCES[rule])), 1)
        facts |= {name: ("13",) for name in ("departments", "covariates") if name in facts}
        facts |= {name: (1.0, 2.0) for name in ("interval",) if name in facts}
        assert sentence(CheckFinding("look", rule, facts, "sales_cop"), names_for(spec))


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (AndersonRubin("interval", 1.0, 2.0), "$\u00a01 to $\u00a02 a year"),
        (
            AndersonRubin("outside", 1.0, 2.0),
            "below $\u00a01 a year or above $\u00a02 a year",
        ),
        (AndersonRubin("line", None, None), "any difference is possible"),
        (AndersonRubin("empty", None, None), "the set is empty"),
        (None, "not worked out"),
    ],
)
def test_a_set_of_differences_in_words(found, said):
    assert anderson_rubin(found, measure("sales_cop", "", "", is_standardised=False)) == said


def test_an_outcome_of_the_wave_keeps_its_own_name_and_unit():
    own = measure("cost_cop", "Costos", "COP al mes", is_standardised=False)
    plain = measure("trees", "Árboles", "árboles", is_standardised=False)

    assert own.written(-1200) == "−$\u00a01,200 al mes"
    assert plain.written(12.34) == "12.3 árboles"


def test_monthly_sales_are_not_told_as_yearly_nor_beside_the_published_ones():
    monthly = measure("sales_cop", "Ventas al mes", "COP al mes", is_standardised=False)
    yearly = measure("sales_cop", "Ventas", "COP al año", is_standardised=False)

    assert (monthly.label, monthly.period, monthly.is_standard) == (
        "Ventas al mes",
        "al mes",
        False,
    )
    assert (yearly.label, yearly.period, yearly.is_standard) == (
        "Sales of the main crop",
        "a year",
        True,
    )


def test_the_study_tells_which_runs_had_finished_before():
    assert "before any run" in written_after(0)
    assert "2 runs" in written_after(2)


@pytest.mark.parametrize("name", CASES)
def test_the_long_table_keeps_every_estimate(name):
    _spec, parts = case(name)
    rows = list(long_rows(result(name)))
    outcomes = len(parts["headline"]["rows"])

    assert {key for row in rows for key in row} <= {*HEADINGS}
    assert sum(row["table"] == "headline" for row in rows) == outcomes
    assert len(headline(result(name))) == outcomes
    points = sum(
        len(path["points"]) if isinstance(path["points"], list) else 1
        for table in ("specifications", "bandwidths", "donut")
        for path in parts[table]
    )
    tables = ("specifications", "bandwidths", "donut")
    assert sum(row["table"] in tables for row in rows) == points
    for row in rows:
        assert "not_estimable" in row or "pv_robust" in row or row["table"] == "honest"


def test_the_headline_is_what_programs_were_promised():
    (first, *_others) = headline(result("strong"))

    assert [*first] == [
        "outcome",
        "coef_conventional",
        "se_conventional",
        "pv_robust",
        "ci_robust",
        "n",
        "h",
    ]


def test_the_standard_units_are_those_of_the_dictionary():
    asked = {variable.name: variable.unit for variable in standard_dictionary(Wave())}
    assert {name: asked[name] for name in STANDARD_UNITS} == STANDARD_UNITS


def test_an_effect_on_money_is_told_by_the_month_in_wages_and_against_the_potential():
    spec, found = impact_spec(), result("strong")
    row = next(row for row in found.headline.rows if row.outcome == "sales_cop")
    row = replace(row, potential=2 * row.found.coef_conventional)
    outcome = measure(
        "sales_cop", "Ventas", "COP al año", is_standardised=False, wage_cop=Decimal(1_000_000)
    )
    table = details_table([row], replace(names_for(spec), outcomes={"sales_cop": outcome}), spec)

    cells = dict(table.rows)
    effect = row.found.coef_conventional
    assert cells["A month, in pesos"] == cop(effect / 12)
    assert cells["A month, in minimum wages of the survey year"] == number(effect / 12e6, 2)
    assert cells["As a share of the potential"] == percent(0.5)


def test_the_potential_is_the_way_from_the_lower_two_fifths_to_the_fourth():
    rows = impact_rows(alliances=120)
    design = Design(rows, impact_spec(), 42, None)
    sales = np.sort(rows.loc[(rows[TREATED] == 0) & (rows[DEPARTMENT] != "13"), "sales_cop"])
    fifths = [part.mean() for part in np.array_split(sales, 5)]
    told = next(row for row in design.headline()["rows"] if row["outcome"] == "sales_cop")
    assert told["potential"] == pytest.approx(fifths[3] - (fifths[0] + fifths[1]) / 2, rel=0.02)
