"""Pages of the studies: the list, writing one, reading, changing and freezing it."""

from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from alliances.people.access import acting_of
from evaluation.access import can_evaluate, can_read_evaluation
from evaluation.studies.forms import FORMS, BeginForm, new_form, revision_form
from evaluation.studies.models import Study, StudyKind
from evaluation.studies.selectors import specification_rows, studies
from evaluation.studies.services import Stale, create_study, freeze_study, revise_study
from evaluation.surveys.models import Wave
from kit.access import require
from kit.forms import attempt
from kit.web import form_page, page_of

STUDY_FORM = "evaluation/studies/study_form.html"


@require_GET
def study_list(request: HttpRequest) -> HttpResponse:
    """Every study, newest first."""
    acting = acting_of(request)
    require(can_read_evaluation(acting))
    context = {"page": page_of(request, studies()), "may_evaluate": can_evaluate(acting)}
    return render(request, "evaluation/studies/study_list.html", context)


@require_GET
def study_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """What the study asks, and whether it is frozen; its runs come as a fragment."""
    acting = acting_of(request)
    require(can_read_evaluation(acting))
    study = get_object_or_404(studies(), pk=pk)
    context = {
        "study": study,
        "asked": specification_rows(study),
        "may_evaluate": can_evaluate(acting),
        "client_key": uuid4(),
    }
    return render(request, "evaluation/studies/study_detail.html", context)


@require_GET
def study_begin(request: HttpRequest) -> HttpResponse:
    """Of which kind and which wave the new study is."""
    require(can_evaluate(acting_of(request)))
    form = BeginForm(request.GET or None)
    if form.is_valid():
        chosen = form.cleaned_data
        return redirect("evaluation:study-create", kind=chosen["kind"], wave=chosen["wave"].pk)
    return render(request, "evaluation/studies/study_begin.html", {"form": form})


@require_http_methods(["GET", "POST"])
def study_create(request: HttpRequest, kind: str, wave: int) -> HttpResponse:
    """A new study of one kind and wave."""
    acting = acting_of(request)
    require(can_evaluate(acting))
    if kind not in FORMS:
        raise Http404
    form = new_form(kind, get_object_or_404(Wave, pk=wave), request.POST or None)
    if request.method == "POST" and (
        study := attempt(
            form,
            lambda: create_study(
                title=form.cleaned_data["title"],
                slug=form.cleaned_data["slug"],
                wave_id=wave,
                specification=form.specification(),
                acting=acting,
                at=now(),
                client_key=form.cleaned_data["key"],
            ),
        )
    ):
        messages.success(request, _("The study is written. Freeze it to be able to run it."))
        return redirect("evaluation:study-detail", pk=study.pk)
    return form_page(request, STUDY_FORM, form, wave=form.wave, kind=StudyKind(kind))


@require_http_methods(["GET", "POST"])
def study_revise(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a study while it is open; what a colleague changed meanwhile is shown first."""
    acting = acting_of(request)
    require(can_evaluate(acting))
    study = get_object_or_404(Study.objects.select_related("wave"), pk=pk)
    if request.method == "GET" and study.is_frozen:
        return redirect("evaluation:study-detail", pk=pk)
    form = revision_form(study, request.POST or None)
    page: dict[str, Any] = {"study": study, "wave": study.wave, "kind": StudyKind(study.kind)}
    try:
        changed = request.method == "POST" and attempt(
            form,
            lambda: revise_study(
                study_id=pk,
                title=form.cleaned_data["title"],
                specification=form.specification(),
                acting=acting,
                seen=form.cleaned_data["seen"],
            ),
        )
    except Stale as stale:
        form.show_version(stale.study.version)
        page |= {"form": form, "stale": stale, "theirs": specification_rows(stale.study)}
        return render(request, STUDY_FORM, page, status=stale.status)
    if changed:
        messages.success(request, _("The study is changed."))
        return redirect("evaluation:study-detail", pk=pk)
    return form_page(request, STUDY_FORM, form, **page)


@require_POST
def study_freeze(request: HttpRequest, pk: int) -> HttpResponse:
    """Fix the study for good."""
    acting = acting_of(request)
    require(can_evaluate(acting))
    freeze_study(study_id=get_object_or_404(Study, pk=pk).pk, acting=acting, at=now())
    messages.success(request, _("The study is frozen and can be run."))
    return redirect("evaluation:study-detail", pk=pk)
