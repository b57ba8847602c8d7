"""A profile's eligibility in counts: what is stored with an act and shown to whoever reads it.

The findings themselves come from the call (``calls.selectors.eligibility_of``). Nothing here
carries a personal field.
"""

from typing import Any

from alliances.calls.rules import State
from alliances.calls.selectors import Eligibility


def summary_of(eligibility: Eligibility) -> dict[str, Any]:
    """How many producers meet, fail or leave open each limit, and the profile's own findings."""
    return {
        "verdict": str(eligibility.verdict),
        "producers": len(eligibility.producers),
        "by_rule": {
            code: {str(state): count for state, count in counts.items()}
            for code, counts in eligibility.by_rule.items()
        },
        "profile": {finding.code: str(finding.state) for finding in eligibility.profile},
    }


def producers_in(eligibility: Eligibility, state: State) -> int:
    """How many producers have a finding in this state."""
    return sum(
        any(finding.state == state for finding in findings)
        for _producer, findings in eligibility.producers
    )
