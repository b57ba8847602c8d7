"""Pages of the qualitative register: what people said, the exercises, recording and coding."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from evaluation.access import can_evaluate
from evaluation.pages import as_evaluator, as_reader
from evaluation.qualitative.forms import ExcerptForm, ExerciseForm, LinkForm
from evaluation.qualitative.models import Excerpt
from evaluation.qualitative.selectors import counts_for, excerpts_for, exercises
from evaluation.qualitative.services import (
    add_excerpt,
    can_withdraw,
    link_excerpt,
    record_exercise,
    withdraw_excerpt,
)
from kit.exports import table_file
from kit.forms import attempt, click_of
from kit.web import form_page, page_of

HEADINGS = ("theme", "actor", "department", "year", "excerpt")


@require_GET
def excerpt_list(request: HttpRequest) -> HttpResponse:
    """Counts by theme and actor, and the excerpts that this person may read."""
    acting = as_reader(request)
    words = request.GET.get("q", "")
    context = {
        "page": page_of(request, excerpts_for(acting, words=words)),
        "words": words,
        "counts": counts_for(acting),
        "may_evaluate": can_evaluate(acting),
    }
    return render(request, "evaluation/qualitative/excerpt_list.html", context)


@require_GET
def excerpt_file(request: HttpRequest) -> HttpResponse:
    """The same excerpts as CSV; no place smaller than a department, for anybody."""
    acting = as_reader(request)
    rows = (
        {
            "theme": row.get_theme_display(),
            "actor": row.get_actor_display(),
            "department": row.exercise.municipality.department.name,
            "year": row.exercise.held_on.year,
            "excerpt": row.text,
        }
        for row in excerpts_for(acting, words=request.GET.get("q", ""))
    )
    return table_file("fragmentos.csv", HEADINGS, rows)


@require_GET
def exercise_list(request: HttpRequest) -> HttpResponse:
    """Every exercise with its place: for evaluators."""
    as_evaluator(request)
    context = {"page": page_of(request, exercises())}
    return render(request, "evaluation/qualitative/exercise_list.html", context)


@require_http_methods(["GET", "POST"])
def exercise_create(request: HttpRequest) -> HttpResponse:
    """Record what was held."""
    acting = as_evaluator(request)
    form = ExerciseForm(request.POST or None)
    if request.method == "POST" and (
        exercise := attempt(form, lambda: record_exercise(**form.values(), acting=acting, at=now()))
    ):
        messages.success(request, _("The exercise is recorded."))
        return redirect("evaluation:exercise-detail", pk=exercise.pk)
    return form_page(request, "evaluation/qualitative/exercise_form.html", form)


@require_http_methods(["GET", "POST"])
def exercise_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One exercise and its excerpts; with consent, a form for one more."""
    acting = as_evaluator(request)
    exercise = get_object_or_404(exercises(), pk=pk)
    form = ExcerptForm(request.POST or None)
    if request.method == "POST" and attempt(
        form,
        lambda: add_excerpt(exercise_id=pk, **form.cleaned_data, acting=acting, at=now()),
    ):
        messages.success(request, _("The excerpt is coded."))
        return redirect("evaluation:exercise-detail", pk=pk)
    rows = [
        (row, can_withdraw(row, acting) if not row.study_id else None)
        for row in excerpts_for(acting).filter(exercise=exercise)
    ]
    return form_page(
        request,
        "evaluation/qualitative/exercise_detail.html",
        form,
        exercise=exercise,
        excerpts=rows,
    )


@require_POST
def excerpt_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Take an excerpt back."""
    acting = as_evaluator(request)
    excerpt = get_object_or_404(Excerpt, pk=pk)
    withdraw_excerpt(excerpt_id=pk, acting=acting, at=now(), key=click_of(request)["key"])
    messages.success(request, _("The excerpt is withdrawn."))
    return redirect("evaluation:exercise-detail", pk=excerpt.exercise_id)


@require_http_methods(["GET", "POST"])
def excerpt_link(request: HttpRequest, pk: int) -> HttpResponse:
    """Put an excerpt beside a study, whose runs and reports then show it."""
    acting = as_evaluator(request)
    excerpt = get_object_or_404(excerpts_for(acting), pk=pk)
    form = LinkForm(request.POST or None)
    if request.method == "POST" and attempt(
        form,
        lambda: link_excerpt(
            excerpt_id=pk,
            study_id=form.cleaned_data["study"].pk,
            acting=acting,
            at=now(),
            key=form.cleaned_data["key"],
        ),
    ):
        messages.success(request, _("The excerpt stands beside the study."))
        return redirect("evaluation:exercise-detail", pk=excerpt.exercise_id)
    return form_page(request, "evaluation/qualitative/excerpt_link.html", form, excerpt=excerpt)
