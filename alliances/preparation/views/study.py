"""The page of the pre-investment study."""

from functools import partial
from uuid import uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from alliances.documents.models import DocumentKind
from alliances.lifecycle.act_pages import alliance_or_404
from alliances.lifecycle.selectors import actions_for, may_do
from alliances.people.access import acting_of
from alliances.preparation.forms import StudyForm
from alliances.preparation.models import Study
from alliances.preparation.selectors import study_gaps
from alliances.preparation.services import write_study
from alliances.preparation.table import WRITE_STUDY
from kit.forms import attempt
from kit.web import form_page


@require_http_methods(["GET", "POST"])
def study(request: HttpRequest, code: str) -> HttpResponse:
    """Read the study; write it while it is in preparation or returned."""
    alliance, acting = alliance_or_404(request, code), acting_of(request)
    written = Study.objects.filter(alliance=alliance).select_related("prepared_by__user").first()
    form = StudyForm(request.POST or None, request.FILES or None, instance=written)
    if request.method == "POST":
        write = partial(write_study, alliance=alliance, acting=acting, at=now())
        if attempt(form, lambda: write(**form.arguments)):
            messages.success(request, _("The study is saved."))
            return redirect("alliances:study", code=code)
    actions = {action.verb: action for action in actions_for(alliance, acting)}
    context = {
        "alliance": alliance,
        "tab": "study",
        "study": written,
        "may_write": may_do(alliance, WRITE_STUDY, acting).allowed,
        "gaps": study_gaps(alliance),
        "documents": alliance.documents.filter(kind=DocumentKind.STUDY).order_by("pk"),
        "submit": actions.get("submit_study"),
        "key": uuid4(),
    }
    return form_page(request, "alliances/preparation/study.html", form, **context)
