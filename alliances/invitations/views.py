"""Pages of invitations: inviting, confirming, and the door by which somebody comes in."""

from functools import partial

from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import localdate, now
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from alliances.invitations.forms import ArrivalForm, InviteForm, RoleForm
from alliances.invitations.mail import link_of, subject_of
from alliances.invitations.models import Invitation
from alliances.invitations.selectors import (
    can_confirm,
    invitation_of,
    invitations_seen_by,
    person_of,
)
from alliances.invitations.services import (
    Issued,
    NewPerson,
    accept_as,
    accept_as_new,
    confirm_invitation,
    invite,
    renew_link,
    withdraw_invitation,
)
from alliances.mail.selectors import refusals_about
from alliances.mail.tasks import nudge
from alliances.people.models import Membership, User
from alliances.register.access import keeper_of
from alliances.register.selectors import bodies_seen_by, people_seen_by
from kit.forms import attempt, click_of
from kit.web import form_page, page_of


def invitation_or_404(request: HttpRequest, pk: int) -> Invitation:
    """One that this keeper sees and that waits; 404 otherwise."""
    return get_object_or_404(invitations_seen_by(keeper_of(request)), pk=pk)


@require_GET
def invitation_list(request: HttpRequest) -> HttpResponse:
    """Who is invited and has not come in, and what waits for a second person."""
    acting = keeper_of(request)
    page = page_of(request, invitations_seen_by(acting))
    refusals = refusals_about(map(subject_of, page))
    rows = [
        (row, can_confirm(row, acting), row.serves_at(now()), refusals.get(subject_of(row), ""))
        for row in page
    ]
    context = {"page": page, "rows": rows}
    return render(request, "alliances/invitations/invitation_list.html", context)


@require_http_methods(["GET", "POST"])
def body_invite(request: HttpRequest, pk: int) -> HttpResponse:
    """Invite somebody to a role at this body."""
    acting = keeper_of(request)
    body = get_object_or_404(bodies_seen_by(acting, localdate()), pk=pk)
    form = InviteForm(request.POST or None, body=body, acting=acting)

    def offer() -> Issued:
        return invite(acting=acting, at=now(), **form.arguments(organisation=body))

    if request.method == "POST" and (issued := attempt(form, offer)):
        return _issued(request, issued)
    return form_page(request, "alliances/invitations/invite.html", form, body=body)


@require_http_methods(["GET", "POST"])
def person_role(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a registered person another role."""
    acting = keeper_of(request)
    person = get_object_or_404(people_seen_by(acting), pk=pk)
    form = RoleForm(request.POST or None, acting=acting, on=localdate())

    def offer() -> Issued:
        return invite(acting=acting, at=now(), **form.arguments(person=person))

    if request.method == "POST" and (issued := attempt(form, offer)):
        return _issued(request, issued)
    return form_page(request, "alliances/invitations/person_role.html", form, person=person)


@require_POST
def invitation_confirm(request: HttpRequest, pk: int) -> HttpResponse:
    """Be the second person."""
    acting, invitation = keeper_of(request), invitation_or_404(request, pk)
    key = click_of(request)["key"]
    return _issued(
        request,
        confirm_invitation(invitation_id=invitation.pk, acting=acting, at=now(), key=key),
    )


@require_POST
def invitation_renew(request: HttpRequest, pk: int) -> HttpResponse:
    """Another link in place of the one that was lost."""
    acting, invitation = keeper_of(request), invitation_or_404(request, pk)
    click_of(request)
    return _issued(request, renew_link(invitation_id=invitation.pk, acting=acting, at=now()))


@require_POST
def invitation_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Take back what nobody used."""
    acting, invitation = keeper_of(request), invitation_or_404(request, pk)
    key = click_of(request)["key"]
    withdraw_invitation(invitation_id=invitation.pk, acting=acting, at=now(), key=key)
    messages.success(request, _("The invitation is withdrawn."))
    return redirect("alliances:invitation-list")


@never_cache
def _issued(request: HttpRequest, issued: Issued) -> HttpResponse:
    """What happens next: the link goes by mail, or is shown this once; or a second person waits."""
    if issued.token and not issued.is_mailed:
        context = {"invitation": issued.invitation, "link": link_of(issued.token)}
        return render(request, "alliances/invitations/link.html", context)
    if issued.is_mailed:
        nudge()
        sent = _("The link goes to %(email)s within a minute.") % {"email": issued.invitation.email}
    elif issued.invitation.waits_for_second:
        sent = _("The role waits for a second administrator, who confirms it.")
    else:
        sent = _("Done: %(invitation)s.") % {"invitation": issued.invitation}
    messages.success(request, sent)
    return redirect("alliances:invitation-list")


# -- Coming in -------------------------------------------------------------------------------------
@login_not_required
@never_cache
@require_http_methods(["GET", "POST"])
def invitation_accept(request: HttpRequest, token: str) -> HttpResponse:
    """The page behind a link: an account of one's own, or the role for who has one."""
    invitation = invitation_of(token)
    if invitation is None or not invitation.serves_at(now()):
        return render(request, "alliances/invitations/no_longer.html", status=404)
    known = None if invitation.membership_id else person_of(invitation.email)
    if known or isinstance(request.user, User):
        return _accept_signed_in(request, invitation, token)
    form = ArrivalForm(request.POST or None, email=invitation.email)
    if request.method == "POST" and (member := attempt(form, partial(_arrive, form, token))):
        login(request, member.user)
        messages.success(request, _("Welcome. This is where you begin."))
        return redirect("home")
    template = "alliances/invitations/arrival.html"
    return form_page(request, template, form, invitation=invitation)


def _arrive(form: ArrivalForm, token: str) -> Membership:
    about = NewPerson(**({"email": ""} | form.cleaned_data))
    return accept_as_new(token=token, about=about, at=now())


def _accept_signed_in(request: HttpRequest, invitation: Invitation, token: str) -> HttpResponse:
    if request.method == "POST" and isinstance(request.user, User):
        member = accept_as(token=token, user=request.user, at=now())
        messages.success(request, _("Done: %(invitation)s.") % {"invitation": member})
        return redirect("home")
    context = {"invitation": invitation, "next": request.path}
    return render(request, "alliances/invitations/accept.html", context)
