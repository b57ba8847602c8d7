"""Pages of the runs: the list, one run while it works and when it is done, downloads, charts."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from alliances.lists.pages import list_page
from alliances.people.access import acting_of
from evaluation.access import can_evaluate, can_take_rows
from evaluation.pages import as_evaluator, as_reader
from evaluation.runs.comparing import compared
from evaluation.runs.forms import CompareForm
from evaluation.runs.giving.formats import FORMATS, written
from evaluation.runs.giving.pictures import png_of
from evaluation.runs.hiding import for_programs, result_of
from evaluation.runs.kinds import kind_of
from evaluation.runs.lists import RUNS
from evaluation.runs.models import Run
from evaluation.runs.page import run_page
from evaluation.runs.rows.exports import files_of
from evaluation.runs.selectors import whole_runs
from evaluation.runs.services import cancel_run, drawings_of, note_reading, request_run
from evaluation.runs.table import RunStatus
from evaluation.runs.tasks import nudge
from evaluation.studies.models import Study
from evaluation.studies.shocks import shocks_data
from evaluation.studies.stamps import stamps_of
from kit.exports import table_file
from kit.forms import click_of
from kit.web import is_fragment


@require_GET
def run_list(request: HttpRequest) -> HttpResponseBase:
    """Every run, newest first; ``?study=`` keeps those of one study."""
    as_reader(request)
    template = "_run_rows.html" if is_fragment(request) else "run_list.html"
    return list_page(request, RUNS, f"evaluation/runs/{template}")


@require_GET
def run_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One run: how far it is and what it has found. The same address answers page and fragment.

    The fragment brings the findings only when there are other parts than the page has (``parts``).
    """
    acting = as_reader(request)
    run = get_object_or_404(whole_runs(), pk=pk)
    context = run_page(run, at=now(), may_evaluate=can_evaluate(acting))
    context["files"] = files_of(run) if can_take_rows(acting) else ()
    if context["has_findings"]:
        note_reading(run=run, acting=acting, at=now())
    if not is_fragment(request):
        return render(request, "evaluation/runs/run_detail.html", context)
    if run.is_active:
        context["is_news"] = request.GET.get("parts") != str(context["part_count"])
        return render(request, "evaluation/runs/_run_moved.html", context)
    return HttpResponse(headers={"HX-Refresh": "true"})  # it has just ended: load the whole page


@require_POST
def run_launch(request: HttpRequest, pk: int) -> HttpResponse:
    """Launch a study; the same key sent twice is one run."""
    acting = as_evaluator(request)
    study = get_object_or_404(Study, pk=pk)
    run = request_run(study_id=study.pk, acting=acting, at=now(), key=click_of(request)["key"])
    nudge()
    return redirect("evaluation:run-detail", pk=run.pk)


@require_POST
def run_cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask a run to stop."""
    acting = as_evaluator(request)
    run = get_object_or_404(Run, pk=pk)
    run = cancel_run(run_id=run.pk, acting=acting, at=now(), key=click_of(request)["key"])
    messages.success(
        request,
        _("The run stops at its next step.") if run.is_active else _("The run was cancelled."),
    )
    return redirect("evaluation:run-detail", pk=pk)


@require_GET
def run_result(request: HttpRequest, pk: int, format: str) -> HttpResponse:
    """The result with its run card as JSON, or its numbers as CSV."""
    run = _finished_run(request, pk)
    whole = bool(can_evaluate(acting_of(request)))
    name = f"corrida-{run.pk}.{format}"
    if format == "json":
        _headline, parts = for_programs(run, whole=whole)
        body = {
            "run": run.pk,
            "study": str(run.study),
            "stamps": stamps_of(run.study),
            "external_shocks": shocks_data(run.study),
            "fingerprint": run.fingerprint,
            "specification": run.specification,
            "seed": run.seed,
            "versions": run.versions,
            "result": parts,
        }
        disposition = f'attachment; filename="{name}"'
        return JsonResponse(body, headers={"Content-Disposition": disposition})
    export = kind_of(run).export
    return table_file(name, export.HEADINGS, export.long_rows(result_of(run, whole=whole)))


@require_GET
def run_report(request: HttpRequest, pk: int, format: str) -> HttpResponse:
    """The finished run to read and to keep, in the reader's language."""
    run = _finished_run(request, pk)
    content = written(run, format, whole=bool(can_evaluate(acting_of(request))))
    name = f"corrida-{run.pk}.{format}"
    return HttpResponse(
        content,
        content_type=FORMATS[format].content_type,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@require_GET
def run_compare(request: HttpRequest, pk: int) -> HttpResponse:
    """This run beside another of its kind: what was asked otherwise, what was found otherwise."""
    run, acting = _finished_run(request, pk), acting_of(request)
    form = CompareForm(request.GET or None, run=run)
    other = form.cleaned_data["other"] if form.is_valid() else None
    comparison = None
    if other:
        note_reading(run=other, acting=acting, at=now())
        comparison = compared(run, other, whole=bool(can_evaluate(acting)))
    context = {"run": run, "form": form, "comparison": comparison}
    return render(request, "evaluation/runs/run_compare.html", context)


@require_GET
def run_drawing(
    request: HttpRequest, pk: int, name: str, language: str, theme: str, format: str
) -> HttpResponse:
    """A stored chart; it never changes, so the browser may keep it."""
    acting = as_reader(request)
    run = get_object_or_404(whole_runs(), pk=pk)
    drawing = get_object_or_404(drawings_of(run), name=name, theme=theme, language=language)
    note_reading(run=run, acting=acting, at=now())
    headers = {"Cache-Control": "private, max-age=86400, immutable"}
    if format == "png":
        return HttpResponse(png_of(drawing.svg), content_type="image/png", headers=headers)
    return HttpResponse(drawing.svg, content_type="image/svg+xml", headers=headers)


def _finished_run(request: HttpRequest, pk: int) -> Run:
    """The run, done, and kept that this person has read it."""
    acting = as_reader(request)
    run = get_object_or_404(whole_runs().filter(status=RunStatus.SUCCEEDED), pk=pk)
    note_reading(run=run, acting=acting, at=now())
    return run
