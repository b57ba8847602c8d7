"""What a check is: findings with a status, and the words "significant" and "weak". Pure.

``docs/method.md`` («What an impact run concludes») says where rules and thresholds come from. What
cannot be judged for want of data is never taken for passed.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from evaluation.estimators.discontinuity import RDResult
from evaluation.estimators.results import NotEstimable
from evaluation.runs.impact.results import ImpactResult, OutcomeEffect
from evaluation.studies.impact_spec import ImpactSpec

CheckStatus = Literal["failed", "look", "pending", "absent", "passed"]

#: An estimate is significant if its robust p is below this and its interval excludes zero.
SIGNIFICANCE = 0.10
#: A test of the design fails below the first, and is to be looked at below the second.
FAILS, LOOKS = 0.05, 0.10
#: First-stage F under which the Anderson–Rubin set comes before the estimate.
WEAK_F = 10.0

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


Rule = Callable[[ImpactResult, ImpactSpec], Iterable[CheckFinding]]


def is_significant(result: RDResult) -> bool:
    """True when robust p-value and interval both exclude zero."""
    if isinstance(result, NotEstimable):
        return False
    low, high = result.ci_robust
    return result.pv_robust < SIGNIFICANCE and not low <= 0 <= high


def is_weak(result: RDResult) -> bool:
    """True when participation hardly changes at the cut-off."""
    first = None if isinstance(result, NotEstimable) else result.first_stage
    return first is not None and first.f is not None and first.f < WEAK_F


def run_checks(rules: Mapping[str, Rule], result: ImpactResult, spec: ImpactSpec) -> list[Check]:
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


def no_estimate(row: OutcomeEffect) -> CheckFinding:
    facts = {"reason": row.found} if isinstance(row.found, NotEstimable) else {}
    return CheckFinding("absent", "no_estimate", facts, row.outcome)
