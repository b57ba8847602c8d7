"""What the transition table asks of a profile and of a study before they move on."""

from collections import Counter

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from alliances.calls.models import EligibilityRule
from alliances.calls.rules import State
from alliances.calls.selectors import eligibility_of
from alliances.lifecycle.models import Alliance
from alliances.lifecycle.registry import requirement
from alliances.preparation.selectors import profile_gaps, study_gaps
from kit.access import ALLOWED, Verdict, refused
from kit.figures import number


@requirement("profile_complete")
def profile_complete(alliance: Alliance) -> Verdict:
    """An ally, producers in the number the call asks for, and each one's signed consent."""
    return _verdict(profile_gaps(alliance))


@requirement("eligibility_met")
def eligibility_met(alliance: Alliance) -> Verdict:
    """Every limit of the call is met, for the profile and for each producer; unknown is not met."""
    result = eligibility_of(alliance)
    reasons = [finding.figure for finding in result.profile if finding.state != State.MET]
    reasons += [
        reason for code, counts in result.by_rule.items() for reason in _unmet(code, counts)
    ]
    if not reasons:
        return ALLOWED
    return refused(
        _("Eligibility is not established: %(reasons)s.") % {"reasons": "; ".join(reasons)}
    )


@requirement("study_complete")
def study_complete(alliance: Alliance) -> Verdict:
    """Every section written and the signed document attached."""
    return _verdict(study_gaps(alliance))


def _verdict(gaps: list[str]) -> Verdict:
    return refused(" ".join(gaps)) if gaps else ALLOWED


def _unmet(code: str, counts: Counter[State]) -> list[str]:
    rule = EligibilityRule.Code(code).label
    reasons = []
    if failing := counts[State.NOT_MET]:
        reasons.append(
            ngettext(
                "%(rule)s: %(count)s producer does not meet it",
                "%(rule)s: %(count)s producers do not meet it",
                failing,
            )
            % {"rule": rule, "count": number(failing)}
        )
    if unknown := counts[State.CANNOT_TELL]:
        reasons.append(
            ngettext(
                "%(rule)s: not known of %(count)s producer",
                "%(rule)s: not known of %(count)s producers",
                unknown,
            )
            % {"rule": rule, "count": number(unknown)}
        )
    return reasons
