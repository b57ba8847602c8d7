"""Checks of the design of an impact study: could its scores identify an effect at all? Pure."""

from collections.abc import Iterable, Mapping

from evaluation.estimators.results import NotEstimable
from evaluation.runs.impact.checking import (
    FAILS,
    LOOKS,
    WEAK_F,
    Check,
    CheckFinding,
    Rule,
    no_estimate,
    run_checks,
)
from evaluation.runs.impact.results import DepartmentDensity, ImpactResult, ScoreDensity
from evaluation.studies.impact_spec import ImpactSpec

#: Units within the bandwidth, on each side, under which a density test says nothing.
FEWEST_UNITS = 20


def design_checks(result: ImpactResult, spec: ImpactSpec) -> list[Check]:
    """They are read before any number."""
    return run_checks(_RULES, result, spec)


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
    if there and there.p_adjusted < FAILS and there.observed != 1:
        yield CheckFinding("failed", "heap_at_cutoff", {"n": there.observed, "p": there.p_adjusted})
    elif heaping.heaps:
        yield CheckFinding("look", "heaps", {"n": len(heaping.heaps)})
    elif heaping.windows and heaping.windows[0].p_value < FAILS:
        yield CheckFinding("look", "uneven_sides", {"p": heaping.windows[0].p_value})
    elif not heaping.tested:
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
            yield no_estimate(row)
        elif first.f is None:
            yield CheckFinding("passed", "all_complied", {"share": first.coef}, row.outcome)
        else:
            facts = {"f": first.f, "share": abs(first.coef)}
            code = "strong_first_stage" if first.f >= WEAK_F else "weak_first_stage"
            code = "backward_first_stage" if first.coef <= 0 else code
            passed = code == "strong_first_stage"
            yield CheckFinding("passed" if passed else "failed", code, facts, row.outcome)


_RULES: Mapping[str, Rule] = {
    "shared_score": _shared_score,
    "density": _density,
    "density_departments": _density_departments,
    "heaping": _heaping,
    "balance": _balance,
    "first_stage": _first_stage,
}
