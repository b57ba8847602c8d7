"""A profile's eligibility as it is stored with an act (in counts) and shown on its page.

The findings themselves come from the call (``calls.selectors.eligibility_of``).
"""

from dataclasses import dataclass
from typing import Any

from alliances.calls.models import EligibilityRule
from alliances.calls.rules import TONES, Finding, State, verdict_of
from alliances.calls.selectors import Eligibility
from alliances.people.counts import counts_for
from alliances.people.models import Membership, Producer
from kit.tones import Tone

_WORST_FIRST = (State.NOT_MET, State.CANNOT_TELL, State.MET)


def summary_of(eligibility: Eligibility) -> dict[str, Any]:
    """How many producers meet, fail or leave open each limit, and the profile's own findings.

    No personal field: it goes into the audit chain.
    """
    return {
        "verdict": str(eligibility.verdict),
        "producers": len(eligibility.producers),
        "by_rule": {
            code: {str(state): count for state, count in counts.items()}
            for code, counts in eligibility.by_rule.items()
        },
        "profile": {finding.code: str(finding.state) for finding in eligibility.profile},
    }


@dataclass(frozen=True)
class RuleRow:
    """How the producers stand against one limit; None for a count that is not shown.

    ``tone``: one who fails is enough to fail; one unknown, not to tell.
    """

    label: str
    met: int | None
    not_met: int | None
    cannot_tell: int | None
    tone: Tone


@dataclass(frozen=True)
class ProducerRow:
    """One producer: the verdict, what fails or is unknown, and what is met.

    ``number`` is their place in the profile, for those who judge it without knowing names.
    """

    number: int
    producer: Producer
    verdict: State
    open: tuple[Finding, ...]
    met: tuple[Finding, ...]

    @property
    def tone(self) -> Tone:
        return TONES[self.verdict]


def rule_rows(eligibility: Eligibility, membership: Membership) -> list[RuleRow]:
    """One row per limit of the call that concerns producers, as this membership may read it."""
    rows = []
    for code, counts in eligibility.by_rule.items():
        worst = next((state for state in _WORST_FIRST if counts[state]), State.MET)
        cells = [counts[State.MET], counts[State.NOT_MET], counts[State.CANNOT_TELL]]
        met, not_met, cannot_tell = counts_for(membership, cells)
        label = str(EligibilityRule.Code(code).label)
        rows.append(RuleRow(label, met, not_met, cannot_tell, TONES[worst]))
    return rows


def producer_rows(eligibility: Eligibility) -> list[ProducerRow]:
    """One row per producer, those who fail first and those who cannot be told next."""
    rows = [
        ProducerRow(
            number=number,
            producer=producer,
            verdict=verdict_of(findings),
            open=tuple(finding for finding in findings if finding.state != State.MET),
            met=tuple(finding for finding in findings if finding.state == State.MET),
        )
        for number, (producer, findings) in enumerate(eligibility.producers, start=1)
    ]
    return sorted(rows, key=lambda row: _WORST_FIRST.index(row.verdict))
