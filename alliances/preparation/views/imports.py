"""Pages that bring in files of profiles: the template, the file, its preview, the import."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import localdate, now
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from alliances.people.access import acting_of
from alliances.preparation.forms import ImportForm
from alliances.preparation.models import ProfileUpload
from alliances.preparation.plan import plan_import
from alliances.preparation.selectors import (
    can_import,
    closed_by_import,
    imports_visible_to,
    open_calls,
    profiles_imported,
    template_for,
)
from alliances.preparation.services import (
    import_profiles,
    keep_refused,
    mistakes_of,
    stage_profiles,
)
from alliances.preparation.workbook import template
from alliances.preparation.workbook.columns import LIMITS
from alliances.preparation.workbook.reading import read_contents
from kit.access import require
from kit.errors import DomainError
from kit.exports import table_file
from kit.figures import number
from kit.files.filling import CONTENT_TYPE
from kit.files.marking import marked_name, marked_workbook
from kit.web import file_to_save, form_page

SHOWN_ROWS = 10


@require_http_methods(["GET", "POST"])
def import_upload(request: HttpRequest) -> HttpResponse:
    """Choose the file; if it is right it is kept for its preview, if not every mistake is said."""
    acting, at = acting_of(request), now()
    require(can_import(acting, localdate()))
    form = ImportForm(request.POST or None, request.FILES or None, calls=open_calls(at))
    context: dict[str, Any] = {"past": imports_visible_to(acting)[:SHOWN_ROWS]}
    if request.method == "POST" and form.is_valid():
        sent = form.upload
        try:
            upload = stage_profiles(**sent, acting=acting, at=at)
        except DomainError as error:
            form.add_error(None, error.message)
            if mistakes := getattr(error, "errors", ()):
                refused = keep_refused(**sent, acting=acting, at=at)
                context |= {"mistakes": mistakes, "marked": refused.key}
        else:
            return redirect("alliances:import-preview", key=upload.key)
    return form_page(request, "alliances/preparation/import_upload.html", form, **context)


@require_GET
def import_marked(request: HttpRequest, key: UUID) -> HttpResponse:
    """The very workbook that was refused, with its wrong cells marked and said why."""
    acting, at = acting_of(request), now()
    require(can_import(acting, localdate()))
    uploads = ProfileUpload.objects.filter(owner=acting, expires_at__gt=at, is_wrong=True)
    upload = get_object_or_404(uploads.select_related("call", "alliance"), key=key)
    mistakes = mistakes_of(upload, acting, at)
    content = marked_workbook(upload.file_name, upload.stored_bytes, mistakes, limits=LIMITS)
    return file_to_save(content, marked_name(upload.file_name), CONTENT_TYPE)


@require_GET
def import_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """What an import made: each profile by the code of whoever wrote it, and by ours."""
    acting = acting_of(request)
    require(can_import(acting, localdate()))
    done = get_object_or_404(imports_visible_to(acting), pk=pk)
    context = {"done": done, "profiles": profiles_imported(done)}
    return render(request, "alliances/preparation/import_detail.html", context)


@require_GET
def import_codes(request: HttpRequest, pk: int) -> HttpResponse:
    """The table of her codes and ours, to keep beside her own."""
    acting = acting_of(request)
    require(can_import(acting, localdate()))
    done = get_object_or_404(imports_visible_to(acting), pk=pk)
    headings = (_("Your code"), _("Our code"), _("Name"))
    rows = (
        dict(zip(headings, (row.own_code, row.code, row.name), strict=True))
        for row in profiles_imported(done)
    )
    return table_file(f"codigos-{done.pk}.csv", headings, rows)


@require_GET
def import_template(request: HttpRequest) -> HttpResponse:
    """The workbook to fill in, with the limits of the call it is for."""
    require(can_import(acting_of(request), localdate()))
    call = open_calls(now()).first()
    return file_to_save(template_for(call, localdate()), template.FILE_NAME, CONTENT_TYPE)


@require_GET
def import_preview(request: HttpRequest, key: UUID) -> HttpResponse:
    """What would be imported: counts, amounts and the first rows."""
    acting, at = acting_of(request), now()
    require(can_import(acting, localdate()))
    uploads = ProfileUpload.objects.filter(
        owner=acting, expires_at__gt=at, call__isnull=False, is_wrong=False
    ).select_related("call")
    upload = get_object_or_404(uploads, key=key)
    assert upload.call
    plan = plan_import(
        contents=read_contents(name=upload.file_name, content=upload.stored_bytes),
        call=upload.call,
        acting=acting,
        at=at,
    )
    return render(
        request,
        "alliances/preparation/import_preview.html",
        {
            "upload": upload,
            "plan": plan,
            "mistakes": plan.mistakes,
            "profiles": plan.profiles[:SHOWN_ROWS],
            "closed": [duty.label for duty in closed_by_import(upload.call, acting)],
            "producers": plan.profiles[0].producers[:SHOWN_ROWS] if plan.profiles else [],
        },
    )


@require_POST
def import_confirm(request: HttpRequest, key: UUID) -> HttpResponse:
    """Import exactly the file that was previewed."""
    people_differ = request.POST.get("people_differ") == "on"
    done = import_profiles(
        key=key, acting=acting_of(request), at=now(), people_differ=people_differ
    )
    messages.success(
        request,
        ngettext(
            "%(profiles)s profile is in, as a draft, with its %(producers)s producers.",
            "%(profiles)s profiles are in, as drafts, with their %(producers)s producers.",
            done.profiles,
        )
        % {"profiles": number(done.profiles), "producers": number(done.producers)},
    )
    return redirect("alliances:import-detail", pk=done.pk)
