"""What reached the producers of an alliance, and the form of a delivery."""

from collections.abc import Sequence
from functools import partial

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.timezone import localdate, now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from alliances.documents.models import DocumentKind, DocumentVersion
from alliances.lifecycle.act_pages import alliance_or_404
from alliances.lifecycle.selectors import may_do
from alliances.people.access import acting_of
from alliances.preparation.selectors import can_see_producers
from fiduciary.act_pages import DELIVERIES, evidence_page
from fiduciary.deliveries.forms import DeliverySheet, InputDeliveryForm
from fiduciary.deliveries.selectors import deliveries_of, requests_to_deliver
from fiduciary.deliveries.services import deliver_inputs
from fiduciary.deliveries.table import DELIVER_INPUTS
from fiduciary.meetings import MeetingForm, MeetingLine, MeetingSheet, meeting_page
from kit.web import page_of


@require_GET
def alliance_deliveries(request: HttpRequest, code: str) -> HttpResponse:
    """Deliveries to producers, and paid requests of which something is left to hand over."""
    acting, alliance = acting_of(request), alliance_or_404(request, code)
    context = {
        "alliance": alliance,
        "tab": "money",
        "page": page_of(request, deliveries_of(alliance)),
        "pending": requests_to_deliver(alliance),
        "may_deliver": may_do(alliance, DELIVER_INPUTS, acting),
        "sees": can_see_producers(acting),
    }
    return render(request, "fiduciary/deliveries/alliance_deliveries.html", context)


@require_http_methods(["GET", "POST"])
def delivery_new(request: HttpRequest, code: str) -> HttpResponse:
    """Record what was handed over to one producer."""
    acting, alliance, at = acting_of(request), alliance_or_404(request, code), now()
    form = InputDeliveryForm(
        request.POST or None,
        request.FILES or None,
        alliance=alliance,
        initial={"delivered_on": localdate()},
    )
    return evidence_page(
        request,
        alliance,
        form,
        lambda documents: deliver_inputs(
            acting=acting, at=at, act=documents[0] if documents else None, **form.delivery
        ),
        kind=DocumentKind.DELIVERY_ACT,
        filed_as=_("Delivery record"),
        at=at,
        may=lambda: may_do(alliance, DELIVER_INPUTS, acting),
        place=DELIVERIES,
        title=_("Record a delivery"),
        intro=_(
            "Only producers who signed their commitment to the rotating fund may receive inputs."
        ),
        button=_("Record delivery"),
        done=_("The delivery is recorded."),
    )


DELIVERY_SHEET = MeetingSheet(
    DELIVER_INPUTS,
    DocumentKind.DELIVERY_ACT,
    title=gettext_lazy("Delivery to many"),
    intro=gettext_lazy(
        "Only producers who signed their commitment to the rotating fund may receive inputs."
    ),
    button=gettext_lazy("Record the deliveries"),
    place=DELIVERIES,
)


@require_http_methods(["GET", "POST"])
def delivery_sheet(request: HttpRequest, code: str) -> HttpResponse:
    """Record one kind of goods handed to many producers."""
    acting, alliance, at = acting_of(request), alliance_or_404(request, code), now()

    def deliver(form: MeetingForm, line: MeetingLine, documents: Sequence[DocumentVersion]) -> None:
        assert isinstance(form, DeliverySheet)
        deliver_inputs(
            request_id=form.cleaned_data["request"].pk,
            producer_id=line.pk,
            goods=form.goods_of(line.value),
            act=documents[0] if documents else None,
            acting=acting,
            at=at,
            key=line.key,
        )

    make_form = partial(DeliverySheet, alliance=alliance, today=localdate(at))
    return meeting_page(
        request, DELIVERY_SHEET, alliance=alliance, make_form=make_form, do=deliver, at=at
    )
