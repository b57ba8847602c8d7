"""Pages of the commercial agreement: read it, write it, sign it, and sell under it."""

from functools import partial

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import localdate, now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from alliances.lifecycle.act_pages import Place, act_page, alliance_or_404
from alliances.people.access import acting_of
from alliances.trade.forms import (
    AgreementForm,
    EndForm,
    PaymentForm,
    ProduceDeliveryForm,
    PromiseForm,
    ReplaceAllyForm,
)
from alliances.trade.models import Agreement, ProduceSale
from alliances.trade.selectors import (
    acts_of_former_ally,
    agreement_acts,
    can_replace_ally,
    current_agreement,
    frozen_by_signing,
    missing_signatures,
    past_agreements,
    sale_rows,
    sales_of,
    sales_to_former_ally,
    sold_cop,
    trade_behaviour,
)
from alliances.trade.services import (
    confirm_delivery,
    confirm_payment,
    end_agreement,
    promise_sale,
    record_sale,
    replace_ally,
    sign_agreement,
    write_agreement,
)
from kit.access import ALLOWED, require
from kit.errors import Conflict
from kit.forms import click_of, once
from kit.web import page_of

AGREEMENT = Place("alliances:agreement", "agreement", gettext_lazy("Commercial agreement"))


def _agreement_or_404(request: HttpRequest, code: str, pk: int) -> Agreement:
    alliance = alliance_or_404(request, code)
    agreement = get_object_or_404(alliance.agreements.select_related("ally"), pk=pk)
    agreement.alliance = alliance
    return agreement


def _sale_or_404(request: HttpRequest, code: str, pk: int) -> ProduceSale:
    return get_object_or_404(sales_of(alliance_or_404(request, code)), pk=pk)


@require_GET
def agreement_detail(request: HttpRequest, code: str) -> HttpResponse:
    """The agreement in sentences, its signatures, and what was sold under it."""
    alliance, acting, today = alliance_or_404(request, code), acting_of(request), localdate()
    agreement = current_agreement(alliance)
    acts = agreement_acts(alliance, agreement, acting)
    page = page_of(request, sales_of(alliance))
    context = {
        "alliance": alliance,
        "tab": "agreement",
        "agreement": agreement,
        "missing": missing_signatures(agreement) if agreement else [],
        "frozen": frozen_by_signing(agreement) if agreement else [],
        "past": past_agreements(alliance),
        "acts": acts,
        "may_replace": can_replace_ally(alliance, acting).allowed,
        "page": page,
        "rows": sale_rows(page.object_list, acts, today, ally_id=alliance.ally_id),
        "behaviour": trade_behaviour([alliance.pk], today)[alliance.pk],
        "sold_cop": sold_cop(alliance),
    }
    return render(request, "alliances/trade/agreement.html", context)


@require_http_methods(["GET", "POST"])
def agreement_write(request: HttpRequest, code: str) -> HttpResponse:
    """The form of the terms; a draft can be rewritten until somebody signs."""
    alliance, acting = alliance_or_404(request, code), acting_of(request)
    agreement = current_agreement(alliance)

    def written(data: QueryDict | None = None) -> AgreementForm:
        new = Agreement(alliance=alliance, ally=alliance.ally, product=str(alliance.crop))
        return AgreementForm(data, instance=current_agreement(alliance) or new)

    form = written(request.POST or None)
    write = partial(write_agreement, alliance_id=alliance.pk, acting=acting, at=now())
    return act_page(
        request,
        alliance,
        form,
        lambda: write(terms=form.terms, **once(form)),
        current_form=written,
        place=AGREEMENT,
        may=lambda: agreement_acts(alliance, agreement, acting).write,
        title=_("Write the agreement"),
        intro=_(
            "Both parties sign these terms; from the first signature on they cannot be changed."
        ),
        done=_("The agreement is written. Both parties can now sign it."),
    )


