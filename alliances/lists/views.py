"""Keeping views of lists, and acts on many rows: proposed, confirmed, followed."""

from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from alliances.lists.forms import BulkConfirmForm, BulkForm, SavedViewForm
from alliances.lists.models import BulkAct, BulkRow
from alliances.lists.registry import BulkVerb, verb_named, verbs_for
from alliances.lists.selectors import bulk_of, counts_of_bulk, rows_alike
from alliances.lists.services import (
    AT_ONCE,
    claim,
    confirm,
    forget_view,
    propose,
    save_view,
    work,
)
from alliances.lists.tasks import nudge
from alliances.people.access import acting_of
from alliances.people.models import Membership
from kit.errors import DomainError
from kit.forms import attempt
from kit.lists import Listing, ListShape, shape_named
from kit.web import is_fragment, status_of


# -- Views -----------------------------------------------------------------------------------------
@require_POST
def view_save(request: HttpRequest) -> HttpResponse:
    """Keep the list as it is narrowed, under a name."""
    acting, form = acting_of(request), SavedViewForm(request.POST)
    shape = _shape_of(form)
    query = form.cleaned_data["query"]
    view = save_view(
        person=acting.user, list_name=shape.name, name=form.cleaned_data["name"], query=query
    )
    messages.success(request, _("The view «%(name)s» is among yours.") % {"name": view.name})
    return _back_to(shape, query)


@require_POST
def view_forget(request: HttpRequest, pk: int) -> HttpResponse:
    """Forget a view of one's own."""
    forget_view(person=acting_of(request).user, pk=pk)
    shape = shape_named(request.POST.get("list_name", ""))
    return _back_to(shape, request.POST.get("query", "")) if shape else redirect("home")


def _back_to(shape: ListShape, query: str) -> HttpResponse:
    return redirect(shape.address(QueryDict(query).urlencode()))


def _shape_of(form: SavedViewForm | BulkForm) -> ListShape:
    """The list of a valid form. Raises DomainError with what is wrong in it."""
    shape = shape_named(form.data.get("list_name", ""))
    if not form.is_valid() or shape is None:
        problems = [problem for errors in form.errors.values() for problem in errors]
        raise DomainError(" ".join(map(str, problems)) or _("There is no such list."))
    return shape


# -- Acts on many --------------------------------------------------------------------------------
@require_POST
def bulk_new(request: HttpRequest) -> HttpResponse:
    """Propose an act on the ticked rows, or on all that the address of the list asks for."""
    acting, form = acting_of(request), BulkForm(request.POST)
    shape = _shape_of(form)
    verb = _verb_of(shape, form.cleaned_data["verb"], acting)
    bulk = propose(
        verb=verb,
        targets=_targets(shape, form, acting),
        seen={} if form.cleaned_data["everything"] else form.picked,
        list_name=shape.name,
        query=form.cleaned_data["query"],
        acting=acting,
        at=now(),
        key=form.cleaned_data["key"],
    )
    return redirect("alliances:bulk-detail", key=bulk.key)


def _verb_of(shape: ListShape, name: str, acting: Membership) -> BulkVerb:
    for verb in verbs_for(shape.name, acting):
        if verb.name == name:
            return verb
    raise DomainError(_("This list does not offer that act to you."))


def _targets(shape: ListShape, form: BulkForm, acting: Membership) -> QuerySet:
    """The rows that were chosen, in the order of the list; only what this member sees."""
    listing = Listing(shape, QueryDict(form.cleaned_data["query"]), acting)
    if form.cleaned_data["everything"]:
        return listing.queryset
    return listing.in_order(shape.source(acting).filter(pk__in=form.picked))


@require_GET
def bulk_detail(request: HttpRequest, key: UUID) -> HttpResponse:
    """What would become of each row; while it is done, how far it is; then what became of each."""
    bulk = _own(request, key)
    if is_fragment(request):
        if bulk.finished_at:
            return HttpResponse(headers={"HX-Refresh": "true"})
        return render(request, "alliances/lists/_progress.html", _progress(bulk))
    form = None if bulk.confirmed_at else BulkConfirmForm(verb=verb_named(bulk.verb))
    return _page(request, bulk, form)


@require_POST
def bulk_confirm(request: HttpRequest, key: UUID) -> HttpResponse:
    """Let it be done: a few rows at once, many by a worker."""
    bulk = _own(request, key)
    form = BulkConfirmForm(request.POST, verb=verb_named(bulk.verb))

    def agree() -> BulkAct:
        reason = {name: form.cleaned_data.get(name, "") for name in ("reason", "reason_code")}
        return confirm(bulk=bulk, at=now(), **reason)

    if attempt(form, agree) is None:
        return _page(request, bulk, form)
    if bulk.rows.count() > AT_ONCE:
        nudge()
    elif claimed := claim(at=now(), pk=bulk.pk):
        work(bulk=claimed, clock=now)
    return redirect("alliances:bulk-detail", key=key)


def _own(request: HttpRequest, key: UUID) -> BulkAct:
    bulk = bulk_of(acting_of(request), key)
    if bulk is None:
        raise Http404
    return bulk


def _progress(bulk: BulkAct) -> dict[str, object]:
    return {"bulk": bulk, "counts": counts_of_bulk(bulk), "verb": verb_named(bulk.verb)}


def _page(request: HttpRequest, bulk: BulkAct, form: BulkConfirmForm | None) -> HttpResponse:
    shape = shape_named(bulk.list_name)
    context = _progress(bulk) | {
        "form": form,
        "reason": verb_named(bulk.verb).reasons.get(bulk.reason_code, ""),
        "left": rows_alike(bulk, BulkRow.State.LEFT),
        "waiting": rows_alike(bulk, BulkRow.State.WAITING),
        "done": rows_alike(bulk, BulkRow.State.DONE),
        "shape": shape,
        "back": shape.address(bulk.query) if shape else "",
    }
    status = status_of(form) if form else 200
    return render(request, "alliances/lists/bulk.html", context, status=status)
