"""Checks of the answer of an impact run: does it hold when one thing about it is changed? Pure."""

from collections.abc import Iterable, Mapping
from typing import Any

from evaluation.estimators.discontinuity import RDEstimate, SensitivityPoint
from evaluation.estimators.results import NotEstimable
from evaluation.runs.impact.checking import (
    LOOKS,
    SIGNIFICANCE,
    Check,
    CheckFinding,
    Rule,
    is_significant,
    no_estimate,
    run_checks,
)
from evaluation.runs.impact.results import Cutoffs, ImpactResult, OutcomeEffect, Path
from evaluation.studies.impact_spec import ImpactSpec

#: Standard errors that the bias correction, or an exclusion, may move an estimate by.
MOVES = 1.0
#: An answer is stable when fewer than this part of the other estimates contradict it.
UNSTABLE = 0.25
#: Estimates, and cut-offs where nothing happened, under which there is nothing to compare with.
FEWEST_POINTS, FEWEST_PLACEBOS = 2, 10
#: Part of the placebo cut-offs where chance alone may find a jump.
PLACEBO_JUMPS = 0.20
#: The settings that are no valid alternative where members share their alliance's score.
INVALID_WHEN_SHARED = frozenset({"vce_nn"})
#: Parts of runs from method 3 on.
SINCE_3 = frozenset({"cutoffs", "honest", "alliances"})


def answer_checks(result: ImpactResult, spec: ImpactSpec) -> list[Check]:
    """Whether bias correction, other settings, placebos and departments confirm the headline.

    Runs of method 2 ended without the checks ``SINCE_3``: what will never come is not awaited. Nor
    is there anything to check where all scores were compared with one cut-off.
    """
    left_out = SINCE_3 if result.departments and not result.honest else frozenset()
    if result.cutoffs and all(_is_single(path) for path in result.cutoffs):
        left_out |= {"cutoffs"}
    rules = {code: rule for code, rule in _RULES.items() if code not in left_out}
    return run_checks(rules, result, spec)


def _is_single(path: Cutoffs) -> bool:
    return isinstance(path.found, NotEstimable) and path.found.reason == "one_cutoff"


def _bias(result: ImpactResult, spec: ImpactSpec) -> Iterable[CheckFinding]:
    for row in result.headline.rows if result.headline else ():
        if isinstance(row.found, NotEstimable):
            yield no_estimate(row)
            continue
        moved = abs(row.found.coef_bias_corrected - row.found.coef_conventional)
        errors = moved / row.found.se_conventional if row.found.se_conventional > 0 else 0.0
        far = errors > MOVES
        yield CheckFinding(
            "look" if far else "passed",
            "bias_moves" if far else "bias_small",
            {"errors": errors},
            row.outcome,
        )


def _holm(result: ImpactResult, spec: ImpactSpec) -> Iterable[CheckFinding]:
    rows = result.headline.rows if result.headline and len(spec.outcomes) > 1 else ()
    for row in rows:
        if row.p_holm is None:
            yield no_estimate(row)
        elif is_significant(row.found):
            lost = row.p_holm >= SIGNIFICANCE
            yield CheckFinding(
                "look" if lost else "passed",
                "holm_loses" if lost else "holm_holds",
                {"p": row.p_holm},
                row.outcome,
            )
        else:
            yield CheckFinding("passed", "holm_nothing", {"p": row.p_holm}, row.outcome)


def _bandwidths(result: ImpactResult, spec: ImpactSpec) -> Iterable[CheckFinding]:
    return _paths(result, result.bandwidths, frozenset({1.0}))  # the headline itself


def _specifications(result: ImpactResult, spec: ImpactSpec) -> Iterable[CheckFinding]:
    shared = result.headline is not None and result.headline.shared_score
    return _paths(result, result.specifications, INVALID_WHEN_SHARED if shared else frozenset())


def _donut(result: ImpactResult, spec: ImpactSpec) -> Iterable[CheckFinding]:
    return _paths(result, result.donut)


def _paths(
    result: ImpactResult, paths: Iterable[Path], leave_out: frozenset[str | float] = frozenset()
) -> Iterable[CheckFinding]:
    for row, path in _by_outcome(result, paths):
        if isinstance(path.points, NotEstimable):
            yield CheckFinding("absent", "no_estimate", {"reason": path.points}, row.outcome)
        else:
            yield _stable(row, [point for point in path.points if point.at not in leave_out])


