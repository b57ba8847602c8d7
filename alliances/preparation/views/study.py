"""The page of the pre-investment study."""

from functools import partial

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from alliances.documents.models import DocumentKind
from alliances.lifecycle.act_pages import alliance_or_404
from alliances.lifecycle.selectors import may_do
from alliances.lifecycle.table import BY_VERB, Status
from alliances.people.access import acting_of
from alliances.preparation.forms import PreinvestmentStudyForm
from alliances.preparation.models import PreinvestmentStudy
from alliances.preparation.selectors import study_gaps
from alliances.preparation.services import present_study, write_study
from alliances.preparation.table import WRITE_STUDY
from kit.access import require
from kit.forms import attempt
from kit.web import form_page


@require_http_methods(["GET", "POST"])
def study(request: HttpRequest, code: str) -> HttpResponse:
    """Read the study; write it while it is in preparation or returned."""
    alliance, acting = alliance_or_404(request, code), acting_of(request)
    studies = PreinvestmentStudy.objects.select_related("prepared_by__user")
    studies = studies.filter(alliance=alliance)
    written = studies.first()
    form = PreinvestmentStudyForm(request.POST or None, request.FILES or None, instance=written)
    if request.method == "POST":
        service = present_study if "present" in request.POST else write_study
        write = partial(service, alliance=alliance, acting=acting, at=now())
        if done := attempt(
            form,
            lambda: write(**form.arguments),
            current_form=lambda: PreinvestmentStudyForm(instance=studies.first()),
        ):
            return _saved(request, done)
        require(may_do(alliance, WRITE_STUDY, acting))  # before anybody mends it in vain
    context = {
        "alliance": alliance,
        "tab": "study",
        "study": written,
        "may_write": may_do(alliance, WRITE_STUDY, acting).allowed,
        "gaps": study_gaps(alliance),
        "documents": alliance.documents.filter(kind=DocumentKind.STUDY).order_by("pk"),
        "submit": may_do(alliance, BY_VERB["submit_study"], acting),
    }
    return form_page(request, "alliances/preparation/study.html", form, **context)


def _saved(request: HttpRequest, study: PreinvestmentStudy) -> HttpResponse:
    """Where to go on from what was saved: to what is missing of it, if it was to be presented."""
    alliance = study.alliance
    if alliance.status == Status.STUDY_SUBMITTED:
        messages.success(request, _("The study is presented."))
        return redirect("alliances:alliance-detail", code=alliance.code)
    messages.success(request, _("The study is saved."))
    if "present" in request.POST:
        missing = " ".join(study_gaps(alliance))
        messages.warning(request, _("It is not presented yet. %(missing)s") % {"missing": missing})
    return redirect("alliances:study", code=alliance.code)
