"""Pages of workbooks both ways: what goes out with its keys comes back as a preview of changes."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import now
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from alliances.lifecycle.act_pages import alliance_or_404
from alliances.lifecycle.models import Alliance
from alliances.lifecycle.selectors import may_do, with_names
from alliances.people.access import acting_of
from alliances.people.models import Membership
from alliances.preparation.forms import CorrectionsForm
from alliances.preparation.models import ProfileUpload
from alliances.preparation.selectors import (
    can_correct_by_workbook,
    correctable_profiles,
    exported,
)
from alliances.preparation.services import (
    apply_corrections,
    plan_of_upload,
    stage_corrections,
)
from alliances.preparation.table import UPDATE_PRODUCER
from kit.access import require
from kit.errors import DomainError
from kit.figures import number
from kit.files.filling import CONTENT_TYPE
from kit.forms import click_of
from kit.web import file_to_save, form_page


@require_GET
def export_profiles(request: HttpRequest) -> HttpResponse:
    """Every profile that this member still writes, with its producers."""
    acting = acting_of(request)
    require(can_correct_by_workbook(acting))
    profiles = correctable_profiles(acting).order_by("code")
    return file_to_save(exported(with_names(profiles)), "perfiles.xlsx", CONTENT_TYPE)


@require_GET
def export_profile(request: HttpRequest, code: str) -> HttpResponse:
    """One profile with its producers."""
    alliance, acting = alliance_or_404(request, code), acting_of(request)
    require(can_correct_by_workbook(acting) and may_do(alliance, UPDATE_PRODUCER, acting))
    return file_to_save(exported([alliance]), f"perfil-{alliance.code}.xlsx", CONTENT_TYPE)


@require_http_methods(["GET", "POST"])
def upload(request: HttpRequest, code: str = "") -> HttpResponse:
    """Choose the corrected workbook, of one profile or of all; its preview comes first."""
    acting = acting_of(request)
    alliance = _alliance_to_correct(request, code, acting)
    form = CorrectionsForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            staged = stage_corrections(**form.upload, alliance=alliance, acting=acting, at=now())
        except DomainError as error:
            form.add_error(None, error.message)
        else:
            return redirect("alliances:corrections-preview", key=staged.key)
    return form_page(
        request, "alliances/preparation/corrections_upload.html", form, alliance=alliance
    )


def _alliance_to_correct(request: HttpRequest, code: str, acting: Membership) -> Alliance | None:
    """The one profile that the address names, if any. Raises NotAllowed."""
    if not code:
        require(can_correct_by_workbook(acting))
        return None
    alliance = alliance_or_404(request, code)
    require(can_correct_by_workbook(acting) and may_do(alliance, UPDATE_PRODUCER, acting))
    return alliance


@require_GET
def preview(request: HttpRequest, key: UUID) -> HttpResponse:
    """Every row that would change: what it says and what it would say."""
    acting, at = acting_of(request), now()
    require(can_correct_by_workbook(acting))
    uploads = ProfileUpload.objects.filter(owner=acting, call__isnull=True, expires_at__gt=at)
    staged = get_object_or_404(uploads.select_related("alliance"), key=key)
    plan = plan_of_upload(staged, acting, at)
    context = {"upload": staged, "plan": plan, "alliance": staged.alliance}
    return render(request, "alliances/preparation/corrections_preview.html", context)


@require_POST
def confirm(request: HttpRequest, key: UUID) -> HttpResponse:
    """Do exactly the changes that were previewed."""
    acting = acting_of(request)
    require(can_correct_by_workbook(acting))
    seen = click_of(request)["seen"] or ""
    count = apply_corrections(key=key, seen=seen, acting=acting, at=now())
    done = ngettext("%(count)s row changed.", "%(count)s rows changed.", count)
    messages.success(request, done % {"count": number(count)})
    return redirect("alliances:profile-list")