def _stable(row: OutcomeEffect, points: list[SensitivityPoint]) -> CheckFinding:
    """Do the estimates under other choices say the same as the headline?"""
    others = [point.found for point in points if not isinstance(point.found, NotEstimable)]
    if isinstance(row.found, NotEstimable):
        return no_estimate(row)
    if len(others) < FEWEST_POINTS:
        return CheckFinding("absent", "few_points", {"n": len(others)}, row.outcome)
    main_significant = is_significant(row.found)
    sign_changes = sum(_flips_sign(row.found, other) for other in others)
    changed = sum(is_significant(other) != main_significant for other in others)
    facts = {"n": len(others), "changed": changed, "turned": sign_changes}
    many = changed > UNSTABLE * len(others)
    if not main_significant:
        return CheckFinding(
            "look" if many else "passed",
            "found_elsewhere" if many else "none_significant",
            facts,
            row.outcome,
        )
    if sign_changes > UNSTABLE * len(others):
        return CheckFinding("failed", "sign_turns", facts, row.outcome)
    if sign_changes or many:
        return CheckFinding("look", "sometimes_lost", facts, row.outcome)
    return CheckFinding("passed", "holds", facts, row.outcome)


def _flips_sign(estimate: RDEstimate, other: RDEstimate) -> bool:
    return estimate.coef_conventional * other.coef_conventional < 0


def _placebo(result: ImpactResult, spec: ImpactSpec) -> Iterable[CheckFinding]:
    for row, path in _by_outcome(result, result.placebo):
        if isinstance(path.found, NotEstimable):
            yield CheckFinding("absent", "no_estimate", {"reason": path.found}, row.outcome)
            continue
        tried = [p.found for p in path.found.points if not isinstance(p.found, NotEstimable)]
        jumps = sum(is_significant(estimate) for estimate in tried)
        facts = {"n": len(tried), "rank": path.found.rank, "changed": jumps}
        if len(tried) < FEWEST_PLACEBOS:
            yield CheckFinding("absent", "few_placebos", facts, row.outcome)
        elif jumps > PLACEBO_JUMPS * len(tried):
            yield CheckFinding("look", "placebos_jump", facts, row.outcome)
        elif is_significant(row.found) and path.found.p_value > LOOKS:
            yield CheckFinding("look", "placebo_not_first", facts, row.outcome)
        else:
            yield CheckFinding("passed", "placebos_quiet", facts, row.outcome)


def _cutoffs(result: ImpactResult, spec: ImpactSpec) -> Iterable[CheckFinding]:
    for row, path in _by_outcome(result, result.cutoffs):
        if isinstance(path.found, NotEstimable):
            yield CheckFinding("absent", "no_estimate", {"reason": path.found}, row.outcome)
            continue
        average, pooled = path.found.average, path.found.pooled
        if isinstance(average, NotEstimable):
            yield CheckFinding("absent", "no_estimate", {"reason": average}, row.outcome)
            continue
        errors = abs(average.coef - pooled.coef_bias_corrected) / pooled.se_robust
        facts = {
            "errors": errors,
            "n": sum(not isinstance(at.found, NotEstimable) for at in path.found.by_cutoff),
            "tested": len(path.found.by_cutoff),
            "covered": average.covered,
        }
        far = errors > MOVES
        rule = "cutoffs_differ" if far else "cutoffs_agree"
        yield CheckFinding("look" if far else "passed", rule, facts, row.outcome)


def _honest(result: ImpactResult, spec: ImpactSpec) -> Iterable[CheckFinding]:
    """Beside what reaching the cut-off does, since that is what the honest interval is of."""
    for row, path in _by_outcome(result, result.honest):
        if isinstance(path.found, NotEstimable):
            yield CheckFinding("absent", "no_estimate", {"reason": path.found}, row.outcome)
            continue
        facts = {"interval": path.found.ci}
        low, high = path.found.ci
        excludes_zero = not low <= 0 <= high
        if isinstance(row.intention_to_treat, NotEstimable):
            yield CheckFinding("look", "honest_alone", facts, row.outcome)
        elif is_significant(row.intention_to_treat) == excludes_zero:
            yield CheckFinding("passed", "honest_agrees", facts, row.outcome)
        else:
            rule = "honest_finds" if excludes_zero else "honest_holds_zero"
            yield CheckFinding("look", rule, facts, row.outcome)


