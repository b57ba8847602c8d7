"""Pages of tables that enter row by row: the template, the file, its preview, what became of it."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from alliances.people.access import acting_of
from alliances.people.models import Membership
from alliances.uploads.forms import TableForm
from alliances.uploads.models import TableUpload
from alliances.uploads.plan import LIMITS, MOST_ROWS
from alliances.uploads.registry import KINDS, RowState, TableKind
from alliances.uploads.selectors import plan_of_upload, upload_waiting
from alliances.uploads.services import stage_table, take_in
from kit.access import require
from kit.errors import InvalidFile
from kit.files.filling import CONTENT_TYPE
from kit.files.filling import table_template as template_of
from kit.files.marking import marked_name, marked_workbook
from kit.forms import click_of
from kit.web import file_to_save, form_page


def _kind_for(request: HttpRequest, word: str) -> tuple[TableKind, Membership]:
    """The kind of table and who sends it. Raises Http404, NotAllowed."""
    acting = acting_of(request)
    if word not in KINDS:
        raise Http404
    require(KINDS[word].can(acting))
    return KINDS[word], acting


def _waiting_or_404(kind: TableKind, key: UUID, acting: Membership) -> TableUpload:
    upload = upload_waiting(key=key, kind=kind.word, acting=acting, at=now())
    if upload is None:
        raise Http404
    return upload


@require_http_methods(["GET", "POST"])
def table_upload(request: HttpRequest, word: str) -> HttpResponse:
    """The template, and the way in for it filled in; the preview comes first."""
    kind, acting = _kind_for(request, word)
    form = TableForm(request.POST or None, request.FILES or None)
    mistakes: tuple[object, ...] = ()
    if request.method == "POST" and form.is_valid():
        try:
            staged = stage_table(kind, acting=acting, at=now(), **form.upload)
        except InvalidFile as refusal:
            form.add_error("file", refusal.message)
            mistakes = refusal.errors
        else:
            return redirect("alliances:table-preview", word=word, key=staged.key)
    template = "alliances/uploads/table_upload.html"
    return form_page(request, template, form, kind=kind, mistakes=mistakes)


@require_GET
def table_template(request: HttpRequest, word: str) -> HttpResponse:
    """The workbook to fill in."""
    kind, _acting = _kind_for(request, word)
    lines = [
        _("One row each, under the headings. At most %(most)d rows per file.")
        % {"most": MOST_ROWS},
        _("You see what becomes of each row before it is done. A row with a mistake stays out."),
    ]
    content = template_of(kind.sheet, kind.columns(), lines)
    return file_to_save(content, f"plantilla-{word}.xlsx", CONTENT_TYPE)


@require_GET
def table_preview(request: HttpRequest, word: str, key: UUID) -> HttpResponse:
    """Every row, with what would become of it or what is wrong in which cell."""
    kind, acting = _kind_for(request, word)
    upload = _waiting_or_404(kind, key, acting)
    plan = plan_of_upload(kind, upload, acting, now())
    context = {"kind": kind, "upload": upload, "plan": plan}
    return render(request, "alliances/uploads/table_preview.html", context)


@never_cache
@require_POST
def table_confirm(request: HttpRequest, word: str, key: UUID) -> HttpResponse:
    """Do what was previewed, and tell of each row; links are shown this once."""
    kind, acting = _kind_for(request, word)
    click_of(request)
    outcomes = take_in(kind, key=key, acting=acting, clock=now)
    counts = {state.value: sum(row.state == state for row in outcomes) for state in RowState}
    has_links = any(row.link for row in outcomes)
    context = {"kind": kind, "outcomes": outcomes, "counts": counts, "has_links": has_links}
    return render(request, "alliances/uploads/table_outcome.html", context)


@require_GET
def table_marked(request: HttpRequest, word: str, key: UUID) -> HttpResponse:
    """The file of who sent it, its wrong cells marked with what to do."""
    kind, acting = _kind_for(request, word)
    upload = _waiting_or_404(kind, key, acting)
    mistakes = plan_of_upload(kind, upload, acting, now()).mistakes
    content = marked_workbook(upload.file_name, upload.stored_bytes, mistakes, limits=LIMITS)
    return file_to_save(content, marked_name(upload.file_name), CONTENT_TYPE)
