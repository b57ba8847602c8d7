"""Rules: what is judged, by which threshold, and that want of data is never taken for passed."""

from dataclasses import replace

import pytest

from evaluation.estimators.results import NotEstimable
from evaluation.runs.impact.answer_checks import answer_checks
from evaluation.runs.impact.checking import SIGNIFICANCE, is_significant
from evaluation.runs.impact.conclusions import conclusions
from evaluation.runs.impact.design_checks import design_checks
from evaluation.runs.impact.results import (
    DepartmentDensity,
    ImpactResult,
    StoredHeap,
    StoredHeaping,
    result_of,
)
from tests.evaluation.runs.impact.rows import CASES, case, impact_spec, result

SPEC = impact_spec()


def statuses(found: ImpactResult, spec=SPEC) -> dict[str, str]:
    checks = [*design_checks(found, spec), *answer_checks(found, spec)]
    return {check.code: check.status for check in checks}


def kinds(found: ImpactResult, spec=SPEC) -> list[str]:
    return [each.kind for each in conclusions(found, spec)]


def with_found(found: ImpactResult, **changes) -> ImpactResult:
    """The result with the first outcome's estimate changed."""
    first, *others = found.headline.rows
    rows = (replace(first, found=replace(first.found, **changes)), *others)
    return replace(found, headline=replace(found.headline, rows=rows))


def test_a_strong_effect_is_concluded_and_its_design_holds():
    found = statuses(result("strong"))

    assert kinds(result("strong")) == ["effect"] * 3
    assert {found[code] for code in ("shared_score", "density", "heaping", "balance")} == {"passed"}
    assert found["first_stage"] == found["bandwidths"] == found["placebo"] == "passed"


def test_nothing_is_concluded_where_nothing_happened():
    assert kinds(result("null")) == ["inconclusive"] * 3


def test_a_weak_first_stage_comes_before_the_estimate():
    spec, parts = case("weak")

    assert set(kinds(result_of(parts), spec)) == {"weak"}
    assert statuses(result_of(parts), spec)["first_stage"] == "failed"


def test_what_cannot_be_estimated_is_neither_passed_nor_concluded():
    found = statuses(result("nothing"))

    assert kinds(result("nothing")) == ["absent"] * 3
    assert {code for code, status in found.items() if status == "passed"} == {"shared_score"}


def test_checks_without_a_meaning_for_the_study_are_not_made():
    plain, sharp = statuses(*_of("plain")), statuses(*_of("sharp"))

    assert {"holm", "with_all"}.isdisjoint(plain)
    assert plain["balance"] == "absent"
    assert "first_stage" not in sharp
    assert kinds(*_of("sharp")) == ["effect"] * 3


def test_members_who_share_a_score_must_be_counted_by_alliance():
    found, spec = _of("unclustered")

    assert statuses(found, spec)["shared_score"] == "failed"
    assert "effect" not in kinds(found, spec)


@pytest.mark.parametrize("name", CASES)
def test_parts_that_are_still_to_come_are_pending_and_never_passed(name):
    spec, parts = case(name)
    for count in range(2, len(parts) + 1):
        there = dict(list(parts.items())[:count])
        found = statuses(result_of(there), spec)
        missing = {"density", "density_departments", "heaping", "bandwidths", "donut"} - {*there}
        assert {found[code] for code in missing} <= {"pending"}
    assert "pending" not in statuses(result_of(parts), spec).values()


def test_no_effect_is_concluded_while_checks_of_the_design_are_missing():
    spec, parts = case("strong")
    early = result_of({"headline": parts["headline"]})

    assert kinds(early, spec) == ["unchecked"] * 3


@pytest.mark.parametrize(
    ("p", "interval", "told"),
    [
        (SIGNIFICANCE, (0.1, 0.9), False),
        (0.04, (-0.1, 0.9), False),
        (0.04, (0.0, 0.9), False),
        (0.04, (0.1, 0.9), True),
        (0.04, (-0.9, -0.1), True),
    ],
)
def test_an_estimate_is_told_from_zero_by_p_and_interval(p, interval, told):
    found = with_found(result("strong"), pv_robust=p, ci_robust=interval)

    assert is_significant(found.headline.rows[0].found) is told
    assert (kinds(found)[0] == "effect") is told


@pytest.mark.parametrize(
    ("p", "near", "status"),
    [
        (0.04, 40, "failed"),
        (0.04, 5, "failed"),
        (0.07, 40, "look"),
        (0.5, 40, "passed"),
        (0.5, 19, "absent"),
    ],
)
def test_the_density_of_scores(p, near, status):
    found = result("strong")
    analysed = replace(found.density.analysed, pv=p, n_effective=(near, near))
    changed = replace(found, density=replace(found.density, analysed=analysed))

    assert statuses(changed)["density"] == status
    expected = {"failed": "doubtful", "absent": "untested"}.get(status, "effect")
    assert kinds(changed)[0] == expected