def _alliances(result: ImpactResult, spec: ImpactSpec) -> Iterable[CheckFinding]:
    for row, path in _by_outcome(result, result.alliances):
        if isinstance(path.found, NotEstimable):
            yield CheckFinding("absent", "no_estimate", {"reason": path.found}, row.outcome)
            continue
        facts = {"n": path.found.tried, "changed": path.found.changed, "turned": path.found.flipped}
        if path.found.flipped and is_significant(row.found):
            yield CheckFinding("failed", "alliance_turns", facts, row.outcome)
        elif path.found.changed:
            yield CheckFinding("look", "alliance_decides", facts, row.outcome)
        else:
            yield CheckFinding("passed", "no_alliance_decides", {"n": facts["n"]}, row.outcome)


def _left_out(result: ImpactResult, spec: ImpactSpec) -> Iterable[CheckFinding]:
    for row, path in _by_outcome(result, result.departments):
        if isinstance(path.left_out, NotEstimable):
            yield CheckFinding("absent", "no_estimate", {"reason": path.left_out}, row.outcome)
            continue
        points = [(p.at, p.found) for p in path.left_out if not isinstance(p.found, NotEstimable)]
        if isinstance(row.found, NotEstimable):
            yield no_estimate(row)
        elif len(points) < FEWEST_POINTS:
            yield CheckFinding("absent", "few_points", {"n": len(points)}, row.outcome)
        else:
            yield _leave_one_out(row.outcome, row.found, points)


def _leave_one_out(
    outcome: str, estimate: RDEstimate, points: list[tuple[Any, RDEstimate]]
) -> CheckFinding:
    main_significant = is_significant(estimate)
    turning = tuple(
        str(at) for at, other in points if main_significant and _flips_sign(estimate, other)
    )
    changing = tuple(str(at) for at, other in points if is_significant(other) != main_significant)
    if turning:
        return CheckFinding("failed", "department_turns", {"departments": turning}, outcome)
    if changing:
        rule = "department_carries" if main_significant else "department_hides"
        return CheckFinding("look", rule, {"departments": changing}, outcome)
    return CheckFinding("passed", "no_department_carries", {"n": len(points)}, outcome)


def _with_all(result: ImpactResult, spec: ImpactSpec) -> Iterable[CheckFinding]:
    for row, path in _by_outcome(result, result.departments if spec.exclusions else ()):
        main, everywhere = row.found, path.with_all
        if isinstance(main, NotEstimable):
            yield no_estimate(row)
            continue
        if isinstance(everywhere, NotEstimable):
            yield CheckFinding("absent", "no_estimate", {"reason": everywhere}, row.outcome)
            continue
        moved = abs(everywhere.coef_conventional - main.coef_conventional)
        facts = {"errors": moved / main.se_conventional if main.se_conventional > 0 else 0.0}
        if is_significant(main) != is_significant(everywhere):
            yield CheckFinding("look", "exclusion_decides", facts, row.outcome)
        elif facts["errors"] > MOVES:
            yield CheckFinding("look", "exclusion_moves", facts, row.outcome)
        else:
            yield CheckFinding("passed", "exclusion_little", facts, row.outcome)


def _by_outcome(result: ImpactResult, paths: Iterable[Any]) -> Iterable[tuple[OutcomeEffect, Any]]:
    """The headline of each outcome with what else was found about it."""
    rows = {row.outcome: row for row in result.headline.rows} if result.headline else {}
    return [(rows[path.outcome], path) for path in paths if path.outcome in rows]


_RULES: Mapping[str, Rule] = {
    "bias": _bias,
    "holm": _holm,
    "bandwidths": _bandwidths,
    "specifications": _specifications,
    "donut": _donut,
    "placebo": _placebo,
    "cutoffs": _cutoffs,
    "honest": _honest,
    "alliances": _alliances,
    "left_out": _left_out,
    "with_all": _with_all,
}
