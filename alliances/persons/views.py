"""Pages of the register of persons: what it knows of somebody, and who may be there twice."""

from functools import partial

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import localdate, now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from alliances.people.access import acting_of
from alliances.people.models import Membership, Person
from alliances.persons.forms import OneDocumentForm, TwoPeopleForm
from alliances.persons.selectors import (
    can_keep_persons,
    can_read_register,
    pair_of,
    participations_of,
    persons_visible_to,
    possible_duplicates,
    version_of_pair,
    why_not_one,
)
from alliances.persons.services import correct_document, tell_apart
from kit.access import require
from kit.forms import attempt
from kit.web import PAGE_SIZE, status_of


@require_GET
def person_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Every call and profile in which somebody took part, and as what."""
    acting = acting_of(request)
    require(can_read_register(acting))
    person = get_object_or_404(persons_visible_to(acting), pk=pk)
    rows = participations_of(person)
    return render(request, "alliances/persons/person_detail.html", {"person": person, "rows": rows})


@require_GET
def duplicate_list(request: HttpRequest) -> HttpResponse:
    """Persons who may be one, the likest first."""
    _keeper(request)
    page = Paginator(possible_duplicates(), PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "alliances/persons/duplicate_list.html", {"page": page})


def _keeper(request: HttpRequest) -> Membership:
    """Who decides on pairs. Raises NotAllowed."""
    acting = acting_of(request)
    require(can_keep_persons(acting, localdate()))
    return acting


@require_http_methods(["GET", "POST"])
def duplicate_detail(request: HttpRequest, first: int, second: int) -> HttpResponse:
    """Two persons side by side; a mistyped document is corrected to the right one."""
    acting, persons = _keeper(request), _pair(first, second)
    form = _one_form(persons, request.POST or None)
    correct = partial(correct_document, acting=acting, at=now())
    if request.method == "POST" and attempt(form, lambda: correct(**form.correction)):
        messages.success(request, _("They are one person: the mistyped document is corrected."))
        return redirect("alliances:duplicate-list")
    return _pair_page(request, persons, form, TwoPeopleForm())


@require_POST
def duplicate_apart(request: HttpRequest, first: int, second: int) -> HttpResponse:
    """They are two: the pair is not proposed again."""
    acting, persons = _keeper(request), _pair(first, second)
    form = TwoPeopleForm(request.POST)
    apart = partial(tell_apart, first=persons[0], second=persons[1], acting=acting, at=now())
    if attempt(form, lambda: apart(**form.cleaned_data)):
        messages.success(request, _("They are two people: they are not proposed again."))
        return redirect("alliances:duplicate-list")
    return _pair_page(request, persons, _one_form(persons), form)


Pair = tuple[Person, Person]


def _pair(first: int, second: int) -> Pair:
    return get_object_or_404(Person, pk=first), get_object_or_404(Person, pk=second)


def _one_form(persons: Pair, data: QueryDict | None = None) -> OneDocumentForm:
    seen = version_of_pair(persons[0].pk, persons[1].pk)
    return OneDocumentForm(data, persons=persons, initial={"seen": seen})


def _pair_page(
    request: HttpRequest, persons: Pair, one: OneDocumentForm, two: TwoPeopleForm
) -> HttpResponse:
    context = {
        "pair": pair_of(*persons),
        "persons": persons,
        "rows": [(person, participations_of(person)) for person in persons],
        "why_not": why_not_one(*persons),
        "form": one,
        "two": two,
    }
    status = max(status_of(one), status_of(two))
    return render(request, "alliances/persons/duplicate_detail.html", context, status=status)
