"""Requirements of the transition table that scores and committee decisions can answer."""

from django.utils.translation import gettext as _

from alliances.lifecycle.models import Alliance
from alliances.lifecycle.registry import requirement
from alliances.selection.rules import Outcome
from alliances.selection.selectors.scores import binding_score_of
from kit.access import ALLOWED, Verdict, refused


@requirement("score_sealed")
def score_sealed(alliance: Alliance) -> Verdict:
    """A binding score is sealed on the profile."""
    if binding_score_of(alliance):
        return ALLOWED
    return refused(_("The scoring sheet has not been sealed."))


@requirement("committee_selected")
def committee_selected(alliance: Alliance) -> Verdict:
    """The committee's latest decision is to select."""
    return _decided(alliance, Outcome.SELECTED)


@requirement("committee_waitlisted")
def committee_waitlisted(alliance: Alliance) -> Verdict:
    """The committee's latest decision is the waiting list."""
    return _decided(alliance, Outcome.WAITLISTED)


@requirement("committee_declined")
def committee_declined(alliance: Alliance) -> Verdict:
    """The committee's latest decision is not to select."""
    return _decided(alliance, Outcome.DECLINED)


def _decided(alliance: Alliance, outcome: Outcome) -> Verdict:
    latest = alliance.decisions.order_by("-pk").first()
    if latest and latest.outcome == outcome:
        return ALLOWED
    return refused(_("The committee's decision has not been recorded."))
