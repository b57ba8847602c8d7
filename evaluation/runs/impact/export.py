"""An impact result for other programs: the headline, and one long table of every number. Pure."""

from collections.abc import Iterable, Iterator
from typing import Any

from evaluation.estimators.discontinuity import DensityTest, RDEstimate, RDResult, SensitivityPoint
from evaluation.estimators.results import NotEstimable
from evaluation.runs.impact.results import ImpactResult

#: Tests of the density have their jump and its error among the bias-corrected columns.
KEYS = ("table", "outcome", "change")
HEADINGS = (
    *KEYS,
    "coef_conventional",
    "se_conventional",
    "pv_conventional",
    "coef_bias_corrected",
    "se_robust",
    "pv_robust",
    "ci_low",
    "ci_high",
    "p_adjusted",
    "h_left",
    "h_right",
    "b_left",
    "b_right",
    "n_left",
    "n_right",
    "n_effective_left",
    "n_effective_right",
    "clusters_left",
    "clusters_right",
    "at_cutoff_left",
    "at_cutoff_right",
    "first_stage",
    "first_stage_f",
    "anderson_rubin",
    "anderson_rubin_low",
    "anderson_rubin_high",
    "detectable",
    "cutoff",
    "weight",
    "largest_bias",
    "curvature",
    "not_estimable",
    "detail",
)
Row = dict[str, Any]


def headline(result: ImpactResult) -> list[Row]:
    """One row an outcome, as evaluations are printed."""
    table = result.headline
    return [
        {"outcome": row.outcome, **_numbers(row.found)} for row in (table.rows if table else ())
    ]


def _numbers(result: RDResult) -> Row:
    if isinstance(result, NotEstimable):
        return _absent(result)
    return {
        "coef_conventional": result.coef_conventional,
        "se_conventional": result.se_conventional,
        "pv_robust": result.pv_robust,
        "ci_robust": list(result.ci_robust),
        "n": sum(result.n),
        "h": list(result.h),
    }


def long_rows(result: ImpactResult) -> Iterator[Row]:
    """Every estimate of the result; the keys are some of ``HEADINGS``."""
    yield from _headline_rows(result)
    for item in result.corrected:
        yield _row("corrected", item.outcome, "inside", item.inside)
        yield _row("corrected", item.outcome, "residuals", item.residuals)
    paths = {
        "specifications": result.specifications,
        "bandwidths": result.bandwidths,
        "donut": result.donut,
    }
    for table, changes in paths.items():
        for path in changes:
            yield from _point_rows(table, path.outcome, path.points)
    for placebo in result.placebo:
        test = placebo.found
        points = test if isinstance(test, NotEstimable) else test.points
        yield from _point_rows("placebo", placebo.outcome, points)
    for departments in result.departments:
        yield _row("departments", departments.outcome, "all", departments.with_all)
        yield from _point_rows("put_back", departments.outcome, departments.put_back)
        yield from _point_rows("left_out", departments.outcome, departments.left_out)
    yield from _cutoff_rows(result)
    yield from _honest_rows(result)
    yield from _alliance_rows(result)
    yield from _balance_rows(result)
    yield from _density_rows(result)


def _headline_rows(result: ImpactResult) -> Iterator[Row]:
    for row in result.headline.rows if result.headline else ():
        more = {"p_adjusted": row.p_holm, "detectable": row.detectable}
        yield _row("headline", row.outcome, "", row.found) | more
        yield _row("intention_to_treat", row.outcome, "", row.intention_to_treat)


def _cutoff_rows(result: ImpactResult) -> Iterator[Row]:
    for item in result.cutoffs:
        if isinstance(item.found, NotEstimable):
            yield _row("cutoffs", item.outcome, "", item.found)
            continue
        yield _row("cutoffs", item.outcome, "pooled", item.found.pooled) | {"weight": 1.0}
        for at in item.found.by_cutoff:
            where = {"cutoff": at.cutoff, "weight": at.weight}
            yield _row("cutoffs", item.outcome, at.at, at.found) | where
        average = item.found.average
        head = {"table": "cutoffs", "outcome": item.outcome, "change": "average"}
        if isinstance(average, NotEstimable):
            yield head | _absent(average)
        else:
            low, high = average.ci
            numbers = {"coef_bias_corrected": average.coef, "se_robust": average.se}
            ends = {"pv_robust": average.pv, "ci_low": low, "ci_high": high}
            yield head | numbers | ends | {"weight": average.covered}


