"""Pages that write a profile."""

from functools import partial

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.timezone import localdate, now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from alliances.lifecycle.act_pages import alliance_or_404, form_page
from alliances.lifecycle.selectors import may_do
from alliances.lists.pages import list_page
from alliances.people.access import acting_of
from alliances.people.models import Membership
from alliances.people.selectors import municipalities_served_by
from alliances.persons.selectors import can_keep_persons
from alliances.preparation.forms import NewProfileForm, ProfileForm
from alliances.preparation.lists import PROFILES
from alliances.preparation.returned import open_points
from alliances.preparation.selectors import (
    can_correct_by_workbook,
    can_import,
    can_present,
    open_calls_for,
    own_organisation,
)
from alliances.preparation.services import present_profile, revise_profile
from alliances.preparation.table import UPDATE_PROFILE
from kit.access import require
from kit.forms import attempt
from kit.web import is_fragment


@require_GET
def profile_list(request: HttpRequest) -> HttpResponseBase:
    """Profiles in preparation by what they lack: what the OGR opens every morning."""
    acting = acting_of(request)
    return list_page(
        request,
        PROFILES,
        "alliances/preparation/profile_list.html",
        may_present=can_present(acting).allowed,
        menu=_menu(acting),
    )


def _menu(acting: Membership) -> list[dict[str, str]]:
    """What else can be done from the list."""
    entries = [(_("Consultants"), "alliances:consultant-list", "people")]
    if can_import(acting, localdate()):
        entries.insert(0, (_("Import profiles"), "alliances:import-profiles", "upload"))
    if can_correct_by_workbook(acting):
        entries.insert(0, (_("Correct with a workbook"), "alliances:profiles-correct", "pen"))
    if can_keep_persons(acting, localdate()):
        entries.append((_("Perhaps twice in the register"), "alliances:duplicate-list", "people"))
    return [{"label": label, "url": reverse(page), "icon": icon} for label, page, icon in entries]


@require_http_methods(["GET", "POST"])
def profile_create(request: HttpRequest) -> HttpResponse:
    """Present a profile to an open call: of an organisation of this region, or one's own."""
    acting, at = acting_of(request), now()
    own = own_organisation(acting)
    form = NewProfileForm(
        request.POST or None,
        calls=open_calls_for(acting, at),
        places=municipalities_served_by(acting),
        own=own,
        initial={"municipality": own.municipality_id} if own else None,
    )
    present = partial(present_profile, acting=acting, at=at)
    if request.method == "POST" and (
        alliance := attempt(form, lambda: present(**form.new_profile))
    ):
        messages.success(request, _("Profile %(code)s is a draft.") % {"code": alliance.code})
        return redirect("alliances:producer-list", code=alliance.code)
    return form_page(
        request,
        "alliances/preparation/profile_create.html",
        form,
        may=can_present(acting),
        own=own,
        may_import=can_import(acting, localdate()).allowed,
    )


@require_http_methods(["GET", "POST"])
def profile_edit(request: HttpRequest, code: str) -> HttpResponse:
    """Correct a profile while it is a draft or returned."""
    alliance, acting = alliance_or_404(request, code), acting_of(request)
    places, own = municipalities_served_by(acting), own_organisation(acting)

    def written(data: QueryDict | None = None) -> ProfileForm:
        initial = ProfileForm.initial_of(alliance_or_404(request, code))
        return ProfileForm(data, initial=initial, places=places, own=own)

    form = written(request.POST or None)
    revise = partial(revise_profile, alliance=alliance, acting=acting, at=now())
    if request.method == "POST" and attempt(
        form, lambda: revise(**form.revision), current_form=written
    ):
        messages.success(request, _("The profile is saved."))
        return redirect("alliances:producer-list", code=code)
    return form_page(
        request,
        "alliances/preparation/profile_edit.html",
        form,
        may=may_do(alliance, UPDATE_PROFILE, acting),
        alliance=alliance,
        tab="producers",
        own=own,
    )


@require_GET
def to_mend(request: HttpRequest, code: str) -> HttpResponse:
    """What the limits of the call find open in a profile, each with the page that mends it."""
    alliance, acting = alliance_or_404(request, code), acting_of(request)
    require(may_do(alliance, UPDATE_PROFILE, acting))
    context = {"alliance": alliance, "tab": "producers", "points": open_points(alliance)}
    page = "_to_mend.html" if is_fragment(request) else "profile_to_mend.html"
    return render(request, f"alliances/preparation/{page}", context)
