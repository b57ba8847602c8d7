"""Pages of this room: the scoring sheet, the committee's decision, the ranking of a call."""

from dataclasses import replace
from functools import partial

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import localdate, now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from alliances.calls.selectors import calls_visible_to
from alliances.lifecycle.act_pages import alliance_or_404, form_page
from alliances.lifecycle.acting import check_status
from alliances.lifecycle.models import Alliance
from alliances.lifecycle.selectors import can_read_rows, judgement_of
from alliances.lifecycle.table import BY_VERB
from alliances.people.access import acting_of
from alliances.selection.forms import DecisionForm, SheetForm
from alliances.selection.models import Score
from alliances.selection.selectors.rankings import (
    expectation,
    frozen_by_deciding,
    ranking_around,
    ranking_rows,
    standing_for,
)
from alliances.selection.selectors.scores import score_by, scores_with_lines, scoring_right
from alliances.selection.selectors.sheet import (
    Progress,
    evidence_of,
    frozen_by_sealing,
    sheet_of,
    version_of_answer,
    version_of_sheet,
)
from alliances.selection.services import decide, save_score_lines, seal_score, start_score
from alliances.selection.services.scoring import ScoreIncomplete
from kit.access import ALLOWED, require
from kit.errors import DomainError, NotAllowed
from kit.figures import number
from kit.forms import attempt, click_of
from kit.web import status_of

ROWS_PER_PAGE = 50


def _my_sheet(request: HttpRequest, alliance: Alliance) -> Score:
    """The sheet this membership began. Raises NotAllowed when there is none."""
    own = score_by(alliance, acting_of(request))
    if own is None:
        require(scoring_right(alliance, acting_of(request)).verdict)
        raise NotAllowed(_("Begin the scoring sheet first."))
    return own


# -- Scoring --------------------------------------------------------------------------------------
@require_GET
def score_summary(request: HttpRequest, code: str) -> HttpResponse:
    """The scores this person may read, what the committee decided, and the way to one's own."""
    alliance, acting = alliance_or_404(request, code), acting_of(request)
    context = {
        "alliance": alliance,
        "tab": "score",
        "right": scoring_right(alliance, acting),
        "mine": score_by(alliance, acting),
        "scores": scores_with_lines(alliance, acting),
        "decisions": alliance.decisions.select_related("decided_by__organisation").order_by("-pk"),
    }
    return render(request, "alliances/selection/score_summary.html", context)


@require_http_methods(["GET", "POST"])
def score(request: HttpRequest, code: str) -> HttpResponse:
    """My sheet while it is open; before that, how to begin it; afterwards, what it says."""
    alliance, acting = alliance_or_404(request, code), acting_of(request)
    if request.method == "POST":
        return _save_sheet(request, alliance)
    own = score_by(alliance, acting)
    if own is None:
        right = scoring_right(alliance, acting)
        require(right.verdict)
        context = {
            "alliance": alliance,
            "is_binding": right.kind == Score.Kind.BINDING,
            "evidence": evidence_of(alliance, acting),
        }
        return render(request, "alliances/selection/score_start.html", context)
    if own.is_sealed:
        return redirect("alliances:score-summary", code=code)
    form = SheetForm(rows=sheet_of(own, alliance.call))
    return _sheet_page(request, alliance, own, form)


def _save_sheet(request: HttpRequest, alliance: Alliance) -> HttpResponse:
    """Keep every answer sent; then stay, or go on to the seal."""
    own = _my_sheet(request, alliance)
    form = SheetForm(request.POST, rows=sheet_of(own, alliance.call))
    save = partial(save_score_lines, score_id=own.pk, acting=acting_of(request))
    if not attempt(
        form,
        lambda: save(lines=form.lines()),
        current_form=lambda: SheetForm(rows=sheet_of(own, alliance.call)),
    ):
        return _sheet_page(request, alliance, own, form)
    if "seal" in request.POST:
        return redirect("alliances:score-seal", code=alliance.code)
    messages.success(request, _("Saved."))
    return redirect("alliances:score", code=alliance.code)


def _sheet_page(
    request: HttpRequest, alliance: Alliance, own: Score, form: SheetForm
) -> HttpResponse:
    return form_page(
        request,
        "alliances/selection/score_sheet.html",
        form,
        may=ALLOWED,
        alliance=alliance,
        score=own,
        progress=Progress.of(form.sheet_rows),
        evidence=evidence_of(alliance, acting_of(request)),
    )


@require_POST
def score_start(request: HttpRequest, code: str) -> HttpResponse:
    """Begin a sheet, or go back to the one begun."""
    alliance = alliance_or_404(request, code)
    key = click_of(request)["key"]
    start_score(alliance_id=alliance.pk, acting=acting_of(request), at=now(), key=key)
    return redirect("alliances:score", code=code)


