"""Pages of an alliance: the list, its page, the acts of the table, who may act, appointments."""

from functools import partial

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.timezone import localdate, now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from alliances.lifecycle.act_pages import SUMMARY, act_page, alliance_or_404
from alliances.lifecycle.ahead import dates_ahead
from alliances.lifecycle.duties import Duty
from alliances.lifecycle.forms import AppointmentEndForm
from alliances.lifecycle.selectors import (
    actions_for,
    history_of,
    judgement_of,
    may_do,
    who_may_act,
    whole_dossier,
)
from alliances.lifecycle.services import (
    appoint,
    declare_interest,
    end_appointment,
    transition_named,
)
from alliances.lifecycle.table import APPOINT, END_APPOINTMENT, Status
from alliances.lists.pages import list_page
from alliances.overview.cards import address_of, cards
from alliances.overview.forms import ActForm, AppointForm, InterestForm
from alliances.overview.lists import ALLIANCES
from alliances.overview.own import can_have_cards, own_home
from alliances.overview.sentences import conflicts_of, tell
from alliances.overview.services import perform_act
from alliances.overview.track import stage_track
from alliances.people.access import acting_of
from alliances.people.models import Membership
from alliances.preparation.returned import last_return, open_return
from alliances.preparation.selectors import can_see_producers
from alliances.referrals.selectors import can_refer, can_tell_answer, referrals_of
from kit.access import ALLOWED, require
from kit.errors import DomainError
from kit.tones import Emphasis
from kit.web import is_fragment, page_of


@require_GET
def alliance_list(request: HttpRequest) -> HttpResponseBase:
    """The alliances this person sees, with filters kept in the address."""
    menu = _menu(acting_of(request))
    return list_page(request, ALLIANCES, "alliances/overview/alliance_list.html", menu=menu)


def _menu(acting: Membership) -> list[dict[str, str]]:
    """What belongs to all these alliances, each as a list of its own."""
    pages = [(_("Documents"), "alliances:all-documents", "document")]
    if can_see_producers(acting):
        pages.insert(0, (_("Producers"), "alliances:all-producers", "people"))
    return [{"label": label, "url": reverse(page), "icon": icon} for label, page, icon in pages]


@require_GET
def own_alliances(request: HttpRequest) -> HttpResponse:
    """One's own alliances, or the studies given: each as a card. Home begins with them."""
    acting = acting_of(request)
    require(can_have_cards(acting))
    context = vars(own_home(acting, now()))
    page = "_own_cards.html" if is_fragment(request) else "own_alliances.html"
    return render(request, f"alliances/overview/{page}", context)


@require_GET
def alliance_detail(request: HttpRequest, code: str) -> HttpResponse:
    """What this alliance is, where it stands, what I may do and why not the rest."""
    alliance = alliance_or_404(request, code)
    acting = acting_of(request)
    dossier = whole_dossier(alliance, acting)
    actions = actions_for(alliance, acting)
    allowed = cards(alliance, [row for row in actions if row.verdict], dossier)
    dates = dates_ahead(alliance, localdate())
    mends = any(row.verb == "submit" and (row.verdict or row.lacks) for row in actions)
    return render(
        request,
        "alliances/overview/alliance_detail.html",
        {
            "alliance": alliance,
            "tab": "summary",
            "notice": open_return(alliance, now()) if mends else None,
            "track": stage_track(alliance),
            "leading": next((row for row in allowed if row.emphasis == Emphasis.PRIMARY), None),
            "dates": dates,
            "pressing": next((row for row in dates if row.slack is not None), None),
            "allowed": allowed,
            "barred": cards(alliance, [row for row in actions if not row.verdict], dossier),
            "appointments": alliance.appointments.filter(until__isnull=True)
            .select_related("organisation", "person")
            .order_by("duty", "pk"),
            "may_direct": may_do(alliance, APPOINT, acting),
            "conflicts": conflicts_of(dossier),
            "referrals": list(referrals_of([alliance.pk])),
            "may_refer": can_refer(alliance, acting).allowed,
            "may_tell": can_tell_answer(alliance, acting).allowed,
            "events": tell(history_of(alliance)[:5]),
        },
    )


@require_GET
def alliance_history(request: HttpRequest, code: str) -> HttpResponse:
    """The audit chain of the alliance, told in sentences."""
    alliance = alliance_or_404(request, code)
    page = page_of(request, history_of(alliance))
    context = {"alliance": alliance, "tab": "history", "page": page, "events": tell(page)}
    return render(request, "alliances/overview/alliance_history.html", context)


