"""Pages about whom a person acts for."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from alliances.people.acting_membership import SESSION_KEY
from alliances.people.forms import SwitchForm
from alliances.people.models import User
from alliances.people.selectors import memberships_of


@require_POST
def membership_switch(request: HttpRequest) -> HttpResponse:
    """Act for another organisation, or in another role, from the next page on."""
    assert isinstance(request.user, User)  # the login middleware lets nobody else in
    form = SwitchForm(request.POST)
    if not form.is_valid():
        raise Http404
    own = memberships_of(request.user, localdate())
    chosen = get_object_or_404(own, pk=form.cleaned_data["membership"])
    request.session[SESSION_KEY] = chosen.pk
    messages.success(
        request,
        _("From now on you act for %(organisation)s as %(role)s.")
        % {"organisation": chosen.organisation, "role": chosen.get_role_display()},
    )
    target = form.cleaned_data["next"]
    is_safe = url_has_allowed_host_and_scheme(target, {request.get_host()}, request.is_secure())
    return redirect(target if is_safe else "home")
