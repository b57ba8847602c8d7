"""Pages of the surveys: waves with their dictionary, and files from upload to confirmation."""

from functools import partial
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from evaluation.access import can_evaluate
from evaluation.pages import as_evaluator, as_reader
from evaluation.surveys.forms import (
    AnswersFileForm,
    ConfirmForm,
    LinkRowsForm,
    MappingForm,
    VariableForm,
    WaveDiscardForm,
    WaveForm,
    WaveReviseForm,
    WithdrawForm,
)
from evaluation.surveys.models import SurveyImport
from evaluation.surveys.selectors import (
    ImportPreview,
    dictionary,
    goes_along,
    imports_of,
    links_of,
    preview_of,
    set_aside_of,
    studies_that_hold,
    studies_that_read,
    waves,
)
from evaluation.surveys.services import (
    add_variable,
    confirm_import,
    create_wave,
    discard_import,
    discard_wave,
    link_rows,
    map_columns,
    receive_file,
    revise_wave,
    withdraw_import,
)
from evaluation.surveys.xlsform import xlsform_of
from kit.errors import DomainError, InvalidFile
from kit.exports import table_file
from kit.figures import number
from kit.forms import KeyedForm, attempt
from kit.web import form_page, page_of

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require_GET
def wave_list(request: HttpRequest) -> HttpResponse:
    """Every wave, with how many answered."""
    acting = as_reader(request)
    context = {"page": page_of(request, waves()), "may_evaluate": can_evaluate(acting)}
    return render(request, "evaluation/surveys/wave_list.html", context)


@require_GET
def wave_detail(request: HttpRequest, slug: str) -> HttpResponse:
    """A wave: its files and its dictionary."""
    acting = as_reader(request)
    wave = get_object_or_404(waves(), code=slug)
    context = {
        "wave": wave,
        "variables": dictionary(wave),
        "imports": imports_of(wave),
        "may_evaluate": can_evaluate(acting),
        "holding": studies_that_hold(wave),
    }
    return render(request, "evaluation/surveys/wave_detail.html", context)


@require_http_methods(["GET", "POST"])
def wave_create(request: HttpRequest) -> HttpResponse:
    """A new wave with the standard dictionary."""
    acting = as_evaluator(request)
    form = WaveForm(request.POST or None)
    create = partial(create_wave, acting=acting, at=now())
    if request.method == "POST" and (wave := attempt(form, lambda: create(**form.cleaned_data))):
        messages.success(request, _("The wave is ready to receive files."))
        return redirect("evaluation:wave-detail", slug=wave.code)
    return form_page(request, "evaluation/surveys/wave_form.html", form)


@require_http_methods(["GET", "POST"])
def wave_revise(request: HttpRequest, slug: str) -> HttpResponse:
    """Change title or dates of a wave, until a frozen study reads it."""
    acting = as_evaluator(request)
    wave = get_object_or_404(waves(), code=slug)
    form = WaveReviseForm(request.POST or None, instance=wave, initial={"seen": wave.version})
    revise = partial(revise_wave, wave_id=wave.pk, acting=acting, at=now())

    def as_it_stands() -> WaveReviseForm:
        stands = waves().get(pk=wave.pk)
        return WaveReviseForm(instance=stands, initial={"seen": stands.version})

    if request.method == "POST" and attempt(
        form, lambda: revise(**form.cleaned_data), current_form=as_it_stands
    ):
        messages.success(request, _("The wave is changed."))
        return redirect("evaluation:wave-detail", slug=slug)
    template = "evaluation/surveys/wave_revise.html"
    return form_page(request, template, form, slug=slug, holding=studies_that_hold(wave))


@require_http_methods(["GET", "POST"])
def wave_discard(request: HttpRequest, slug: str) -> HttpResponse:
    """Take a wave out of sight, with what came into it and what was still asked of it."""
    acting = as_evaluator(request)
    wave = get_object_or_404(waves(), code=slug)
    form = WaveDiscardForm(request.POST or None)
    discard = partial(discard_wave, wave_id=wave.pk, acting=acting, at=now())
    if request.method == "POST" and attempt(form, lambda: discard(**form.cleaned_data)):
        messages.success(request, _("The wave is discarded, with what came into it."))
        return redirect("evaluation:wave-list")
    return form_page(
        request,
        "evaluation/surveys/wave_discard.html",
        form,
        wave=wave,
        holding=studies_that_hold(wave),
        along=goes_along(wave),
    )


