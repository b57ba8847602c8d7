"""Pages of reference rows: the tables, one table, and its file both ways."""

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from alliances.people.access import acting_of
from alliances.people.models import Membership
from alliances.reference.forms import ReferenceForm
from alliances.reference.registry import PROGRAMMES, TABLES
from alliances.reference.selectors import (
    can_change_reference,
    can_read_reference,
    file_of,
    kept_tables,
    last_change,
    plan_of_upload,
    rows_of,
    upload_waiting,
    version_of_table,
)
from alliances.reference.services import change_reference, stage_reference
from alliances.referrals.selectors import referral_counts
from alliances.territory.reference import ReferenceTable
from kit.access import require
from kit.errors import InvalidFile
from kit.forms import click_of
from kit.web import form_page

ROWS = 100


def _reader(request: HttpRequest) -> Membership:
    acting = acting_of(request)
    require(can_read_reference(acting))
    return acting


def _table_or_404(word: str) -> ReferenceTable:
    if word not in TABLES:
        raise Http404
    return TABLES[word]


@require_GET
def reference_list(request: HttpRequest) -> HttpResponse:
    """Every table, how many rows it has and who changed it last."""
    _reader(request)
    context = {"tables": list(kept_tables())}
    return render(request, "alliances/reference/reference_list.html", context)


@require_http_methods(["GET", "POST"])
def reference_table(request: HttpRequest, word: str) -> HttpResponse:
    """The rows of one table, and the way in for its file, whose preview comes first."""
    acting, table = _reader(request), _table_or_404(word)
    form = ReferenceForm(request.POST or None, request.FILES or None)
    mistakes: tuple[object, ...] = ()
    if request.method == "POST":
        require(can_change_reference(acting))
        if form.is_valid():
            try:
                staged = stage_reference(word=word, acting=acting, at=now(), **form.upload)
            except InvalidFile as refusal:
                form.add_error("file", refusal.message)
                mistakes = refusal.errors
            else:
                return redirect("alliances:reference-preview", word=word, key=staged.key)
    return form_page(
        request,
        "alliances/reference/reference_table.html",
        form,
        word=word,
        name=table.model._meta.verbose_name_plural,
        columns=table.columns,
        page=Paginator(rows_of(table), ROWS).get_page(request.GET.get("page")),
        last=last_change(table),
        mistakes=mistakes,
        counts=list(referral_counts()) if word == PROGRAMMES else [],
        may_change=can_change_reference(acting).allowed,
    )


@require_GET
def reference_preview(request: HttpRequest, word: str, key: UUID) -> HttpResponse:
    """What the file would add, change, take out and leave, and what of it is refused."""
    acting, table = _reader(request), _table_or_404(word)
    require(can_change_reference(acting))
    upload = upload_waiting(key, word, acting, now())
    if upload is None:
        raise Http404
    context = {
        "word": word,
        "name": table.model._meta.verbose_name_plural,
        "upload": upload,
        "plan": plan_of_upload(upload),
        "version": version_of_table(table),
    }
    return render(request, "alliances/reference/reference_preview.html", context)


@require_POST
def reference_confirm(request: HttpRequest, word: str, key: UUID) -> HttpResponse:
    """Make the table say what the previewed file says."""
    acting = _reader(request)
    require(can_change_reference(acting))
    _table_or_404(word)
    seen = click_of(request)["seen"]
    count = change_reference(word=word, key=key, seen=seen, acting=acting, at=now())
    messages.success(
        request,
        _("%(created)d rows are new, %(updated)d changed, %(removed)d are gone.") % vars(count),
    )
    return redirect("alliances:reference-table", word=word)


@require_GET
def reference_file(request: HttpRequest, word: str) -> HttpResponse:
    """The table as the file that comes in again."""
    _reader(request)
    table = _table_or_404(word)
    return HttpResponse(
        file_of(table),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{table.filename}"'},
    )
