"""The page where a profile is read against the limits of its call, and declared eligible."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from alliances.calls.rules import State
from alliances.calls.selectors import eligibility_of
from alliances.lifecycle.act_pages import alliance_or_404
from alliances.lifecycle.selectors import actions_for, may_do
from alliances.lifecycle.table import BY_VERB
from alliances.people.access import acting_of
from alliances.preparation.eligibility import producer_rows, rule_rows
from alliances.preparation.returned import last_return
from alliances.preparation.selectors import can_see_producers
from alliances.preparation.services import check_profile, verify_profile
from alliances.preparation.table import CHECK_PROFILE
from kit.forms import click_of

VERBS = ("verify", "return_profile", "reject")


@require_GET
def eligibility(request: HttpRequest, code: str) -> HttpResponse:
    """Every limit: met, not met or cannot tell, with the figures; and what can be decided."""
    alliance, acting = alliance_or_404(request, code), acting_of(request)
    result = eligibility_of(alliance)
    sees = can_see_producers(acting)
    may_decide = may_do(alliance, BY_VERB["verify"], acting)
    rows = producer_rows(result) if sees or may_decide else []
    actions = {action.verb: action for action in actions_for(alliance, acting)}
    return render(
        request,
        "alliances/preparation/eligibility.html",
        {
            "alliance": alliance,
            "tab": "producers",
            "rules": rule_rows(result, acting),
            "findings": result.profile,
            "notice": last_return(alliance),
            "sees": sees,
            "may_decide": may_decide,
            "may_check": may_do(alliance, CHECK_PROFILE, acting).allowed,
            "pending": [row for row in rows if row.verdict != State.MET],
            "settled": [row for row in rows if row.verdict == State.MET],
            "actions": [actions[verb] for verb in VERBS if verb in actions],
        },
    )


@require_POST
def verify(request: HttpRequest, code: str) -> HttpResponse:
    """Declare the profile eligible."""
    alliance = alliance_or_404(request, code)
    acting = acting_of(request)
    verify_profile(alliance=alliance, acting=acting, at=now(), **click_of(request))
    messages.success(request, _("The profile is eligible."))
    return redirect("alliances:alliance-detail", code=code)


@require_POST
def check(request: HttpRequest, code: str) -> HttpResponse:
    """Record how one's own profile stands; whoever is independent declares it eligible."""
    alliance, acting = alliance_or_404(request, code), acting_of(request)
    check_profile(alliance=alliance, acting=acting, at=now(), **click_of(request))
    messages.success(request, _("Your check is in the history. It binds nobody."))
    return redirect("alliances:eligibility", code=code)
