"""Pages of an alliance's documents, and the only ways out for a stored file."""

from functools import partial

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from alliances.documents.forms import DocumentForm, VersionForm
from alliances.documents.lists import DOCUMENTS
from alliances.documents.models import DocumentVersion
from alliances.documents.selectors import (
    document_rows,
    documents_of,
    documents_visible_to,
    versions_visible_to,
    with_versions,
)
from alliances.documents.services import (
    add_version,
    can_add_version,
    can_open_original,
    can_upload,
    open_document,
    open_original,
    upload_document,
)
from alliances.lifecycle.act_pages import alliance_or_404
from alliances.lists.pages import list_page
from alliances.people.access import acting_of
from kit.access import require
from kit.forms import attempt
from kit.web import file_to_save, form_page, page_of


@require_GET
def download(request: HttpRequest, pk: int) -> HttpResponse:
    """One version of a document; of a picture, the copy without metadata."""
    acting, version = acting_of(request), _version_or_404(request, pk)
    return _file(version, open_document(version=version, acting=acting, at=now()))


@require_GET
def download_original(request: HttpRequest, pk: int) -> HttpResponse:
    """A version as it was uploaded, with where and when a picture was taken; recorded."""
    acting, version = acting_of(request), _version_or_404(request, pk)
    return _file(version, open_original(version=version, acting=acting, at=now()))


def _version_or_404(request: HttpRequest, pk: int) -> DocumentVersion:
    visible = versions_visible_to(acting_of(request)).select_related("document__alliance")
    return get_object_or_404(visible, pk=pk)


def _file(version: DocumentVersion, content: bytes) -> HttpResponse:
    """Always a file to save and never a page of this site."""
    answer = file_to_save(content, version.original_name, version.content_type)
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


@require_GET
def all_documents(request: HttpRequest) -> HttpResponseBase:
    """The documents of every alliance that this person sees, by their latest version."""
    return list_page(request, DOCUMENTS, "alliances/documents/all_documents.html")


@require_GET
def document_detail(request: HttpRequest, document: int) -> HttpResponse:
    """One document with all its versions; the only page of those that belong to no alliance."""
    acting = acting_of(request)
    visible = with_versions(documents_visible_to(acting)).select_related("alliance")
    shown = get_object_or_404(visible, pk=document)
    writes = shown.alliance and can_upload(shown.alliance, acting)
    (row,) = document_rows([shown], acting.organisation_id if writes else None)
    context = {"row": row, "may_open_original": can_open_original(acting).allowed}
    return render(request, "alliances/documents/document_detail.html", context)


@require_http_methods(["GET", "POST"])
def document_list(request: HttpRequest, code: str) -> HttpResponse:
    """The documents of an alliance with their versions, and the form to bring another."""
    acting = acting_of(request)
    alliance = alliance_or_404(request, code)
    verdict = can_upload(alliance, acting)
    form = DocumentForm(request.POST or None, request.FILES or None)
    if request.method == "POST":
        require(verdict)
        keep = partial(upload_document, alliance=alliance, acting=acting, at=now())
        if attempt(form, lambda: keep(**form.upload), field="file"):
            messages.success(request, _("The document is kept."))
            return redirect("alliances:document-list", code=code)
    page = page_of(request, documents_of(alliance, acting))
    return form_page(
        request,
        "alliances/documents/document_list.html",
        form,
        alliance=alliance,
        tab="documents",
        page=page,
        rows=document_rows(page, acting.organisation_id if verdict else None),
        verdict=verdict,
        may_open_original=can_open_original(acting).allowed,
    )


@require_http_methods(["GET", "POST"])
def document_version(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """The form to bring a new version of a document; the earlier ones stay."""
    acting = acting_of(request)
    alliance = alliance_or_404(request, code)
    document = get_object_or_404(documents_of(alliance, acting), pk=pk)
    require(can_add_version(document, acting))
    form = VersionForm(request.POST or None, request.FILES or None)
    keep = partial(add_version, document=document, acting=acting, at=now())
    if request.method == "POST" and attempt(form, lambda: keep(**form.upload), field="file"):
        messages.success(request, _("The new version is kept."))
        return redirect("alliances:document-list", code=code)
    return form_page(
        request,
        "alliances/documents/document_version.html",
        form,
        document=document,
        alliance=alliance,
        tab="documents",
    )
