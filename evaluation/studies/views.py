"""Pages of the studies: the list, writing one, reading, changing and freezing it."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from alliances.lists.pages import list_page
from evaluation.access import can_evaluate
from evaluation.pages import as_evaluator, as_reader
from evaluation.studies.forms.base import ChoiceForm
from evaluation.studies.forms.power import DEFAULTS, PowerForm, power_of
from evaluation.studies.kinds import KINDS, Kind, frozen_by_freezing, specification_rows
from evaluation.studies.lists import STUDIES
from evaluation.studies.models import StudyKind, WaveUse
from evaluation.studies.selectors import finished_runs, studies
from evaluation.studies.services import (
    amend_study,
    create_study,
    discard_study,
    freeze_study,
    revise_study,
)
from evaluation.studies.shocks import overlaps, shock_pairs
from evaluation.studies.specs import differences
from evaluation.studies.stamps import amended, stamp_pairs
from evaluation.surveys.selectors import waves
from kit.forms import attempt, click_of, once
from kit.web import form_page

STUDY_FORM = "evaluation/studies/study_form.html"


@require_GET
def study_list(request: HttpRequest) -> HttpResponseBase:
    """Every study, newest first."""
    acting = as_reader(request)
    template = "evaluation/studies/study_list.html"
    return list_page(request, STUDIES, template, may_evaluate=can_evaluate(acting))


@require_GET
def study_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """What the study asks, and whether it is frozen; its runs come as a fragment."""
    acting = as_reader(request)
    study = get_object_or_404(studies(), pk=pk)
    points = specification_rows(study)
    finished = study.finished_before if study.is_frozen else finished_runs(study)
    context = {
        "study": study,
        "asked": [*points, *stamp_pairs(study)],
        "finished": finished,
        "frozen": frozen_by_freezing(study, points, finished),
        "shocks": list(shock_pairs(overlaps(study))),
        "amended": amended(study),
        "differences": differences(study),
        "amendments": study.amendments.filter(discarded_at__isnull=True).order_by("pk"),
        "may_evaluate": can_evaluate(acting),
    }
    return render(request, "evaluation/studies/study_detail.html", context)


@require_GET
def study_begin(request: HttpRequest) -> HttpResponse:
    """What kind of study, of which wave if its kind reads one; then on to its form."""
    as_evaluator(request)
    kinds = {code: kind.summary for code, kind in KINDS.items()}
    form = ChoiceForm(request.GET or None, kinds=kinds)
    if form.is_valid():
        kind, wave = form.cleaned_data["kind"], form.cleaned_data["wave"]
        if wave:
            return redirect("evaluation:study-create", kind, wave.pk)
        return redirect("evaluation:study-create-stored", kind)
    return form_page(request, "evaluation/studies/study_begin.html", form)


@require_http_methods(["GET", "POST"])
def study_create(request: HttpRequest, kind: str, wave: int | None = None) -> HttpResponse:
    """A new study of this kind, of this wave or of the stored rows alone."""
    acting = as_evaluator(request)
    row = _kind(kind, has_wave=wave is not None)
    survey_wave = None if wave is None else get_object_or_404(waves(), pk=wave)
    form = row.form(request.POST or None, wave=survey_wave)
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
                key=form.cleaned_data["key"],
            ),
        )
    ):
        messages.success(request, _("The study is written. Freeze it to be able to run it."))
        return redirect("evaluation:study-detail", pk=study.pk)
    return form_page(request, STUDY_FORM, form, kind=row)


@require_GET
def study_power(request: HttpRequest, pk: int) -> HttpResponse:
    """What effect an impact study could see, open or frozen, before any outcome is read."""
    as_reader(request)
    study = get_object_or_404(studies(), pk=pk, kind=StudyKind.IMPACT)
    form = PowerForm(request.GET if request.GET else dict(DEFAULTS))
    answer = power_of(study, form.answers()) if form.is_valid() else None
    context = {"study": study, "answer": answer}
    return form_page(request, "evaluation/studies/study_power.html", form, **context)


@require_http_methods(["GET", "POST"])
def study_revise(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a study while it is open; who was overtaken sees both versions and loses nothing."""
    acting = as_evaluator(request)
    study = get_object_or_404(studies(), pk=pk)
    if request.method == "GET" and study.is_frozen:
        return redirect("evaluation:study-detail", pk=pk)
    kind = KINDS[study.kind]
    form = kind.form(request.POST or None, wave=study.wave, study=study)
    if request.method == "POST" and attempt(
        form,
        lambda: revise_study(
            study_id=pk,
            title=form.cleaned_data["title"],
            specification=form.specification(),
            acting=acting,
            at=now(),
            **once(form),
        ),
        current_form=lambda: kind.form(wave=study.wave, study=studies().get(pk=pk)),
    ):
        messages.success(request, _("The study is changed."))
        return redirect("evaluation:study-detail", pk=pk)
    now_asked = specification_rows(study) if form.was_overtaken else None
    return form_page(request, STUDY_FORM, form, kind=kind, study=study, now_asked=now_asked)


@require_POST
def study_freeze(request: HttpRequest, pk: int) -> HttpResponse:
    """Fix the study for good, as the page that was read showed it."""
    acting = as_evaluator(request)
    study = get_object_or_404(studies(), pk=pk)
    freeze_study(study_id=study.pk, acting=acting, at=now(), **click_of(request))
    messages.success(request, _("The study is frozen and can be run."))
    return redirect("evaluation:study-detail", pk=pk)


@require_POST
def study_discard(request: HttpRequest, pk: int) -> HttpResponse:
    """Take an open study out of sight."""
    acting = as_evaluator(request)
    study = get_object_or_404(studies(), pk=pk)
    discard_study(study_id=study.pk, acting=acting, at=now(), **click_of(request))
    messages.success(request, _("The study is discarded."))
    return redirect("evaluation:study-list")


@require_POST
def study_amend(request: HttpRequest, pk: int) -> HttpResponse:
    """An open copy of a frozen study, marked as its amendment; then on to its form."""
    acting = as_evaluator(request)
    study = get_object_or_404(studies(), pk=pk)
    made = amend_study(study_id=study.pk, acting=acting, at=now(), key=click_of(request)["key"])
    messages.success(request, _("Here is a copy to change: it stays marked as an amendment."))
    return redirect("evaluation:study-revise", pk=made.pk)


def _kind(code: str, *, has_wave: bool) -> Kind:
    kind = KINDS.get(code)
    if kind is None or kind.code.wave_use is (WaveUse.NONE if has_wave else WaveUse.REQUIRED):
        raise Http404
    return kind