@require_POST
def agreement_sign(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """Sign for the party that acts the terms it has just read; otherwise it reads them again."""
    agreement, acting = _agreement_or_404(request, code, pk), acting_of(request)
    try:
        sign_agreement(agreement_id=agreement.pk, acting=acting, at=now(), **click_of(request))
    except Conflict as conflict:
        messages.error(request, conflict.message)
    else:
        messages.success(request, _("You signed the agreement."))
    return redirect(AGREEMENT.view, code=code)


@require_http_methods(["GET", "POST"])
def agreement_end(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """End the agreement, with the reason that everybody will read."""
    agreement, acting = _agreement_or_404(request, code, pk), acting_of(request)
    form = EndForm(request.POST or None, initial={"seen": agreement.fingerprint})
    end = partial(end_agreement, agreement_id=agreement.pk, acting=acting, at=now())
    return act_page(
        request,
        agreement.alliance,
        form,
        lambda: end(**form.cleaned_data),
        place=AGREEMENT,
        may=lambda: agreement_acts(agreement.alliance, agreement, acting).end,
        title=_("End the agreement"),
        intro=_(
            "From today nothing more is promised under it. What was delivered must still be paid."
        ),
        done=_("The agreement has ended."),
        is_danger=True,
    )


@require_http_methods(["GET", "POST"])
def ally_replace(request: HttpRequest, code: str) -> HttpResponse:
    """Give the alliance another buyer."""
    alliance, acting = alliance_or_404(request, code), acting_of(request)
    form = ReplaceAllyForm(request.POST or None, request.FILES or None)
    swap = partial(replace_ally, alliance_id=alliance.pk, acting=acting, at=now())
    return act_page(
        request,
        alliance,
        form,
        lambda: swap(**form.replacement),
        place=AGREEMENT,
        may=lambda: can_replace_ally(alliance, acting),
        title=_("Replace the commercial ally"),
        intro=_(
            "The alliance needs a new agreement, signed by the new ally. What was agreed and sold "
            "before stays as it is."
        ),
        done=_("The alliance has another commercial ally."),
        is_danger=True,
    )


@require_http_methods(["GET", "POST"])
def sale_promise(request: HttpRequest, code: str) -> HttpResponse:
    """Promise a delivery to the ally."""
    alliance, acting = alliance_or_404(request, code), acting_of(request)
    agreement = current_agreement(alliance)
    require(agreement_acts(alliance, agreement, acting).promise)
    assert agreement is not None  # nothing is promised without one in force
    form = PromiseForm(request.POST or None)
    promise = partial(promise_sale, agreement_id=agreement.pk, acting=acting, at=now())
    return act_page(
        request,
        alliance,
        form,
        lambda: promise(**form.cleaned_data),
        place=AGREEMENT,
        may=lambda: ALLOWED,
        title=_("Promise a delivery"),
        intro=_("A promise is not changed afterwards: it is what the delivery is compared with."),
        done=_("The delivery is promised."),
    )


@require_http_methods(["GET", "POST"])
def sale_record(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """Write what was delivered of a promise."""
    sale, acting = _sale_or_404(request, code, pk), acting_of(request)
    alliance = sale.agreement.alliance

    def written(data: QueryDict | None = None) -> ProduceDeliveryForm:
        return ProduceDeliveryForm(data, sale=_sale_or_404(request, code, pk), today=localdate())

    form = written(request.POST or None)
    write = partial(record_sale, sale_id=sale.pk, acting=acting, at=now())
    return act_page(
        request,
        alliance,
        form,
        lambda: write(**form.cleaned_data),
        current_form=written,
        place=AGREEMENT,
        may=lambda: agreement_acts(alliance, sale.agreement, acting).record,
        title=_("Record delivery"),
        intro=_("You can correct it until the ally confirms that it received it."),
        done=_("The delivery is recorded; the ally can now confirm it."),
    )


@require_GET
def former_sales(request: HttpRequest) -> HttpResponse:
    """What was delivered to a buyer by alliances that have replaced it since."""
    acting = acting_of(request)
    page = page_of(request, sales_to_former_ally(acting))
    acts = acts_of_former_ally(acting)
    context = {
        "page": page,
        "rows": sale_rows(page.object_list, acts, localdate(), ally_id=acting.organisation_id),
    }
    return render(request, "alliances/trade/former_sales.html", context)


@require_POST
def sale_receive(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """The ally confirms the delivery it has just read; otherwise it reads it again."""
    acting = acting_of(request)
    former = sales_to_former_ally(acting).filter(agreement__alliance__code=code, pk=pk).first()
    sale = former or _sale_or_404(request, code, pk)
    try:
        confirm_delivery(sale_id=sale.pk, acting=acting, at=now(), **click_of(request))
    except Conflict as conflict:
        messages.error(request, conflict.message)
    else:
        messages.success(request, _("You confirmed the delivery."))
    if former:
        return redirect("alliances:former-sales")
    return redirect(AGREEMENT.view, code=code)


@require_http_methods(["GET", "POST"])
def sale_pay(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """The organisation confirms the day on which the money arrived."""
    sale, acting = _sale_or_404(request, code, pk), acting_of(request)
    alliance = sale.agreement.alliance
    form = PaymentForm(request.POST or None, sale=sale, today=localdate())
    confirm = partial(confirm_payment, sale_id=sale.pk, acting=acting, at=now())
    return act_page(
        request,
        alliance,
        form,
        lambda: confirm(**form.cleaned_data),
        place=AGREEMENT,
        may=lambda: agreement_acts(alliance, sale.agreement, acting).settle,
        title=_("Confirm payment"),
        intro=_("Confirm it when the money is in your account: it is not changed afterwards."),
        done=_("The payment is confirmed."),
    )
