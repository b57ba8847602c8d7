"""Checks of the answer of an impact run: does it hold when one thing about it is changed? Pure."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from evaluation.estimators.discontinuity import HonestInterval, RDEstimate, SensitivityPoint
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
from evaluation.runs.impact.results import (
    Cutoffs,
    Departments,
    ImpactResult,
    OutcomeEffect,
    StoredAlliances,
    StoredPlaceboTest,
    StoredPooled,
)
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
INVALID_WHEN_SHARED: frozenset[str | float] = frozenset({"vce_nn"})
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


# -- What else was estimated of each outcome -----------------------------------------------------
def _by_outcome(
    part: str, judge: Callable[[OutcomeEffect, Any], CheckFinding], *, field: str = "found"
) -> Rule:
    """A finding for each outcome of a part, of its headline and its ``field`` (or all of it)."""

    def rule(result: ImpactResult, spec: ImpactSpec) -> Iterable[CheckFinding]:
        rows = {row.outcome: row for row in result.headline.rows} if result.headline else {}
        for path in getattr(result, part):
            estimated, row = getattr(path, field) if field else path, rows.get(path.outcome)
            if row and isinstance(estimated, NotEstimable):
                yield CheckFinding("absent", "no_estimate", {"reason": estimated}, row.outcome)
            elif row:
                yield judge(row, estimated)

    return rule


def _path(part: str, *, leave_out: frozenset[str | float] = frozenset()) -> Rule:
    """Whether the estimates of a path say the same as the headline."""

    def judge(row: OutcomeEffect, points: Iterable[SensitivityPoint]) -> CheckFinding:
        return _stable(row, [point for point in points if point.at not in leave_out])

    return _by_outcome(part, judge, field="points")


def _specifications(result: ImpactResult, spec: ImpactSpec) -> Iterable[CheckFinding]:
    shared = result.headline is not None and result.headline.shared_score
    leave_out = INVALID_WHEN_SHARED if shared else frozenset[str | float]()
    return _path("specifications", leave_out=leave_out)(result, spec)


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


def _placebo(row: OutcomeEffect, estimated: StoredPlaceboTest) -> CheckFinding:
    tried = [p.found for p in estimated.points if not isinstance(p.found, NotEstimable)]
    jumps = sum(is_significant(estimate) for estimate in tried)
    facts = {"n": len(tried), "rank": estimated.rank, "changed": jumps}
    if len(tried) < FEWEST_PLACEBOS:
        return CheckFinding("absent", "few_placebos", facts, row.outcome)
    if jumps > PLACEBO_JUMPS * len(tried):
        return CheckFinding("look", "placebos_jump", facts, row.outcome)
    if is_significant(row.found) and estimated.p_value > LOOKS:
        return CheckFinding("look", "placebo_not_first", facts, row.outcome)
    return CheckFinding("passed", "placebos_quiet", facts, row.outcome)


def _cutoffs(row: OutcomeEffect, estimated: StoredPooled) -> CheckFinding:
    average, pooled = estimated.average, estimated.pooled
    if isinstance(average, NotEstimable):
        return CheckFinding("absent", "no_estimate", {"reason": average}, row.outcome)
    errors = abs(average.coef - pooled.coef_bias_corrected) / pooled.se_robust
    facts = {
        "errors": errors,
        "n": sum(not isinstance(at.found, NotEstimable) for at in estimated.by_cutoff),
        "tested": len(estimated.by_cutoff),
        "covered": average.covered,
    }
    far = errors > MOVES
    rule = "cutoffs_differ" if far else "cutoffs_agree"
    return CheckFinding("look" if far else "passed", rule, facts, row.outcome)


def _honest(row: OutcomeEffect, estimated: HonestInterval) -> CheckFinding:
    """Beside what reaching the cut-off does, since that is what the honest interval is of."""
    low, high = estimated.ci
    facts, excludes_zero = {"interval": estimated.ci}, not low <= 0 <= high
    if isinstance(row.intention_to_treat, NotEstimable):
        return CheckFinding("look", "honest_alone", facts, row.outcome)
    if is_significant(row.intention_to_treat) == excludes_zero:
        return CheckFinding("passed", "honest_agrees", facts, row.outcome)
    rule = "honest_finds" if excludes_zero else "honest_holds_zero"
    return CheckFinding("look", rule, facts, row.outcome)


def _alliances(row: OutcomeEffect, estimated: StoredAlliances) -> CheckFinding:
    facts = {"n": estimated.tried, "changed": estimated.changed, "turned": estimated.flipped}
    if estimated.flipped and is_significant(row.found):
        return CheckFinding("failed", "alliance_turns", facts, row.outcome)
    if estimated.changed:
        return CheckFinding("look", "alliance_decides", facts, row.outcome)
    return CheckFinding("passed", "no_alliance_decides", {"n": estimated.tried}, row.outcome)


def _left_out(row: OutcomeEffect, estimated: Iterable[SensitivityPoint]) -> CheckFinding:
    points = [(p.at, p.found) for p in estimated if not isinstance(p.found, NotEstimable)]
    if isinstance(row.found, NotEstimable):
        return no_estimate(row)
    if len(points) < FEWEST_POINTS:
        return CheckFinding("absent", "few_points", {"n": len(points)}, row.outcome)
    main_significant = is_significant(row.found)
    turning = tuple(
        str(at) for at, other in points if main_significant and _flips_sign(row.found, other)
    )
    changing = tuple(str(at) for at, other in points if is_significant(other) != main_significant)
    if turning:
        return CheckFinding("failed", "department_turns", {"departments": turning}, row.outcome)
    if changing:
        rule = "department_carries" if main_significant else "department_hides"
        return CheckFinding("look", rule, {"departments": changing}, row.outcome)
    return CheckFinding("passed", "no_department_carries", {"n": len(points)}, row.outcome)


def _with_all(row: OutcomeEffect, path: Departments) -> CheckFinding:
    main, everywhere = row.found, path.with_all
    if isinstance(main, NotEstimable):
        return no_estimate(row)
    if isinstance(everywhere, NotEstimable):
        return CheckFinding("absent", "no_estimate", {"reason": everywhere}, row.outcome)
    moved = abs(everywhere.coef_conventional - main.coef_conventional)
    facts = {"errors": moved / main.se_conventional if main.se_conventional > 0 else 0.0}
    if is_significant(main) != is_significant(everywhere):
        return CheckFinding("look", "exclusion_decides", facts, row.outcome)
    if facts["errors"] > MOVES:
        return CheckFinding("look", "exclusion_moves", facts, row.outcome)
    return CheckFinding("passed", "exclusion_little", facts, row.outcome)


_RULES: Mapping[str, Rule] = {
    "bias": _bias,
    "holm": _holm,
    "bandwidths": _path("bandwidths", leave_out=frozenset({1.0})),  # the headline itself
    "specifications": _specifications,
    "donut": _path("donut"),
    "placebo": _by_outcome("placebo", _placebo),
    "cutoffs": _by_outcome("cutoffs", _cutoffs),
    "honest": _by_outcome("honest", _honest),
    "alliances": _by_outcome("alliances", _alliances),
    "left_out": _by_outcome("departments", _left_out, field="left_out"),
    "with_all": _by_outcome("departments", _with_all, field=""),
}
