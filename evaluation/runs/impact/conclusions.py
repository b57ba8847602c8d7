"""What may be concluded from an impact result: one kind of conclusion an outcome. Pure."""

from dataclasses import dataclass
from typing import Literal

from evaluation.estimators.discontinuity import HonestInterval, RDResult
from evaluation.estimators.results import NotEstimable
from evaluation.runs.impact.checking import is_significant, is_weak
from evaluation.runs.impact.design_checks import design_checks
from evaluation.runs.impact.results import ImpactResult, OutcomeEffect
from evaluation.studies.impact_spec import ImpactSpec

ConclusionKind = Literal[
    "effect", "unchecked", "untested", "doubtful", "weak", "inconclusive", "absent"
]
#: Checks without which nothing is called an effect: want of data for them is no pass.
NEEDED = ("density", "balance")


@dataclass(frozen=True)
class Conclusion:
    """What may be said of one outcome, and the checks of the design that failed.

    honest: the interval that is left where there is no estimate.
    """

    row: OutcomeEffect
    kind: ConclusionKind
    failed: tuple[str, ...] = ()
    honest: HonestInterval | None = None


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
    honest = {
        item.outcome: item.found
        for item in result.honest
        if not isinstance(item.found, NotEstimable)
    }
    return [
        Conclusion(row, kind, failed if kind != "untested" else untested, honest.get(row.outcome))
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
    result: RDResult, failed: tuple[str, ...], untested: tuple[str, ...], *, is_pending: bool
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
