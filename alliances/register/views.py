"""Pages of bodies and people: who is registered, who may act for whom, and ending it."""

from functools import partial

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import localdate, now
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods

from alliances.lists.pages import list_page
from alliances.people.models import Membership, Organisation
from alliances.people.roles import ROLES_OF
from alliances.register.access import keeper_of
from alliances.register.forms import BodyChangeForm, BodyForm, MembershipEndForm, ReviewForm
from alliances.register.lists import BODIES, PEOPLE
from alliances.register.selectors import (
    bodies_seen_by,
    can_change_bodies,
    can_end,
    held_roles,
    memberships_seen_by,
    people_seen_by,
)
from alliances.register.services import (
    change_organisation,
    end_at_once,
    end_many,
    end_membership,
    register_organisation,
    version_of_body,
)
from kit.access import require
from kit.forms import attempt
from kit.names import by_name
from kit.web import form_page, page_of


# -- Bodies ----------------------------------------------------------------------------------------
@require_GET
def body_list(request: HttpRequest) -> HttpResponseBase:
    """Every body of the register, with how many people act for it today."""
    may_change = can_change_bodies(keeper_of(request)).allowed
    return list_page(request, BODIES, "alliances/register/body_list.html", may_change=may_change)


@require_GET
def body_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One body, and the people who act or acted for it."""
    acting = keeper_of(request)
    bodies = bodies_seen_by(acting, localdate()).select_related("municipality__department")
    body = get_object_or_404(bodies, pk=pk)
    rows = memberships_seen_by(acting).filter(organisation=body)
    context = {
        "body": body,
        "departments": body.departments.order_by(*by_name("name")),
        "rows": held_roles(rows.order_by("-valid_from", "pk"), acting, localdate()),
        "may_change": can_change_bodies(acting).allowed,
        "has_roles": bool(ROLES_OF[body.kind]),
    }
    return render(request, "alliances/register/body_detail.html", context)


@require_http_methods(["GET", "POST"])
def body_create(request: HttpRequest) -> HttpResponse:
    """Register a body."""
    acting = keeper_of(request)
    require(can_change_bodies(acting))
    form = BodyForm(request.POST or None)

    def act() -> Organisation:
        sent = dict(form.cleaned_data)
        key, departments = sent.pop("key"), sent.pop("departments")
        return register_organisation(
            Organisation(**sent), departments=departments, acting=acting, at=now(), key=key
        )

    if request.method == "POST" and (body := attempt(form, act)):
        messages.success(request, _("Registered: %(name)s.") % {"name": body})
        return redirect("alliances:body-detail", pk=body.pk)
    return form_page(request, "alliances/register/body_form.html", form, body=None)


@require_http_methods(["GET", "POST"])
def body_change(request: HttpRequest, pk: int) -> HttpResponse:
    """Change what the register says of a body; its kind stays."""
    acting = keeper_of(request)
    require(can_change_bodies(acting))
    body = get_object_or_404(Organisation, pk=pk)
    seen = {"seen": version_of_body(body)}
    form = BodyChangeForm(request.POST or None, instance=body, initial=seen)
    change = partial(change_organisation, organisation_id=pk, acting=acting, at=now())

    def as_it_stands() -> BodyChangeForm:
        current = Organisation.objects.get(pk=pk)
        return BodyChangeForm(instance=current, initial={"seen": version_of_body(current)})

    if request.method == "POST" and attempt(
        form, lambda: change(**form.cleaned_data), current_form=as_it_stands
    ):
        messages.success(request, _("The change is recorded."))
        return redirect("alliances:body-detail", pk=pk)
    name = Organisation.objects.get(pk=pk).name
    return form_page(request, "alliances/register/body_form.html", form, body=body, name=name)


# -- People ----------------------------------------------------------------------------------------
@require_GET
def person_list(request: HttpRequest) -> HttpResponseBase:
    """Everybody who has or had a role, with those of today."""
    keeper_of(request)
    return list_page(request, PEOPLE, "alliances/register/person_list.html")


@require_GET
def person_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One person: each role, since when, until when, and what keeps two of them apart."""
    acting = keeper_of(request)
    person = get_object_or_404(people_seen_by(acting), pk=pk)
    rows = memberships_seen_by(acting).filter(user=person).order_by("-valid_from", "pk")
    context = {"person": person, "rows": held_roles(rows, acting, localdate())}
    return render(request, "alliances/register/person_detail.html", context)


@require_http_methods(["GET", "POST"])
def membership_end(request: HttpRequest, pk: int) -> HttpResponse:
    """End a membership: at once, or after a last day."""
    acting = keeper_of(request)
    membership = get_object_or_404(memberships_seen_by(acting), pk=pk)
    require(can_end(acting, membership))
    form = MembershipEndForm(request.POST or None)

    def act() -> Membership:
        sent = form.cleaned_data
        sent["valid_until"] = sent["valid_until"] or end_at_once(now())
        return end_membership(membership_id=pk, acting=acting, at=now(), **sent)

    if request.method == "POST" and attempt(form, act):
        messages.success(request, _("The role has an end: %(member)s.") % {"member": membership})
        return redirect("alliances:person-detail", pk=membership.user_id)
    template = "alliances/register/membership_end.html"
    return form_page(request, template, form, membership=membership)


@require_http_methods(["GET", "POST"])
def membership_review(request: HttpRequest) -> HttpResponse:
    """The quarterly review: who has what, since when, last seen; end some or many."""
    acting = keeper_of(request)
    in_force = memberships_seen_by(acting).valid_on(localdate())
    ordered = in_force.order_by(*by_name("organisation__name"), "role", "pk")
    page = page_of(request, ordered, size=100)
    rows = held_roles(page, acting, localdate())
    endable = [row.membership.pk for row in rows if row.may_end]
    form = ReviewForm(request.POST or None, rows=endable)
    if request.method == "POST" and form.is_valid():
        ended, problems = end_many(acting=acting, at=now(), **form.cleaned_data)
        done = ngettext("%(count)d role ended.", "%(count)d roles ended.", ended)
        messages.success(request, done % {"count": ended})
        for problem in problems:
            messages.warning(request, problem)
        return redirect("alliances:membership-review")
    context = {"page": page, "rows": rows}
    return form_page(request, "alliances/register/membership_review.html", form, **context)