@pytest.mark.parametrize(
    ("inside", "left_out", "status"),
    [
        (0.01, 0.01, "failed"),
        (0.9, 0.01, "passed"),
        (0.9, 0.9, "look"),
        (None, 0.01, "absent"),
    ],
)
def test_the_density_in_departments(inside, left_out, status):
    found = result("strong")
    density = replace(found.density.analysed, n_effective=(40, 40))

    def row(code: str, p: float | None) -> DepartmentDensity:
        answer = NotEstimable("few_scores") if p is None else density
        return DepartmentDensity(code, code == "13", 80, answer, p)

    changed = replace(found, density_departments=(row("05", inside), row("13", left_out)))

    assert statuses(changed)["density_departments"] == status


def test_heaps_fail_at_the_cutoff_only():
    there = StoredHeap(0.0, 9, 2.0, 0.001, 0.01)
    away = StoredHeaping(
        1, 90, 0.3, (replace(there, value=5.0),), 40, replace(there, p_adjusted=1.0), ()
    )
    at_it = replace(away, heaps=(there,), at_cutoff=there)

    assert statuses(replace(result("strong"), heaping=away))["heaping"] == "look"
    assert statuses(replace(result("strong"), heaping=at_it))["heaping"] == "failed"


def test_balance_fails_by_the_joint_test_and_is_looked_at_by_each():
    found = result("strong")
    first, *others = found.balance.rows
    one = replace(found.balance, rows=(replace(first, q_value=0.01), *others), joint=0.3)

    assert statuses(replace(found, balance=one))["balance"] == "look"
    assert statuses(replace(found, balance=replace(one, joint=0.01)))["balance"] == "failed"
    alone = replace(found.balance, joint=NotEstimable("not_requested"))
    assert statuses(replace(found, balance=alone))["balance"] == "passed"


def test_a_correction_of_more_than_one_error_is_looked_at():
    main = result("strong").headline.rows[0].found
    far = main.coef_conventional + 1.1 * main.se_conventional

    assert statuses(with_found(result("strong"), coef_bias_corrected=far))["bias"] == "look"


def test_a_department_that_carries_the_answer_is_named():
    found = result("strong")
    first, *others = found.departments
    lost = replace(first.left_out[0], found=replace(first.left_out[0].found, pv_robust=0.4))
    carried = replace(first, left_out=(lost, *first.left_out[1:]))
    changed = replace(found, departments=(carried, *others))

    (check,) = [each for each in answer_checks(changed, SPEC) if each.code == "left_out"]
    assert check.status == "look"
    assert check.findings[0].facts == {"departments": (lost.at,)}


def test_a_sign_that_turns_in_many_estimates_fails():
    found = result("strong")
    first, *others = found.bandwidths
    turned = tuple(
        replace(point, found=replace(point.found, coef_conventional=-1.0)) for point in first.points
    )
    changed = replace(found, bandwidths=(replace(first, points=turned), *others))

    assert statuses(changed)["bandwidths"] == "failed"


def _of(name: str):
    spec, _parts = case(name)
    return result(name), spec


def test_departments_that_show_it_only_together_explain_why_they_are_left_out():
    found = result("strong")
    pooled = found.density
    silent = tuple(replace(row, p_adjusted=0.5) for row in found.density_departments)
    quiet = replace(found, density_departments=silent)
    loud = replace(quiet, density=replace(pooled, everywhere=replace(pooled.everywhere, pv=0.004)))
    both = replace(loud.density, analysed=replace(pooled.analysed, pv=0.01))

    assert statuses(quiet)["density_departments"] == "look"
    assert statuses(loud)["density_departments"] == "passed"
    assert statuses(replace(loud, density=both))["density_departments"] == "look"


def test_a_treatment_coded_the_wrong_way_round_is_no_effect():
    found = result("strong")
    first = replace(found.headline.rows[0].found.first_stage, coef=-0.9)
    changed = with_found(found, first_stage=first)

    assert statuses(changed)["first_stage"] == "failed"
    assert kinds(changed)[0] == "doubtful"


def test_without_covariates_balance_is_not_known_and_nothing_is_called_an_effect():
    spec, parts = case("plain")

    assert statuses(result_of(parts), spec)["balance"] == "absent"
    assert "effect" not in kinds(result_of(parts), spec)