@require_http_methods(["GET", "POST"])
def variable_create(request: HttpRequest, slug: str) -> HttpResponse:
    """A further variable of the dictionary."""
    acting = as_evaluator(request)
    wave = get_object_or_404(waves(), code=slug)
    form = VariableForm(request.POST or None)
    add = partial(add_variable, wave_id=wave.pk, acting=acting, at=now())
    if request.method == "POST" and attempt(form, lambda: add(**form.values())):
        messages.success(request, _("The variable is in the dictionary."))
        return redirect("evaluation:wave-detail", slug=slug)
    return form_page(request, "evaluation/surveys/variable_form.html", form, wave=wave)


@require_GET
def wave_template(request: HttpRequest, slug: str) -> HttpResponse:
    """An empty CSV with the headings of the dictionary, personal fields left out."""
    as_reader(request)
    wave = get_object_or_404(waves(), code=slug)
    names = [row.name for row in dictionary(wave) if not row.is_personal]
    return table_file(f"{wave.code}.csv", ["documento", *names])


@require_GET
def wave_xlsform(request: HttpRequest, slug: str) -> HttpResponse:
    """The dictionary as a questionnaire for KoboToolbox and ODK."""
    as_reader(request)
    wave = get_object_or_404(waves(), code=slug)
    return HttpResponse(
        xlsform_of(wave, dictionary(wave)),
        content_type=XLSX,
        headers={"Content-Disposition": f'attachment; filename="{wave.code}-xlsform.xlsx"'},
    )


@require_http_methods(["GET", "POST"])
def import_create(request: HttpRequest, slug: str) -> HttpResponse:
    """Upload a file; it waits until its columns are mapped and it is confirmed."""
    acting = as_evaluator(request)
    wave = get_object_or_404(waves(), code=slug)
    form = AnswersFileForm(request.POST or None, request.FILES or None)
    refusal: InvalidFile | None = None
    if request.method == "POST" and form.is_valid():
        sent: dict[str, Any] = form.cleaned_data
        file = sent.pop("file")
        try:
            received = receive_file(
                wave_id=wave.pk,
                file_name=file.name,
                content=file.read(),
                acting=acting,
                at=now(),
                **sent,
            )
            return redirect("evaluation:import-detail", pk=received.pk)
        except DomainError as error:
            form.add_error("file", error.message)
            refusal = error if isinstance(error, InvalidFile) else None
    errors = refusal.errors if refusal else ()
    return form_page(request, "evaluation/surveys/import_form.html", form, wave=wave, errors=errors)


@require_http_methods(["GET", "POST"])
def import_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """A file that waits: its first rows, its columns and every mistake in it."""
    acting = as_evaluator(request)
    survey_import = get_object_or_404(SurveyImport.objects.select_related("wave"), pk=pk)
    if not survey_import.is_pending:
        return redirect("evaluation:wave-detail", slug=survey_import.wave.code)
    preview = preview_of(survey_import)
    mapping_form = partial(
        MappingForm,
        columns=preview.columns,
        variables=list(dictionary(survey_import.wave)),
        handling=survey_import.handling,
        initial={"seen": survey_import.version},
    )
    form = mapping_form(request.POST or None)
    map_by = partial(map_columns, import_id=pk, acting=acting, at=now())
    if request.method == "POST" and attempt(
        form,
        lambda: map_by(
            mapping=form.mapping(),
            marks=form.marks(),
            handling=form.handling(),
            seen=form.cleaned_data["seen"],
        ),
        current_form=mapping_form,
    ):
        return redirect("evaluation:import-detail", pk=pk)
    return form_page(
        request,
        "evaluation/surveys/import_detail.html",
        form,
        survey_import=survey_import,
        preview=preview,
        confirm=ConfirmForm(initial={"seen": survey_import.version}),
        discard=KeyedForm(),
        links=_links_form(survey_import, preview) if preview.proposals else None,
    )


def _links_form(
    survey_import: SurveyImport, preview: ImportPreview, sent: QueryDict | None = None
) -> LinkRowsForm:
    return LinkRowsForm(
        sent,
        proposals=preview.proposals,
        linked=links_of(survey_import),
        declined=[row for row, _producer in survey_import.declined],
        initial={"seen": survey_import.version},
    )


