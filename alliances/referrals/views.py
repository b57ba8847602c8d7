"""Pages of a referral: to another programme, and what that answered."""

from functools import partial

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.utils.timezone import localdate, now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from alliances.lifecycle.act_pages import alliance_or_404, form_page
from alliances.people.access import acting_of
from alliances.referrals.forms import ReferForm, ReferralAnswerForm
from alliances.referrals.selectors import (
    can_refer,
    can_tell_answer,
    programmes_on,
    referrals_of,
)
from alliances.referrals.services import record_answer, refer
from kit.forms import attempt


@require_http_methods(["GET", "POST"])
def referral_create(request: HttpRequest, code: str) -> HttpResponse:
    """Refer the alliance to one of the programmes offered today."""
    alliance, acting = alliance_or_404(request, code), acting_of(request)
    form = ReferForm(request.POST or None, programmes=programmes_on(localdate()))
    send = partial(refer, alliance_id=alliance.pk, acting=acting, at=now())
    if request.method == "POST" and (row := attempt(form, lambda: send(**form.cleaned_data))):
        messages.success(request, _("Referred to %(name)s.") % {"name": row.programme})
        return redirect("alliances:alliance-detail", code=code)
    return form_page(
        request,
        "alliances/referrals/referral_form.html",
        form,
        may=can_refer(alliance, acting),
        alliance=alliance,
        tab="summary",
    )


@require_http_methods(["GET", "POST"])
def referral_answer(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """Record what the programme answered."""
    alliance, acting = alliance_or_404(request, code), acting_of(request)
    referral = get_object_or_404(referrals_of([alliance.pk]), pk=pk)

    def written(data: QueryDict | None = None) -> ReferralAnswerForm:
        now_stored = referrals_of([alliance.pk]).get(pk=pk)
        return ReferralAnswerForm(data, referral=now_stored, today=localdate())

    form = written(request.POST or None)

    record = partial(record_answer, referral_id=pk, acting=acting, at=now())
    if request.method == "POST" and attempt(
        form, lambda: record(**form.cleaned_data), current_form=written
    ):
        messages.success(request, _("The answer is recorded."))
        return redirect("alliances:alliance-detail", code=code)
    return form_page(
        request,
        "alliances/referrals/referral_answer.html",
        form,
        may=can_tell_answer(alliance, acting),
        alliance=alliance,
        tab="summary",
        referral=referral,
    )
