"""Pages of the studies: the list, writing one, reading, changing and freezing it."""

from uuid import uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from alliances.people.access import acting_of
from evaluation.access import can_evaluate, can_read_evaluation
from evaluation.studies.forms import NewStudyForm, RevisionForm
from evaluation.studies.models import Study
from evaluation.studies.selectors import specification_rows, studies
from evaluation.studies.services import create_study, freeze_study, revise_study
from kit.access import require
from kit.forms import attempt
from kit.web import form_page, page_of


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


@require_http_methods(["GET", "POST"])
def study_create(request: HttpRequest) -> HttpResponse:
    """A new chaining study."""
    acting = acting_of(request)
    require(can_evaluate(acting))
    form = NewStudyForm(request.POST or None)
    if request.method == "POST" and (
        study := attempt(
            form,
            lambda: create_study(
                title=form.cleaned_data["title"],
                wave_id=form.cleaned_data["wave"].pk,
                specification=form.specification(),
                acting=acting,
                at=now(),
                client_key=form.cleaned_data["key"],
            ),
        )
    ):
        messages.success(request, _("The study is written. Freeze it to be able to run it."))
        return redirect("evaluation:study-detail", pk=study.pk)
    return form_page(request, "evaluation/studies/study_form.html", form)


@require_http_methods(["GET", "POST"])
def study_revise(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a study while it is open."""
    acting = acting_of(request)
    require(can_evaluate(acting))
    study = get_object_or_404(Study, pk=pk)
    if request.method == "GET" and study.is_frozen:
        return redirect("evaluation:study-detail", pk=pk)
    form = RevisionForm(request.POST or None, study=study)
    if request.method == "POST" and attempt(
        form,
        lambda: revise_study(
            study_id=pk,
            title=form.cleaned_data["title"],
            specification=form.specification(),
            acting=acting,
        ),
    ):
        messages.success(request, _("The study is changed."))
        return redirect("evaluation:study-detail", pk=pk)
    return form_page(request, "evaluation/studies/study_form.html", form, study=study)


@require_POST
def study_freeze(request: HttpRequest, pk: int) -> HttpResponse:
    """Fix the study for good."""
    acting = acting_of(request)
    require(can_evaluate(acting))
    freeze_study(study_id=get_object_or_404(Study, pk=pk).pk, acting=acting, at=now())
    messages.success(request, _("The study is frozen and can be run."))
    return redirect("evaluation:study-detail", pk=pk)
