"""What may be concluded from an impact result: checks with a status, then one kind an outcome.

Every rule and threshold is here; ``docs/method.md`` («What an impact run concludes») says where
each comes from. What cannot be judged for want of data is never taken for passed. Pure.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from evaluation.estimators.results import NotEstimable
from evaluation.runs.impact.results import (
    DepartmentDensity,
    ImpactResult,
    OutcomeEffect,
    Path,
    ScoreDensity,
    StoredEstimate,
    StoredPoint,
    StoredResult,
)
from evaluation.studies.impact_spec import ImpactSpec

CheckStatus = Literal["failed", "look", "pending", "absent", "passed"]
ConclusionKind = Literal[
    "effect", "unchecked", "untested", "doubtful", "weak", "inconclusive", "absent"
]
#: Checks without which nothing is called an effect: want of data for them is no pass.
NEEDED = ("density", "balance")

#: An estimate is told from zero when its robust p is below this and its interval leaves zero out.
SIGNIFICANCE = 0.10
#: A test of the design fails below the first, and is to be looked at below the second.
FAILS, LOOKS = 0.05, 0.10
#: Units within the bandwidth, on each side, under which a density test says nothing.
FEWEST_UNITS = 20
#: Under this F the first stage is weak, and the Anderson–Rubin set comes before the estimate.
WEAK_F = 10.0
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

_WORST: tuple[CheckStatus, ...] = ("failed", "look", "pending", "absent", "passed")


@dataclass(frozen=True)
class CheckFinding:
    """What a check found: its status, the rule that says so, and the figures it rests on."""

    status: CheckStatus
    rule: str
    facts: Mapping[str, Any] = field(default_factory=dict, hash=False)
    outcome: str = ""


@dataclass(frozen=True)
class Check:
    """One check. Its status is the worst of its findings."""

    code: str
    findings: tuple[CheckFinding, ...]

    @property
    def status(self) -> CheckStatus:
        return min((finding.status for finding in self.findings), key=_WORST.index)


@dataclass(frozen=True)
class Conclusion:
    """What may be said of one outcome, and the checks of the design that failed."""

    row: OutcomeEffect
    kind: ConclusionKind
    failed: tuple[str, ...] = ()


def is_significant(result: StoredResult) -> bool:
    """True when the estimate can be told from zero."""
    if isinstance(result, NotEstimable):
        return False
    low, high = result.ci_robust
    return result.pv_robust < SIGNIFICANCE and not low <= 0 <= high


def is_weak(result: StoredResult) -> bool:
    """True when participation hardly changes at the cut-off."""
    first = None if isinstance(result, NotEstimable) else result.first_stage
    return first is not None and first.f is not None and first.f < WEAK_F


def design_checks(result: ImpactResult, spec: ImpactSpec) -> list[Check]:
    """Could the scores tell an effect at all? They are read before any number."""
    return _checks(_DESIGN, result, spec)


def answer_checks(result: ImpactResult, spec: ImpactSpec) -> list[Check]:
    """Does the answer hold when something about it is changed?"""
    return _checks(_ANSWER, result, spec)


def conclusions(result: ImpactResult, spec: ImpactSpec) -> list[Conclusion]:
    """One for each outcome, in the order of the study; [] before the headline."""
    checks = design_checks(result, spec)
    if not is_backward(result):  # a weak first stage has words of its own
        checks = [check for check in checks if check.code != "first_stage"]
    failed = tuple(check.code for check in checks if check.status == "failed")
    untested = tuple(
        check.code for check in checks if check.code in NEEDED and check.status == "absent"
    )
    is_pending = any(check.status == "pending" for check in checks)
    rows = result.headline.rows if result.headline else ()
    return [
        Conclusion(row, kind, failed if kind != "untested" else untested)
        for row in rows
        for kind in [_kind(row.found, failed, untested, is_pending=is_pending)]
    ]


def is_backward(result: ImpactResult) -> bool:
    """Fewer take part above the cut-off than below: is the treatment coded the wrong way round?"""
    rows = result.headline.rows if result.headline else ()
    estimates = [row.found for row in rows if not isinstance(row.found, NotEstimable)]
    return any(
        estimate.first_stage is not None and estimate.first_stage.coef <= 0
        for estimate in estimates
    )


def _kind(
    result: StoredResult, failed: tuple[str, ...], untested: tuple[str, ...], *, is_pending: bool
) -> ConclusionKind:
    if isinstance(result, NotEstimable):
        return "absent"
    if is_weak(result):
        return "weak"
    if not is_significant(result):
        return "inconclusive"
    if failed:
        return "doubtful"
    if is_pending:
        return "unchecked"
    return "untested" if untested else "effect"


# -- Checks of the design --------------------------------------------------------------------------
Rule = Callable[[ImpactResult, ImpactSpec], Iterable[CheckFinding]]


def _shared_score(result: ImpactResult, spec: ImpactSpec) -> Iterable[CheckFinding]:
    if not result.headline:
        return
    if not result.headline.shared_score:
        yield CheckFinding("passed", "own_scores")
    elif spec.cluster == "none":
        yield CheckFinding("failed", "shared_unclustered")
    else:
        yield CheckFinding("passed", "shared_clustered")


def _density(result: ImpactResult, spec: ImpactSpec) -> Iterable[CheckFinding]:
    if not result.density:
        return
    test = result.density.analysed
    if isinstance(test, NotEstimable):
        yield CheckFinding("absent", "density_absent", {"reason": test})
        return
    facts = {"p": test.pv, "n": sum(test.n_effective)}
    if test.pv < FAILS:
        yield CheckFinding("failed", "density_jumps", facts)
    elif min(test.n_effective) < FEWEST_UNITS:
        yield CheckFinding("absent", "density_few", facts)
    elif test.pv < LOOKS:
        yield CheckFinding("look", "density_may_jump", facts)
    else:
        yield CheckFinding("passed", "density_even", facts)


def _density_departments(result: ImpactResult, spec: ImpactSpec) -> Iterable[CheckFinding]:
    departments = result.density_departments
    if isinstance(departments, NotEstimable):
        yield CheckFinding("absent", "density_absent", {"reason": departments})
        return
    inside = [row for row in departments if not row.is_excluded]
    tested = [row for row in inside if _says_something(row)]
    jumping = tuple(row.department for row in inside if _jumps(row))
    facts = {"tested": len(tested), "n": len(inside)}
    if jumping:
        yield CheckFinding("failed", "departments_jump", {"departments": jumping})
    elif inside and not tested:
        yield CheckFinding("absent", "departments_few", facts)
    elif inside:
        yield CheckFinding("passed", "departments_even", facts)
    yield from _exclusions([row for row in departments if row.is_excluded], result.density)


def _exclusions(
    rows: list[DepartmentDensity], pooled: ScoreDensity | None
) -> Iterable[CheckFinding]:
    """Each by itself, or all together where one alone has too few profiles to show anything."""
    explained = tuple(row.department for row in rows if _jumps(row))
    others = tuple(row.department for row in rows if not _jumps(row))
    if explained:
        yield CheckFinding("passed", "exclusions_explained", {"departments": explained})
    if others and (p := _jumps_only_with_them(pooled)) is not None:
        yield CheckFinding(
            "passed", "exclusions_explained_together", {"departments": others, "p": p}
        )
    elif others:
        yield CheckFinding("look", "exclusions_unexplained", {"departments": others})


def _jumps_only_with_them(pooled: ScoreDensity | None) -> float | None:
    """The p-value with every department, where that test fails and the one without does not."""
    if pooled is None:
        return None
    whole, analysed = pooled.everywhere, pooled.analysed
    if isinstance(whole, NotEstimable) or isinstance(analysed, NotEstimable):
        return None
    return whole.pv if whole.pv < FAILS <= analysed.pv else None


def _jumps(row: DepartmentDensity) -> bool:
    return row.p_adjusted is not None and row.p_adjusted < FAILS


def _says_something(row: DepartmentDensity) -> bool:
    return (
        not isinstance(row.found, NotEstimable) and min(row.found.n_effective) >= FEWEST_UNITS
    ) or _jumps(row)


def _heaping(result: ImpactResult, spec: ImpactSpec) -> Iterable[CheckFinding]:
    heaping = result.heaping
    if heaping is None:
        return
    if isinstance(heaping, NotEstimable):
        yield CheckFinding("absent", "heaping_absent", {"reason": heaping})
        return
    there = heaping.at_cutoff
    if there and there.p_adjusted < FAILS and there.observed > 1:
        yield CheckFinding("failed", "heap_at_cutoff", {"n": there.observed, "p": there.p_adjusted})
    elif heaping.heaps:
        yield CheckFinding("look", "heaps", {"n": len(heaping.heaps)})
    elif heaping.windows and heaping.windows[0].p_value < FAILS:
        yield CheckFinding("look", "uneven_sides", {"p": heaping.windows[0].p_value})
    elif not heaping.tested and not heaping.windows:
        yield CheckFinding("absent", "nothing_round")
    else:
        yield CheckFinding("passed", "no_heaps", {"n": heaping.tested})


def _balance(result: ImpactResult, spec: ImpactSpec) -> Iterable[CheckFinding]:
    if not spec.covariates:
        yield CheckFinding("absent", "no_covariates")
        return
    if not result.balance:
        return
    joint = result.balance.joint
    q_values = {
        row.covariate: row.q_value for row in result.balance.rows if row.q_value is not None
    }
    jumping = tuple(name for name, q_value in q_values.items() if q_value < FAILS)
    if not q_values:
        yield CheckFinding("absent", "balance_absent")
    elif not isinstance(joint, NotEstimable) and joint < FAILS:
        yield CheckFinding("failed", "unbalanced", {"p": joint})
    elif jumping:
        yield CheckFinding("look", "covariates_jump", {"covariates": jumping})
    elif isinstance(joint, NotEstimable):
        yield CheckFinding(
            "passed", "balanced_each", {"n": len(q_values), "p": min(q_values.values())}
        )
    else:
        yield CheckFinding("passed", "balanced", {"n": len(q_values), "p": joint})


def _first_stage(result: ImpactResult, spec: ImpactSpec) -> Iterable[CheckFinding]:
    if spec.treatment == "none":
        return
    for row in result.headline.rows if result.headline else ():
        first = None if isinstance(row.found, NotEstimable) else row.found.first_stage
        if first is None:
            yield _no_estimate(row)
        elif first.f is None:
            yield CheckFinding("passed", "all_complied", {"share": first.coef}, row.outcome)
        else:
            facts = {"f": first.f, "share": abs(first.coef)}
            code = "strong_first_stage" if first.f >= WEAK_F else "weak_first_stage"
            code = "backward_first_stage" if first.coef <= 0 else code
            passed = code == "strong_first_stage"
            yield CheckFinding("passed" if passed else "failed", code, facts, row.outcome)


# -- Checks of the answer --------------------------------------------------------------------------
def _bias(result: ImpactResult, spec: ImpactSpec) -> Iterable[CheckFinding]:
    for row in result.headline.rows if result.headline else ():
        if isinstance(row.found, NotEstimable):
            yield _no_estimate(row)
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
            yield _no_estimate(row)
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


def _stable(row: OutcomeEffect, points: list[StoredPoint]) -> CheckFinding:
    """Do the estimates under other choices say the same as the headline?"""
    others = [point.found for point in points if not isinstance(point.found, NotEstimable)]
    if isinstance(row.found, NotEstimable):
        return _no_estimate(row)
    if len(others) < FEWEST_POINTS:
        return CheckFinding("absent", "few_points", {"n": len(others)}, row.outcome)
    main_significant = is_significant(row.found)
    turned = sum(_flips_sign(row.found, other) for other in others)
    changed = sum(is_significant(other) != main_significant for other in others)
    facts = {"n": len(others), "changed": changed, "turned": turned}
    many = changed > UNSTABLE * len(others)
    if not main_significant:
        return CheckFinding(
            "look" if many else "passed",
            "found_elsewhere" if many else "none_significant",
            facts,
            row.outcome,
        )
    if turned > UNSTABLE * len(others):
        return CheckFinding("failed", "sign_turns", facts, row.outcome)
    if turned or many:
        return CheckFinding("look", "sometimes_lost", facts, row.outcome)
    return CheckFinding("passed", "holds", facts, row.outcome)


def _flips_sign(estimate: StoredEstimate, other: StoredEstimate) -> bool:
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


def _left_out(result: ImpactResult, spec: ImpactSpec) -> Iterable[CheckFinding]:
    for row, path in _by_outcome(result, result.departments):
        if isinstance(path.left_out, NotEstimable):
            yield CheckFinding("absent", "no_estimate", {"reason": path.left_out}, row.outcome)
            continue
        points = [(p.at, p.found) for p in path.left_out if not isinstance(p.found, NotEstimable)]
        if isinstance(row.found, NotEstimable):
            yield _no_estimate(row)
        elif len(points) < FEWEST_POINTS:
            yield CheckFinding("absent", "few_points", {"n": len(points)}, row.outcome)
        else:
            yield _leave_one_out(row.outcome, row.found, points)


def _leave_one_out(
    outcome: str, estimate: StoredEstimate, points: list[tuple[Any, StoredEstimate]]
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
            yield _no_estimate(row)
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


# -- Common to both --------------------------------------------------------------------------------
_DESIGN: Mapping[str, Rule] = {
    "shared_score": _shared_score,
    "density": _density,
    "density_departments": _density_departments,
    "heaping": _heaping,
    "balance": _balance,
    "first_stage": _first_stage,
}
_ANSWER: Mapping[str, Rule] = {
    "bias": _bias,
    "holm": _holm,
    "bandwidths": _bandwidths,
    "specifications": _specifications,
    "donut": _donut,
    "placebo": _placebo,
    "left_out": _left_out,
    "with_all": _with_all,
}


def _checks(rules: Mapping[str, Rule], result: ImpactResult, spec: ImpactSpec) -> list[Check]:
    findings_by_code = {code: tuple(rule(result, spec)) for code, rule in rules.items()}
    pending = (CheckFinding("pending", "pending"),)
    return [
        Check(code, findings or pending)
        for code, findings in findings_by_code.items()
        if code not in _not_asked(spec)
    ]


def _not_asked(spec: ImpactSpec) -> set[str]:
    """Checks that have no meaning for a study."""
    nothing = {
        "first_stage": spec.treatment == "none",
        "holm": len(spec.outcomes) < 2,
        "with_all": not spec.exclusions,
    }
    return {code for code, holds in nothing.items() if holds}


def _by_outcome(result: ImpactResult, paths: Iterable[Any]) -> Iterable[tuple[OutcomeEffect, Any]]:
    """The headline of each outcome with what else was found about it."""
    rows = {row.outcome: row for row in result.headline.rows} if result.headline else {}
    return [(rows[path.outcome], path) for path in paths if path.outcome in rows]


def _no_estimate(row: OutcomeEffect) -> CheckFinding:
    facts = {"reason": row.found} if isinstance(row.found, NotEstimable) else {}
    return CheckFinding("absent", "no_estimate", facts, row.outcome)