@require_http_methods(["GET", "POST"])
def alliance_act(request: HttpRequest, code: str, verb: str) -> HttpResponse:
    """One verb of the table: its reason and evidence, then the act; or the page that does it."""
    alliance = alliance_or_404(request, code)
    transition = transition_named(verb)
    if transition.has_own_service and request.method == "GET":
        return redirect(address_of(alliance, transition))
    acting = acting_of(request)
    notice = (
        last_return(alliance) if verb == "submit" and alliance.status == Status.RETURNED else None
    )
    form = ActForm(
        request.POST or None,
        request.FILES or None,
        act=transition,
        is_answer=notice is not None,
        initial={"seen": alliance.version},
    )
    act = partial(perform_act, alliance=alliance, verb=verb, acting=acting, at=now())
    return act_page(
        request,
        alliance,
        form,
        lambda: act(**form.cleaned_data),
        may=lambda: judgement_of(alliance, transition, acting).verdict,
        place=SUMMARY,
        title=str(transition.label),
        done=_("Done: %(verb)s.") % {"verb": transition.label},
        template="alliances/overview/alliance_act.html",
        transition=transition,
        notice=notice,
    )


@require_GET
def who_may(request: HttpRequest, code: str, duty: str) -> HttpResponse:
    """Who may exercise a duty here today, and why each other person may not."""
    alliance = alliance_or_404(request, code)
    if duty not in Duty.values:
        raise DomainError(_("There is no duty called «%(duty)s».") % {"duty": duty})
    answer = who_may_act(alliance, Duty(duty), localdate())
    return render(
        request, "alliances/overview/who_may.html", {"alliance": alliance, "answer": answer}
    )


@require_http_methods(["GET", "POST"])
def appoint_organisation(request: HttpRequest, code: str) -> HttpResponse:
    """Give an organisation a duty on this alliance."""
    alliance = alliance_or_404(request, code)
    acting = acting_of(request)
    form = AppointForm(request.POST or None, initial={"duty": request.GET.get("duty")})
    act = partial(appoint, alliance_id=alliance.pk, acting=acting, at=now())
    return act_page(
        request,
        alliance,
        form,
        lambda: act(**form.appointment),
        may=lambda: may_do(alliance, APPOINT, acting),
        place=SUMMARY,
        title=_("Appoint an organisation"),
        intro=_(
            "The organisation takes this duty on the alliance from today. The rules of the call "
            "are checked against everything it has done here."
        ),
        done=lambda row: _("Appointed: %(name)s.") % {"name": row.organisation},
    )


@require_http_methods(["GET", "POST"])
def appointment_end(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """End a standing appointment, with the reason that stays in the history."""
    alliance, acting = alliance_or_404(request, code), acting_of(request)
    appointment = get_object_or_404(alliance.appointments.select_related("organisation"), pk=pk)
    form = AppointmentEndForm(request.POST or None)
    end = partial(end_appointment, appointment_id=pk, acting=acting, at=now())
    names = {"name": appointment.organisation, "duty": appointment.get_duty_display()}
    return act_page(
        request,
        alliance,
        form,
        lambda: end(**form.cleaned_data),
        may=lambda: may_do(alliance, END_APPOINTMENT, acting),
        place=SUMMARY,
        title=_("End appointment"),
        intro=_(
            "From today %(name)s no longer holds «%(duty)s» on this alliance. What it did stays in "
            "the history."
        )
        % names,
        done=_("The appointment has ended."),
        is_danger=True,
    )


@require_http_methods(["GET", "POST"])
def interest(request: HttpRequest, code: str) -> HttpResponse:
    """Declare a tie with this alliance; from then on the person cannot judge it."""
    alliance = alliance_or_404(request, code)
    form = InterestForm(request.POST or None)
    declare = partial(declare_interest, alliance=alliance, acting=acting_of(request), at=now())
    return act_page(
        request,
        alliance,
        form,
        lambda: declare(**form.cleaned_data),
        may=lambda: ALLOWED,
        place=SUMMARY,
        title=_("Declare an interest"),
        intro=_(
            "Once declared, you cannot verify, score, select, supervise, give no objection, "
            "approve or pay on this alliance. It cannot be withdrawn."
        ),
        done=_("Your declaration is recorded."),
    )