def _honest_rows(result: ImpactResult) -> Iterator[Row]:
    for item in result.honest:
        head, honest = {"table": "honest", "outcome": item.outcome}, item.found
        if isinstance(honest, NotEstimable):
            yield head | _absent(honest)
            continue
        yield head | {
            "coef_conventional": honest.coef,
            "se_conventional": honest.se,
            "ci_low": honest.ci[0],
            "ci_high": honest.ci[1],
            "largest_bias": honest.bias,
            "curvature": honest.curvature,
            **_sides("h", honest.h),
            **_sides("n_effective", honest.n_effective),
        }


def _alliance_rows(result: ImpactResult) -> Iterator[Row]:
    for item in result.alliances:
        head, without = {"table": "alliances", "outcome": item.outcome}, item.found
        if isinstance(without, NotEstimable):
            yield head | _absent(without)
            continue
        for change, end in (("lowest", without.lowest), ("highest", without.highest)):
            yield head | {
                "change": change,
                "coef_conventional": end.coef,
                "pv_robust": end.pv,
                "ci_low": end.ci[0],
                "ci_high": end.ci[1],
            }


def _absent(result: NotEstimable) -> Row:
    return {"not_estimable": result.reason, "detail": result.detail}


def _balance_rows(result: ImpactResult) -> Iterator[Row]:
    if result.balance is None:
        return
    for row in result.balance.rows:
        yield _row("balance", row.covariate, "", row.found) | {"p_adjusted": row.q_value}
    joint, head = result.balance.joint, {"table": "balance", "change": "joint"}
    if isinstance(joint, NotEstimable):
        yield head | _absent(joint)
    else:
        yield {**head, "pv_robust": joint}


def _density_rows(result: ImpactResult) -> Iterator[Row]:
    if result.density:
        yield _density_row("everywhere", result.density.everywhere)
        yield _density_row("analysed", result.density.analysed)
    departments = result.density_departments
    if isinstance(departments, NotEstimable):
        yield _density_row("departments", departments)
        return
    for row in departments:
        yield _density_row(row.department, row.found) | {"p_adjusted": row.p_adjusted}


def _density_row(change: str, test: DensityTest | NotEstimable) -> Row:
    head = {"table": "density", "change": change}
    if isinstance(test, NotEstimable):
        return head | _absent(test)
    return head | {
        "coef_bias_corrected": test.difference,
        "se_robust": test.se_difference,
        "pv_robust": test.pv,
        **_sides("h", test.h),
        **_sides("n", test.n),
        **_sides("n_effective", test.n_effective),
    }


def _point_rows(
    table: str, outcome: str, points: Iterable[SensitivityPoint] | NotEstimable
) -> Iterator[Row]:
    if isinstance(points, NotEstimable):
        yield _row(table, outcome, "", points)
        return
    for point in points:
        yield _row(table, outcome, point.at, point.found)


def _row(table: str, outcome: str, change: str | float, result: RDResult) -> Row:
    return {"table": table, "outcome": outcome, "change": change, **_long(result)}


def _long(result: RDResult) -> Row:
    if isinstance(result, NotEstimable):
        return _absent(result)
    low, high = result.ci_robust
    return {
        **{name: getattr(result, name) for name in HEADINGS[3:9]},
        "ci_low": low,
        "ci_high": high,
        **_sides("h", result.h),
        **_sides("b", result.b),
        **_sides("n", result.n),
        **_sides("n_effective", result.n_effective),
        **_sides("clusters", result.clusters),
        **_sides("at_cutoff", result.at_cutoff),
        **_participation(result),
    }


def _participation(estimate: RDEstimate) -> Row:
    first, robust = estimate.first_stage, estimate.anderson_rubin
    stage = {"first_stage": first.coef, "first_stage_f": first.f} if first else {}
    if robust is None:
        return stage
    ends = {"anderson_rubin_low": robust.low, "anderson_rubin_high": robust.high}
    return stage | {"anderson_rubin": robust.shape} | ends


def _sides(name: str, pair: tuple[float, float]) -> Row:
    return {f"{name}_left": pair[0], f"{name}_right": pair[1]}