@require_POST
def import_link(request: HttpRequest, pk: int) -> HttpResponse:
    """Accept the proposals that are ticked, and decline the others."""
    acting = as_evaluator(request)
    survey_import = get_object_or_404(SurveyImport.objects.select_related("wave"), pk=pk)
    if not survey_import.is_pending:
        return redirect("evaluation:wave-detail", slug=survey_import.wave.code)
    form = _links_form(survey_import, preview_of(survey_import), request.POST)
    if not form.is_valid():
        return _from_the_preview(request, pk)
    accepted = form.accepted()
    link_rows(
        import_id=pk,
        accepted=accepted,
        acting=acting,
        at=now(),
        seen=form.cleaned_data["seen"],
        key=form.cleaned_data["key"],
    )
    sentence = ngettext("%(rows)s row was linked.", "%(rows)s rows were linked.", len(accepted))
    messages.success(request, sentence % {"rows": number(len(accepted))})
    return redirect("evaluation:import-detail", pk=pk)


@require_POST
def import_confirm(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the whole file as it was previewed, or show every mistake and take nothing."""
    acting = as_evaluator(request)
    waiting = get_object_or_404(SurveyImport.objects.only("pk"), pk=pk)
    form = ConfirmForm(request.POST)
    if not form.is_valid():
        return _from_the_preview(request, pk)
    try:
        done = confirm_import(import_id=waiting.pk, acting=acting, at=now(), **form.cleaned_data)
    except InvalidFile as error:
        messages.error(request, error.message)
        return redirect("evaluation:import-detail", pk=pk)
    rows = done.stored_rows
    sentence = ngettext("%(rows)s answer was imported.", "%(rows)s answers were imported.", rows)
    messages.success(request, sentence % {"rows": number(rows)})
    return redirect("evaluation:wave-detail", slug=done.wave.code)


@require_GET
def import_set_aside(request: HttpRequest, pk: int) -> HttpResponse:
    """The rows that were not stored, or would not be, each with why; nothing of what they say."""
    as_evaluator(request)
    survey_import = get_object_or_404(SurveyImport.objects.select_related("wave"), pk=pk)
    headings = [_("Row"), _("Why"), _("Row it repeats")]
    rows = (dict(zip(headings, row, strict=True)) for row in set_aside_of(survey_import))
    return table_file(f"{survey_import.wave.code}-{pk}.csv", headings, rows)


@require_POST
def import_discard(request: HttpRequest, pk: int) -> HttpResponse:
    """Forget a file that was not imported."""
    acting = as_evaluator(request)
    waiting = get_object_or_404(SurveyImport.objects.only("pk"), pk=pk)
    form = KeyedForm(request.POST)
    if not form.is_valid():
        return _from_the_preview(request, pk)
    done = discard_import(import_id=waiting.pk, acting=acting, at=now(), **form.cleaned_data)
    messages.success(request, _("The file was discarded; nothing of it was kept."))
    return redirect("evaluation:wave-detail", slug=done.wave.code)


def _from_the_preview(request: HttpRequest, pk: int) -> HttpResponse:
    """A decision that does not come from the page of the preview is not taken."""
    messages.error(request, _("Look at what would be stored, and decide from this page."))
    return redirect("evaluation:import-detail", pk=pk)


@require_http_methods(["GET", "POST"])
def import_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Take imported answers out of every dataset, with a reason."""
    acting = as_evaluator(request)
    imported = SurveyImport.objects.exclude(status=SurveyImport.Status.PENDING).defer("content")
    survey_import = get_object_or_404(imported.select_related("wave"), pk=pk)
    form = WithdrawForm(request.POST or None)
    withdraw = partial(withdraw_import, import_id=pk, acting=acting, at=now())
    if request.method == "POST" and attempt(form, lambda: withdraw(**form.cleaned_data)):
        messages.success(request, _("The answers were withdrawn: no study will read them."))
        return redirect("evaluation:wave-detail", slug=survey_import.wave.code)
    return form_page(
        request,
        "evaluation/surveys/import_withdraw.html",
        form,
        survey_import=survey_import,
        answers=survey_import.responses.count(),
        studies=studies_that_read(survey_import.wave),
    )