@require_POST
def score_line(request: HttpRequest, code: str, criterion_id: int) -> HttpResponse:
    """Keep one answer as soon as it is given, and say so beside it."""
    alliance = alliance_or_404(request, code)
    own = _my_sheet(request, alliance)
    rows = [row for row in sheet_of(own, alliance.call) if row.criterion.pk == criterion_id]
    if not rows:
        raise Http404
    form = SheetForm(request.POST, rows=rows)
    if form.is_valid():
        try:
            answers = [replace(line, seen=None) for line in form.lines()]
            save_score_lines(score_id=own.pk, lines=answers, acting=acting_of(request))
        except DomainError as refusal:
            form.add_error(None, refusal.message)
    rows = sheet_of(own, alliance.call)
    row = next(row for row in rows if row.criterion.pk == criterion_id)
    context = {
        "row": row,
        "seen": version_of_answer(row.line),
        "progress": Progress.of(rows),
        "errors": [text for texts in form.errors.values() for text in texts],
    }
    template = "alliances/selection/_line_saved.html"
    return render(request, template, context, status=status_of(form))


@require_http_methods(["GET", "POST"])
def score_seal(request: HttpRequest, code: str) -> HttpResponse:
    """Read the whole sheet once more, then seal it."""
    alliance = alliance_or_404(request, code)
    own = _my_sheet(request, alliance)
    if request.method == "POST":
        return _seal(request, own, code)
    if own.is_sealed:
        return redirect("alliances:score-summary", code=code)
    rows = sheet_of(own, alliance.call)
    context = {
        "alliance": alliance,
        "rows": rows,
        "progress": Progress.of(rows),
        "seen": version_of_sheet(own),
        "frozen": frozen_by_sealing(own, rows),
    }
    return render(request, "alliances/selection/score_seal.html", context)


def _seal(request: HttpRequest, own: Score, code: str) -> HttpResponse:
    seal = partial(seal_score, score_id=own.pk, acting=acting_of(request), at=now())
    try:
        sealed = seal(**click_of(request))
    except ScoreIncomplete as incomplete:
        messages.error(request, incomplete.message)
    else:
        total = {"total": number(sealed.sealed_total, 2)}
        messages.success(request, _("Sealed. The total is %(total)s.") % total)
    return redirect("alliances:score", code=code)


# -- Deciding -------------------------------------------------------------------------------------
@require_http_methods(["GET", "POST"])
def decide_alliance(request: HttpRequest, code: str) -> HttpResponse:
    """The committee's form, with the place of the profile in the ranking beside it."""
    alliance, acting = alliance_or_404(request, code), acting_of(request)
    if request.method == "GET":
        check_status(alliance, BY_VERB["select"])
        form = DecisionForm(
            alliance=alliance, initial={"session_on": localdate(), "seen": alliance.version}
        )
        return _decision_page(request, alliance, form)
    form = DecisionForm(request.POST, request.FILES, alliance=alliance)
    record = partial(decide, alliance_id=alliance.pk, acting=acting, at=now())
    if attempt(form, lambda: record(**form.cleaned_data)):
        messages.success(request, _("The decision is recorded."))
        return redirect("alliances:alliance-detail", code=code)
    return _decision_page(request, alliance, form)


def _decision_page(request: HttpRequest, alliance: Alliance, form: DecisionForm) -> HttpResponse:
    ranking = ranking_around(alliance)
    row = ranking.row_of(alliance.pk) if ranking else None
    return form_page(
        request,
        "alliances/selection/decide.html",
        form,
        may=judgement_of(alliance, BY_VERB["select"], acting_of(request)).verdict,
        alliance=alliance,
        ranking=ranking,
        row=row,
        expectation=expectation(row) if row else None,
        frozen=frozen_by_deciding(alliance, ranking, row),
        scores=scores_with_lines(alliance, acting_of(request)),
        decisions=alliance.decisions.order_by("-pk"),
    )


@require_GET
def ranking(request: HttpRequest, code: str) -> HttpResponse:
    """One region of the call: order, cut-off, budget line and what was decided."""
    acting = acting_of(request)
    require(can_read_rows(acting))
    sealed = calls_visible_to(acting).filter(sealed_at__isnull=False)
    call = get_object_or_404(sealed, code=code)
    ranked = standing_for(call, request.GET.get("region", ""), acting)
    page = Paginator(ranked.readable, ROWS_PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "call": call,
        "standing": ranked,
        "page": page,
        "rows": ranking_rows(ranked.ranking, page),
    }
    return render(request, "alliances/selection/ranking.html", context)
