"""The shape of a delivery to one producer."""

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from alliances.lifecycle.models import Alliance
from alliances.people.models import Producer
from fiduciary.deliveries.selectors import requests_to_deliver
from fiduciary.deliveries.services import Goods
from fiduciary.disbursements.models import DisbursementRequest
from fiduciary.fund.selectors import producers_of
from fiduciary.meetings import VALUE_EACH, MeetingForm, MeetingRow
from kit.amounts import number
from kit.figures import cop
from kit.forms import DayField, KeyedForm, PesosField, ReadField, TextField

MOST = Decimal(10) ** 9  # of whatever unit
QUANTITY = number(Decimal("0.01"), MOST, places=2)


def _choice(request: Any) -> tuple[int, str]:
    """«D-00012 · Semilla · $ 3.000.000»: a paid request with what is left of it."""
    return request.pk, f"{request.reference} · {request.description} · {cop(request.left_cop)}"


def _offer_requests(field: Any, alliance: Alliance) -> None:
    """Any request of the alliance is a valid answer; those with something left are offered.

    What is all handed over is offered no longer, but sending the same form again is no mistake.
    """
    field.queryset = DisbursementRequest.objects.filter(alliance=alliance)
    field.widget.choices = [("", "—"), *map(_choice, requests_to_deliver(alliance))]


class InputDeliveryForm(KeyedForm):
    """What was handed over, to whom and when."""

    request = forms.ModelChoiceField(
        label=_("Paid request"), queryset=DisbursementRequest.objects.none()
    )
    producer = forms.ModelChoiceField(label=_("Producer"), queryset=Producer.objects.none())
    item = TextField(label=_("What was delivered"), max_length=120)
    quantity = ReadField(parse=QUANTITY, label=_("Quantity"))
    unit = TextField(label=_("Unit"), max_length=20)
    value_cop = PesosField(label=_("Value (COP)"))
    delivered_on = DayField(is_past=True, label=_("Delivered on"))
    act = forms.FileField(label=_("Delivery record"), required=False)

    def __init__(self, *args: Any, alliance: Alliance, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer_requests(self.fields["request"], alliance)
        # Who has not signed is offered too, and the act says why not.
        self.fields["producer"].queryset = producers_of(alliance)  # type: ignore[attr-defined]

    @property
    def goods(self) -> Goods:
        """What was handed over, once the form is valid."""
        return Goods(**{name: self.cleaned_data[name] for name in Goods.__dataclass_fields__})

    @property
    def delivery(self) -> dict[str, Any]:
        """Whose delivery of what, once the form is valid."""
        data = self.cleaned_data
        return {
            "request_id": data["request"].pk,
            "producer_id": data["producer"].pk,
            "goods": self.goods,
            "key": data["key"],
        }


class DeliverySheet(MeetingForm):
    """One kind of goods handed to many: the quantity of each, at one price a unit."""

    value_label = _("Quantity")
    request = forms.ModelChoiceField(
        label=_("Paid request"), queryset=DisbursementRequest.objects.none()
    )
    item = TextField(label=_("What was delivered"), max_length=120)
    unit = TextField(label=_("Unit"), max_length=20)
    unit_value_cop = PesosField(label=_("Value of one unit (COP)"))
    value_each = ReadField(parse=QUANTITY, label=VALUE_EACH, required=False)
    delivered_on = DayField(is_past=True, label=_("Delivered on"))
    act = forms.FileField(label=_("Delivery record"), required=False)

    def __init__(self, *args: Any, alliance: Alliance, today: date, **options: Any) -> None:
        signed = producers_of(alliance).filter(commitment__isnull=False)
        rows = [MeetingRow(row.pk, str(row)) for row in signed]
        super().__init__(*args, rows=rows, initial={"delivered_on": today}, **options)
        _offer_requests(self.fields["request"], alliance)

    def value_field(self, **options: Any) -> forms.Field:
        """A quantity of the unit."""
        return ReadField(parse=QUANTITY, **options)

    def goods_of(self, quantity: Decimal) -> Goods:
        """What a producer received, worth whole pesos, once the form is valid."""
        data = self.cleaned_data
        value = (quantity * data["unit_value_cop"]).quantize(Decimal(1))
        return Goods(data["item"], quantity, data["unit"], value, data["delivered_on"])
